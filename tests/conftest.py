"""What all tests share: servers, storages in buckets of their own, and tenants with schemas."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import django
import pytest
from django.core.files.storage import storages
from django.db import connection
from django.test import override_settings
from minio import Minio

from tenant_minio import registry
from tenant_minio.backends.write_options import WriteOptions

# Django has tasks from 6.0.
collect_ignore = (
    ["contrib/test_tasks.py", "contrib/test_tasks_start.py", "isolation/test_django_tasks.py"]
    if django.VERSION < (6,)
    else []
)

# How files are written where no storage stands behind a location.
DEFAULTS = SimpleNamespace(write_options=lambda _alias: WriteOptions(), object_headers=lambda _: {})
MEMORY = {"BACKEND": "tenant_minio.MemoryStorage", "OPTIONS": {}}


def pytest_configure() -> None:
    """A shell's background jobs ignore SIGINT, and so would the programs that are to end by it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def entry(server: Any, **options: Any) -> dict[str, Any]:
    """The entry of STORAGES for a server."""
    return {
        "BACKEND": "tenant_minio.MinioStorage",
        "OPTIONS": {**server.storage_options(), **options},
    }


def bucket_name() -> str:
    """A bucket that no other run uses."""
    return f"test-{secrets.token_hex(8)}"


@pytest.fixture
def minio(minio_server: Any) -> dict[str, Any]:
    """A MinIO cluster as an entry of STORAGES."""
    return entry(minio_server)


@pytest.fixture(params=["minio", "versitygw", "memory"])
def cluster(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each kind of cluster, as an entry of STORAGES."""
    if request.param == "memory":
        return MEMORY
    return entry(request.getfixturevalue(f"{request.param}_server"))


@pytest.fixture
def override() -> Iterator[Callable[..., None]]:
    """Put settings over those of the tests, and take them off in the opposite order."""
    active: list[override_settings] = []

    def put(**settings: Any) -> None:
        active.append(override_settings(**settings))
        active[-1].enable()

    yield put
    while active:
        active.pop().disable()


@pytest.fixture
def use_storages(override: Callable[..., None]) -> Callable[..., None]:
    """Put entries into STORAGES for one test."""

    def use(**entries: dict[str, Any]) -> None:
        static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        override(STORAGES={"staticfiles": static, **entries})

    return use


@pytest.fixture
def new_bucket() -> Iterator[Callable[[str], str]]:
    """Make a bucket on a backend that STORAGES declares, gone after the test."""
    made: list[tuple[Any, str]] = []

    def make(alias: str) -> str:
        backend = registry[alias]
        name = bucket_name()
        backend.make_bucket(name)
        made.append((backend, name))
        return name

    yield make
    for backend, name in made:
        if hasattr(backend, "options"):
            remove_bucket(backend.options, name)


def remove_bucket(options: Any, name: str) -> None:
    """Empty and delete a bucket with a client that is not under test."""
    client = raw_client(options)
    for item in client.list_objects(bucket_name=name, recursive=True):
        client.remove_object(bucket_name=name, object_name=item.object_name)
    client.remove_bucket(bucket_name=name)


def raw_client(options: Any) -> Minio:
    """minio-py's own client for a backend: the judge that is not under test."""
    return Minio(
        endpoint=options.endpoint,
        access_key=options.access_key,
        secret_key=options.secret_key,
        secure=options.secure,
        region=options.region,
    )


@pytest.fixture
def plain(
    cluster: dict[str, Any],
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
) -> Any:
    """A plain storage in a bucket of its own, on each kind of cluster."""
    use_storages(plain=cluster)
    name = new_bucket("plain")
    use_storages(plain={**cluster, "OPTIONS": {**cluster["OPTIONS"], "bucket": name}})
    if cluster is MEMORY:
        registry["plain"].make_bucket(name)
    return storages["plain"]


@pytest.fixture
def routed(
    cluster: dict[str, Any],
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
) -> Any:
    """A routing storage whose tenants share a bucket, on each kind of cluster."""
    use_storages(eu=cluster)
    name = new_bucket("eu")
    default = {
        "BACKEND": "tenant_minio.RoutingStorage",
        "OPTIONS": {"backend": "eu", "bucket": name, "prefix": "tenants/{tenant}/"},
    }
    use_storages(default=default, eu=cluster)
    if cluster is MEMORY:
        registry["eu"].make_bucket(name)
    return storages["default"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres_server: Any) -> None:
    """Point Django at the PostgreSQL server of this run."""
    given = postgres_server.django_settings("django_tenants.postgresql_backend")
    given = {key: value for key, value in given.items() if key != "TEST"}
    connection.settings_dict.update(given)


@pytest.fixture(scope="session")
def schemas(django_db_setup: None, django_db_blocker: Any) -> list[str]:
    """Two customers, each with a PostgreSQL schema."""
    from tests.project.customers.models import Customer

    keys = ["acme", "globex"]
    with django_db_blocker.unblock():
        for key in keys:
            Customer.objects.create(schema_name=key, slug=f"{key}-slug")
    return keys


@pytest.fixture(autouse=True)
def _fresh_start(django_db_blocker: Any) -> Iterator[None]:
    """No test inherits the connection, the clients or the objects in memory of another."""
    yield
    connection.set_schema_to_public()
    with django_db_blocker.unblock():
        connection.close()
    registry.reset()
