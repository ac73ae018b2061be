"""Storages as objects: their alias, what is written down of them, whose settings they follow."""

import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage, storages
from django.db.migrations.writer import MigrationWriter

from tenant_minio import MinioStorage, Route, RoutingStorage, registry, use_tenant
from tenant_minio.exceptions import (
    InvalidBackendError,
    ObjectExistsError,
    TenantMinioError,
    UnsafeNameError,
)
from tenant_minio.storage import from_alias
from tests.conftest import entry

SECRETS = {"secret_key": "S3CR3T-KEY", "session_token": "S3CR3T-TOKEN"}
OPTIONS = {"endpoint": "s3.example.com", "access_key": "key", **SECRETS}
ROUTING = {
    "BACKEND": "tenant_minio.RoutingStorage",
    "OPTIONS": {"backend": "eu", "bucket": "media", "prefix": "t/{tenant}/"},
}
MINIO = {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": OPTIONS}


def test_a_storage_is_made_without_settings() -> None:
    """A callable ``storage=`` runs while models load."""
    code = "import tenant_minio; tenant_minio.RoutingStorage(backend='eu'); tenant_minio.Route"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": "."})


def test_who_and_where_are_decided_without_models_and_clients() -> None:
    """import-linter sees whole packages of others only, so Django's models are looked for here."""
    code = (
        "import sys, tenant_minio.tenants.resolvers, tenant_minio.routing.overlap;"
        "import tenant_minio.routing.router;"
        "assert not {'minio', 'urllib3'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": "."})
    for room in ("tenants", "routing"):
        for path in Path("tenant_minio", room).glob("*.py"):
            assert "django.db" not in path.read_text(), path


def test_the_alias_is_the_first_entry_that_is_equal(use_storages: Callable[..., None]) -> None:
    other = {**MINIO, "OPTIONS": {**OPTIONS, "bucket": "reports"}}
    use_storages(default=ROUTING, eu=MINIO, reports=other, twin=other)
    assert storages["reports"].alias == "reports"
    assert storages["twin"].alias == "reports"
    assert storages["default"].alias == "default"
    with pytest.raises(InvalidBackendError, match="STORAGES"):
        _ = MinioStorage(**OPTIONS, bucket="elsewhere").alias


def test_migrations_hold_aliases_and_no_secrets(use_storages: Callable[..., None]) -> None:
    use_storages(default=ROUTING, eu={**MINIO, "OPTIONS": {**OPTIONS, "bucket": "reports"}})
    plain, bound = storages["eu"], storages["default"].for_tenant("acme")
    assert plain.deconstruct() == ("tenant_minio.storage.from_alias", ("eu",), {})
    text, imports = MigrationWriter.serialize(plain)
    assert (text, imports) == (
        "tenant_minio.storage.from_alias('eu')",
        {"import tenant_minio.storage"},
    )
    assert bound.deconstruct()[1:] == (("default",), {"tenant": "acme"})
    text, _imports = MigrationWriter.serialize(bound)
    again = eval(text, {"tenant_minio": sys.modules["tenant_minio"]})
    assert again.route() == Route("eu", "media", "t/acme/")


def test_no_repr_pickle_or_error_shows_a_secret(use_storages: Callable[..., None]) -> None:
    use_storages(default=ROUTING, eu={**MINIO, "OPTIONS": {**OPTIONS, "bucket": "reports"}})
    plain = storages["eu"]
    shown = [repr(plain), repr(storages["default"].for_tenant("acme")), repr(registry["eu"])]
    shown += [repr(registry["eu"].options)]  # type: ignore[attr-defined]
    shown += [pickle.dumps(plain).decode("latin-1"), repr(plain.locate())]
    shown += [plain.url("f", signed=False)]
    with pytest.raises(TenantMinioError) as caught:
        MinioStorage(**OPTIONS, region="unknown").exists("f")
    shown += [str(caught.value)]
    for text in shown:
        assert "S3CR3T" not in text


def test_storages_survive_pickle_and_copy(use_storages: Callable[..., None]) -> None:
    use_storages(default=ROUTING, eu={"BACKEND": "tenant_minio.MemoryStorage"})
    bound = storages["default"].for_tenant("acme")
    bound.save("f", ContentFile(b"1"))
    for twin in (pickle.loads(pickle.dumps(bound)), copy.copy(bound), copy.deepcopy(bound)):
        assert isinstance(twin, RoutingStorage)
        assert twin.exists("f")


