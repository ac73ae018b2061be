"""Where keys come from, as the options say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minio.credentials.credentials import Credentials
from minio.credentials.providers import Provider

from tenant_minio.backends.client import S3Client
from tenant_minio.backends.credentials.beside import Beside
from tenant_minio.backends.credentials.credential import Credential
from tenant_minio.backends.credentials.hidden import FixedProvider, HiddenCredentials
from tenant_minio.backends.credentials.kinds import MIN_DURATION, Kind, imported, kind_of
from tenant_minio.backends.credentials.refusals import MAY_BE_BAD
from tenant_minio.backends.credentials.session_policy import session_policy
from tenant_minio.backends.credentials.sts import assume_role
from tenant_minio.backends.options import BackendOptions
from tenant_minio.exceptions import (
    BackendUnavailableError,
    InvalidBackendError,
    PermissionDeniedError,
    TenantMinioError,
)
from tenant_minio.routing.route import Route

# A key that may do nothing, to see whether there are any.
_NOTHING = session_policy("none", "none/").replace('"Allow"', '"Deny"')


def own_provider(alias: str, options: BackendOptions) -> Provider:
    """The backend's own key: fixed, or kept current where a provider gives it."""
    given = imported(options.credentials)
    if kind_of(given) is not Kind.PROVIDER:
        given = imported(options.own_credentials)
    if given is None:
        return FixedProvider(
            HiddenCredentials(options.access_key, options.secret_key, options.session_token)
        )
    made: list[Provider] = []

    def fetch() -> Credentials:
        if not made:
            made.append(_provider(alias, given))
        return made[0].retrieve()

    # It is the same for all, so it may be asked for outside of any tenant.
    return _credential(
        lambda: _asked(alias, given, fetch), f"{alias}: own key", options, beside=Beside(alias)
    )


def has_route_keys(options: BackendOptions) -> bool:
    """Whether each route has a key of its own."""
    return kind_of(imported(options.credentials)) in {Kind.STS, Kind.CALLABLE}


def may_list(options: BackendOptions, route: Route) -> bool:
    """Whether the key for a route lists what is there, where :func:`has_route_keys`.

    One of STS may not, but in a bucket of its own; see :func:`session_policy`.
    """
    return not route.prefix or kind_of(imported(options.credentials)) is Kind.CALLABLE


def route_credential(
    alias: str,
    options: BackendOptions,
    route: Route,
    own: Provider,
    client: Callable[[], S3Client],
) -> Credential:
    """The key for one route, where :func:`has_route_keys`.

    Args:
        alias: of the backend, for errors.
        options: of the backend.
        route: what the key is to reach.
        own: the backend's own key, for STS.
        client: to the cluster, for STS.
    """
    given = imported(options.credentials)
    kind = kind_of(given)
    what = f"{alias}:{route.bucket}/{route.prefix}"
    if kind is Kind.CALLABLE:
        return _credential(lambda: _asked(alias, given, lambda: given(route)), what, options)

    def assume(parent: Credentials) -> Credentials:
        return assume_role(
            client(),
            parent,
            policy=session_policy(route.bucket, route.prefix),
            duration=options.sts_duration,
            region=options.region,
            group=f"{route.bucket}/{route.prefix}",
            what=what,
        )

    def fetch() -> Credentials:
        parent = own.retrieve()
        try:
            return assume(parent)
        except PermissionDeniedError:
            # STS says no more than that it is denied, also where the own key was replaced.
            if not (isinstance(own, Credential) and own.replaced(parent, MAY_BE_BAD)):
                raise
        return assume(own.retrieve())

    return _credential(fetch, what, options, basis=lambda: _current(own))


def sts_fault(alias: str, options: BackendOptions, own: Provider, client: S3Client) -> str:
    """Why the cluster gives no keys of STS, in words; empty where it does, or nobody wants any."""
    if kind_of(imported(options.credentials)) is not Kind.STS:
        return ""
    try:
        assume_role(
            client,
            own.retrieve(),
            policy=_NOTHING,
            duration=MIN_DURATION,
            region=options.region,
            group="none",
            what=alias,
        )
    except TenantMinioError as error:
        return str(error)
    return ""


def _credential(
    fetch: Callable[[], Credentials],
    what: str,
    options: BackendOptions,
    *,
    basis: Callable[[], object] = lambda: None,
    beside: Beside | None = None,
) -> Credential:
    return Credential(
        fetch,
        what=what,
        region=options.region,
        refresh=options.credentials_refresh,
        patience=options.connect_timeout + options.read_timeout,
        basis=basis,
        beside=beside,
    )


def _current(own: Provider) -> object:
    """What the keys of STS are derived from; None where that cannot be told now."""
    try:
        return own.retrieve()
    except TenantMinioError:
        return None


def _provider(alias: str, given: Any) -> Provider:
    found = given if isinstance(given, Provider) else given()
    if not isinstance(found, Provider):
        raise InvalidBackendError(
            f"{alias}: {_name(given)} gave a {type(found).__name__}. It gives a provider of "
            f"minio-py (minio.credentials.Provider), or takes the route."
        )
    return found


def _asked(alias: str, source: Any, ask: Callable[[], object]) -> HiddenCredentials:
    """What the project's own code gives, with this package's errors."""
    try:
        found = ask()
    except TenantMinioError:
        raise
    except Exception as error:
        # Of its text nothing is repeated: it may be about a secret.
        raise BackendUnavailableError(
            f"{alias}: no credentials could be had from {_name(source)}: "
            f"{type(error).__name__}. Look at what it needs."
        ) from error
    if not isinstance(found, Credentials):
        raise InvalidBackendError(
            f"{alias}: {_name(source)} gave a {type(found).__name__}. It gives "
            f"minio.credentials.Credentials."
        )
    return HiddenCredentials.of(found)


def _name(source: Any) -> str:
    if isinstance(source, Provider):
        return type(source).__qualname__
    return str(getattr(source, "__qualname__", type(source).__qualname__))
