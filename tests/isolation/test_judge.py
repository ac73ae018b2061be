"""The judge: what it sees, and what it condemns. Nothing of the package is asked here."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from minio import Minio
from minio.commonconfig import CopySource
from minio.deleteobjects import DeleteObject

from tenant_minio import use_tenant

from .conftest import World
from .judge import CrossedError, Judge, Place
from .labels import HARNESS, acting
from .places import TABLE
from .receiver import Seen

OURS, THEIRS = "tenants/acme/x", "tenants/acme2/x"
BULKY = 5 * 1024 * 1024 + 1


def _put(client: Minio, key: str, size: int = 1) -> None:
    data, length = io.BytesIO(b"x" * size), size if size < BULKY else -1
    part = {} if size < BULKY else {"part_size": 5 * 1024 * 1024}
    client.put_object(bucket_name="shared", object_name=key, data=data, length=length, **part)


def _copy(client: Minio, key: str, source: str) -> None:
    origin = CopySource(bucket_name="shared", object_name=source)
    client.copy_object(bucket_name="shared", object_name=key, source=origin)


def _copy_part(client: Minio, key: str, source: str) -> None:
    upload = client._create_multipart_upload(bucket_name="shared", object_name=key, headers={})
    client._execute(
        method="PUT",
        bucket_name="shared",
        object_name=key,
        headers={"x-amz-copy-source": f"/shared/{source}"},
        query_params={"partNumber": "1", "uploadId": upload},
    )
    client._abort_multipart_upload(bucket_name="shared", object_name=key, upload_id=upload)


CROSSINGS: dict[str, tuple[str, Callable[[Minio], object]]] = {
    "put": ("put", lambda c: _put(c, THEIRS)),
    "get": ("get", lambda c: c.get_object(bucket_name="shared", object_name=THEIRS).close()),
    "head": ("head", lambda c: c.stat_object(bucket_name="shared", object_name=THEIRS)),
    "delete": ("delete", lambda c: c.remove_object(bucket_name="shared", object_name=THEIRS)),
    "copy from": ("copy", lambda c: _copy(c, OURS, THEIRS)),
    "copy to": ("copy", lambda c: _copy(c, THEIRS, OURS)),
    "copy part from": ("copy part", lambda c: _copy_part(c, OURS, THEIRS)),
    "copy part to": ("copy part", lambda c: _copy_part(c, THEIRS, OURS)),
    "multipart": ("part", lambda c: _put(c, THEIRS, BULKY)),
    "list": ("list", lambda c: list(c.list_objects(bucket_name="shared", prefix="tenants/acme"))),
    "list all": ("list", lambda c: list(c.list_objects(bucket_name="shared", recursive=True))),
    "another bucket": ("bucket", lambda c: c.bucket_exists(bucket_name="own-files")),
    "the policy": ("GetBucketPolicy", lambda c: c.get_bucket_policy(bucket_name="open-files")),
    "delete many": (
        "delete many",
        lambda c: list(c.remove_objects(bucket_name="shared", delete_object_list=_MANY)),
    ),
}
_MANY = [DeleteObject(OURS), DeleteObject(THEIRS)]


@pytest.mark.parametrize("crossing", CROSSINGS, ids=str)
def test_crossing_is_condemned(world: World, crossing: str) -> None:
    """Each through a client that is not under test, on the real server."""
    kind, cross = CROSSINGS[crossing]
    client = world.clients["one"]
    with acting(HARNESS):
        _put(client, OURS)
        _put(client, THEIRS)
    world.judge.verdict()
    with acting("acme"):
        cross(client)
    assert world.judge.counts()["acme", kind]
    with pytest.raises(CrossedError, match=r"made for 'acme', whose place is .*tenants/acme/"):
        world.judge.verdict()
    world.clean()
    world.expect_silence()


def test_request_that_the_harness_knows_nothing_of_is_condemned(world: World) -> None:
    _put(world.clients["one"], OURS)
    with pytest.raises(CrossedError, match="made for nobody"):
        world.judge.verdict()
    world.clean()
    world.expect_silence()


def test_same_key_on_another_cluster_is_condemned(world: World) -> None:
    with acting("acme"):
        _put(world.clients["two"], OURS)
    with pytest.raises(CrossedError, match="two:"):
        world.judge.verdict()
    world.clean()
    world.expect_silence()


@pytest.mark.parametrize(
    "path",
    [*["/shared/tenants/acme/../acme2/x", "/shared/tenants/acme/./x", "/shared/tenants/acme//x"]],
)
def test_way_up_is_condemned_though_it_begins_inside(world: World, path: str) -> None:
    with acting("acme"):
        world.judge.labels.fetch(f"http://{world.clients['one']._base_url.host}{path}")
    with pytest.raises(CrossedError):
        world.judge.verdict()
    world.clean()
    world.expect_silence()


def test_what_a_log_does_not_tell_is_condemned() -> None:
    judge = Judge({"acme": Place("vg", "shared", "")})
    agent = "isolation/0 acme"
    judge.take(Seen("vg", "copy", "/shared/x", None, "", "", 200, agent))
    with pytest.raises(CrossedError, match="does not say"):
        judge.verdict()


def test_judge_sees_each_kind_of_request_of_the_package(world: World) -> None:
    """Were a kind missing here, what it touches would be judged by nobody."""
    storage = world.storage
    with acting("acme"), use_tenant("acme"):
        storage.save("x", ContentFile(b"x"))
        storage.save("big", ContentFile(b"x" * (8 * 1024 * 1024 + 1)))
        with storage.open("dropped", "wb") as file:
            file.write(b"x" * (8 * 1024 * 1024 + 1))
            file.abort()
        with storage.open("x") as file:
            file.read()
        assert world.judge.labels.fetch(storage.url("x")) == (200, b"x")
        storage.size("x")
        storage.listdir("")
        storage.exists("")
        storage.delete("x")
    counts = world.judge.counts()
    kinds = ["put", "begin upload", "part", "end upload", "get", "head", "list", "bucket", "delete"]
    assert {kind: counts["acme", kind] for kind in kinds if not counts["acme", kind]} == {}
    assert counts["acme", "end upload"] >= 2
    assert counts["acme", "get"] == 2
    assert not [tenant for tenant, _kind in counts if tenant not in {"acme", HARNESS}]


def test_judge_keeps_no_signature(world: World) -> None:
    with acting("acme"), use_tenant("acme"):
        world.storage.save("x", ContentFile(b"x"))
        url = world.storage.url("x")
        world.judge.labels.fetch(url)
    kept = repr(world.judge.seen())
    assert "tenants/acme/x" in kept
    options: Any = world.clients["one"]._provider.retrieve()
    for secret in (url.rpartition("=")[2], options.secret_key, options.access_key, "Signature"):
        assert secret not in kept


def test_no_two_places_of_the_table_meet() -> None:
    places = [(p.cluster, p.bucket, p.prefix) for p in TABLE.values()]
    for number, (cluster, bucket, prefix) in enumerate(places):
        for other in places[number + 1 :]:
            same = other[:2] == (cluster, bucket)
            assert not (same and (other[2].startswith(prefix) or prefix.startswith(other[2])))
