"""Keys of STS: few questions, renewed without a gap, over the backend's own bounded client."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.request import urlopen

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.test import override_settings
from minio import time as minio_time
from minio.error import S3Error

from tenant_minio import registry
from tenant_minio.backends.sent_file import SentFile
from tenant_minio.exceptions import (
    BackendUnavailableError,
    MissingBucketError,
    PermissionDeniedError,
    UnsupportedFeatureError,
)
from tests.conftest import bucket_name, entry
from tests.credentials.conftest import (
    Users,
    client_with,
    documented_policies,
    key_of,
    own_key,
)
from tests.faults import FaultyProxy

MIB = 1024 * 1024


@pytest.fixture
def proxy(minio_server: Any) -> Iterator[FaultyProxy]:
    made = FaultyProxy(minio_server.endpoint)
    yield made
    made.close()


def questions(proxy: FaultyProxy) -> int:
    """How often STS was asked: a POST to the root."""
    return sum(head.startswith("POST / ") for head in proxy.heads)


def age(storage: Any, tenant: str, seconds: float) -> None:
    """Let a tenant's key be asked for so long ago; a fake clock."""
    route = storage.for_tenant(tenant).route()
    credential = registry[route.backend].for_route(route).connection.provider  # type: ignore[attr-defined]
    clock = credential._clock
    credential._clock = lambda: clock() + seconds


