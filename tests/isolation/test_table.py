"""Every operation of every tenant stays in the place that the table names."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import use_tenant
from tenant_minio.exceptions import NoTenantError

from .conftest import World
from .labels import acting
from .operations import OPERATIONS
from .places import KEYS, PUBLIC, name_of

NAMES = ["plan.pdf", "docs/plan.pdf", "docs/\u00e9.txt", "docs/e\u0301.txt", "tenants/acme/x"]


def content(tenant: str, name: str) -> bytes:
    return f"{name} of {tenant}".encode()


def store_everywhere(world: World) -> dict[str, dict[str, bytes]]:
    """The same names for all tenants; what the table says must now be on the servers."""
    files: dict[str, dict[str, bytes]] = {tenant: {} for tenant in world.judge.table}
    for tenant, stored in files.items():
        with acting(tenant), use_tenant(tenant):
            for name in NAMES:
                assert world.storage.save(name, ContentFile(content(tenant, name))) == name
                stored[name] = content(tenant, name)
    return files


def test_files_lie_where_the_table_says_and_nowhere_else(world: World) -> None:
    files = store_everywhere(world)
    assert world.truth() == world.expected(files)
    for tenant in KEYS:
        with acting(tenant), use_tenant(tenant):
            for name in NAMES:
                assert world.storage.open(name).read() == content(tenant, name)
            directories, found = world.storage.listdir("")
            assert (sorted(directories), found) == (["docs", "tenants"], ["plan.pdf"])
            assert sorted(world.storage.listdir("docs")[1]) == sorted(
                ["plan.pdf", "\u00e9.txt", "e\u0301.txt"]
            )
    assert world.judge.tenants() == set(KEYS)


def test_keys_that_look_alike_stay_apart_on_both_servers(either_world: World) -> None:
    """By case, separator, Unicode form, wildcard and length; in what each sees, and deletes."""
    files = store_everywhere(either_world)
    assert either_world.truth() == either_world.expected(files)
    for tenant, names in list(files.items()):
        storage = either_world.storage.for_tenant(tenant)
        with acting(tenant):
            assert {name: storage.open(name).read() for name in names} == names
            assert storage.listdir("")[1] == ["plan.pdf"]
            storage.delete("plan.pdf")
        del files[tenant]["plan.pdf"]
    assert either_world.truth() == either_world.expected(files)


def test_urls_lead_to_the_tenants_own_file(world: World) -> None:
    store_everywhere(world)
    for tenant in KEYS:
        bound = world.storage.for_tenant(tenant)
        for name, url, plain in zip(
            NAMES, bound.urls(NAMES), bound.urls(NAMES, signed=False), strict=True
        ):
            with acting(tenant):
                signed = bound.url(name, signed=True)
                answers = [world.judge.labels.fetch(one) for one in (url, signed, plain)]
            mine = (200, content(tenant, name))
            assert answers[:2] == [mine, mine]
            assert answers[2] == mine if tenant in PUBLIC else answers[2][0] == 403


def test_deleting_a_tenants_files_leaves_all_others(world: World) -> None:
    files = store_everywhere(world)
    for tenant in KEYS:
        with acting(tenant), use_tenant(tenant):
            for name in NAMES:
                world.storage.delete(name)
                assert not world.storage.exists(name)
        del files[tenant]
        if tenant in {"acme", "own", "vip", "open"}:
            assert world.truth() == world.expected(files)
    assert world.truth() == {}


@pytest.mark.parametrize("tenant", KEYS, ids=name_of)
def test_what_others_have_is_not_there(world: World, tenant: str) -> None:
    """The files are placed past the package, so that what it writes and reads cannot agree."""
    for other in KEYS:
        if other != tenant:
            world.put(other, "docs/plan.pdf", b"another's")
    before = world.truth()
    storage = world.storage.for_tenant(tenant)
    with acting(tenant):
        assert not storage.exists("docs/plan.pdf")
        assert storage.listdir("") == ([], [])
        assert storage.listdir("docs") == ([], [])
        for look in (storage.open, storage.size, storage.get_modified_time):
            with pytest.raises(FileNotFoundError):
                look("docs/plan.pdf")
        assert world.judge.labels.fetch(storage.url("docs/plan.pdf", signed=True))[0] == 404
        assert storage.get_available_name("docs/plan.pdf") == "docs/plan.pdf"
        storage.delete("docs/plan.pdf")
        assert world.truth() == before
        assert storage.save("docs/plan.pdf", ContentFile(b"mine")) == "docs/plan.pdf"
        with storage.open("docs/plan.pdf", "wb") as file:
            file.write(b"mine too")
    mine = world.expected({tenant: {"docs/plan.pdf": b"mine too"}})
    assert world.truth() == {**before, **mine}


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_operation_outside_a_tenant_reaches_no_server(world: World, operation: str) -> None:
    with acting("acme"), pytest.raises(NoTenantError):
        OPERATIONS[operation](world.storage, "plan.pdf")
    world.expect_silence()


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_bound_storage_leaves_the_shared_one_unbound(world: World, operation: str) -> None:
    """``for_tenant`` is asked in between: the shared instance still follows the context."""
    for tenant in ("acme", "acme2"):
        world.put(tenant, "plan.pdf", tenant.encode())
    shared: Any = storages["default"]
    outcomes = []
    for storage, tenant, context in [
        (shared.for_tenant("acme2"), "acme2", "acme"),
        (shared, "acme", "acme"),
        (shared.for_tenant("acme").for_tenant("acme2"), "acme2", "own"),
    ]:
        with acting(tenant), use_tenant(context):
            OPERATIONS[operation](storage, "plan.pdf")
        outcomes.append((storage.for_tenant(tenant).route().prefix, tenant))
        with acting(tenant), use_tenant(tenant):
            shared.exists("plan.pdf")
    assert outcomes == [
        ("tenants/acme2/", "acme2"),
        ("tenants/acme/", "acme"),
        ("tenants/acme2/", "acme2"),
    ]
