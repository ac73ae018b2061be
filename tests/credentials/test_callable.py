"""One account for each tenant, from the project's own callable, on both servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import urlopen

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from minio.credentials.credentials import Credentials
from minio.error import S3Error

from tenant_minio import Route, registry
from tenant_minio.exceptions import (
    BackendUnavailableError,
    InvalidBackendError,
    MissingBucketError,
    PermissionDeniedError,
)
from tenant_minio.testing.servers import start_versitygw
from tests.conftest import bucket_name, entry
from tests.credentials.accounts import (
    Accounts,
    GatewayAccounts,
    MinioAccounts,
    Vault,
    folder_of_users,
)
from tests.credentials.conftest import Users, client_with, key_of
from tests.credentials.test_server_refuses import LISTINGS

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A VersityGW that knows users."""
    with start_versitygw(settings=folder_of_users(tmp_path_factory.mktemp("users"))) as server:
        yield server


@pytest.fixture(params=["minio", "versitygw"])
def server(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("minio_server" if request.param == "minio" else "gateway")


@pytest.fixture
def vault(server: Any, request: pytest.FixtureRequest) -> Vault:
    root = client_with(server, Credentials(server.access_key, server.secret_key))
    accounts: Accounts
    if server.kind == "minio":
        users: Users = request.getfixturevalue("users")
        accounts = MinioAccounts(users)
    else:
        accounts = GatewayAccounts(server, root)
    return Vault(accounts)


@pytest.fixture
def make(
    server: Any,
    vault: Vault,
    use_storages: Callable[..., None],
) -> Iterator[Callable[..., Any]]:
    root = client_with(server, Credentials(server.access_key, server.secret_key))
    bucket = bucket_name()
    root.make_bucket(bucket_name=bucket)

    def use(**options: Any) -> Any:
        route = {"backend": "eu", "bucket": bucket, "prefix": "t/{tenant}/"}
        use_storages(
            default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": route},
            eu=entry(server, credentials=vault, **options),
        )
        return storages["default"]

    yield use
    for item in root.list_objects(bucket_name=bucket, recursive=True):
        root.remove_object(bucket_name=bucket, object_name=item.object_name)
    root.remove_bucket(bucket_name=bucket)


def test_each_tenants_data_goes_with_its_own_account(
    make: Callable[..., Any], vault: Vault, server: Any
) -> None:
    storage = make()
    for tenant in ("a", "ab"):
        bound = storage.for_tenant(tenant)
        assert bound.save("f", ContentFile(b"1")) == "f"
        assert (bound.exists("f"), bound.exists("g"), bound.size("f")) == (True, False, 1)
        assert bound.listdir("") == ([], ["f"])
        assert bound.open("f").read() == b"1"
    route, other = storage.for_tenant("a").route(), storage.for_tenant("ab").route()
    assert vault.asked == [route, other], "asked once for each"
    stolen = client_with(server, key_of(storage, "a"))
    with pytest.raises(S3Error) as caught:
        stolen.get_object(bucket_name=route.bucket, object_name=f"{other.prefix}f")
    assert caught.value.code == "AccessDenied"
    storage.for_tenant("a").delete("f")
    assert not storage.for_tenant("a").exists("f")


def test_an_account_that_may_not_list_does_all_but_that(
    make: Callable[..., Any], vault: Vault, server: Any
) -> None:
    """A missing file is told from a missing bucket and from a refusal, and no thief is told names.

    What lists is the account and not the backend's own key: what is revoked is revoked whole.
    """
    vault.lists = False
    storage = make(multipart_threshold=5 * MIB, part_size=5 * MIB)
    bound = storage.for_tenant("acme")
    assert bound.save("f", ContentFile(b"1")) == "f"
    assert bound.save("large", ContentFile(b"1" * 9 * MIB)) == "large"
    assert (bound.exists("f"), bound.exists("g"), bound.exists("h")) == (True, False, False)
    assert (bound.open("f").read(), bound.size("f"), bound.exists("")) == (b"1", 1, True)
    with pytest.raises(FileNotFoundError):
        bound.size("g")
    bound.delete("large")
    with pytest.raises(PermissionDeniedError, match="refused GET"):
        bound.listdir("")
    route = bound.route()
    stolen = client_with(server, key_of(storage, "acme"))
    for prefix in ("", "t/", route.prefix):
        with pytest.raises(S3Error, match="AccessDenied"):
            list(stolen.list_objects(bucket_name=route.bucket, prefix=prefix))
    vault.revoke(route)
    with pytest.raises(PermissionDeniedError):
        bound.exists("f")


@pytest.mark.parametrize("way", LISTINGS)
def test_the_gateway_holds_the_documented_condition_on_listings(
    gateway: Any, way: str, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    """A thief of one account is told no names of others."""
    use_storages(eu=entry(gateway))
    bucket = new_bucket("eu")
    root = client_with(gateway, Credentials(gateway.access_key, gateway.secret_key))
    routes = [Route("eu", bucket, f"t/{tenant}/") for tenant in ("acme", "globex")]
    for route in routes:
        registry["eu"].put(bucket, f"{route.prefix}f", b"1", {})
    user = GatewayAccounts(gateway, root).add(routes[0], lists=True)
    stolen = client_with(gateway, Credentials(user.access_key, user.secret_key))
    query, headers = LISTINGS[way]
    told = b""
    try:
        told = stolen._execute("GET", bucket, query_params=query, headers=dict(headers)).data
    except S3Error as error:
        if error.code != "AccessDenied":
            raise
    assert b"t/globex" not in told
    assert b"t/acme/f" in told or way != "own prefix"


def test_a_missing_bucket_is_no_missing_file(
    make: Callable[..., Any], vault: Vault, server: Any
) -> None:
    """Though the key is for a part of it, and may not ask for the bucket."""
    vault.lists = False
    bound = make().for_tenant("acme")
    assert not bound.exists("f")
    bucket = bound.route().bucket
    root = client_with(server, Credentials(server.access_key, server.secret_key))
    root.remove_bucket(bucket_name=bucket)
    bound.locate().backend.connection.seen.discard(bucket)  # the fake: ten seconds have gone
    try:
        for attempt in (bound.exists, bound.size, bound.open):
            with pytest.raises(MissingBucketError, match=r"initialize_buckets.*'acme'"):
                attempt("f")
    finally:
        root.make_bucket(bucket_name=bucket)


def test_a_changed_secret_takes_effect_at_once(make: Callable[..., Any], vault: Vault) -> None:
    """Without a restart: the server refuses the old one, and the vault is asked again."""
    storage = make().for_tenant("acme")
    storage.save("f", ContentFile(b"1"))
    vault.rotate(storage.route())
    assert storage.open("f").read() == b"1"
    vault.rotate(storage.route())
    assert storage.save("g", ContentFile(b"2")) == "g"
    vault.rotate(storage.route())
    assert storage.listdir("") == ([], ["f", "g"])


def test_a_changed_secret_takes_effect_though_a_head_says_no_reason(
    make: Callable[..., Any], vault: Vault
) -> None:
    storage = make().for_tenant("acme")
    storage.save("f", ContentFile(b"1"))
    vault.rotate(storage.route())
    older(storage)
    assert (storage.exists("f"), storage.exists("g")) == (True, False)


def older(storage: Any, seconds: float = 10) -> None:
    """A fake clock, which stands still: the tenant's key was asked for so long ago."""
    route = storage.route()
    credential = registry["eu"].for_route(route).connection.provider  # type: ignore[attr-defined]
    now = credential.grant().asked + seconds
    credential._clock = lambda: now


def test_a_changed_secret_is_fetched_within_the_stated_time(
    make: Callable[..., Any], vault: Vault
) -> None:
    """Where the server takes both for a while, so that nothing is refused."""
    storage = make(credentials_refresh=60).for_tenant("acme")
    storage.save("f", ContentFile(b"1"))
    older(storage, 59)
    storage.size("f")
    assert len(vault.asked) == 1
    older(storage, 61)
    storage.size("f")
    assert len(vault.asked) == 2


def test_revoking_ends_one_tenant_and_no_other(make: Callable[..., Any], vault: Vault) -> None:
    """URLs that were signed with the backend's own key go on until they end."""
    storage = make()
    for tenant in ("acme", "globex"):
        storage.for_tenant(tenant).save("f", ContentFile(b"1"))
    url = storage.for_tenant("acme").url("f")
    vault.revoke(storage.for_tenant("acme").route())
    attempts: list[Callable[[], object]] = [
        lambda: storage.for_tenant("acme").open("f"),
        lambda: storage.for_tenant("acme").size("f"),
        lambda: storage.for_tenant("acme").exists("f"),
        lambda: storage.for_tenant("acme").listdir(""),
        lambda: storage.for_tenant("acme").save("g", ContentFile(b"1")),
        lambda: storage.for_tenant("acme").delete("f"),
    ]
    for attempt in attempts:
        with pytest.raises(PermissionDeniedError, match="acme"):
            attempt()
    assert storage.for_tenant("globex").open("f").read() == b"1"
    with urlopen(url) as answer:
        assert answer.read() == b"1"


def test_revoking_ends_the_urls_that_the_tenants_key_signed(
    make: Callable[..., Any], vault: Vault
) -> None:
    storage = make(url_credentials="tenant").for_tenant("acme")
    storage.save("f", ContentFile(b"1"))
    url = storage.url("f")
    with urlopen(url) as answer:
        assert answer.read() == b"1"
    vault.revoke(storage.route())
    with pytest.raises(OSError, match="403"):
        urlopen(url)


def fail(_route: Route) -> Credentials:
    raise RuntimeError("TopSecret99")


def refuse(route: Route) -> Credentials:
    raise PermissionDeniedError(f"{route.prefix} is closed.")


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        (fail, BackendUnavailableError, "no credentials could be had from fail: RuntimeError"),
        (refuse, PermissionDeniedError, "t/acme/ is closed"),
        (lambda _route: ("key", "secret"), InvalidBackendError, "gave a tuple"),
        (lambda _route: None, InvalidBackendError, "gave a NoneType"),
    ],
)
def test_a_callable_that_gives_no_key_is_named(
    minio: dict[str, Any],
    use_storages: Callable[..., None],
    source: Any,
    error: type[Exception],
    words: str,
) -> None:
    options = {**minio["OPTIONS"], "credentials": source}
    route = {"backend": "eu", "bucket": "media", "prefix": "t/{tenant}/"}
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": route},
        eu={**minio, "OPTIONS": options},
    )
    with pytest.raises(error, match=words) as caught:
        storages["default"].for_tenant("acme").save("f", ContentFile(b"1"))
    assert "TopSecret99" not in str(caught.value)


def test_keys_are_kept_within_bounds(
    minio: dict[str, Any], use_storages: Callable[..., None]
) -> None:
    """However many tenants there are."""
    asked = []

    def source(route: Route) -> Credentials:
        asked.append(route)
        return Credentials(f"key of {route.prefix}", "secret")

    given = {**minio["OPTIONS"], "credentials": source, "credentials_cache_size": 100}
    route = {"backend": "eu", "bucket": "media", "prefix": "t/{tenant}/"}
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": route},
        eu={**minio, "OPTIONS": {**given, "url_credentials": "tenant"}},
    )
    storage = storages["default"]
    for number in range(5000):
        bound = storage.for_tenant(f"tenant{number}")
        assert f"tenant{number}%2F%2F" in bound.url("f")
        assert f"tenant{number}%2F%2F" in bound.url("f")
    assert len(asked) == 5000
    assert len(registry["eu"]._views._kept) == 100  # type: ignore[attr-defined]
