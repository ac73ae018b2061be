"""What is wrong with the settings, as values: the checks show all, first use raises one."""

from dataclasses import dataclass

from tenant_minio.exceptions import InvalidBackendError


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

    def error(self) -> InvalidBackendError:
        """The exception that says the same."""
        return InvalidBackendError(f"{self.message} {self.hint} (tenant_minio.{self.code})")