def test_32_threads_of_one_tenant_ask_once(
    users: Users, bucket: str, proxy: FaultyProxy, routed_with: Callable[..., Any]
) -> None:
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(**own_key(user), credentials="sts", endpoint=proxy.endpoint)
    barrier, found = threading.Barrier(32), []

    def save(number: int) -> None:
        barrier.wait(20)
        found.append(storage.for_tenant("acme").save(f"{number}", ContentFile(b"1")))

    threads = [threading.Thread(target=save, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(found) == sorted(str(number) for number in range(32))
    assert questions(proxy) == 1


def test_each_tenant_is_asked_for_once(
    users: Users, bucket: str, proxy: FaultyProxy, routed_with: Callable[..., Any]
) -> None:
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(**own_key(user), credentials="sts", endpoint=proxy.endpoint)
    for name in ("f", "g"):
        for tenant in ("acme", "globex", "initech"):
            storage.for_tenant(tenant).save(name, ContentFile(b"1"))
            assert storage.for_tenant(tenant).exists(name)
    assert questions(proxy) == 3
    assert len({key_of(storage, tenant).access_key for tenant in ("acme", "globex")}) == 2


def test_a_key_is_renewed_before_it_ends(
    users: Users, bucket: str, proxy: FaultyProxy, routed_with: Callable[..., Any]
) -> None:
    user = users.add(bucket, f"{bucket}/*")
    options = {**own_key(user), "credentials": "sts", "sts_duration": 900}
    storage = routed_with(**options, endpoint=proxy.endpoint)
    storage.for_tenant("acme").save("f", ContentFile(b"1"))
    first = key_of(storage, "acme")
    assert first.expiration is not None
    age(storage, "acme", 700)
    assert storage.for_tenant("acme").size("f") == 1
    assert key_of(storage, "acme").access_key != first.access_key
    assert questions(proxy) == 2


OPERATIONS: dict[str, Callable[[Any], object]] = {
    "HEAD": lambda storage: storage.size("f"),
    "exists": lambda storage: (storage.exists("f"), storage.exists("nothing")),
    "GET": lambda storage: storage.open("f").read(),
    "GET range": lambda storage: storage.open_range("f").read(10),
    "list": lambda storage: storage.listdir(""),
    "PUT": lambda storage: storage.save("new", ContentFile(b"2")),
    "parts": lambda storage: storage.save("large", ContentFile(b"2" * 9 * MIB)),
    "DELETE": lambda storage: storage.delete("f"),
}
EXPECTED: dict[str, object] = {
    "HEAD": 1,
    "exists": (True, False),
    "GET": b"1",
    "GET range": b"1",
    "list": ([], ["f"]),
    "PUT": "new",
    "parts": "large",
    "DELETE": None,
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_key_that_the_server_forgot_is_replaced(
    users: Users, bucket: str, routed_with: Callable[..., Any], operation: str
) -> None:
    """Nobody above sees it: the request is made once more, with another key."""
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(**own_key(user), credentials="sts")
    storage.for_tenant("acme").save("f", ContentFile(b"1"))
    users.revoke(user)
    age(storage, "acme", 10)
    assert OPERATIONS[operation](storage.for_tenant("acme")) == EXPECTED[operation]


def test_a_large_file_in_one_request_is_sent_again(
    users: Users, bucket: str, routed_with: Callable[..., Any]
) -> None:
    """From its beginning."""
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(**own_key(user), credentials="sts").for_tenant("acme")
    storage.save("f", ContentFile(b"1"))
    users.revoke(user)
    data = b"0123456789abcdef" * (MIB // 16)
    sent = SentFile(io.BytesIO(data), len(data), hashlib.sha256(data).hexdigest())
    storage.locate().put_file("large", sent, {}, {})
    assert storage.open("large").read() == data


def test_the_keys_of_one_tenant_are_revoked_alone(
    minio_server: Any, users: Users, bucket: str, routed_with: Callable[..., Any]
) -> None:
    """A stolen key ends, and the application goes on with another."""
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(**own_key(user), credentials="sts")
    for tenant in ("acme", "globex"):
        storage.for_tenant(tenant).save("f", ContentFile(b"1"))
    stolen, other = key_of(storage, "acme"), key_of(storage, "globex")
    users.revoke(user, f"{bucket}/t/acme/")
    with pytest.raises(S3Error, match="InvalidAccessKeyId"):
        client_with(minio_server, stolen).get_object(bucket_name=bucket, object_name="t/acme/f")
    for tenant in ("acme", "globex"):
        assert storage.for_tenant(tenant).open("f").read() == b"1"
    assert key_of(storage, "acme") != stolen
    assert key_of(storage, "globex") == other


def test_an_open_file_outlives_its_key(
    users: Users, bucket: str, routed_with: Callable[..., Any]
) -> None:
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(**own_key(user), credentials="sts").for_tenant("acme")
    data = b"x" * MIB
    storage.save("f", ContentFile(data))
    with storage.open("f") as file:
        start = file.read(10)
        users.revoke(user)
        age(storage, "acme", 10)
        assert start + file.read() == data


def test_an_upload_in_parts_goes_on_with_another_key(
    users: Users, bucket: str, routed_with: Callable[..., Any]
) -> None:
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(**own_key(user), credentials="sts")
    location = storage.for_tenant("acme").locate()
    upload = location.create_upload("large", {})
    parts = [location.put_part("large", upload, 1, b"a" * 5 * MIB)]
    users.revoke(user)
    age(storage, "acme", 10)
    parts.append(location.put_part("large", upload, 2, b"b"))
    location.complete_upload("large", upload, parts, {})
    assert storage.for_tenant("acme").size("large") == 5 * MIB + 1


def test_an_outage_while_a_key_is_asked_for_stores_nothing(
    users: Users, bucket: str, proxy: FaultyProxy, routed_with: Callable[..., Any], judge: Any
) -> None:
    """And it is no write whose outcome nobody knows."""
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(**own_key(user), credentials="sts", endpoint=proxy.endpoint)
    proxy.fault = lambda head: "lose answer" if head.startswith("POST / ") else None
    with pytest.raises(BackendUnavailableError, match=r"eu:.*AssumeRole.*tenant 'acme'") as caught:
        storage.for_tenant("acme").save("f", ContentFile(b"1"))
    assert type(caught.value) is BackendUnavailableError
    assert list(judge.list_objects(bucket_name=bucket, recursive=True)) == []
    proxy.fault = lambda _head: None
    assert storage.for_tenant("acme").save("f", ContentFile(b"1")) == "f"


def test_an_outage_of_sts_alone_is_bridged(
    users: Users, bucket: str, proxy: FaultyProxy, routed_with: Callable[..., Any]
) -> None:
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(**own_key(user), credentials="sts", endpoint=proxy.endpoint)
    storage.for_tenant("acme").save("f", ContentFile(b"1"))
    proxy.fault = lambda head: "lose request" if head.startswith("POST / ") else None
    age(storage, "acme", 3000)
    for name in ("g", "h"):
        assert storage.for_tenant("acme").save(name, ContentFile(b"1")) == name
    assert questions(proxy) == 2


def test_a_wrong_own_key_is_told_as_what_it_is(
    users: Users, bucket: str, routed_with: Callable[..., Any]
) -> None:
    user = users.add(bucket, f"{bucket}/*")
    wrong = {**own_key(user), "secret_key": "TopSecret99"}
    storage = routed_with(**wrong, credentials="sts")
    with pytest.raises(PermissionDeniedError, match="AssumeRole: the cluster refused") as caught:
        storage.for_tenant("acme").save("f", ContentFile(b"1"))
    assert "TopSecret99" not in str(caught.value)


def test_a_server_without_sts_is_named_and_stores_nothing(
    versitygw_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    given = entry(versitygw_server)
    use_storages(eu=given)
    bucket = new_bucket("eu")
    given = entry(versitygw_server, credentials="sts")
    route = {"backend": "eu", "bucket": bucket, "prefix": "t/{tenant}/"}
    use_storages(default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": route}, eu=given)
    storage = storages["default"].for_tenant("acme")
    attempts: list[Callable[[], object]] = [
        lambda: storage.save("f", ContentFile(b"1")),
        lambda: storage.exists("f"),
        lambda: storage.open("f"),
        lambda: storage.open_range("f"),
        lambda: storage.delete("f"),
    ]
    for attempt in attempts:
        with pytest.raises(UnsupportedFeatureError, match=r"^eu:.*no STS.*callable.*'acme'"):
            attempt()
    assert storage.listdir("") == ([], []), "with the backend's own key"
    assert list(registry["eu"].list(bucket, "")) == []
    assert storage.url("f"), "signed with the backend's own key, which needs no STS"


def test_health_tells_of_a_server_without_sts(
    versitygw_server: Any, use_storages: Callable[..., None]
) -> None:
    use_storages(eu=entry(versitygw_server, credentials="sts"))
    health = registry["eu"].health()
    assert not health
    assert "no STS" in health.detail


def test_health_asks_sts_once(
    users: Users, bucket: str, proxy: FaultyProxy, routed_with: Callable[..., Any]
) -> None:
    """The server keeps each key until it ends."""
    user = users.add(bucket, f"{bucket}/*")
    routed_with(**own_key(user), credentials="sts", endpoint=proxy.endpoint)
    assert [bool(registry["eu"].health()) for _ in range(3)] == [True] * 3
    assert questions(proxy) == 1


def test_buckets_are_looked_after_with_the_backends_own_key(
    users: Users, bucket: str, proxy: FaultyProxy, routed_with: Callable[..., Any]
) -> None:
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(**own_key(user), credentials="sts", endpoint=proxy.endpoint)
    backend = storage.for_tenant("acme").locate().backend
    assert backend.bucket_exists(bucket)
    assert backend.get_policy(bucket) == ""
    backend.set_versioning(bucket, enabled=True)
    backend.set_versioning(bucket, enabled=False)
    assert storage.for_tenant("acme").exists("")
    assert questions(proxy) == 0


def test_a_missing_file_is_told_where_the_server_gives_no_reason(
    sts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key may not ask for the bucket, as on clusters other than MinIO; the fault is faked."""
    monkeypatch.setattr("tenant_minio.backends.connection.names_reason", lambda _error: False)
    storage = sts.for_tenant("acme")
    storage.save("f", ContentFile(b"1"))
    storage.locate().backend.connection.seen.discard(storage.route().bucket)
    assert (storage.exists("g"), storage.exists("f")) == (False, True)


@pytest.mark.parametrize("gives_reason", [True, False], ids=["reason", "no reason"])
def test_a_missing_bucket_is_no_missing_file(
    users: Users,
    routed_with: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    gives_reason: bool,
) -> None:
    """Though the key may not ask for the bucket; that a HEAD gives no reason is faked."""
    if not gives_reason:
        monkeypatch.setattr("tenant_minio.backends.connection.names_reason", lambda _error: False)
    missing = bucket_name()
    storage = routed_with(
        **own_key(users.add(missing, f"{missing}/*")), credentials="sts", in_bucket=missing
    )
    bound = storage.for_tenant("acme")
    attempts: list[Callable[[], object]] = [
        lambda: bound.exists("f"),
        lambda: bound.size("f"),
        lambda: bound.open("f"),
        lambda: bound.listdir(""),
        lambda: bound.save("f", ContentFile(b"1")),
    ]
    for attempt in attempts:
        with pytest.raises(MissingBucketError, match=r"initialize_buckets.*'acme'"):
            attempt()


def test_listings_go_with_the_backends_own_key_and_stay_in_their_place(
    users: Users, bucket: str, proxy: FaultyProxy, routed_with: Callable[..., Any]
) -> None:
    """The tenant's key lists nothing. All else goes with the tenant's."""
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(**own_key(user), credentials="sts", endpoint=proxy.endpoint)
    for tenant in ("a", "ab"):
        storage.for_tenant(tenant).save(f"docs/{tenant}", ContentFile(b"1"))
    bound = storage.for_tenant("a")
    proxy.heads.clear()
    assert (bound.listdir(""), bound.listdir("docs")) == ((["docs"], []), ([], ["a"]))
    backend = bound.locate().backend
    (page,) = backend.walk(bucket, "t/a/")
    assert [one.key for one in page.objects] == ["t/a/docs/a"]
    assert len(proxy.heads) == 3
    assert all(f"Credential={user.access_key}/" in head for head in proxy.heads)
    proxy.heads.clear()
    bound.open("docs/a").close()
    assert not any(f"Credential={user.access_key}/" in head for head in proxy.heads)
    users.remove(user)
    age(storage, "a", 10)
    with pytest.raises(PermissionDeniedError, match=r"eu:.*'a'"):
        bound.listdir("")


def test_the_documented_policy_of_the_user_is_enough(
    users: Users, judge: Any, routed_with: Callable[..., Any]
) -> None:
    """For files with tags and under legal hold."""
    bucket = bucket_name()
    judge.make_bucket(bucket_name=bucket, object_lock=True)
    try:
        user = users.add_with(documented_policies(media=bucket)[0])
        options = {"tags": {"kind": "plan"}, "legal_hold": True}
        storage = routed_with(**own_key(user), credentials="sts", in_bucket=bucket, **options)
        bound = storage.for_tenant("acme")
        assert bound.save("a/f", ContentFile(b"1")) == "a/f"
        assert bound.save("large", ContentFile(b"1" * 9 * MIB)) == "large"
        assert (bound.exists("a/f"), bound.exists("g")) == (True, False)
        assert bound.open("a/f").read() == b"1"
        assert bound.listdir("") == (["a"], ["large"])
        assert (bound.stat("a/f").tag_count, bound.stat("a/f").legal_hold) == (1, True)
        with urlopen(bound.url("a/f")) as answer:
            assert answer.read() == b"1"
        bound.delete("a/f")
        assert not bound.exists("a/f")
    finally:
        for item in judge.list_objects(bucket_name=bucket, recursive=True, include_version=True):
            which = {"object_name": item.object_name, "version_id": item.version_id}
            if not item.is_delete_marker:
                judge.disable_object_legal_hold(bucket_name=bucket, **which)
            judge.remove_object(bucket_name=bucket, **which)
        judge.remove_bucket(bucket_name=bucket)


def test_the_documented_policy_of_the_user_is_enough_to_sweep(
    users: Users, bucket: str, routed_with: Callable[..., Any]
) -> None:
    """With the backend's own key, in all locations."""
    user = users.add_with(documented_policies(media=bucket)[0])
    storage = routed_with(**own_key(user), credentials="sts")
    place = storage.for_tenant("acme").locate()
    upload = place.create_upload("f", {})
    place.put_part("f", upload, 1, b"1")
    told = io.StringIO()
    args = ("--tenant", "acme", "--older-than", "0", "--delete")
    with override_settings(TENANT_MINIO={"TENANTS": lambda: ["acme"]}):
        call_command("sweep_uploads", *args, stdout=told, stderr=io.StringIO())
    assert "1 locations: 1 aborted" in told.getvalue()


@pytest.mark.parametrize("minutes", [20, -20])
def test_a_wrong_clock_is_named(
    users: Users,
    bucket: str,
    routed_with: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    minutes: int,
) -> None:
    """Though the question for a key is what is refused first."""
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(**own_key(user), credentials="sts").for_tenant("acme")
    real = minio_time.utcnow
    with monkeypatch.context() as patch:
        patch.setattr(minio_time, "utcnow", lambda: real() + timedelta(minutes=minutes))
        with pytest.raises(PermissionDeniedError, match=r"AssumeRole.*set them right") as caught:
            storage.exists("f")
        assert "Check the backend's own key" not in str(caught.value)
    assert not storage.exists("f")


def test_no_error_and_no_log_shows_a_secret(
    users: Users,
    bucket: str,
    routed_with: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(0)
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(**own_key(user), credentials="sts")
    storage.for_tenant("acme").save("f", ContentFile(b"1"))
    key = key_of(storage, "acme")
    users.remove(user)
    age(storage, "acme", 10)
    with pytest.raises(PermissionDeniedError) as caught:
        storage.for_tenant("acme").size("f")
    location = storage.for_tenant("acme").locate()
    shown = "".join(
        [str(caught.value), repr(caught.value), caplog.text, repr(location), repr(location.backend)]
    )
    for secret in (user.secret_key, key.secret_key, key.session_token or ""):
        assert secret not in shown
