"""What is wrong in ``settings.TENANT_MINIO``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import ip_network
from typing import Any

from tenant_minio.backends.registry import registry
from tenant_minio.conf import A_CLASS, DEFAULTS, INTERVAL, is_interval, load
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.problems import Problem
from tenant_minio.tenants.callables import is_coroutine
from tenant_minio.tenants.resolvers import host_of

_LISTS = (list, tuple, set, frozenset)
_DOMAIN = re.compile(r"\.?[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*\.?")


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _callable(value: object) -> bool:
    return _text(value) or callable(value)


def _network(value: object) -> bool:
    try:
        # A number would count as an address too.
        return isinstance(value, str) and bool(ip_network(value, strict=False))
    except ValueError:
        return False


def _host(item: tuple[Any, Any]) -> bool:
    host, key = item
    return isinstance(host, str) and host == host_of(host) and _text(key)


def _entry(alias: object) -> bool:
    declared = registry.declared
    # An alias whose entry is wrong is told of already.
    wrong = {name for problem in declared.problems for name in problem.aliases}
    return isinstance(alias, str) and alias in {*declared.backends, *declared.routers, *wrong}


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a setting takes.

    Args:
        fits: whether a value, or an entry where there are many, is such.
        what: the words for it, after "It takes".
        many: the types that may hold many of them.
        or_else: a value of this type is taken too.
    """

    fits: Callable[[Any], bool]
    what: str
    many: tuple[type[Any], ...] = ()
    or_else: type | None = None

    def misfits(self, value: Any) -> list[Any]:
        """The value, or those of its entries, that are not of this kind."""
        if self.or_else is not None and isinstance(value, self.or_else):
            return []
        if self.many:
            if not isinstance(value, self.many):
                return [value]
            entries = value.items() if isinstance(value, Mapping) else value
            return [entry for entry in entries if not self.fits(entry)]
        return [] if self.fits(value) else [value]


_A_CALLABLE = _Kind(_callable, "the dotted path of a callable, or None", or_else=type(None))

_KINDS: Mapping[str, _Kind] = {
    "RESOLVERS": _Kind(_callable, "a list of dotted paths of callables", (list, tuple)),
    "CURRENT": _A_CALLABLE,
    "TENANTS": _A_CALLABLE,
    "EXISTS": _A_CALLABLE,
    "ENTER": _A_CALLABLE,
    "REFERENCES": _Kind(_callable, "a list of dotted paths of callables", (list, tuple)),
    "HEALTH_INTERVAL": _Kind(is_interval, INTERVAL),
    "SUBSCRIBERS": _Kind(_callable, "a list of dotted paths of callables", (list, tuple)),
    # What is in it, checks/uploads.py looks at.
    "UPLOADS": _Kind(lambda value: isinstance(value, dict), "a dict; see docs/uploads.md"),
    "REQUIRE_TENANT": _Kind(
        lambda value: isinstance(value, bool),
        "True or False (not text, such as an environment variable gives)",
    ),
    "PASS_THROUGH": _Kind(
        lambda value: isinstance(value, str) and value.startswith("/"),
        'a list of paths that begin with "/"',
        _LISTS,
    ),
    "BASE_DOMAINS": _Kind(
        lambda value: isinstance(value, str) and bool(_DOMAIN.fullmatch(value)),
        "a list of domains, without scheme, port and wildcard",
        _LISTS,
    ),
    "HOSTS": _Kind(
        _host,
        "a dict of hosts, in lower case, without port and last dot, to the keys of tenants",
        (dict,),
    ),
    "HEADER": _Kind(_text, "the name of a header"),
    "TRUSTED_PROXIES": _Kind(_network, "a list of addresses or networks as text", _LISTS),
    "PATH_PREFIX": _Kind(lambda value: isinstance(value, str), 'a path, such as "/t/"'),
    "SESSION_KEY": _Kind(_text, "a non-empty string"),
    "USER_ATTRIBUTE": _Kind(
        lambda value: isinstance(value, str) and all(map(str.isidentifier, value.split("."))),
        'an attribute of the user, such as "tenant_id" or "account.slug"',
    ),
    "TENANT_KEY_FIELD": _Kind(_text, "the name of a column"),
    "CHECK_ON_START": _Kind(
        _entry,
        "True, False or a list of aliases of this package's entries in STORAGES",
        _LISTS,
        or_else=bool,
    ),
    "PRIVATE": _Kind(lambda value: isinstance(value, dict), "a dict: see docs/private-files.md"),
}


def settings_problems(given: Mapping[str, Any]) -> Iterator[Problem]:
    """Every setting that is unknown, of the wrong kind, or leads nowhere."""
    for name, value in given.items():
        kind = _KINDS.get(name)
        if kind is None:
            near = get_close_matches(str(name).upper(), DEFAULTS, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(DEFAULTS)}."
            yield Problem("E012", (), f"TENANT_MINIO has the unknown setting {name!r}.", hint)
            continue
        misfits = kind.misfits(value)
        for wrong in misfits:
            message = f"TENANT_MINIO[{name!r}]: {wrong!r} is not valid."
            yield Problem("E012", (), message, f"It takes {kind.what}.")
        if kind.fits is _callable and not misfits:
            yield from _callable_problems(name, value if kind.many else [value])


def _callable_problems(name: str, entries: Iterable[Any]) -> Iterator[Problem]:
    for entry in entries:
        try:
            found = load(entry, name) if isinstance(entry, str) else entry
        except InvalidBackendError as error:
            yield Problem("E011", (), str(error), "Correct the dotted path.")
            continue
        if found is not None and not callable(found):
            message = f"TENANT_MINIO[{name!r}]: {entry!r} is not callable."
            yield Problem("E012", (), message, "Write the dotted path of a callable.")
        elif name == "SUBSCRIBERS" and isinstance(found, type):
            message = f"TENANT_MINIO[{name!r}]: {entry!r} {A_CLASS}"
            yield Problem("E012", (), message, "Such as `trace = Trace()`, by its dotted path.")
        elif found is not None and name != "RESOLVERS" and is_coroutine(found):
            message = f"TENANT_MINIO[{name!r}]: {entry!r} is a coroutine function."
            yield Problem("E012", (), message, "It is asked from sync code: write a plain one.")
