"""Links to one file of one tenant that need no login and no table.

What a link leads to stands in it, signed and not encrypted: who has the link can read the name of
the file, and cannot change anything. It is good for whoever has it, until it ends or its key goes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.core.files.storage import Storage
from django.core.signing import BadSignature, Signer
from django.http import Http404
from django.urls import reverse

from tenant_minio.backends.registry import entries
from tenant_minio.private.conf import private_setting
from tenant_minio.storage.alias import from_alias
from tenant_minio.storage.routed import RoutingStorage
from tenant_minio.tenants.context import check_key, current_tenant, require_tenant

_logger = logging.getLogger("tenant_minio.private")

# A token that something else of the site signed is none of these.
_SALT = "tenant_minio.private.sharing"


@dataclass(frozen=True, slots=True)
class Shared:
    """What a link leads to.

    Args:
        storage: an alias of STORAGES.
        tenant: whose file it is; None outside of all tenants.
        name: relative to the tenant.
    """

    storage: str
    tenant: str | None
    name: str


def share_url(
    name: str,
    *,
    expires: int | timedelta,
    storage: str | None = None,
    tenant: str | None = None,
) -> str:
    """The path of a link to a file, where ``tenant_minio.private.share_urls`` is included.

    The arguments are those of :func:`share_token`.
    """
    token = share_token(name, expires=expires, storage=storage, tenant=tenant)
    return reverse("shared_private_file", kwargs={"token": token})


def share_token(
    name: str,
    *,
    expires: int | timedelta,
    storage: str | None = None,
    tenant: str | None = None,
    clock: Callable[[], float] = time.time,
) -> str:
    """What a link carries. Asks no storage for anything.

    Args:
        name: of the file, relative to the tenant.
        expires: its life, in seconds.
        storage: an alias of STORAGES; that of the private files if None.
        tenant: whose file it is; the current one if None.
        clock: seconds since the epoch.

    Raises:
        NoTenantError: the storage keeps files by tenant, and there is none.
        ValueError: the link would not live, or the name is empty.
    """
    life = int(expires.total_seconds()) if isinstance(expires, timedelta) else int(expires)
    if life < 1:
        raise ValueError(f"A link lives at least a second, not {life}.")
    if not name:
        raise ValueError("The name of the file to share is empty.")
    alias = storage or str(private_setting("STORAGE"))
    if tenant is not None:
        check_key(tenant)
    elif isinstance(from_alias(alias), RoutingStorage):
        tenant = require_tenant()
    else:
        tenant = current_tenant()
    return _signer().sign_object([alias, tenant, name, int(clock()) + life], compress=True)


def read_token(token: str, clock: Callable[[], float] = time.time) -> Shared:
    """What a link leads to.

    Raises:
        BadSignature: it was not signed here, or with a key that is gone, or has ended.
    """
    try:
        alias, tenant, name, until = _signer().unsign_object(token)
    except ValueError as error:  # no text that a signer makes
        raise BadSignature(str(error)) from error
    if clock() >= until:
        raise BadSignature("The link has ended.")
    return Shared(alias, tenant, name)


def shared_storage(shared: Shared) -> Storage:
    """The storage that a link leads to, bound to the link's tenant where it has tenants.

    Raises:
        Http404: its entry was renamed or removed, or keeps files by tenant, and the link has none.
    """
    storage: Storage | None = from_alias(shared.storage) if shared.storage in entries() else None
    if isinstance(storage, RoutingStorage):
        storage = storage.for_tenant(shared.tenant) if shared.tenant else None
    if storage is None:
        # The name of the file may be personal, and is left out.
        _logger.warning(
            "A link leads to a file in STORAGES[%r] of tenant %r, which is no such place any more.",
            shared.storage,
            shared.tenant,
        )
        raise Http404("File not found")
    return storage


def _signer() -> Signer:
    keys = private_setting("SHARE_KEYS")
    if keys:
        return Signer(key=keys[0], fallback_keys=list(keys[1:]), salt=_SALT)
    return Signer(salt=_SALT)
