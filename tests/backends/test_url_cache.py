"""Kept URLs: those that would be signed now, for this request and no other."""

import multiprocessing
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.storage import storages
from hypothesis import given, settings
from hypothesis import strategies as st

from tenant_minio import Route, registry, use_tenant
from tenant_minio.backends.options import BackendOptions, parse
from tenant_minio.backends.s3 import S3Backend
from tenant_minio.backends.signed_urls import SignedUrls
from tenant_minio.backends.signer import Address, Signer
from tenant_minio.storage.location import Location
from tests.conftest import DEFAULTS

CLUSTERS: dict[str, dict[str, Any]] = {
    "eu": {"endpoint": "eu.example.com", "access_key": "a", "secret_key": "s"},
    "us": {"endpoint": "us.example.com", "access_key": "a", "secret_key": "s"},
    "other": {"endpoint": "eu.example.com", "access_key": "b", "secret_key": "t"},
}
HEADERS: list[tuple[tuple[str, str], ...]] = [
    (),
    (("response-content-type", "text/plain"),),
    (("response-content-type", "text/plain&response-expires=1"),),
    (("response-content-type", "text/plain"), ("response-expires", "1")),
]


class Clock:
    """A fake clock, in seconds since the epoch."""

    def __init__(self, now: float = 1_000_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class CountingSigner(Signer):
    """Remembers what it was asked to sign."""

    def __init__(self) -> None:
        super().__init__(access_key="a", secret_key="s", session_token=None, region="r")
        self.signed: list[str] = []

    def presign(self, method: str, address: Address, key: str, **terms: Any) -> str:
        self.signed.append(key)
        return super().presign(method, address, key, **terms)


def address(bucket: str) -> Address:
    return Address("http://h", "h", f"/{bucket}/")


def counted(size: int) -> tuple[SignedUrls, CountingSigner, Clock]:
    signer, clock = CountingSigner(), Clock()
    return SignedUrls(signer, address, window=900, size=size, clock=clock), signer, clock


def cluster(alias: str, size: int, clock: Clock) -> S3Backend:
    backend = S3Backend(alias, BackendOptions(**CLUSTERS[alias], url_cache_size=size))
    backend.urls.clock = clock
    return backend


# All that changes a URL, but for the time.
CHOICES: list[list[Any]] = [
    sorted(CLUSTERS),
    ["bucket", "bucket-b"],
    ["acme", "globex"],
    ["f", "b/f", "f b"],
    ["GET", "HEAD"],
    [None, 1, 2, 600, 3600, 604800],
    HEADERS,
]
REQUESTS = st.tuples(*map(st.sampled_from, CHOICES))


def ask(clusters: dict[str, S3Backend], request: tuple[Any, ...]) -> str:
    """The URL that a storage would give."""
    alias, bucket, tenant, name, method, expires, query = request
    location = Location(clusters[alias], Route(alias, bucket, f"{tenant}/"), tenant, DEFAULTS)
    return location.url(name, None, method, expires, query)


def test_no_two_requests_share_an_entry() -> None:
    """Of two tenants, aliases, endpoints, buckets, names, methods, lives or parameters."""
    clock = Clock()
    keeping = {alias: cluster(alias, 4096, clock) for alias in CLUSTERS}
    signing = {alias: cluster(alias, 0, clock) for alias in CLUSTERS}
    for request in [*product(*CHOICES), *product(*CHOICES)]:
        assert ask(keeping, request) == ask(signing, request)


@settings(deadline=None)  # no test is about time
@given(
    size=st.sampled_from([1, 3, 4096]),
    steps=st.lists(REQUESTS | st.floats(-2000, 2000, allow_nan=False), max_size=60),
)
def test_a_kept_url_is_the_one_that_would_be_signed(size: int, steps: list[Any]) -> None:
    """Whatever was asked for before, and however the clock goes."""
    clock = Clock()
    keeping = {alias: cluster(alias, size, clock) for alias in CLUSTERS}
    signing = {alias: cluster(alias, 0, clock) for alias in CLUSTERS}
    for step in steps:
        if isinstance(step, float):
            clock.now += step
            continue
        url = ask(keeping, step)
        assert url == ask(signing, step)
        given = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
        begun = datetime.strptime(given["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        life = int(given["X-Amz-Expires"])
        assert life == (step[5] or 3600)
        assert 0 <= clock.now - begun.timestamp() < max(life / 4, 1)


def test_a_url_is_signed_once_in_its_window() -> None:
    urls, signer, clock = counted(10)
    clock.now = 900_000.0
    first = urls.get("GET", "b", "k", 3600, ())
    clock.now += 899.9
    assert urls.get("GET", "b", "k", 3600, ()) == first
    assert signer.signed == ["k"]
    clock.now += 0.1
    assert urls.get("GET", "b", "k", 3600, ()) != first
    assert signer.signed == ["k", "k"]


def test_what_was_asked_for_last_is_kept() -> None:
    urls, signer, _clock = counted(2)
    for key in ("a", "b", "a", "c", "a", "b"):
        urls.get("GET", "bucket", key, 3600, ())
    assert signer.signed == ["a", "b", "c", "b"]


def test_no_size_keeps_nothing() -> None:
    urls, signer, _clock = counted(0)
    assert urls.get("GET", "b", "k", 3600, ()) == urls.get("GET", "b", "k", 3600, ())
    assert signer.signed == ["k", "k"]


@pytest.mark.parametrize("size", [0, 1, 7, 4096])
def test_threads_get_the_urls_they_asked_for(size: int) -> None:
    urls, _signer, _clock = counted(size)
    right, _other, _same = counted(0)
    keys = [f"k{number}" for number in range(20)]
    expected = [right.get("GET", "b", key, 3600, ()) for key in keys]
    barrier = threading.Barrier(8)
    wrong: list[object] = []

    def work(begin: int) -> None:
        barrier.wait(10)
        try:
            for number in range(2000):
                which = (begin + number * 7) % len(keys)
                if urls.get("GET", "b", keys[which], 3600, ()) != expected[which]:
                    wrong.append(keys[which])
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(begin,)) for begin in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def use(use_storages: Callable[..., None], **options: Any) -> Any:
    """A RoutingStorage on a cluster that nobody has to reach."""
    routed = {"backend": "eu", "bucket": "media", "prefix": "t/{tenant}/"}
    given = {**CLUSTERS["eu"], **options}
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": routed},
        eu={"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": given},
    )
    return storages["default"]


def test_changed_settings_empty_it(use_storages: Callable[..., None]) -> None:
    storage = use(use_storages)
    with use_tenant("acme"):
        first = storage.url("f")
        storage = use(use_storages, secret_key="another")
        second = storage.url("f")
    assert signature(first) != signature(second)


def signature(url: str) -> str:
    return parse_qs(urlsplit(url).query)["X-Amz-Signature"][0]


def test_the_values_of_headers_are_text_before_they_are_keys(
    use_storages: Callable[..., None],
) -> None:
    storage = use(use_storages)
    with use_tenant("acme"):
        urls = [
            storage.url("f", response_headers={"response-expires": value})
            for value in (1, True, 1.0)
        ]
    found = [parse_qs(urlsplit(url).query)["response-expires"] for url in urls]
    assert found == [["1"], ["True"], ["1.0"]]


def sign_in_child(results: Any) -> None:
    with use_tenant("acme"):
        results.put(storages["default"].url("f"))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_signs_while_its_parent_held_the_lock(
    use_storages: Callable[..., None],
) -> None:
    storage = use(use_storages)
    registry["eu"].urls.clock = Clock()
    with use_tenant("acme"):
        expected = storage.url("f")
    fork = multiprocessing.get_context("fork")
    results = fork.Queue()
    child = fork.Process(target=sign_in_child, args=(results,))
    with registry["eu"].urls._lock:
        child.start()
    try:
        assert results.get(timeout=20) == expected
    finally:
        child.kill()
        child.join()


@pytest.mark.parametrize("value", [-1, True, 1.5, "4096", None])
def test_a_wrong_size_is_a_problem(value: object) -> None:
    _options, problems = parse("eu", {**CLUSTERS["eu"], "url_cache_size": value})
    assert [problem.code for problem in problems] == ["E005"]
    assert "'url_cache_size'" in problems[0].message
