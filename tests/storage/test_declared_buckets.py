"""Several buckets of one entry: chosen by name, and none that is somebody else's."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db.migrations.writer import MigrationWriter

from tenant_minio import MinioStorage, Route, registry
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.storage import from_alias
from tests.conftest import MEMORY, bucket_name, entry

ROUTING = {
    "BACKEND": "tenant_minio.RoutingStorage",
    "OPTIONS": {"backend": "eu", "bucket": "media", "prefix": "t/{tenant}/"},
}


def memory(**options: Any) -> dict[str, Any]:
    return {**MEMORY, "OPTIONS": options}


def never(tenant: str) -> None:
    """A custom router that leaves every tenant to the others."""


def test_each_declared_bucket_is_a_storage(
    cluster: dict[str, Any], use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    use_storages(eu=cluster)
    own, private, public = (new_bucket("eu") for _ in range(3))
    options = {"bucket": own, "private_buckets": [private], "public_buckets": [public]}
    use_storages(eu={**cluster, "OPTIONS": {**cluster["OPTIONS"], **options}})
    found = {name: storages["eu"].for_bucket(name) for name in (own, private, public)}
    for name, storage in found.items():
        storage.save("f.txt", ContentFile(name.encode()))
    for name, storage in found.items():
        assert storage.open("f.txt").read() == name.encode()
        assert storage.listdir("") == ([], ["f.txt"])
    assert storages["eu"].open("f.txt").read() == own.encode()
    signs = {name: "?" in storage.url("f.txt") for name, storage in found.items()}
    assert signs == {own: True, private: True, public: False}


def test_an_entry_may_have_no_bucket_of_its_own(use_storages: Callable[..., None]) -> None:
    use_storages(eu=memory(private_buckets=["logs"]))
    storages["eu"].for_bucket("logs").save("f", ContentFile(b"1"))
    with pytest.raises(InvalidBackendError, match=r"for_bucket: logs"):
        storages["eu"].exists("f")


def test_its_own_bucket_keeps_its_prefix(use_storages: Callable[..., None]) -> None:
    use_storages(eu=memory(bucket="logs", prefix="a/", public_buckets=["logs"]))
    for storage in (storages["eu"], storages["eu"].for_bucket("logs")):
        assert storage.locate().route == Route("eu", "logs", "a/", public=True)


def test_an_undeclared_bucket_is_refused(use_storages: Callable[..., None]) -> None:
    use_storages(eu=memory(bucket="own", private_buckets=["logs"]), us=memory())
    with pytest.raises(InvalidBackendError, match=r"'eu'.*'lgos'.*own, logs"):
        storages["eu"].for_bucket("lgos").exists("f")
    with pytest.raises(InvalidBackendError, match=r"'us'.*'logs'.*none"):
        storages["us"].for_bucket("logs").exists("f")


def test_a_bound_storage_is_written_down_by_alias(use_storages: Callable[..., None]) -> None:
    use_storages(eu=memory(private_buckets=["logs"]))
    bound = storages["eu"].for_bucket("logs")
    bound.save("f", ContentFile(b"1"))
    text, imports = MigrationWriter.serialize(bound)
    assert text == "tenant_minio.storage.from_alias('eu', bucket='logs')"
    assert imports == {"import tenant_minio.storage"}
    twins = [pickle.loads(pickle.dumps(bound)), copy.copy(bound), copy.deepcopy(bound)]
    for twin in [*twins, from_alias("eu", bucket="logs")]:
        assert isinstance(twin, MinioStorage)
        assert twin.exists("f")
        assert repr(twin) == "<MemoryStorage 'eu' in bucket 'logs'>"


def test_migrations_load_when_the_bucket_is_gone(use_storages: Callable[..., None]) -> None:
    use_storages(eu=memory(), default=ROUTING)
    for alias in ("eu", "nowhere"):
        held = from_alias(alias, bucket="logs")
        with pytest.raises(InvalidBackendError, match=repr(alias)):
            held.exists("f")
    for alias in ("default", "staticfiles"):
        with pytest.raises(InvalidBackendError, match="no MinioStorage"):
            from_alias(alias, bucket="logs")


def test_a_bucket_that_nobody_declares_can_be_asked_for(use_storages: Callable[..., None]) -> None:
    use_storages(default=ROUTING, eu=memory(private_buckets=["logs"]))
    assert registry.undeclared_route("eu", "extra") == Route("eu", "extra")


@pytest.mark.parametrize(
    ("bucket", "told"),
    [("media", "'default'"), ("logs", "bucket 'logs'"), ("m-acme", "'own'"), ("Bad", "lower-case")],
)
def test_an_undeclared_bucket_is_nobody_elses(
    use_storages: Callable[..., None], minio_server: Any, bucket: str, told: str
) -> None:
    """By endpoint: two aliases may name one cluster."""
    own = {"backend": "eu", "bucket": "m-{tenant}"}
    use_storages(
        default=ROUTING,
        own={**ROUTING, "OPTIONS": own},
        eu=entry(minio_server),
        eu2=entry(minio_server, private_buckets=["logs"]),
        eu3=entry(minio_server, bucket=bucket_name()),
    )
    with pytest.raises(InvalidBackendError, match=told):
        registry.undeclared_route("eu3", bucket)


def test_a_custom_router_might_choose_any_bucket(use_storages: Callable[..., None]) -> None:
    routers = {**ROUTING["OPTIONS"], "routers": [f"{__name__}.never"]}
    use_storages(default={**ROUTING, "OPTIONS": routers}, eu=memory())
    with pytest.raises(InvalidBackendError, match="custom router"):
        registry.undeclared_route("eu", "extra")


def test_undeclared_buckets_need_a_backend(use_storages: Callable[..., None]) -> None:
    use_storages(eu=memory())
    with pytest.raises(InvalidBackendError, match="'ue'"):
        registry.undeclared_route("ue", "extra")
