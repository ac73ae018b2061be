"""minio-py as its documentation uses it: the floor.

A floor does no more than the task needs: it knows each length, and looks for no name's owner.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from minio import Minio
from minio.error import S3Error

from .base import pieces
from .ground import Ground

_LIFE = timedelta(hours=1)
_STATIC_THREADS = 8


class Contestant:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._bucket = ground.bucket
        self._client = Minio(
            endpoint=ground.endpoint,
            access_key=ground.access_key,
            secret_key=ground.secret_key,
            secure=ground.secure,
            region=ground.region,
        )

    def entered(self) -> AbstractContextManager[object]:
        return nullcontext()

    def save(self, name: str, data: bytes) -> None:
        self._client.put_object(
            bucket_name=self._bucket, object_name=name, data=BytesIO(data), length=len(data)
        )

    def save_path(self, name: str, path: str) -> None:
        size = Path(path).stat().st_size
        with Path(path).open("rb") as file:
            self._client.put_object(
                bucket_name=self._bucket, object_name=name, data=file, length=size
            )

    def read(self, name: str, piece: int) -> int:
        with self._answer(name) as answer:
            return sum(len(data) for data in pieces(answer, piece))

    def first(self, name: str, length: int) -> int:
        with self._answer(name, offset=0, length=length) as answer:
            return len(answer.read())

    def exists(self, name: str) -> bool:
        try:
            self._client.stat_object(bucket_name=self._bucket, object_name=name)
        except S3Error:
            return False
        return True

    def size(self, name: str) -> int:
        found = self._client.stat_object(bucket_name=self._bucket, object_name=name)
        return int(found.size or 0)

    def delete(self, name: str) -> None:
        self._client.remove_object(bucket_name=self._bucket, object_name=name)

    def url(self, name: str) -> str:
        return str(
            self._client.presigned_get_object(
                bucket_name=self._bucket, object_name=name, expires=_LIFE
            )
        )

    def listdir(self) -> tuple[int, int]:
        found = list(self._client.list_objects(bucket_name=self._bucket))
        folders = sum(item.is_dir for item in found)
        return folders, len(found) - folders

    def collectstatic(self) -> None:
        """One listing, then what changed, in threads: the least that could do."""
        root = Path(str(self._ground.static))
        there = {
            item.object_name: item.etag
            for item in self._client.list_objects(bucket_name=self._bucket, recursive=True)
        }
        changed = []
        for path in root.rglob("*"):
            if path.is_file():
                name, data = path.relative_to(root).as_posix(), path.read_bytes()
                if there.get(name) != hashlib.md5(data, usedforsecurity=False).hexdigest():
                    changed.append((name, data))
        with ThreadPoolExecutor(_STATIC_THREADS) as pool:
            list(pool.map(self._put_static, changed))

    def _put_static(self, file: tuple[str, bytes]) -> None:
        name, data = file
        self._client.put_object(
            bucket_name=self._bucket,
            object_name=name,
            data=BytesIO(data),
            length=len(data),
            content_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
        )

    @contextmanager
    def _answer(self, name: str, **ranged: int) -> Iterator[Any]:
        answer = self._client.get_object(bucket_name=self._bucket, object_name=name, **ranged)
        try:
            yield answer
        finally:
            answer.close()
            answer.release_conn()
