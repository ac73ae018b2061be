"""What it takes to send a private file of 1 GiB, by each server, and many files at once."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from io import BytesIO
from os import urandom
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.bench import TENANT, Bench
from benchmarks.contestants.memory import Growth
from benchmarks.downloads import ground
from benchmarks.downloads.browser import fetch
from benchmarks.downloads.words import (
    ALIVE,
    BELOW,
    CROWD_NAME,
    LARGE_NAME,
    SMALL_NAME,
    TENANT_HEADER,
)
from benchmarks.environments import PRIVATE_STORAGE, ROOT
from benchmarks.rows import FLOOR, OURS, Row, Sample, Target

_MIB = 2**20
_LARGE = 1024 * _MIB
# More rounds than this tell nothing new.
_MOST_ROUNDS = 5
_FIRST_BYTES = 10
# What Django reads at once.
_PIECE = 256 * 1024
_CROWD, _CROWD_SIZE = 200, 16 * _MIB
_PING_SECONDS = 0.05
_PREFIX = f"tenants/{TENANT}/"
_HEADERS = {TENANT_HEADER: TENANT}
_SITE = "benchmarks.downloads.site"
_OTHER_SITE = "benchmarks.downloads.dps_site"

_GROWTH = Target(limit=8)
_NONE_LOST = Target(limit=0)
_NOT_BLOCKED = Target(limit=1000)

_OTHER = "django-private-storage"
_RAW = "minio-py"


@dataclass(frozen=True, slots=True)
class _Found:
    """What the rounds of one way to send found, each in the unit of its row."""

    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    growth: list[float] = field(default_factory=list)


def measure(bench: Bench) -> Iterator[Row]:
    """Milliseconds, MiB a second and MiB of growth; then 200 downloads at once under uvicorn."""
    content = urandom(_CROWD_SIZE)
    _put(bench, SMALL_NAME, BytesIO(b"small"), len(b"small"))
    _put(bench, LARGE_NAME, _Repeated(urandom(_MIB), _LARGE), _LARGE)
    _put(bench, CROWD_NAME, BytesIO(content), _CROWD_SIZE)
    yield from _one_by_one(bench)
    yield from _at_once(bench, zlib.crc32(content))


def _put(bench: Bench, name: str, data: Any, size: int) -> None:
    bench.client.put_object(
        bucket_name=bench.bucket, object_name=_PREFIX + name, data=data, length=size
    )


class _Repeated(BytesIO):
    """The same bytes again and again."""

    def __init__(self, piece: bytes, size: int) -> None:
        super().__init__()
        self._piece, self._left = piece, size

    def read(self, size: int | None = -1) -> bytes:
        length = self._left if size is None or size < 0 else min(size, self._left)
        self._left -= length
        return (self._piece * (length // len(self._piece) + 1))[:length]


# The sites

_GUNICORN = "Django under gunicorn"
_UVICORN = "Django under uvicorn"
_NGINX = "nginx from the cluster"
_REDIRECT = "redirect to the cluster"


@contextmanager
def _site(bench: Bench, label: str) -> Iterator[ground.Site]:
    """A fresh one, which has sent a small file: imports and connections are not what counts."""
    with ExitStack() as stack:
        site = _started(bench, label, stack)
        fetch(_url(site, SMALL_NAME), _HEADERS, len(b"small"))
        yield site


def _started(bench: Bench, label: str, stack: ExitStack) -> ground.Site:
    start = stack.enter_context
    storages = {name: bench.settings["STORAGES"][name] for name in ("default", "eu")}
    storages["staticfiles"] = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    server = {_NGINX: "x-accel-cluster", _REDIRECT: "redirect"}.get(label, "streaming")
    told = {"storages": storages, "server": server}
    if label == _UVICORN:
        return start(ground.uvicorn(f"{_SITE}:asgi", told))
    if label == _OTHER:
        python = str(PRIVATE_STORAGE.python)
        return start(ground.gunicorn(f"{_OTHER_SITE}:wsgi", _other_settings(bench), python))
    site = start(ground.gunicorn(f"{_SITE}:wsgi", told))
    return start(ground.nginx(site, bench.server.endpoint)) if label == _NGINX else site


def _other_settings(bench: Bench) -> dict[str, Any]:
    server = bench.server
    return {
        "AWS_PRIVATE_S3_ENDPOINT_URL": f"http{'s' * server.secure}://{server.endpoint}",
        "AWS_PRIVATE_S3_REGION_NAME": "us-east-1",
        "AWS_PRIVATE_S3_SIGNATURE_VERSION": "s3v4",
        "AWS_PRIVATE_S3_ACCESS_KEY_ID": server.access_key,
        "AWS_PRIVATE_S3_SECRET_ACCESS_KEY": server.secret_key,
        "AWS_PRIVATE_STORAGE_BUCKET_NAME": bench.bucket,
        "AWS_PRIVATE_LOCATION": _PREFIX,
    }


# One after the other


def _one_by_one(bench: Bench) -> Iterator[Row]:
    PRIVATE_STORAGE.make()
    labels = [_GUNICORN, _UVICORN, _NGINX, _REDIRECT, _OTHER]
    if FLOOR in bench.field.names:
        labels.append(_RAW)
    found = {label: _Found() for label in labels}
    for number in range(min(bench.field.rounds, _MOST_ROUNDS)):
        first = number % len(labels)
        # Each time another begins.
        for label in labels[first:] + labels[:first]:
            if label == _RAW:
                _raw(bench, found[label])
            else:
                _download(bench, label, found[label])
    for label in (_GUNICORN, _UVICORN, _NGINX, _REDIRECT):
        others = [_OTHER, _RAW] if label == _GUNICORN else [_RAW]
        beside = {other: found[other] for other in others if other in found}
        yield _row(f"1 GiB, {label}: first byte", "ms", found[label], "first", beside)
        yield _row(f"1 GiB, {label}", "MiB/s", found[label], "whole", beside)
        yield _row(f"1 GiB, {label}: growth", "MiB", found[label], "growth", beside, _GROWTH)


def _row(
    name: str,
    unit: str,
    found: _Found,
    what: str,
    beside: Mapping[str, _Found],
    target: Target | None = None,
) -> Row:
    return Row(
        case="private",
        name=name,
        unit=unit,
        samples={OURS: Sample(tuple(getattr(found, what)))},
        target=target,
        reference={label: Sample(tuple(getattr(one, what))) for label, one in beside.items()},
    )


def _url(site: ground.Site, name: str) -> str:
    return f"http://127.0.0.1:{site.port}{BELOW}{name}"


def _download(bench: Bench, label: str, found: _Found) -> None:
    with _site(bench, label) as site:
        url = _url(site, LARGE_NAME)
        growth = Growth(*site.workers)
        whole = fetch(url, _HEADERS, _LARGE)
        found.growth.append(growth.mib())
        # Who needs seconds for the first byte is not asked as often.
        times = _FIRST_BYTES if whole.first < 1 else 1
        firsts = [fetch(url, _HEADERS, _LARGE, all_of_it=False).first for _ in range(times)]
    found.whole.append(_LARGE / _MIB / whole.whole)
    found.first.append(median(firsts) * 1e3)


def _raw(bench: Bench, found: _Found) -> None:
    """minio-py in a process of its own, without any server before it."""
    name = _PREFIX + LARGE_NAME
    with bench.field.start(FLOOR, bench.ground()) as worker:
        worker.ask("first", name=name, length=1, times=1)
        read = worker.ask("read", name=name, piece=_PIECE, expected=_LARGE)
        firsts = worker.ask("first", name=name, length=1, times=_FIRST_BYTES)
    found.growth.append(read["MiB"])
    found.whole.append(_LARGE / _MIB / read["s"])
    found.first.append(median(firsts) * 1e3)


# All at once


def _at_once(bench: Bench, crc: int) -> Iterator[Row]:
    lost, rates, growths, waits = [], [], [], []
    for _ in range(min(bench.field.rounds, _MOST_ROUNDS)):
        with _site(bench, _UVICORN) as site:
            growth = Growth(*site.workers)
            with _Pings(site) as pings:
                done = _crowd(site, crc)
            growths.append(growth.mib() / _CROWD)
        lost.append(float(_CROWD - done["whole"]))
        rates.append(_CROWD * _CROWD_SIZE / _MIB / done["seconds"])
        waits.append(pings.longest * 1e3)
    named = f"{_CROWD} of {_CROWD_SIZE // _MIB} MiB at once, one worker of uvicorn"
    for what, unit, values, target in (
        ("not whole", "requests", lost, _NONE_LOST),
        ("together", "MiB/s", rates, None),
        ("growth each", "MiB", growths, _GROWTH),
        ("longest wait of another request", "ms", waits, _NOT_BLOCKED),
    ):
        samples = {OURS: Sample(tuple(values))}
        yield Row(
            case="private", name=f"{named}: {what}", unit=unit, samples=samples, target=target
        )


def _crowd(site: ground.Site, crc: int) -> dict[str, Any]:
    order = {
        "port": site.port,
        "path": BELOW + CROWD_NAME,
        "headers": _HEADERS,
        "count": _CROWD,
        "size": _CROWD_SIZE,
        "crc": crc,
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.downloads.crowd"],
        input=json.dumps(order),
        capture_output=True,
        check=True,
        text=True,
        cwd=ROOT,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


class _Pings:
    """Somebody who asks for a small page again and again, as long as the block lasts.

    Attributes:
        longest: seconds that an answer took.
    """

    def __init__(self, site: ground.Site) -> None:
        self.longest = 0.0
        self._site = site
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def _ask(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._site.port, timeout=60)
        while not self._over.wait(_PING_SECONDS):
            start = perf_counter()
            connection.request("GET", ALIVE)
            connection.getresponse().read()
            self.longest = max(self.longest, perf_counter() - start)
        connection.close()

    def __enter__(self) -> _Pings:
        self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._over.set()
        self._thread.join()
