"""django-tenants: the connection's schema is the tenant.

In sync code (WSGI, commands, ``schema_context``, threads) ``current_schema`` is all that is
needed. Under ASGI a connection belongs to a thread and not to a request, so add
``tenant_minio.middleware.TenantMiddleware`` after django-tenants' own, with ``request_tenant`` as
the resolver.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import connections
from django.db.models import QuerySet
from django.http import HttpRequest
from django_tenants.utils import (
    get_public_schema_name,
    get_tenant_database_alias,
    get_tenant_model,
    schema_context,
    schema_exists,
)

from tenant_minio.backends.registry import registry
from tenant_minio.conf import conf
from tenant_minio.exceptions import UnknownTenantError

_SCHEMA = "schema_name"
_OUTER = "_tenant_minio_outer"


def current_schema() -> str | None:
    """The key of the tenant whose schema the connection stands on, read live.

    For ``TENANT_MINIO["CURRENT"]``. The public schema is no tenant unless a route names it.

    Raises:
        UnknownTenantError: the schema belongs to no row of the tenant model.
    """
    return _key(_connection().tenant)


def request_tenant(request: HttpRequest) -> str | None:
    """The key of ``request.tenant``, which django-tenants' middleware sets.

    For ``TENANT_MINIO["RESOLVERS"]``, under ASGI.
    """
    tenant = getattr(request, "tenant", None)
    return None if tenant is None else _key(tenant)


def all_schemas() -> Iterator[str]:
    """The keys of all tenants but the public one. For ``TENANT_MINIO["TENANTS"]``."""
    with schema_context(get_public_schema_name()):
        rows = get_tenant_model().objects.exclude(schema_name=get_public_schema_name())
        keys = [str(key) for key in rows.order_by("pk").values_list(_field(), flat=True)]
    public = get_public_schema_name()
    return iter([*keys, public] if _is_named(public) else keys)


def tenant_exists(key: str) -> bool:
    """Whether there is a tenant with this key. For ``TENANT_MINIO["EXISTS"]``."""
    if key == get_public_schema_name():
        return _is_named(key)
    with schema_context(get_public_schema_name()):
        return bool(get_tenant_model().objects.filter(**{_field(): key}).exists())


class _Enter:
    """Has queries see the rows of one tenant's schema. For ``TENANT_MINIO["ENTER"]``."""

    @contextmanager
    def __call__(self, key: str | None) -> Iterator[None]:
        """Stand in the schema of ``key``; with None in the public one.

        On every connection of django-tenants, replicas included.

        Raises:
            UnknownTenantError: there is no such tenant, or its schema is not in the database:
                the public tables would be read in its place.
        """
        public = get_public_schema_name()
        tenant = None if key is None or key == public else _tenant(key)
        schema = public if tenant is None else getattr(tenant, _SCHEMA)
        with ExitStack() as stack:
            for alias, connection in _tenant_connections():
                if not schema_exists(schema, alias):
                    raise UnknownTenantError(
                        f"The schema {schema!r} is not in the database {alias!r}. Create it with "
                        f"`manage.py migrate_schemas`, or delete the tenant's row."
                    )
                before = connection.tenant, connection.include_public_schema
                stack.callback(connection.set_tenant, *before)
                if tenant is None:
                    connection.set_schema_to_public()
                else:
                    connection.set_tenant(tenant)
            yield

    def everyone(self) -> Iterator[str]:
        """The key of every row of the tenant model, whatever its managers leave out.

        Raises:
            UnknownTenantError: a row has no key.
        """
        with schema_context(get_public_schema_name()):
            rows = _tenants().exclude(schema_name=get_public_schema_name()).order_by("pk")
            found = list(rows.values_list(_SCHEMA, _field()))
        for schema, key in found:
            if key is None:
                raise _no_key(schema)
            yield str(key)


enter = _Enter()


def _tenant_connections() -> Iterator[tuple[str, Any]]:
    for alias in connections:
        if hasattr(connections[alias], "set_schema"):
            yield alias, connections[alias]


def _tenants() -> QuerySet[Any]:
    return QuerySet(get_tenant_model(), using=get_tenant_database_alias())


def _tenant(key: str) -> Any:
    with schema_context(get_public_schema_name()):
        tenant = _tenants().filter(**{_field(): key}).first()
    if tenant is None:
        raise UnknownTenantError(f"There is no {get_tenant_model().__name__} with the key {key!r}.")
    return tenant


def _connection() -> Any:
    return connections[get_tenant_database_alias()]


def _field() -> str:
    name: str = conf.get("TENANT_KEY_FIELD")
    return name


def _is_named(key: str) -> bool:
    return key in registry.named_tenants()


def _key(tenant: Any) -> str | None:
    public = get_public_schema_name()
    schema = getattr(tenant, _SCHEMA, None)
    if not schema or schema == public:
        return public if _is_named(public) else None
    field = _field()
    if field == _SCHEMA:
        return str(schema)
    value = getattr(tenant, field, None)
    if value is None:
        # schema_context puts a stand-in on the connection that knows the schema only.
        rows = get_tenant_model().objects.filter(schema_name=schema)
        with schema_context(public):
            value = rows.values_list(field, flat=True).first()
        # It stands there for one block, and the key never changes: one query is enough.
        setattr(tenant, field, value)
    if value is None:
        raise _no_key(schema)
    return str(value)


def _no_key(schema: str) -> UnknownTenantError:
    model = get_tenant_model().__name__
    return UnknownTenantError(
        f"The schema {schema!r} has no {model} with a {_field()!r}. Have "
        f"TENANT_MINIO['TENANT_KEY_FIELD'] name a column of {model} that is never empty."
    )


def _remember_schema(environ: object = None, **_kwargs: object) -> None:
    """Note what the connection stands on before a WSGI request, unless one is open already.

    Under ASGI requests share threads, so what stands there may be another request's.
    """
    connection = _connection()
    if environ is not None and not hasattr(connection, _OUTER):
        setattr(connection, _OUTER, connection.tenant)


def _restore_schema(**_kwargs: object) -> None:
    """Put the connection back on the public schema when a request ends.

    django-tenants leaves it on the tenant's, for whatever runs next in this thread. Only where
    something around a WSGI request had chosen a schema, as a test does, is that one restored.
    """
    connection = _connection()
    outer = connection.__dict__.pop(_OUTER, None)
    if getattr(outer, _SCHEMA, get_public_schema_name()) == get_public_schema_name():
        connection.set_schema_to_public()
    else:
        connection.set_tenant(outer)


request_started.connect(_remember_schema, dispatch_uid="tenant_minio.django_tenants.started")
request_finished.connect(_restore_schema, dispatch_uid="tenant_minio.django_tenants.finished")
