"""The server itself refuses a tenant's key whatever is another's."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from minio import Minio
from minio.error import S3Error

from tenant_minio import registry
from tests.conftest import bucket_name
from tests.credentials.conftest import Users, client_with, key_of, own_key

# The thief and the one that is stolen from: names that begin alike, or mean something to a policy.
PAIRS = [
    ("a", "ab"),
    ("ab", "a"),
    ("a*", "abc"),
    ("*", "a"),
    ("?", "b"),
    ("${aws:username}", "c"),
    ("Acme", "acme"),
    ("a/b", "a"),
    ("a", "a/b"),
    ("..", "a"),
    ("\u00e9", "e\u0301"),
    ('a"b', "a'b"),
    ("ü" * 30, "ü" * 31),
    ("x" * 63, "x" * 62),
]


def refused(attempt: Callable[[], object]) -> str:
    """S3's word for the refusal."""
    with pytest.raises(S3Error) as caught:
        attempt()
    return str(caught.value.code)


@pytest.mark.parametrize(("thief", "victim"), PAIRS)
def test_a_stolen_key_reaches_no_other_tenant(
    minio_server: Any, judge: Minio, sts: Any, thief: str, victim: str
) -> None:
    for tenant in (thief, victim):
        assert sts.for_tenant(tenant).save("f.txt", ContentFile(b"mine")) == "f.txt"
    bucket = sts.for_tenant(victim).route().bucket
    prefix = sts.for_tenant(victim).route().prefix
    own = sts.for_tenant(thief).route().prefix
    stolen = client_with(minio_server, key_of(sts, thief))
    key = f"{prefix}f.txt"
    attempts: list[Callable[[], object]] = [
        lambda: stolen.get_object(bucket_name=bucket, object_name=key),
        lambda: stolen.stat_object(bucket_name=bucket, object_name=key),
        lambda: stolen.put_object(
            bucket_name=bucket, object_name=key, data=io.BytesIO(b"x"), length=1
        ),
        lambda: stolen.put_object(
            bucket_name=bucket, object_name=f"{prefix}new", data=io.BytesIO(b"x"), length=1
        ),
        lambda: stolen.remove_object(bucket_name=bucket, object_name=key),
        lambda: list(stolen.list_objects(bucket_name=bucket, prefix=prefix)),
        lambda: list(stolen.list_objects(bucket_name=bucket, prefix=prefix.rstrip("/"))),
        lambda: list(stolen.list_objects(bucket_name=bucket)),
        lambda: list(stolen.list_objects(bucket_name=bucket, recursive=True, start_after="a")),
        # Not even its own: see test_no_way_of_asking_lists_a_shared_bucket.
        lambda: list(stolen.list_objects(bucket_name=bucket, prefix=own)),
        lambda: stolen._create_multipart_upload(bucket, key, {}),
        lambda: stolen.remove_bucket(bucket_name=bucket),
        lambda: stolen.get_bucket_policy(bucket_name=bucket),
        lambda: stolen.set_bucket_policy(bucket_name=bucket, policy="{}"),
        lambda: stolen.make_bucket(bucket_name=bucket_name()),
    ]
    assert {refused(attempt) for attempt in attempts} == {"AccessDenied"}
    kept = judge.get_object(bucket_name=bucket, object_name=key)
    assert kept.read() == b"mine"
    kept.close()
    kept.release_conn()
    # It is a good key all the same.
    stolen.remove_object(bucket_name=bucket, object_name=f"{own}f.txt")
    assert not sts.for_tenant(thief).exists("f.txt")


