"""``python -m benchmarks.soak [--seconds N]``."""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from benchmarks.soak.bodies import Stamp, read
from benchmarks.soak.clients import Client
from benchmarks.soak.faults import befall, faults
from benchmarks.soak.ground import WORKERS, Ground, prepare
from benchmarks.soak.http import Site
from benchmarks.soak.ledger import Ledger, Place, judge, read_wrong
from benchmarks.soak.memory import Memory
from benchmarks.soak.traffic import Traffic
from benchmarks.soak.verdict import Run, accusations
from benchmarks.soak.words import BUCKET, cluster_of

_RESULTS = Path(__file__).parent.parent / "results"
_CLIENTS = 16
_READERS = 8
# A cluster that has just come back is tried again within a second.
_BACK_SECONDS = 30.0


def main() -> int:
    """Run, print and save; 1 if anything was wrong, of files, traffic, faults or memory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of traffic")
    seconds = parser.parse_args().seconds
    with prepare() as ground:
        found = soak(ground, seconds)
        print(report(found))
        if found["wrong"]:
            print(f"the site said last:\n{ground.site.process.log()}", file=sys.stderr)
    _RESULTS.mkdir(exist_ok=True)
    path = _RESULTS / f"soak-{datetime.now().astimezone():%Y-%m-%dT%H%M%S}.json"
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"all of it is in {path}")
    return 1 if found["wrong"] else 0


def soak(ground: Ground, seconds: float) -> dict[str, Any]:
    """Let clients and faults loose for so many seconds, then look at every file."""
    site, ledger, over = Site(ground.origin, _CLIENTS), Ledger(), threading.Event()
    memory, traffic = Memory(site.workers, over), Traffic()
    suffered, start = [], time.monotonic()
    with ThreadPoolExecutor(_CLIENTS) as pool:
        running = [
            pool.submit(Client(number, site, ledger, traffic).run, over)
            for number in range(_CLIENTS)
        ]
        all_faults = faults(ground.clusters["eu"], ground.clusters["us"], ground.proxy)
        for fault in befall(all_faults, seconds, traffic, over):
            suffered.append(fault)
            print(f"{fault.name}, and over", file=sys.stderr, flush=True)
        lasted = time.monotonic() - start
        for one in running:
            one.result()
    print("reading everything back ...", file=sys.stderr, flush=True)
    read_back = _read_back(site, ledger)
    found = dict(_held(ground, ledger))
    if len(site.workers) > WORKERS:
        ledger.accuse(f"{len(site.workers)} workers have answered: one of {WORKERS} has died")
    asked, used = traffic.all(), memory.report()
    run = Run(
        asked=asked,
        suffered=suffered,
        planned=[fault.name for fault in all_faults],
        clusters=ground.clusters,
        seconds=lasted,
        memory=used,
        workers=WORKERS if sys.platform == "linux" else 0,  # elsewhere nothing tells
    )
    wrong = [*ledger.wrong, *judge(ledger, found), *accusations(run)]
    return {
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "seconds": round(lasted, 1),
        "faults": [fault.name for fault in suffered],
        "operations": traffic.counts(),
        "operations a second": round(len(asked) / lasted, 1),
        "writes acknowledged": len(ledger.kept) + len(ledger.going) + len(ledger.deleted),
        "deletions acknowledged": len(ledger.deleted),
        "deletions in doubt": len(ledger.going),
        "read back": read_back,
        "objects held": len(found),
        "held, though the write failed": sum(one in ledger.failed for one in found.values()),
        "held, though nobody was sure": sum(one in ledger.unsure for one in found.values()),
        "lost": sum(one.startswith("lost") for one in wrong),
        "crossed": sum(one.startswith("crossed") for one in wrong),
        "wrong": wrong,
        "memory of workers, MiB": used,
    }


def _read_back(site: Site, ledger: Ledger) -> int:
    """Read every file that was promised, through the site."""

    def one(kept: tuple[Place, Stamp]) -> None:
        place, stamp = kept
        deadline = time.monotonic() + _BACK_SECONDS
        while True:
            answer = site.ask("GET", f"/files/{place[1]}", place[0])
            if answer.status == HTTPStatus.OK or time.monotonic() > deadline:
                break
            if answer.status == HTTPStatus.NOT_FOUND:
                break
            time.sleep(0.1)
        if answer.status != HTTPStatus.OK:
            ledger.accuse(f"lost: {place} cannot be read back, status {answer.status}")
        elif wrong := read_wrong(place, stamp, read(answer.body)):
            ledger.accuse(f"{wrong} (read back)")

    promised = list(ledger.kept.items())
    with ThreadPoolExecutor(_READERS) as pool:
        for _ in pool.map(one, promised):
            pass
    return len(promised)


def _held(ground: Ground, ledger: Ledger) -> Iterator[tuple[Place, Stamp | None]]:
    """What the clusters hold, seen without the site, by the tenant whose location it is in."""
    for alias in ground.clusters:
        client = ground.client(alias)
        for item in client.list_objects(bucket_name=BUCKET, recursive=True):
            key = str(item.object_name)
            root, _, rest = key.partition("/")
            tenant, _, name = rest.partition("/")
            if root != "tenants" or not name or cluster_of(tenant) != alias:
                ledger.accuse(f"crossed: {alias} holds {key}, which is in no tenant's location")
                continue
            answer = client.get_object(bucket_name=BUCKET, object_name=key)
            try:
                yield (tenant, name), read(answer.read())
            finally:
                answer.close()
                answer.release_conn()


def report(found: dict[str, Any]) -> str:
    """What was found, for people."""
    lines = [f"{found['seconds']:g} s, faults: {', '.join(found['faults']) or 'none'}"]
    lines += [f"{count:8,}  {what}" for what, count in found["operations"].items()]
    for what in (
        "operations a second",
        "writes acknowledged",
        "deletions acknowledged",
        "deletions in doubt",
        "read back",
        "objects held",
        "held, though the write failed",
        "held, though nobody was sure",
        "lost",
        "crossed",
    ):
        lines.append(f"{found[what]:8,}  {what}")
    for process, seen in found["memory of workers, MiB"].items():
        lines.append(f"worker {process}: {', '.join(f'{k} {v} MiB' for k, v in seen.items())}")
    lines += found["wrong"][:20] or ["nothing is wrong"]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
