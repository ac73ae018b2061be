"""A storage on a server of its own behind a proxy, what was stored, and the judge of it all."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from minio import Minio
from urllib3 import PoolManager

from tenant_minio import registry
from tenant_minio.backends.write_options import MIN_PART
from tenant_minio.buckets import needs_of_storages, sweep
from tenant_minio.exceptions import BackendUnavailableError, TenantMinioError

SMALL = b"a small file"
LARGE = b"x" * MIN_PART + b"y" * MIN_PART + b"z" * 1000  # three parts
# What fails at once needs no short limit, and what works must not meet one on a busy machine.
LIMITS = {"connect_timeout": 15, "read_timeout": 15, "retries": 1}
SHORT_LIMITS = {"connect_timeout": 1.5, "read_timeout": 1.5, "retries": 1}
# What takes so much longer is a test that hangs.
PARTS = {"multipart_threshold": MIN_PART, "part_size": MIN_PART}
HANGS_SECONDS = 60.0


@dataclass
class Scene:
    """One storage, and what it has said that it stored.

    Args:
        server: with a data folder.
        proxy: before it.
        bucket: of the storage.
        sockets: all that this process has made since, after where to.
        folder: where the server keeps its data, as this process sees it.
        limit: gives the storage other time limits.
    """

    server: Any
    proxy: Any
    bucket: str
    sockets: list[Any]
    folder: Path
    limit: Callable[[Mapping[str, float]], None]
    kept: dict[str, bytes] = field(default_factory=dict)
    unknown: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._left_before = self.leftovers()

    @property
    def storage(self) -> Any:
        return storages["plain"]

    def save(self, name: str, data: bytes) -> str:
        """Save, and note what becomes of it."""
        self.unknown[name] = data
        saved = str(self.storage.save(name, ContentFile(data)))
        assert saved == name
        self.kept[name] = self.unknown.pop(name)
        return saved

    def objects(self) -> dict[str, bytes]:
        """What is really there, by a client that is not under test, and without the proxy."""
        pool = PoolManager()
        client = Minio(
            endpoint=self.server.endpoint,
            access_key=self.server.access_key,
            secret_key=self.server.secret_key,
            secure=False,
            region="us-east-1",
            http_client=pool,
        )
        found = {}
        for item in client.list_objects(bucket_name=self.bucket, recursive=True):
            answer = client.get_object(bucket_name=self.bucket, object_name=item.object_name)
            found[str(item.object_name)] = answer.data
            answer.close()
            answer.release_conn()
        pool.clear()
        return found

    def leftovers(self, *, own: bool = False) -> set[Path]:
        """Files of unfinished writes in the server's data folder.

        MinIO may keep a part whose sender went away before the answer, where no client can name
        it, and removes it by itself: these count with ``own`` only. Its trash it empties too.
        """
        names = {"multipart", ".sgwtmp", *(["tmp"] if own else [])}
        root = self.folder / ".minio.sys" if self.server.kind == "minio" else self.folder
        return {
            path
            for path in root.rglob("*")
            if names & set(path.relative_to(root).parts)
            and ".trash" not in path.parts
            and path.is_file()
            and path.stat().st_size >= 1000
        }

    def forget_leftovers(self) -> None:
        """What there is now is somebody else's to remove."""
        self._left_before = self.leftovers()

    def new_leftovers(self) -> set[Path]:
        return self.leftovers() - self._left_before

    def in_use(self) -> list[Any]:
        """Open sockets that no pool holds for the next request."""
        gc.collect()  # an error and its frames may hold one in a ring
        clients = registry["plain"].connection._clients.values()
        pools = [client._http.pools for client in clients]
        idle = [
            connection.sock
            for pool in pools
            for key in pool.keys()  # noqa: SIM118 -- urllib3's container, no dict
            for connection in list(pool[key].pool.queue)
            if connection is not None
        ]
        made = [one for endpoint, one in self.sockets if endpoint == self.proxy.endpoint]
        return [one for one in made if one.fileno() != -1 and one not in idle]

    def health(self) -> str:
        """What is said of the cluster, once its own health page says that it is well.

        On a busy machine that page is late, and MinIO's says for a moment that it is not.
        """
        deadline = time.monotonic() + HANGS_SECONDS
        while True:
            detail = str(self.storage.is_minio_available().detail)
            known = "cannot be reached" not in detail and "not healthy" not in detail
            if known or time.monotonic() > deadline:
                return detail
            time.sleep(0.05)

    def recover(self) -> None:
        """Wait until the same storage answers again."""
        deadline = time.monotonic() + HANGS_SECONDS
        while True:
            try:
                self.storage.exists("")
                self.storage.exists("none")
            except BackendUnavailableError:
                assert time.monotonic() < deadline, "it does not recover"
                time.sleep(0.05)
            else:
                return

    def sweep(self) -> None:
        """Abort what could not be aborted while nothing came through."""
        self.recover()
        (swept,) = sweep(list(needs_of_storages()), older_than=0, delete=True)
        assert {one.status for one in swept.uploads} <= {"aborted"}

    def assert_sound(self) -> None:
        """Nothing acknowledged is lost or wrong, nothing is half there, nothing leaks."""
        self.recover()
        assert self.in_use() == []
        for name, data in self.kept.items():
            assert self.storage.open(name).read() == data
        there = self.objects()
        # A write whose outcome is unknown is there whole, or not at all.
        possible = {**self.unknown, **self.kept}
        assert {name: possible.get(name) for name in there} == there
        assert there.keys() >= self.kept.keys()
        deadline = time.monotonic() + HANGS_SECONDS
        while (left := self.new_leftovers()) and time.monotonic() < deadline:
            time.sleep(0.05)  # a server that was let go on still ends what it had begun
        assert left == set(), left
        self.save("after", SMALL)
        assert self.storage.open("after").read() == SMALL
        assert self.in_use() == []


def outcomes(
    calls: Mapping[str, Callable[[], object]],
) -> dict[str, object | TenantMinioError]:
    """What calls that are made at once give or raise, if they do so at all."""
    pool = ThreadPoolExecutor(len(calls))
    try:
        futures = {name: pool.submit(call) for name, call in calls.items()}
        done = wait(futures.values(), HANGS_SECONDS).done
        hanging = [name for name, future in futures.items() if future not in done]
        assert hanging == [], f"they hang for more than {HANGS_SECONDS} s"
        return {name: _outcome(future) for name, future in futures.items()}
    finally:
        pool.shutdown(wait=False)


def _outcome(future: Future[object]) -> object | TenantMinioError:
    try:
        return future.result()
    except TenantMinioError as error:
        return error