# What MinIO takes for the prefix that a policy's condition is about: any parameter or header.
LISTINGS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "own prefix": ({"list-type": "2", "prefix": "t/acme/"}, {}),
    "own prefix in a header, another's asked for": (
        {"list-type": "2", "prefix": "t/globex/"},
        {"Prefix": "t/acme/"},
    ),
    "own prefix in a header": ({"list-type": "2"}, {"Prefix": "t/acme/"}),
    "own prefix in a header, in lower case": ({"list-type": "2"}, {"prefix": "t/acme/"}),
    "Prefix=": ({"list-type": "2", "prefix": "", "Prefix": "t/acme/"}, {}),
    "Prefix= alone": ({"list-type": "2", "Prefix": "t/acme/"}, {}),
    "prefix= twice": ({"list-type": "2", "prefix": ["", "t/acme/"]}, {}),
    "prefix= twice, another's first": (
        {"list-type": "2", "prefix": ["t/globex/", "t/acme/"]},
        {},
    ),
    "first version": ({"prefix": ["", "t/acme/"]}, {}),
    "first version, a header": ({}, {"Prefix": "t/acme/"}),
    "versions": ({"versions": "", "prefix": ["", "t/acme/"]}, {}),
    "versions, a header": ({"versions": ""}, {"Prefix": "t/acme/"}),
    "uploads": ({"uploads": "", "prefix": ["", "t/acme/"]}, {}),
    "uploads, a header": ({"uploads": ""}, {"Prefix": "t/acme/"}),
}


@pytest.mark.parametrize("way", LISTINGS)
def test_no_way_of_asking_lists_a_shared_bucket(minio_server: Any, sts: Any, way: str) -> None:
    """Names of others are not told: with a condition on the prefix, MinIO told them."""
    for tenant in ("acme", "globex"):
        sts.for_tenant(tenant).save("private-contract.pdf", ContentFile(b"1"))
    bucket = sts.for_tenant("acme").route().bucket
    stolen = client_with(minio_server, key_of(sts, "acme"))
    query, headers = LISTINGS[way][0], dict(LISTINGS[way][1])
    told = refused(lambda: stolen._execute("GET", bucket, query_params=query, headers=headers))
    assert told == "AccessDenied"
    assert sts.for_tenant("acme").listdir("") == ([], ["private-contract.pdf"])


def test_it_reaches_no_other_bucket(
    minio_server: Any, judge: Minio, users: Users, bucket: str, routed_with: Callable[..., Any]
) -> None:
    """Though the user whose rights it narrows may."""
    storage = routed_with(**own_key(users.add("*", "*/*")), credentials="sts")
    storage.for_tenant("acme").save("f", ContentFile(b"1"))
    other = bucket_name()
    judge.make_bucket(bucket_name=other)
    try:
        stolen = client_with(minio_server, key_of(storage, "acme"))
        found = [
            refused(lambda: list(stolen.list_objects(bucket_name=other, prefix="t/acme/"))),
            refused(lambda: stolen.get_object(bucket_name=other, object_name="t/acme/f")),
            refused(lambda: list(stolen.list_buckets())),
        ]
        assert found == ["AccessDenied"] * 3
    finally:
        judge.remove_bucket(bucket_name=other)


def test_a_bucket_of_ones_own_is_reached_whole(
    minio_server: Any, judge: Minio, users: Users, bucket: str, use_storages: Callable[..., None]
) -> None:
    """An empty prefix has no condition on what is listed, and another bucket is closed."""
    user = users.add(bucket, f"{bucket}/*")
    options = {**minio_server.storage_options(), **own_key(user)}
    use_storages(
        plain={
            "BACKEND": "tenant_minio.MinioStorage",
            "OPTIONS": {**options, "bucket": bucket, "credentials": "sts"},
        }
    )
    storage = storages["plain"]
    storage.save("a/f", ContentFile(b"1"))
    assert (storage.exists(""), storage.listdir(""), storage.size("a/f")) == (True, (["a"], []), 1)
    route = registry.plain_route("plain")
    key = registry["plain"].for_route(route).connection.provider.retrieve()  # type: ignore[attr-defined]
    assert key.access_key != user.access_key
    stolen = client_with(minio_server, key)
    found = [item.object_name for item in stolen.list_objects(bucket_name=bucket, recursive=True)]
    assert found == ["a/f"]
