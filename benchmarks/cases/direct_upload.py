"""What it takes to upload 300 MiB past Django, and what Django takes meanwhile."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.bench import TENANT, Bench
from benchmarks.contestants.memory import Growth
from benchmarks.downloads import ground
from benchmarks.downloads.words import TENANT_HEADER
from benchmarks.rows import OURS, Row, Sample, Target
from benchmarks.uploads.browser import upload

_MIB = 2**20
_SIZE = 300 * _MIB
# More rounds than this tell nothing new.
_MOST_ROUNDS = 5
_HEADERS = {TENANT_HEADER: TENANT}
_SITE = "benchmarks.uploads.site:wsgi"
# What one request of JSON may leave behind.
_UNCHANGED = Target(limit=1)


def measure(bench: Bench) -> Iterator[Row]:
    """MiB a second; then MiB that Django's worker grew by, and seconds to save what arrived."""
    ours: list[float] = []
    growth: list[float] = []
    saves: list[float] = []
    beside: list[float] = []
    mc = shutil.which("mc")
    with TemporaryDirectory() as folder:
        file, small = Path(folder) / "large.bin", Path(folder) / "small.bin"
        _write(file, _SIZE)
        _write(small, 40 * _MIB)
        for number in range(min(bench.field.rounds, _MOST_ROUNDS)):
            with ground.gunicorn(_SITE, {"storages": _storages(bench)}) as site:
                # Imports and connections are not what counts.
                upload(site.port, _HEADERS, small, f"first-{number}.bin")()
                grown = Growth(*site.workers)
                start = perf_counter()
                save = upload(site.port, _HEADERS, file, f"large-{number}.bin")
                ours.append(_SIZE / _MIB / (perf_counter() - start))
                start = perf_counter()
                save()
                saves.append((perf_counter() - start) * 1e3)
                growth.append(grown.mib())
            if mc:
                beside.append(_SIZE / _MIB / _copied(bench, mc, file, Path(folder)))
    reference = {"mc cp": Sample(tuple(beside))} if mc else {}
    named = f"{_SIZE // _MIB} MiB uploaded directly"
    yield Row(
        case="upload",
        name=named,
        unit="MiB/s",
        samples={OURS: Sample(tuple(ours))},
        reference=reference,
    )
    for what, unit, values, target in (
        ("growth of Django", "MiB", growth, _UNCHANGED),
        ("saved by a copy", "ms", saves, None),
    ):
        samples = {OURS: Sample(tuple(values))}
        yield Row(case="upload", name=f"{named}: {what}", unit=unit, samples=samples, target=target)


def _write(file: Path, size: int) -> None:
    piece = os.urandom(_MIB)
    with file.open("wb") as opened:
        for _ in range(size // _MIB):
            opened.write(piece)


def _storages(bench: Bench) -> dict[str, object]:
    found = {name: bench.settings["STORAGES"][name] for name in ("default", "eu")}
    found["staticfiles"] = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    return found


def _copied(bench: Bench, mc: str, file: Path, folder: Path) -> float:
    """Seconds that MinIO's own client takes for the same file."""
    server = bench.server
    place = f"{server.access_key}:{server.secret_key}@{server.endpoint}"
    environment = {
        "HOME": str(folder),
        "MC_CONFIG_DIR": str(folder / "mc"),
        "MC_HOST_bench": f"http{'s' * server.secure}://{place}",
    }
    command = [mc, "cp", "--quiet", str(file), f"bench/{bench.bucket}/mc/large.bin"]
    start = perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return perf_counter() - start
