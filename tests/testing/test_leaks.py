"""What assert_no_leak lets pass and what it condemns, on each kind of cluster."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import registry, use_tenant
from tenant_minio.backends.base import Backend, ByteRange
from tenant_minio.exceptions import InvalidTenantError
from tenant_minio.testing import LeakError, assert_no_leak
from tenant_minio.testing.leaks import Request, _about_objects

LARGE = 600_000


@pytest.fixture
def stored(routed: Any) -> Any:
    """Two tenants with one file each, the beginning of one key being the other."""
    for tenant in ("acme", "acme2"):
        routed.for_tenant(tenant).save("plan.pdf", ContentFile(tenant.encode()))
    return routed


def _copy(storage: Any) -> None:
    with storage.open("copy.pdf", "wb") as file:
        file.write(b"x" * 9_000_000)
        file.write(b"x" * 9_000_000)


def _read(storage: Any) -> None:
    with storage.open("plan.pdf") as file:
        file.read()


def _read_part(storage: Any) -> None:
    with storage.open_range("plan.pdf", ByteRange(1, 2)) as part:
        part.read(10)


REACHES: dict[str, tuple[str, Callable[[Any], object]]] = {
    "save": ("put", lambda s: s.save("new.pdf", ContentFile(b"1"))),
    "read": ("get_window", _read),
    "part": ("get_range", _read_part),
    "exists": ("head", lambda s: s.exists("plan.pdf")),
    "stat": ("stat", lambda s: s.stat("plan.pdf")),
    "list": ("list", lambda s: s.listdir("")),
    "delete": ("delete", lambda s: s.delete("plan.pdf")),
    "url": ("presign", lambda s: s.url("plan.pdf")),
    "plain url": ("plain_url", lambda s: s.url("plan.pdf", signed=False)),
    "parts": ("put_part", _copy),
}


@pytest.mark.parametrize("way", REACHES)
def test_what_reaches_the_given_tenant_only_passes(stored: Any, way: str) -> None:
    operation, reach = REACHES[way]
    with assert_no_leak("acme") as seen, use_tenant("acme"):
        reach(stored)
    assert operation in {request.operation for request in seen}
    assert {request.key.startswith("tenants/acme/") for request in seen} == {True}


@pytest.mark.parametrize("way", REACHES)
def test_what_reaches_another_tenant_is_condemned(stored: Any, way: str) -> None:
    """``acme`` is the beginning of ``acme2``, and its prefix is not."""
    operation, reach = REACHES[way]
    for given, reached in [("acme", "acme2"), ("acme2", "acme")]:
        text = rf"left the places of '{given}':(.|\n)*{operation} of eu:.*/tenants/{reached}/"
        with pytest.raises(LeakError, match=text), assert_no_leak(given), use_tenant(reached):
            reach(stored)


def test_what_outruns_a_storage_is_condemned(stored: Any) -> None:
    """A listing of all, and a bulk deletion, as a command of the project may do it."""
    bucket = stored.for_tenant("acme").route().bucket
    with pytest.raises(LeakError, match="walk of eu"), assert_no_leak("acme"):
        pages = list(registry["eu"].walk(bucket, "tenants/"))
    objects = pages[0].objects
    with (
        pytest.raises(LeakError, match=r"1 requests(.|\n)*delete_many of .*acme2/plan.pdf"),
        assert_no_leak("acme"),
    ):
        registry["eu"].delete_many(bucket, objects)


def test_two_tenants_may_be_given(stored: Any) -> None:
    with assert_no_leak("acme", "acme2") as seen:
        for tenant in ("acme", "acme2"):
            assert stored.for_tenant(tenant).exists("plan.pdf")
    assert len(seen) == 2


def test_nobody_is_given_and_nothing_may_be_reached(stored: Any) -> None:
    with assert_no_leak() as seen:
        assert not seen
    with pytest.raises(LeakError, match="places of no tenant"), assert_no_leak():
        stored.for_tenant("acme").exists("plan.pdf")


def test_storage_of_no_tenant_may_be_used(plain: Any) -> None:
    with assert_no_leak() as seen:
        plain.save("logo.png", ContentFile(b"1"))
        assert plain.exists("logo.png")
    assert {request.bucket for request in seen} == {plain.locate().route.bucket}


def test_other_threads_are_seen(stored: Any) -> None:
    def reach() -> None:
        stored.for_tenant("acme2").exists("plan.pdf")

    with (
        pytest.raises(LeakError, match=r"acme2/plan\.pdf"),
        assert_no_leak("acme"),
        ThreadPoolExecutor(1) as pool,
    ):
        pool.submit(reach).result()


def test_file_that_was_open_before_is_seen(stored: Any) -> None:
    storage = stored.for_tenant("acme2")
    storage.save("large.pdf", ContentFile(b"x" * LARGE))
    with storage.open("large.pdf") as file:
        file.read(10)
        with pytest.raises(LeakError, match=r"acme2/large.pdf"), assert_no_leak("acme"):
            file.read()


def test_tenant_left_open_is_condemned() -> None:
    left = use_tenant("acme")
    with (
        pytest.raises(LeakError, match="began in no tenant and ended in tenant 'acme'"),
        assert_no_leak("acme"),
    ):
        left.__enter__()
    left.__exit__(None, None, None)
    with use_tenant("acme"), assert_no_leak("acme"):
        pass


def test_source_left_elsewhere_is_condemned(settings: Any) -> None:
    live: list[str | None] = [None]
    settings.TENANT_MINIO = {"CURRENT": lambda: live[-1]}
    with pytest.raises(LeakError, match="ended in tenant 'globex'"), assert_no_leak("globex"):
        live.append("globex")
    with (
        use_tenant("globex"),
        pytest.raises(LeakError, match="no one tenant"),
        assert_no_leak("globex"),
    ):
        live.append("acme")


def test_block_that_fails_is_judged_all_the_same(stored: Any) -> None:
    with pytest.raises(LeakError) as caught, assert_no_leak("acme"):  # noqa: PT012
        stored.for_tenant("acme2").exists("plan.pdf")
        raise ValueError("the block failed")
    assert isinstance(caught.value.__cause__, ValueError)
    with pytest.raises(ValueError, match="on its own"), assert_no_leak("acme"):
        raise ValueError("on its own")


def test_blocks_may_stand_in_each_other(stored: Any) -> None:
    with assert_no_leak("acme", "acme2") as outer:
        with assert_no_leak("acme") as inner:
            stored.for_tenant("acme").exists("plan.pdf")
        stored.for_tenant("acme2").exists("plan.pdf")
    assert (len(inner), len(outer)) == (1, 2)
    stored.for_tenant("acme2").exists("plan.pdf")
    assert len(outer) == 2


def test_what_is_no_key_is_refused() -> None:
    with pytest.raises(InvalidTenantError), assert_no_leak(""):
        pass


def test_every_method_about_objects_is_seen() -> None:
    """All but those about whole buckets, and those about nothing on the cluster."""
    unseen = {
        name
        for name in Backend.__abstractmethods__ - _about_objects().keys()
        if "bucket" not in name and not name.startswith(("get_", "set_", "delete_"))
    }
    assert unseen == {"location", "health", "close", "forget_connections", "open_uploads"}
    assert {"get_window", "get_rest", "delete", "delete_many"} <= _about_objects().keys()


def test_request_says_what_it_was() -> None:
    assert str(Request("put", "eu", "media", "a/b")) == "put of eu:media/a/b"


def test_memory_storages_keep_the_projects_own_settings(
    minio: dict[str, Any], use_storages: Callable[..., None], request: pytest.FixtureRequest
) -> None:
    """No server is asked, though the entry names one; the clusters are empty before and after."""
    use_storages(plain={**minio, "OPTIONS": {**minio["OPTIONS"], "bucket": "never-made"}})
    real = registry["plain"]
    request.getfixturevalue("memory_storages")
    assert storages["plain"].save("a.txt", ContentFile(b"1")) == "a.txt"
    assert registry["plain"].location == "memory:plain"
    assert real.location != "memory:plain"


def test_two_tenants_are_beginnings_of_each_other(two_tenants: tuple[str, str]) -> None:
    first, second = two_tenants
    assert first != second
    assert second.startswith(first)
