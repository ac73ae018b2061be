"""What counts against a cluster, and how many requests to it may be under way."""

import multiprocessing
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import registry
from tenant_minio.backends.circuit import State
from tenant_minio.backends.gate import Gate
from tenant_minio.backends.options import BackendOptions, parse
from tenant_minio.backends.outage import Evidence, Outage
from tenant_minio.backends.write_options import PART_SIZE
from tenant_minio.exceptions import (
    BackendBusyError,
    BackendUnavailableError,
    CircuitOpenError,
    TenantMinioError,
)
from tests.conftest import entry, raw_client
from tests.faults import FaultyProxy

from .answers import MARKED, Answer, Answering, answering
from .test_failures import calls


def storage(entry: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {**entry, "OPTIONS": {**entry["OPTIONS"], **options}}


def use(use_storages: Callable[..., None], server: Answering, **options: Any) -> Any:
    use_storages(us=storage(server.storage, **options))
    return storages["us"]


def says(status: int) -> Callable[..., Answer]:
    code = {507: "XMinioStorageFull", 503: "SlowDown"}.get(status, "SomeCode")
    body = f"<Error><Code>{code}</Code><Message>m</Message></Error>".encode()
    headers = {**MARKED, "Content-Type": "application/xml"}
    return lambda _method, _path, _headers: (status, headers, body)


def saying(status: list[int]) -> Callable[..., Answer]:
    """As the list says at each moment."""

    def answer(*asked: Any) -> Answer:
        return says(status[0])(*asked)

    return answer


def done(_method: str, _path: str, _headers: Any) -> Answer:
    return 204, MARKED, b""


def states() -> tuple[State, State]:
    """Of reading, and of writing."""
    breakers = registry["us"].breakers
    return breakers.reads.state, breakers.writes.state


BOTH_CLOSED = (State.CLOSED, State.CLOSED)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_what_the_cluster_fails_counts(use_storages: Callable[..., None], status: int) -> None:
    """SlowDown too, which is a 503: to be asked less is what the cluster wants."""
    with answering(says(status)) as server:
        us = use(use_storages, server, breaker_failures=3)
        for _ in range(3):
            with pytest.raises(BackendUnavailableError) as caught:
                us.exists("f")
            assert not isinstance(caught.value, CircuitOpenError)
        asked = len(server.seen)
        with pytest.raises(CircuitOpenError, match=f"reads.*{status}"):
            us.exists("f")
        assert len(server.seen) == asked
        assert states() == (State.OPEN, State.CLOSED)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 412, 416, 429, 501, 507])
def test_what_the_cluster_answers_does_not_count(
    use_storages: Callable[..., None], status: int
) -> None:
    """Neither a feature that it lacks (501) nor a full disk (507) keeps files from being read."""
    with answering(says(status)) as server:
        us = use(use_storages, server, breaker_failures=1)
        for call in calls(us).values():
            with suppress(TenantMinioError):
                call()
        assert states() == BOTH_CLOSED


def test_an_answer_of_any_kind_ends_a_row_of_failures(use_storages: Callable[..., None]) -> None:
    status = [500]
    with answering(saying(status)) as server:
        us = use(use_storages, server, breaker_failures=2)
        for status[0] in (500, 404, 500, 403, 500, 416) * 2:
            with suppress(TenantMinioError):
                us.delete("f")
        assert states() == BOTH_CLOSED


def test_a_cluster_that_refuses_counts(use_storages: Callable[..., None]) -> None:
    with answering(says(404)) as server:
        entry = server.storage
    use_storages(us=storage(entry, breaker_failures=2))
    for _ in range(2):
        with pytest.raises(BackendUnavailableError, match="reached"):
            storages["us"].delete("f")
    with pytest.raises(CircuitOpenError, match=r"reached.*refused"):
        storages["us"].delete("f")


def test_a_cluster_that_breaks_off_counts(
    minio_server: Any, use_storages: Callable[..., None]
) -> None:
    proxy = FaultyProxy(minio_server.endpoint)
    proxy.fault = lambda _head: "lose request"
    options = {"bucket": "some-bucket", "endpoint": proxy.endpoint, "retries": 0}
    use_storages(us=entry(minio_server, **options, breaker_failures=2))
    for _ in range(2):
        with pytest.raises(BackendUnavailableError):
            storages["us"].delete("f")
    with pytest.raises(CircuitOpenError):
        storages["us"].delete("f")
    proxy.close()


