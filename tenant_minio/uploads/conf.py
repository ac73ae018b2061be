"""``TENANT_MINIO["UPLOADS"]``, read live."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from tenant_minio.backends.options import MAX_EXPIRY
from tenant_minio.backends.write_options import MAX_PART, MIN_PART
from tenant_minio.conf import conf
from tenant_minio.problems import Problem

_MIB = 1024 * 1024
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
MAX_OBJECT = 5 * 1024 * 1024 * _MIB
# What one request can copy.
MAX_FORM = 5 * 1024 * _MIB

DEFAULTS: Mapping[str, Any] = {
    # (request, target) -> bool
    "PERMISSION": "tenant_minio.uploads.permissions.allow_authenticated",
    # (file) -> None, before a file becomes visible
    "HOOK": None,
    # seconds in which an upload is finished, and then saved
    "EXPIRES": 24 * 3600,
    # seconds for which a form and the URL of a part are good
    "URL_EXPIRES": 3600,
    # bytes up to which a file is sent by one form
    "FORM_MAX_SIZE": 32 * _MIB,
    # bytes of a part; more where 10,000 would not be enough
    "PART_SIZE": 16 * _MIB,
    # bytes of a file, where its target does not say
    "MAX_FILE_SIZE": MAX_OBJECT,
    # name -> {storage, and the options of a target}
    "TARGETS": {},
}


@dataclass(frozen=True, slots=True)
class _Kind:
    fits: Callable[[Any], bool]
    what: str


def _between(low: int, high: int, what: str) -> _Kind:
    def fits(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return _Kind(fits, f"{what}, from {low} to {high}")


def _is_dotted(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _are_types(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(
        isinstance(one, str) and one.count("/") == 1 for one in value
    )


_DOTTED = _Kind(_is_dotted, "the dotted path of a callable")
_DOTTED_OR_NONE = _Kind(
    lambda value: value is None or _is_dotted(value), f"{_DOTTED.what}, or None"
)
_SIZE = _between(0, MAX_OBJECT, "a number of bytes")
_SIZE_OR_NONE = _Kind(lambda value: value is None or _SIZE.fits(value), f"{_SIZE.what}, or None")

KINDS: Mapping[str, _Kind] = {
    "PERMISSION": _DOTTED,
    "HOOK": _DOTTED_OR_NONE,
    "EXPIRES": _between(60, MAX_EXPIRY, "a number of seconds"),
    "URL_EXPIRES": _between(10, MAX_EXPIRY, "a number of seconds"),
    "FORM_MAX_SIZE": _between(0, MAX_FORM, "a number of bytes"),
    "PART_SIZE": _between(MIN_PART, MAX_PART, "a number of bytes"),
    "MAX_FILE_SIZE": _SIZE,
    "TARGETS": _Kind(lambda value: isinstance(value, dict), "a dict of targets by name"),
}
TARGET_KINDS: Mapping[str, _Kind] = {
    "storage": _Kind(_is_dotted, "an alias of STORAGES"),
    "max_file_size": _SIZE_OR_NONE,
    "content_types": _Kind(_are_types, 'a list of types, such as "application/pdf" or "image/*"'),
    "permission": _DOTTED_OR_NONE,
    "hook": _DOTTED_OR_NONE,
}


def given() -> Mapping[str, Any]:
    """What the settings hold, right or wrong."""
    value = conf.get("UPLOADS")
    return value if isinstance(value, Mapping) else {}


def setting(name: str) -> Any:
    """The value of a setting, or its default.

    Raises:
        InvalidBackendError: it is wrong.
    """
    value = given().get(name, DEFAULTS[name])
    if not KINDS[name].fits(value):
        raise _misfit(f"TENANT_MINIO['UPLOADS'][{name!r}]", value, KINDS[name]).error()
    return value


def problems() -> Iterator[Problem]:
    """What is wrong with the values, one by one."""
    value = given()
    yield from _wrong("TENANT_MINIO['UPLOADS']", value, KINDS)
    targets = value.get("TARGETS", {})
    for name, options in targets.items() if isinstance(targets, dict) else ():
        yield from target_problems(name, options)


def target_problems(name: Any, options: Any) -> Iterator[Problem]:
    """What is wrong with the declaration of one target."""
    where = f"TENANT_MINIO['UPLOADS']['TARGETS'][{name!r}]"
    if not isinstance(name, str) or not name.isidentifier():
        yield Problem("E055", (), f"{where}: its name is no identifier.", "Such as 'avatars'.")
    if not isinstance(options, Mapping) or "storage" not in options:
        message = f"{where} names no storage."
        yield Problem("E055", (), message, "Write a dict with 'storage', an alias of STORAGES.")
        return
    yield from _wrong(where, options, TARGET_KINDS)


def _wrong(where: str, value: Mapping[Any, Any], kinds: Mapping[str, _Kind]) -> Iterator[Problem]:
    for name, one in value.items():
        kind = kinds.get(name)
        if kind is None:
            near = get_close_matches(str(name), kinds, n=1) or get_close_matches(
                str(name).upper(), kinds, n=1
            )
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(kinds)}."
            yield Problem("E055", (), f"{where} has the unknown setting {name!r}.", hint)
        elif not kind.fits(one):
            yield _misfit(f"{where}[{name!r}]", one, kind)


def _misfit(where: str, value: object, kind: _Kind) -> Problem:
    return Problem("E055", (), f"{where}: {value!r} is not valid.", f"It takes {kind.what}.")
