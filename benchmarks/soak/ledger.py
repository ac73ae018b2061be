"""What the site has promised, and what the clusters hold in the end."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from benchmarks.soak.bodies import Stamp

# A tenant and the name that the site gave the file.
Place = tuple[str, str]


class Ledger:
    """Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.kept: dict[Place, Stamp] = {}
        # A deletion is on its way, or nobody knows what became of it.
        self.going: dict[Place, Stamp] = {}
        self.deleted: set[Stamp] = set()
        self.unsure: set[Stamp] = set()
        self.failed: set[Stamp] = set()
        self.wrong: list[str] = []

    def accuse(self, what: str) -> None:
        """Something that no fault explains."""
        with self._lock:
            self.wrong.append(what)

    def saved(self, place: Place, stamp: Stamp) -> None:
        """The site acknowledged a write."""
        with self._lock:
            if place in self.kept:
                self.wrong.append(f"lost: {place} was given to two writes")
            self.kept[place] = stamp

    def deletes(self, place: Place) -> None:
        """A deletion is about to leave. From then on its name may be another's."""
        with self._lock:
            self.going[place] = self.kept.pop(place)

    def has_deleted(self, place: Place) -> None:
        """The site acknowledged a deletion."""
        with self._lock:
            self.deleted.add(self.going.pop(place))

    def keeps(self, place: Place) -> None:
        """A deletion was not sent, as the site says: the file must still be there."""
        with self._lock:
            self.kept[place] = self.going.pop(place)

    def not_saved(self, stamp: Stamp, *, unsure: bool) -> None:
        """A write failed and so is not stored, or nobody knows what became of it (``unsure``)."""
        with self._lock:
            (self.unsure if unsure else self.failed).add(stamp)


def read_wrong(place: Place, expected: Stamp, found: Stamp | None) -> str:
    """What is wrong with what was read from a place; empty if nothing is."""
    if found == expected:
        return ""
    if found is None:
        return f"lost: {place} is damaged"
    if found.tenant != place[0]:
        return f"crossed: {place} holds a file of {found.tenant}"
    return f"lost: {place} holds another write"


def judge(ledger: Ledger, found: Mapping[Place, Stamp | None]) -> list[str]:
    """All that is wrong with what the clusters hold. Lost and crossed files say so first.

    Args:
        ledger: what was promised.
        found: every object, by the tenant in whose location it is; None where it is damaged.
    """
    wrong = []
    for place, stamp in ledger.kept.items():
        if place in found:
            wrong.append(read_wrong(place, stamp, found[place]))
        else:
            wrong.append(f"lost: {place} is gone")
    for place, here in found.items():
        if place in ledger.kept:
            continue
        if here is None:
            wrong.append(f"lost: {place} is damaged, and nobody was told of it")
        elif here.tenant != place[0]:
            wrong.append(f"crossed: {place} holds a file of {here.tenant}")
        elif here in ledger.deleted:
            wrong.append(f"{place} was deleted, and is there")
        elif here in ledger.failed:
            wrong.append(f"{place} was refused, and is there")
        elif here not in ledger.unsure and here != ledger.going.get(place):
            wrong.append(f"{place} was never written")
    return [one for one in wrong if one]