class Aborted(Exception):
    """Of a browser that has gone away."""


class Broken(ContentFile):
    """An upload that ends with the browser."""

    def read(self, *_args: Any) -> bytes:
        raise Aborted


def test_a_client_that_gives_up_does_not_count(
    minio_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    use_storages(us=entry(minio_server))
    use_storages(us=entry(minio_server, bucket=new_bucket("us"), breaker_failures=1))
    us = storages["us"]
    us.save("f", ContentFile(b"x" * 1_000_000))
    with pytest.raises(Aborted):
        us.save("g", Broken(b"x" * 1000))
    file = us.open("f")
    file.read(300_000)
    file.close()
    gate = registry["us"].connection.gate
    for gone in (KeyboardInterrupt, SystemExit, Aborted):

        def leave(gone: type[BaseException] = gone) -> None:
            raise gone

        with pytest.raises(gone):
            gate.send(leave, "us:f")
    assert us.exists("f")


def test_nothing_is_sent_while_the_breaker_is_open(use_storages: Callable[..., None]) -> None:
    """Listing and making a bucket included; signing goes on."""
    with answering(says(503)) as server:
        us = use(use_storages, server, breaker_failures=1)
        for fail in (lambda: us.exists("f"), lambda: us.delete("f")):
            with pytest.raises(BackendUnavailableError, match="failed with 503"):
                fail()
        asked = len(server.seen)
        backend = registry["us"]
        refused = {
            **calls(us),
            "make bucket": lambda: backend.make_bucket("another"),
            "walk": lambda: list(backend.walk("some-bucket", "")),
            "policy": lambda: backend.get_policy("some-bucket"),
        }
        for call in refused.values():
            with pytest.raises(CircuitOpenError) as caught:
                call()
            assert "us:" in str(caught.value)
        assert len(server.seen) == asked
        assert us.url("f")


def test_time_and_a_short_question_close_it_again(use_storages: Callable[..., None]) -> None:
    """No tenant's request is the trial."""
    status = [503]
    with answering(saying(status)) as server:
        us = use(use_storages, server, breaker_failures=1, breaker_reset=0.001)
        with pytest.raises(BackendUnavailableError):
            us.delete("f")
        threading.Event().wait(0.01)
        del server.seen[:]
        with pytest.raises(CircuitOpenError, match="503"):
            us.delete("f")
        assert server.seen == ["GET /minio/health/cluster"]
        status[0] = 403
        threading.Event().wait(0.01)
        with pytest.raises(TenantMinioError, match="DELETE"):
            us.delete("f")
        assert server.seen[1:] == ["GET /minio/health/cluster", "DELETE /some-bucket/f"]
        assert states() == BOTH_CLOSED


def test_a_question_for_health_passes_it_by_and_closes_it(
    minio_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    proxy = FaultyProxy(minio_server.endpoint)
    use_storages(us=entry(minio_server))
    bucket = new_bucket("us")
    options = {"bucket": bucket, "endpoint": proxy.endpoint, "retries": 0}
    use_storages(us=entry(minio_server, **options, breaker_failures=1, breaker_reset=3600))
    us = storages["us"]
    proxy.fault = lambda _head: "lose request"
    with pytest.raises(BackendUnavailableError):
        us.delete("f")
    assert not us.is_minio_available()
    with pytest.raises(CircuitOpenError):
        us.delete("f")
    proxy.fault = lambda _head: None
    assert us.is_minio_available()
    us.save("f", ContentFile(b"1"))


def test_what_became_of_a_write_is_asked_of_an_open_breaker_too(
    minio_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    """The lost answer is the failure that opens it, and the file is there."""
    proxy = FaultyProxy(minio_server.endpoint)
    use_storages(us=entry(minio_server))
    bucket = new_bucket("us")
    options = {"bucket": bucket, "endpoint": proxy.endpoint, "breaker_failures": 1}
    use_storages(us=entry(minio_server, **options))
    proxy.fault = lambda head: "lose answer" if head.startswith("PUT") else None
    assert storages["us"].save("f", ContentFile(b"1")) == "f"
    assert states() == (State.OPEN, State.OPEN)


def test_an_upload_that_opens_the_breaker_is_thrown_away(
    minio_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    proxy = FaultyProxy(minio_server.endpoint)
    use_storages(us=entry(minio_server))
    bucket = new_bucket("us")
    options = {"bucket": bucket, "endpoint": proxy.endpoint, "breaker_failures": 1}
    use_storages(us=entry(minio_server, **options))
    proxy.fault = lambda head: "lose request" if "partNumber=2" in head else None
    with pytest.raises(BackendUnavailableError):
        storages["us"].save("f", ContentFile(b"x" * (PART_SIZE * 3)))
    assert states() == (State.OPEN, State.OPEN)
    client = raw_client(registry["us"].options)
    client._base_url = raw_client(BackendOptions(**minio_server.storage_options()))._base_url
    assert client._list_multipart_uploads(bucket, prefix="f").uploads == []


@contextmanager
def holding() -> Iterator[tuple[Answering, threading.Event, threading.Semaphore]]:
    """A server that answers HEAD only once the event is set; the semaphore counts who came."""
    go, came = threading.Event(), threading.Semaphore(0)

    def answer(method: str, _path: str, _headers: Any) -> Answer:
        if method != "HEAD":
            return 204, MARKED, b""
        came.release()
        assert go.wait(20)
        return 404, {**MARKED, "x-minio-error-code": "NoSuchKey"}, b""

    with answering(answer) as server:
        try:
            yield server, go, came
        finally:
            go.set()


def test_no_more_requests_are_under_way_than_the_settings_allow(
    use_storages: Callable[..., None],
) -> None:
    """The others fail at once, and another backend's never know."""
    callers, limit = 8, 3
    with holding() as (server, go, came), answering(done) as other:
        use_storages(
            us=storage(server.storage, max_concurrent=limit, max_concurrent_wait=0),
            eu=other.storage,
        )
        with ThreadPoolExecutor(callers) as pool:
            found = [pool.submit(storages["us"].exists, f"f{n}") for n in range(limit)]
            for _ in range(limit):
                assert came.acquire(timeout=20)
            for _ in range(callers):
                with pytest.raises(BackendBusyError, match="3 requests to 'us'") as caught:
                    storages["us"].exists("f")
                assert not caught.value.request_sent
            storages["eu"].delete("f")
            assert len(server.seen) == limit
            go.set()
            assert [one.result() for one in found] == [False] * limit
        assert storages["us"].exists("f") is False


def test_a_request_waits_for_a_place(use_storages: Callable[..., None]) -> None:
    with holding() as (server, go, came):
        us = use(use_storages, server, max_concurrent=1, max_concurrent_wait=3600)
        with ThreadPoolExecutor(2) as pool:
            found = [pool.submit(us.exists, f"f{n}") for n in range(2)]
            assert came.acquire(timeout=20)
            go.set()
            assert [one.result(20) for one in found] == [False, False]


def test_who_waits_for_a_place_hears_that_the_breaker_has_opened() -> None:
    """Its request is not sent to a cluster that has failed meanwhile."""
    options = BackendOptions(
        endpoint="h",
        access_key="a",
        secret_key="s",
        breaker_failures=1,
        max_concurrent=1,
        max_concurrent_wait=3600,
    )
    gate = Gate("us", options, lambda _traffic: "")
    inside, go = threading.Event(), threading.Event()
    sent = []

    def fails() -> None:
        inside.set()
        assert go.wait(20)
        raise_outage()

    def raise_outage() -> None:
        from urllib3.exceptions import ConnectTimeoutError

        raise ConnectTimeoutError("too late")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(gate.send, fails, "us:f")
        assert inside.wait(20)
        second = pool.submit(gate.send, lambda: sent.append(1), "us:g")
        while not gate._bulkhead._places._cond._waiters:
            threading.Event().wait(0.001)
        go.set()
        with pytest.raises(CircuitOpenError):
            second.result(20)
        assert isinstance(first.exception(), Exception)
    assert sent == []


@pytest.mark.parametrize("server", ["minio_server", "versitygw_server"])
def test_an_upload_whose_parts_outnumber_the_places_comes_to_its_end(
    server: str,
    request: pytest.FixtureRequest,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
) -> None:
    running = request.getfixturevalue(server)
    use_storages(us=entry(running))
    limits = {"max_concurrent": 1, "max_concurrent_wait": 0, "parallel_uploads": 4}
    use_storages(us=entry(running, bucket=new_bucket("us"), **limits))
    data = os.urandom(PART_SIZE * 4 + 5)
    storages["us"].save("f", ContentFile(data))
    with storages["us"].open("g", "wb") as writer:
        writer.write(data)
    for name in ("f", "g"):
        assert storages["us"].open(name).read() == data


def test_open_readers_hold_no_place(
    minio_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    """A browser may take its time for a download."""
    use_storages(us=entry(minio_server))
    limits = {"max_concurrent": 1, "max_concurrent_wait": 0}
    use_storages(us=entry(minio_server, bucket=new_bucket("us"), **limits))
    us = storages["us"]
    data = os.urandom(2_000_000)
    us.save("f", ContentFile(data))
    readers = [us.open("f") for _ in range(5)]
    begun = [reader.read(600_000) for reader in readers]
    us.save("g", ContentFile(b"1"))
    assert [start + reader.read() for start, reader in zip(begun, readers, strict=True)] == [
        data
    ] * 5


def ask(results: Any) -> None:
    """In a child."""
    try:
        storages["us"].delete("f")
        results.put(states())
    except BaseException as error:
        results.put(repr(error))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_has_a_breaker_and_places_of_its_own(use_storages: Callable[..., None]) -> None:
    """The parent's requests under way, and its failures, are not the child's."""
    fork = multiprocessing.get_context("fork")
    with holding() as (server, go, came), ThreadPoolExecutor(1) as pool:
        limits = {"max_concurrent": 1, "max_concurrent_wait": 0, "breaker_failures": 1}
        us = use(use_storages, server, **limits)
        waiting = pool.submit(us.exists, "f")
        assert came.acquire(timeout=20)
        breaker = registry["us"].breakers.writes
        breaker.failed(breaker.enter("us:f"), Outage("it failed with 503", Evidence.FAILING))
        results = fork.Queue()
        child = fork.Process(target=ask, args=(results,))
        child.start()
        assert results.get(timeout=20) == BOTH_CLOSED
        child.join()
        go.set()
        waiting.result()
        assert breaker.state is State.OPEN


def test_the_memory_backend_has_a_breaker_that_never_opens(
    use_storages: Callable[..., None],
) -> None:
    use_storages(us={"BACKEND": "tenant_minio.MemoryStorage", "OPTIONS": {"breaker_failures": 1}})
    assert states() == BOTH_CLOSED
    assert registry["us"].breakers.writes.status().failures == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("breaker_failures", -1),
        ("breaker_failures", 2.5),
        ("breaker_failures", True),
        ("breaker_reset", 0),
        ("breaker_reset", "10"),
        ("max_concurrent", -1),
        ("max_concurrent", None),
        ("max_concurrent_wait", -0.1),
        ("max_concurrent_wait", False),
    ],
)
def test_wrong_values_are_problems(name: str, value: object) -> None:
    given = {"endpoint": "h", "access_key": "a", "secret_key": "s", name: value}
    options, problems = parse("us", given)
    assert options is None
    assert [problem.code for problem in problems] == ["E005"]
    assert repr(name) in problems[0].message


@pytest.fixture
def hung() -> Iterator[socket.socket]:
    """A listener that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield listener


def test_a_trial_of_a_silent_cluster_is_given_up_early(
    hung: socket.socket, use_storages: Callable[..., None], minio_server: Any
) -> None:
    """It has the limit of a short question, and not ``read_timeout``."""
    endpoint = f"127.0.0.1:{hung.getsockname()[1]}"
    limits = {"read_timeout": 0.4, "breaker_failures": 1, "breaker_reset": 0.001}
    use_storages(us=entry(minio_server, bucket="some-bucket", endpoint=endpoint, **limits))
    with pytest.raises(BackendUnavailableError, match=r"read timeout=0\.4"):
        storages["us"].exists("f")
    threading.Event().wait(0.01)
    with pytest.raises(CircuitOpenError, match=r"read timeout=0\.1"):
        storages["us"].exists("f")
