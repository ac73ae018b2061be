"""A typed, live view of ``settings.TENANT_MINIO``.

Nothing is kept here: each property reads the settings again, so ``override_settings`` and
monkeypatched callables take effect at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from tenant_minio.exceptions import InvalidBackendError

CurrentSource = Callable[[], str | None]
TenantLister = Callable[[], Iterable[str]]
TenantCheck = Callable[[str], bool]
Enter = Callable[[str | None], AbstractContextManager[Any]]
References = Callable[[str, str | None], Iterable[str | None]]
Subscriber = Callable[[Any], Any]

DEFAULTS: Mapping[str, Any] = {
    # request -> key, for the middleware, in order
    "RESOLVERS": (),
    # () -> key or None, read live at each operation
    "CURRENT": None,
    # () -> keys, for --all-tenants
    "TENANTS": None,
    # key -> bool: is there such a tenant?
    "EXISTS": None,
    # answer 404 where no resolver found a tenant
    "REQUIRE_TENANT": True,
    # paths the middleware leaves alone: "/healthz" that path, "/admin/" all below it
    "PASS_THROUGH": (),
    # for SubdomainResolver: the domains below which tenants live
    "BASE_DOMAINS": (),
    # for HostResolver: {exact host: key}
    "HOSTS": {},
    # for HeaderResolver
    "HEADER": "X-Tenant",
    # addresses or networks of the proxies whose header is believed
    "TRUSTED_PROXIES": (),
    # for PathResolver: the path before the tenant's segment
    "PATH_PREFIX": "/",
    # for SessionResolver
    "SESSION_KEY": "tenant",
    # for UserResolver; dots follow relations
    "USER_ATTRIBUTE": "tenant",
    # for contrib.django_tenants: the tenant model's column that is the key; it must never change
    "TENANT_KEY_FIELD": "schema_name",
    # key or None -> context manager inside which that tenant's rows are seen (None: outside of all)
    "ENTER": None,
    # (alias, tenant or None) -> names that are referred to elsewhere than in a FileField
    "REFERENCES": (),
    # aliases (or True for all) whose buckets must be as declared when a server process starts
    "CHECK_ON_START": (),
    # seconds between two looks at a backend, for the health pages
    "HEALTH_INTERVAL": 10,
    # event -> None: who is told of each operation
    "SUBSCRIBERS": (),
    # who may have private files, and how they are sent: see tenant_minio.private.conf
    "PRIVATE": {},
    # uploads from the browser to the cluster: see tenant_minio.uploads.conf
    "UPLOADS": {},
}


def load(path: str, setting: str) -> Any:
    """Import what a dotted path in ``TENANT_MINIO[setting]`` names.

    Raises:
        InvalidBackendError: there is nothing to import at that path.
    """
    # Asked for at every operation, so past the import system where the module is loaded.
    module, _, name = path.rpartition(".")
    found = getattr(sys.modules.get(module), name, None)
    if found is not None:
        return found
    try:
        return import_string(path)
    except ImportError as error:
        raise InvalidBackendError(
            f"TENANT_MINIO[{setting!r}] names {path!r}, which cannot be imported: {error}. "
            f"Write the full dotted path of a callable."
        ) from error


# A call of it would make an instance, and nothing would be told.
A_CLASS = "is a class, which cannot be told of anything: name an instance of it."
INTERVAL = "a number of seconds, above 0 and up to 86400"


def is_interval(value: object) -> bool:
    """Whether it is what :data:`INTERVAL` says."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 86400


class Conf:
    """One property per setting that the code asks for more than as a plain value."""

    def get(self, name: str) -> Any:
        """The value of a setting, or its default from :data:`DEFAULTS`."""
        given = getattr(settings, "TENANT_MINIO", None)
        if given and name in given:
            return given[name]
        return DEFAULTS[name]

    def _callable(self, name: str) -> Any:
        value = self.get(name)
        return load(value, name) if isinstance(value, str) else value

    @property
    def current(self) -> CurrentSource | None:
        """Where the tenant is read live, such as django-tenants' connection."""
        source: CurrentSource | None = self._callable("CURRENT")
        return source

    @property
    def tenants(self) -> TenantLister | None:
        """Lists the keys of all tenants."""
        lister: TenantLister | None = self._callable("TENANTS")
        return lister

    @property
    def enter(self) -> Enter | None:
        """What makes a tenant's rows visible."""
        enter: Enter | None = self._callable("ENTER")
        return enter

    @property
    def references(self) -> tuple[References, ...]:
        """What says which names are referred to elsewhere than in a FileField."""
        given = self.get("REFERENCES")
        return tuple(load(one, "REFERENCES") if isinstance(one, str) else one for one in given)

    @property
    def subscribers(self) -> tuple[Subscriber, ...]:
        """Who is told of each operation.

        Raises:
            InvalidBackendError: the setting is wrong.
        """
        given = self.get("SUBSCRIBERS")
        found: list[Subscriber] = []
        for one in given if isinstance(given, list | tuple) else (given,):
            subscriber = load(one, "SUBSCRIBERS") if isinstance(one, str) else one
            if not isinstance(given, list | tuple) or not callable(subscriber):
                raise InvalidBackendError(
                    f"TENANT_MINIO['SUBSCRIBERS']: {one!r} is not valid. It takes a list of "
                    f"dotted paths of callables."
                )
            if isinstance(subscriber, type):
                raise InvalidBackendError(f"TENANT_MINIO['SUBSCRIBERS']: {one!r} {A_CLASS}")
            found.append(subscriber)
        return tuple(found)

    def tenant_exists(self, key: str) -> bool:
        """Whether there is such a tenant: by EXISTS, else by TENANTS, else every key counts."""
        exists: TenantCheck | None = self._callable("EXISTS")
        if exists is not None:
            answer = exists(key)
            if not isinstance(answer, bool):
                raise InvalidBackendError(
                    f"TENANT_MINIO['EXISTS'] answered {answer!r} for the tenant {key!r}. It is a "
                    f"plain function that returns True or False."
                )
            return answer
        lister = self.tenants
        return lister is None or key in lister()

    @property
    def health_interval(self) -> float:
        """Seconds between two looks at a backend. Raises InvalidBackendError."""
        value = self.get("HEALTH_INTERVAL")
        if not is_interval(value):
            raise InvalidBackendError(
                f"TENANT_MINIO['HEALTH_INTERVAL'] is {value!r}. It takes {INTERVAL}."
            )
        return float(value)

    @property
    def check_on_start(self) -> bool | tuple[str, ...]:
        """True for all entries of STORAGES, or the aliases that are checked at start.

        Raises:
            InvalidBackendError: it is neither.
        """
        value = self.get("CHECK_ON_START")
        if isinstance(value, bool):
            return value
        if not isinstance(value, list | tuple | set | frozenset):
            raise InvalidBackendError(
                f"TENANT_MINIO['CHECK_ON_START'] is {value!r}. Write True, or a list of aliases."
            )
        return tuple(value)


conf = Conf()
