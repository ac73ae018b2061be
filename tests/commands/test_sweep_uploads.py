"""``sweep_uploads`` finds what dead processes left open, and nothing that is alive or another's."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.test import override_settings

from tenant_minio import Route, registry
from tenant_minio.buckets import needs_of_storages, sweep
from tenant_minio.exceptions import ObjectNotFoundError
from tests.commands.test_commands import run
from tests.conftest import MEMORY, entry
from tests.routing.routers import answers

KEYS = ["acme", "acme2", "globex"]


def all_tenants() -> list[str]:
    return KEYS


@pytest.fixture
def storage(routed: Any) -> Iterator[Any]:
    """A routing storage whose tenants share a bucket, and who they are."""
    with override_settings(TENANT_MINIO={"TENANTS": f"{__name__}.all_tenants"}):
        yield routed


def begin(storage: Any, name: str, *parts: bytes) -> tuple[Any, str]:
    """Begin an upload and leave it, as a process does that is killed."""
    place = storage.locate()
    upload = place.create_upload(name, {})
    for number, data in enumerate(parts, 1):
        place.put_part(name, upload, number, data)
    return place, upload


def is_open(begun: tuple[Any, str], name: str) -> bool:
    place, upload = begun
    try:
        place.backend.sent_parts(place.route.bucket, place.key(name), upload)
    except ObjectNotFoundError:
        return False
    return True


def swept(*args: str) -> dict[tuple[str | None, str], str]:
    """The status of each upload that is told of, by tenant and name."""
    return {
        (one["tenant"], found["name"]): found["status"]
        for one in json.loads(run("sweep_uploads", "--json", *args))
        for found in one["uploads"]
    }


def test_an_upload_is_aborted_on_request_only(storage: Any) -> None:
    begun = begin(storage.for_tenant("acme"), "deep/ä b.bin", b"1", b"23")
    args = ("--tenant", "acme", "--older-than", "0")
    told = run("sweep_uploads", *args)
    assert "found    acme (default): eu:" in told
    assert "deep/ä b.bin, 2 parts, 3 bytes" in told
    assert "--delete" in told
    assert is_open(begun, "deep/ä b.bin")
    assert swept(*args, "--delete") == {("acme", "deep/ä b.bin"): "aborted"}
    assert not is_open(begun, "deep/ä b.bin")
    assert "nothing unfinished" in run("sweep_uploads", *args, "--delete")


def test_what_may_still_be_alive_is_left_alone(storage: Any) -> None:
    begun = begin(storage.for_tenant("acme"), "f.bin", b"1")
    assert swept("--tenant", "acme", "--delete") == {("acme", "f.bin"): "young"}
    assert is_open(begun, "f.bin")


def test_nothing_of_anothers_is_touched(storage: Any) -> None:
    """Another tenant whose key begins alike, and what is in no location at all."""
    others = {key: begin(storage.for_tenant(key), "f.bin", b"1") for key in KEYS}
    place = storage.for_tenant("acme").locate()
    bucket = place.route.bucket
    stray = place.backend.create_upload(bucket, "stray.bin", {})
    near = place.backend.create_upload(bucket, "tenants/acmestray.bin", {})
    args = ("--older-than", "0", "--delete")
    assert swept("--tenant", "acme", *args) == {("acme", "f.bin"): "aborted"}
    assert [key for key in KEYS if is_open(others[key], "f.bin")] == ["acme2", "globex"]
    assert swept(*args) == {}  # the storages of no tenant
    assert swept("--all-tenants", *args) == {
        ("acme2", "f.bin"): "aborted",
        ("globex", "f.bin"): "aborted",
    }
    for key, upload in (("stray.bin", stray), ("tenants/acmestray.bin", near)):
        place.backend.sent_parts(bucket, key, upload)
        place.backend.abort_upload(bucket, key, upload)


def test_a_location_inside_another_is_its_own(
    cluster: dict[str, Any], use_storages: Callable[..., None], new_bucket: Callable[..., str]
) -> None:
    use_storages(outer=cluster)
    bucket = new_bucket("outer")
    given = cluster["OPTIONS"]
    use_storages(
        outer={**cluster, "OPTIONS": {**given, "bucket": bucket}},
        inner={**cluster, "OPTIONS": {**given, "bucket": bucket, "prefix": "in/"}},
    )
    if cluster is MEMORY:  # where each alias is a cluster of its own
        return
    mine = begin(storages["outer"], "f.bin", b"1")
    inside = begin(storages["inner"], "f.bin", b"1")
    args = ("--older-than", "0", "--delete")
    assert swept("--backend", "outer", *args) == {(None, "f.bin"): "aborted"}
    assert not is_open(mine, "f.bin")
    assert is_open(inside, "f.bin")
    assert swept("--backend", "inner", *args) == {(None, "f.bin"): "aborted"}


@pytest.mark.parametrize(("parts", "status"), [((b"1",), "young"), ((), "found")])
def test_an_upload_that_goes_on_for_days_is_alive(
    plain: Any, monkeypatch: pytest.MonkeyPatch, parts: tuple[bytes, ...], status: str
) -> None:
    """Shifts the clock by which the uploads were begun, not that of their parts."""
    begin(plain, "f.bin", *parts)
    backend = registry["plain"]
    real = backend.open_uploads

    def long_ago(bucket: str) -> Any:
        for page in real(bucket):
            shifted = (replace(u, begun=u.begun - timedelta(days=3)) for u in page.uploads)
            yield replace(page, uploads=tuple(shifted))

    monkeypatch.setattr(backend, "open_uploads", long_ago)
    (found,) = sweep(list(needs_of_storages()))
    assert [one.status for one in found.uploads] == [status]
    sweep(list(needs_of_storages()), older_than=0, delete=True)


def test_long_lists_are_read_to_their_end(
    versitygw_server: Any, use_storages: Callable[..., None], new_bucket: Callable[..., str]
) -> None:
    """VersityGW gives a thousand at a time, of uploads and of parts."""
    use_storages(plain=entry(versitygw_server))
    use_storages(plain=entry(versitygw_server, bucket=new_bucket("plain")))
    place, upload = begin(storages["plain"], "0.bin")
    with ThreadPoolExecutor(8) as pool:
        send = lambda n: place.put_part("0.bin", upload, n, b"12")  # noqa: E731
        list(pool.map(send, range(1, 1002)))
        list(pool.map(lambda n: place.create_upload(f"{n % 700}.bin", {}), range(1, 1001)))
    (found,) = sweep(list(needs_of_storages()), older_than=0, delete=True)
    assert len(found.uploads) == 1001
    assert {one.status for one in found.uploads} == {"aborted"}
    assert {(one.parts, one.size) for one in found.uploads} == {(1001, 2002), (0, 0)}
    (again,) = sweep(list(needs_of_storages()), older_than=0)
    assert again.uploads == ()


def test_a_dead_cluster_does_not_stop_the_others(
    minio_server: Any, use_storages: Callable[..., None], new_bucket: Callable[..., str]
) -> None:
    use_storages(eu=entry(minio_server))
    bucket = new_bucket("eu")
    dead = {"endpoint": "127.0.0.1:9", "retries": 0, "bucket": "other-files"}
    use_storages(eu=entry(minio_server, bucket=bucket), us=entry(minio_server, **dead))
    begin(storages["eu"], "f.bin", b"1")
    with pytest.raises(CommandError, match="1 of 2 failed"):
        run("sweep_uploads", "--older-than", "0", "--delete")
    told = StringIO()
    with pytest.raises(CommandError, match="1 of 2 failed"):
        call_command("sweep_uploads", stdout=told, stderr=StringIO())
    assert "2 locations: 1 not looked at" in told.getvalue()
    assert "nothing unfinished" not in told.getvalue()
    found = {one.need.alias: one for one in sweep(list(needs_of_storages()), older_than=0)}
    assert found["eu"].uploads == ()
    assert "us:other-files" in found["us"].error


def test_a_custom_router_needs_the_list_of_tenants(
    minio: dict[str, Any], use_storages: Callable[..., None], new_bucket: Callable[..., str]
) -> None:
    """It may send two tenants to one location: nothing is aborted on a guess."""
    use_storages(eu=minio)
    answers["acme"] = Route("eu", new_bucket("eu"), "base/")
    routers = {"routers": ["tests.routing.routers.listed"]}
    use_storages(default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": routers}, eu=minio)
    with pytest.raises(CommandError, match="1 of 1 failed"):
        run("sweep_uploads", "--tenant", "acme", "--older-than", "0", "--delete")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--tenant", "nobody"), "nobody"),
        (("--tenant", "acme", "--all-tenants"), "not both"),
        (("--older-than", "-1"), "0 or more"),
        (("--backend", "nowhere"), "nowhere"),
    ],
)
def test_wrong_arguments_are_told(storage: Any, args: tuple[str, ...], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        run("sweep_uploads", *args)


def test_minio_is_known_to_forget(storage: Any, cluster: dict[str, Any]) -> None:
    """Of a server that does not tell of all, that is told."""
    (one,) = json.loads(run("sweep_uploads", "--tenant", "acme", "--json"))
    told = run("sweep_uploads", "--tenant", "acme")
    name = "" if cluster is MEMORY else registry["eu"].health().server
    assert one["complete"] is (name != "minio")
    assert ("stale_uploads_expiry" in told) is (name == "minio")