def test_a_held_storage_follows_its_settings(use_storages: Callable[..., None]) -> None:
    """Fields hold storages from the time their models load."""
    use_storages(default=ROUTING, eu={"BACKEND": "tenant_minio.MemoryStorage"})
    held = from_alias("default")
    with use_tenant("acme"):
        assert held.route() == Route("eu", "media", "t/acme/")
        options = {**ROUTING["OPTIONS"], "bucket": "other"}
        use_storages(
            default={**ROUTING, "OPTIONS": options}, eu={"BACKEND": "tenant_minio.MemoryStorage"}
        )
        assert held.route() == Route("eu", "other", "t/acme/")


def test_from_alias_is_easy_on_migrations(use_storages: Callable[..., None], settings: Any) -> None:
    """They are imported whatever has become of STORAGES: what is wrong shows at use."""
    settings.STATIC_URL = "/static/"
    use_storages(default=ROUTING, eu=MINIO)
    gone = from_alias("nowhere")
    with pytest.raises(InvalidBackendError, match=r"'nowhere'"):
        gone.exists("f")
    with use_tenant("acme"), pytest.raises(InvalidBackendError, match=r"'nowhere'"):
        from_alias("nowhere", tenant="acme").exists("f")
    assert from_alias("staticfiles") is storages["staticfiles"]
    for alias in ("eu", "staticfiles"):
        with pytest.raises(InvalidBackendError, match="no RoutingStorage"):
            from_alias(alias, tenant="acme")


class Stamping(RoutingStorage):
    """A subclass that transforms what it stores, as scanners and compressors do."""

    extra_options = frozenset({"stamp"})

    def __init__(self, *, stamp: str = "?", **options: Any) -> None:
        super().__init__(**options)
        self.stamp = stamp

    def _save(self, name: str, content: Any) -> str:
        return super()._save(name, ContentFile(self.stamp.encode() + content.read()))


def test_a_subclass_has_its_own_save_and_options(use_storages: Callable[..., None]) -> None:
    options = {**ROUTING["OPTIONS"], "stamp": "!"}
    entry = {"BACKEND": f"{__name__}.Stamping", "OPTIONS": options}
    use_storages(default=entry, eu={"BACKEND": "tenant_minio.MemoryStorage"})
    with use_tenant("acme"):
        first = default_storage.save("f.txt", ContentFile(b"1"))
        second = default_storage.save("f.txt", ContentFile(b"2"))
        assert first == "f.txt"
        assert second != first
        assert default_storage.open(first).read() == b"!1"
        assert default_storage.open(second).read() == b"!2"
        assert default_storage.for_tenant("globex").save("g", ContentFile(b"3")) == "g"


class Overwriting(RoutingStorage):
    """The subclass that many projects have."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: Any) -> str:
        self.delete(name)
        return super()._save(name, content)


def test_a_subclass_may_overwrite(use_storages: Callable[..., None]) -> None:
    entry = {**ROUTING, "BACKEND": f"{__name__}.Overwriting"}
    use_storages(default=entry, eu={"BACKEND": "tenant_minio.MemoryStorage"})
    with use_tenant("acme"):
        for data in (b"1", b"2"):
            assert default_storage.save("f.txt", ContentFile(data)) == "f.txt"
        assert default_storage.open("f.txt").read() == b"2"


def test_a_storage_made_under_other_settings_keeps_its_alias(
    use_storages: Callable[..., None],
) -> None:
    memory = {"BACKEND": "tenant_minio.MemoryStorage", "OPTIONS": {"bucket": "docs"}}
    use_storages(docs={**MINIO, "OPTIONS": {**OPTIONS, "bucket": "docs"}})
    held = storages["docs"]
    use_storages(docs=memory)
    held.save("f", ContentFile(b"1"))
    assert storages["docs"].open("f").read() == b"1"


def test_content_is_read_by_its_own_chunks(use_storages: Callable[..., None]) -> None:
    class Generated(File):
        def __init__(self) -> None:
            super().__init__(None, "generated")

        def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
            yield from (b"a" * 3, "ü", b"b" * 20_000_000)

    use_storages(default=ROUTING, eu={"BACKEND": "tenant_minio.MemoryStorage"})
    with use_tenant("acme"):
        name = default_storage.save(None, Generated())
        assert default_storage.open(name).read() == b"aaa" + "ü".encode() + b"b" * 20_000_000


def test_long_names_of_forms_are_shortened(use_storages: Callable[..., None]) -> None:
    use_storages(default=ROUTING, eu={"BACKEND": "tenant_minio.MemoryStorage"})
    with use_tenant("acme"):
        name = default_storage.generate_filename("docs/" + "文" * 90 + ".pdf")
        assert name.endswith(".pdf")
        assert default_storage.save(name, ContentFile(b"1")) == name
        assert default_storage.save(name, ContentFile(b"2")) != name


def test_a_cluster_that_refuses_every_name_is_an_error(
    use_storages: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken gateway: refused as taken, and yet not there."""
    use_storages(default=ROUTING, eu={"BACKEND": "tenant_minio.MemoryStorage"})

    def put(*_args: Any) -> None:
        raise ObjectExistsError("taken, says the gateway")

    monkeypatch.setattr(registry["eu"], "put", put)
    for max_length in (None, 30):
        with use_tenant("acme"), pytest.raises(ObjectExistsError, match=r"names like 'f\.txt'"):
            default_storage.save("f.txt", ContentFile(b"1"), max_length=max_length)


