"""What is wrong with the settings, as values: the checks show all, first use raises one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tenant_minio.exceptions import InvalidBackendError

# An option in a message; an alias stands in brackets.
_QUOTED = re.compile(r"(?<!\[)'(\w+)'")


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong setting.

    Args:
        code: of the system check, such as ``E002``.
        aliases: the entries of STORAGES that cannot be used because of it; empty for
            ``TENANT_MINIO``.
        message: names alias, option and value.
        hint: what to do.
    """

    code: str
    aliases: tuple[str, ...]
    message: str
    hint: str

    def renamed(self, names: Mapping[str, str]) -> "Problem":
        """The same, with options called as the settings call them: ``{ours: theirs}``."""

        def say(text: str) -> str:
            return _QUOTED.sub(lambda found: repr(names.get(found[1], found[1])), text)

        return replace(self, message=say(self.message), hint=say(self.hint))

    def error(self) -> InvalidBackendError:
        """The exception that says the same."""
        return InvalidBackendError(f"{self.message} {self.hint} (tenant_minio.{self.code})")
