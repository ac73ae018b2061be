"""A cluster that cannot be written can be read, and what one tenant asks shuts out no other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import registry
from tenant_minio.backends.circuit import State
from tenant_minio.backends.write_options import MIN_PART
from tenant_minio.exceptions import BackendUnavailableError, CircuitOpenError

from .answers import MARKED, Answer, Answering, answering

OBJECT = {
    **MARKED,
    "ETag": '"one"',
    "Last-Modified": "Sat, 21 Nov 2026 11:00:00 GMT",
    "Content-Range": "bytes 0-6/7",
}
LARGE = b"x" * (MIN_PART + 1)


def failed(status: int) -> Answer:
    told = {**MARKED, "Content-Type": "application/xml"}
    return status, told, b"<Error><Code>SomeCode</Code></Error>"


class Cluster:
    """Fails what it is told to fail, with what it is told.

    Args:
        writes, reads: the status of the answers; 0 where all is well.
        well: whether its health pages are, whatever becomes of requests.
    """

    def __init__(self, *, writes: int = 0, reads: int = 0, well: bool = False) -> None:
        self.writes = writes
        self.reads = reads
        self.well = well

    def __call__(self, method: str, path: str, _headers: Any) -> Answer:
        if path.startswith("/minio/health"):
            status = self.reads if path.endswith("/read") else self.writes
            return (200 if self.well or not status else 503), {"Server": "MinIO"}, b""
        if method in {"GET", "HEAD"}:
            return failed(self.reads) if self.reads else (206, OBJECT, b"content")
        if self.writes:
            return failed(self.writes)
        return (204 if method == "DELETE" else 200), OBJECT, b""


def use(use_storages: Callable[..., None], server: Answering, **options: Any) -> Any:
    given = server.storage
    options = {"breaker_failures": 2, "breaker_reset": 3600, **options}
    use_storages(us={**given, "OPTIONS": {**given["OPTIONS"], **options}})
    return storages["us"]


def states() -> tuple[State, State]:
    """Of reading, and of writing."""
    breakers = registry["us"].breakers
    return breakers.reads.state, breakers.writes.state


def asked_for_health(server: Answering) -> list[str]:
    return [path for path in server.seen if "health" in path]


def delete(storage: Any, times: int) -> None:
    for _ in range(times):
        with suppress(BackendUnavailableError):
            storage.delete("f")


def read(storage: Any, times: int) -> None:
    for _ in range(times):
        with suppress(BackendUnavailableError):
            storage.open("f").read()


def test_where_nothing_can_be_written_files_are_read(use_storages: Callable[..., None]) -> None:
    with answering(Cluster(writes=503)) as server:
        us = use(use_storages, server)
        delete(us, 2)
        with pytest.raises(CircuitOpenError, match=r"failing writes .* 503 SomeCode"):
            us.save("f", ContentFile(b"1"))
        assert us.open("f").read() == b"content"
        assert us.exists("f")
        assert states() == (State.CLOSED, State.OPEN)


def test_where_nothing_can_be_read_files_are_written(use_storages: Callable[..., None]) -> None:
    with answering(Cluster(reads=503)) as server:
        us = use(use_storages, server)
        read(us, 2)
        with pytest.raises(CircuitOpenError, match="failing reads"):
            us.exists("f")
        us.delete("f")
        assert states() == (State.OPEN, State.CLOSED)


@pytest.mark.parametrize(
    ("method", "page"),
    [("read", "/minio/health/cluster/read"), ("delete", "/minio/health/cluster")],
)
def test_each_is_tried_again_by_a_question_of_its_own(
    use_storages: Callable[..., None], method: str, page: str
) -> None:
    cluster = Cluster(reads=503, writes=503)
    call = {"read": read, "delete": delete}[method]
    with answering(cluster) as server:
        us = use(use_storages, server, breaker_reset=0.001)
        call(us, 2)
        cluster.reads, cluster.writes = (0, 503) if method == "read" else (503, 0)
        while State.OPEN in states():
            call(us, 1)
        assert set(asked_for_health(server)) == {f"GET {page}"}


def test_what_is_not_answered_counts_for_both(use_storages: Callable[..., None]) -> None:
    with answering(Cluster()) as server:
        given = server.storage
    options = {**given["OPTIONS"], "breaker_failures": 2, "breaker_reset": 3600}
    for call in (read, delete):
        use_storages(us={**given, "OPTIONS": options})
        call(storages["us"], 2)
        assert states() == (State.OPEN, State.OPEN)


def test_errors_of_requests_open_nothing_where_the_cluster_is_well(
    use_storages: Callable[..., None],
) -> None:
    """A 500 may be the fault of what one tenant asks for, again and again."""
    with answering(Cluster(writes=500, reads=500, well=True)) as server:
        us = use(use_storages, server)
        delete(us, 5)
        read(us, 5)
        assert states() == (State.CLOSED, State.CLOSED)
        pages = ["GET /minio/health/cluster", "GET /minio/health/cluster/read"]
        assert asked_for_health(server) == [page for page in pages for _ in range(2)]


def test_errors_of_requests_open_it_where_the_cluster_is_not_well(
    use_storages: Callable[..., None],
) -> None:
    with answering(Cluster(writes=500)) as server:
        us = use(use_storages, server)
        delete(us, 2)
        assert states() == (State.CLOSED, State.OPEN)


def test_the_attempts_of_one_write_count_once(use_storages: Callable[..., None]) -> None:
    with answering(Cluster(writes=503)) as server:
        us = use(use_storages, server, breaker_failures=3)
        for failures in (1, 2):
            with pytest.raises(BackendUnavailableError, match="503"):
                us._save("f", ContentFile(b"1"))
            assert registry["us"].breakers.writes.status().failures == failures
        assert sum(path.startswith("PUT") for path in server.seen) == 6


def test_the_attempts_of_one_part_count_once(use_storages: Callable[..., None]) -> None:
    cluster = Cluster()

    def answer(method: str, path: str, headers: Any) -> Answer:
        if "uploads" in path:
            body = b"<InitiateMultipartUploadResult><UploadId>u</UploadId>"
            return 200, MARKED, body + b"</InitiateMultipartUploadResult>"
        return failed(503) if method == "PUT" else cluster(method, path, headers)

    with answering(answer) as server:
        sizes = {"multipart_threshold": MIN_PART, "part_size": 2 * MIN_PART}
        us = use(use_storages, server, breaker_failures=3, **sizes)
        with pytest.raises(BackendUnavailableError, match="503"):
            us._save("f", ContentFile(LARGE))
        assert sum(path.startswith("PUT") for path in server.seen) == 3
        assert states() == (State.CLOSED, State.CLOSED)