class Dated(RoutingStorage):
    """A subclass that chooses names itself."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return super().get_available_name(f"2026/{name}", max_length)


class Stubborn(RoutingStorage):
    """A subclass that insists on the name, as overwriting storages do."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name


class Escaping(RoutingStorage):
    """A subclass that is careless with names."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return f"../{name}"


@pytest.mark.parametrize("kind", [Dated, Stubborn, Escaping])
def test_a_subclass_is_asked_for_names(
    use_storages: Callable[..., None], kind: type[RoutingStorage]
) -> None:
    entry = {**ROUTING, "BACKEND": f"{__name__}.{kind.__name__}"}
    use_storages(default=entry, eu={"BACKEND": "tenant_minio.MemoryStorage"})
    with use_tenant("acme"):
        if kind is Dated:
            assert default_storage.save("f.txt", ContentFile(b"1")) == "2026/f.txt"
        elif kind is Escaping:
            with pytest.raises(UnsafeNameError):
                default_storage.save("f.txt", ContentFile(b"1"))
        else:
            assert default_storage.save("f.txt", ContentFile(b"1")) == "f.txt"
            with pytest.raises(ObjectExistsError, match="Stubborn"):
                default_storage.save("f.txt", ContentFile(b"2"))
            assert default_storage.open("f.txt").read() == b"1"


def test_alternative_names_of_a_subclass_are_used(use_storages: Callable[..., None]) -> None:
    class Counting(RoutingStorage):
        def get_alternative_name(self, file_root: str, file_ext: str) -> str:
            return f"{file_root}-next{file_ext}"

    globals()["Counting"] = Counting
    entry = {**ROUTING, "BACKEND": f"{__name__}.Counting"}
    use_storages(default=entry, eu={"BACKEND": "tenant_minio.MemoryStorage"})
    with use_tenant("acme"):
        default_storage.save("f.txt", ContentFile(b"1"))
        assert default_storage.save("f.txt", ContentFile(b"2")) == "f-next.txt"


def test_threads_share_one_client(minio: dict[str, Any], use_storages: Callable[..., None]) -> None:
    use_storages(eu=minio)
    barrier = Barrier(8)

    def client(_number: int) -> int:
        barrier.wait()
        return id(registry["eu"].connection.client)  # type: ignore[attr-defined]

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(client, range(8)))) == 1


def test_more_open_readers_than_the_pool_holds(
    minio_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    use_storages(eu=entry(minio_server))
    bucket = new_bucket("eu")
    use_storages(eu=entry(minio_server, bucket=bucket, pool_size=1, read_timeout=10))
    storages["eu"].save("f", ContentFile(b"x" * 600_000))
    files = [storages["eu"].open("f") for _ in range(5)]
    for file in files:
        file.read(300_000)
    for file in files:
        assert len(file.read()) == 300_000
        file.close()


def test_a_forked_child_makes_its_own_connections(
    minio_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    use_storages(eu=entry(minio_server))
    bucket = new_bucket("eu")
    use_storages(eu=entry(minio_server, bucket=bucket))
    storages["eu"].save("f", ContentFile(b"parent"))
    parent_client = registry["eu"].connection.client  # type: ignore[attr-defined]
    child = os.fork()
    if child == 0:
        same = registry["eu"].connection.client is parent_client  # type: ignore[attr-defined]
        good = storages["eu"].open("f").read() == b"parent"
        storages["eu"].save("child", ContentFile(b"child"))
        os._exit(0 if good and not same else 1)
    for _ in range(20):
        assert storages["eu"].open("f").read() == b"parent"
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert storages["eu"].open("child").read() == b"child"
    assert registry["eu"].connection.client is parent_client  # type: ignore[attr-defined]


def test_closed_clients_are_made_anew(
    minio_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    use_storages(eu=entry(minio_server))
    bucket = new_bucket("eu")
    use_storages(eu=entry(minio_server, bucket=bucket))
    storages["eu"].save("f", ContentFile(b"1"))
    registry.reset()
    assert storages["eu"].open("f").read() == b"1"
