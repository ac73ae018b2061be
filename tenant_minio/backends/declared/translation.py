"""The options of a storage class that calls them by other names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tenant_minio.problems import Problem


@dataclass(frozen=True, slots=True)
class Translation:
    """What ``translate_options(alias, options)`` of such a class gives.

    Args:
        options: by this package's names.
        names: what the settings call them, by this package's name, for messages.
        problems: what could not be translated.
    """

    options: Mapping[str, Any] = field(repr=False)
    names: Mapping[str, str]
    problems: Sequence[Problem] = ()
