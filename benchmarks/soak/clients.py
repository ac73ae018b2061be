"""Those who use the site: for all tenants, as chance has it, each with files of its own."""

from __future__ import annotations

import random
import threading
import time
from http import HTTPStatus

from benchmarks.soak.bodies import Stamp, make, read
from benchmarks.soak.http import Answer, Site
from benchmarks.soak.ledger import Ledger, Place, read_wrong
from benchmarks.soak.traffic import SHARES, Asked, Traffic
from benchmarks.soak.words import TENANTS, cluster_of

_SMALL = (100, 20_000)
# Two parts of the site's.
_LARGE = (5 * 2**20 + 1, 6 * 2**20)
# Who was refused looks again in a moment, as people do.
_PAUSE_SECONDS = 0.02
# Errors that promise that the cluster was not asked.
_NOT_SENT = {"CircuitOpenError", "BackendBusyError"}


class Client:
    """One thread's worth of traffic.

    Args:
        number: which one; the chances follow from it.
        site: what it uses.
        ledger: where it writes down what it was promised.
        traffic: and what became of each operation.
    """

    def __init__(self, number: int, site: Site, ledger: Ledger, traffic: Traffic) -> None:
        self._number = number
        self._site = site
        self._ledger = ledger
        self._traffic = traffic
        self._chance = random.Random(number)
        self._writes = 0
        self._mine: list[Place] = []

    def run(self, over: threading.Event) -> None:
        """Do one thing after the other until it is over."""
        operations = {
            "save": self._save,
            "read": self._read,
            "url, fetch": self._fetch,
            "delete": self._delete,
            "list": self._list,
            "save in parts": self._save_large,
        }
        while not over.is_set():
            (what,) = self._chance.choices(list(SHARES), list(SHARES.values()))
            if not operations[what]():
                time.sleep(_PAUSE_SECONDS)

    def _save(self) -> bool:
        return self._write("save", self._chance.randint(*_SMALL))

    def _save_large(self) -> bool:
        return self._write("save in parts", self._chance.randint(*_LARGE))

    def _write(self, what: str, size: int) -> bool:
        self._writes += 1
        tenant = self._chance.choice(TENANTS)
        stamp = Stamp(tenant, self._number, self._writes)
        # Every third name is one that all want.
        name = f"{tenant}-{self._number}-{self._writes}.bin" if self._writes % 3 else "report.bin"
        answer = self._site.ask("PUT", f"/files/{name}", tenant, make(stamp, size))
        if answer.status == HTTPStatus.OK:
            place = (tenant, str(answer.told("name")))
            self._ledger.saved(place, stamp)
            self._mine.append(place)
        else:
            # Every other error of the package says that nothing was stored (docs/faults.md).
            unsure = answer.status != HTTPStatus.SERVICE_UNAVAILABLE
            self._ledger.not_saved(stamp, unsure=unsure)
        return self._count(what, answer, tenant)

    def _read(self) -> bool:
        if not self._mine:
            return True
        place = tenant, name = self._chance.choice(self._mine)
        answer = self._site.ask("GET", f"/files/{name}", tenant)
        return self._check("read", place, answer)

    def _fetch(self) -> bool:
        if not self._mine:
            return True
        place = tenant, name = self._chance.choice(self._mine)
        answer = self._site.ask("GET", f"/url/{name}", tenant)
        if answer.status != HTTPStatus.OK:
            return self._count("url", answer, tenant)
        return self._check("url, fetch", place, self._site.fetch(answer.told("url")))

    def _check(self, what: str, place: Place, answer: Answer) -> bool:
        if answer.status == HTTPStatus.OK:
            wrong = read_wrong(place, self._ledger.kept[place], read(answer.body))
            if wrong:
                self._ledger.accuse(f"{wrong} ({what})")
        elif answer.status == HTTPStatus.NOT_FOUND:
            self._ledger.accuse(f"lost: {place} is not there ({what})")
        return self._count(what, answer, place[0])

    def _delete(self) -> bool:
        if not self._mine:
            return True
        place = tenant, name = self._mine.pop(self._chance.randrange(len(self._mine)))
        self._ledger.deletes(place)
        answer = self._site.ask("DELETE", f"/files/{name}", tenant)
        if answer.status == HTTPStatus.NO_CONTENT:
            self._ledger.has_deleted(place)
        elif answer.error in _NOT_SENT:
            self._ledger.keeps(place)
            self._mine.append(place)
        return self._count("delete", answer, tenant)

    def _list(self) -> bool:
        tenant = self._chance.choice(TENANTS)
        answer = self._site.ask("GET", "/files/", tenant)
        if answer.status == HTTPStatus.OK:
            names = set(answer.told("names"))
            for owner, name in self._mine:
                if owner == tenant and name not in names:
                    self._ledger.accuse(f"lost: {(owner, name)} is not listed")
            for name in names:
                if name.startswith("tenant-") and not name.startswith(f"{tenant}-"):
                    self._ledger.accuse(f"crossed: {tenant} was told of {name}")
        return self._count("list", answer, tenant)

    def _count(self, what: str, answer: Answer, tenant: str) -> bool:
        """Write down how it ended, and say whether it was well."""
        asked = Asked(
            what, cluster_of(tenant), answer.began, answer.ended, answer.status, answer.error
        )
        self._traffic.add(asked)
        return asked.well
