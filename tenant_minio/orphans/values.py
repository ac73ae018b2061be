"""What is asked of a search for orphans, and what it found."""

from __future__ import annotations

from dataclasses import dataclass, field

from tenant_minio.buckets import Need
from tenant_minio.routing import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When an object may be called an orphan, and when none may be deleted.

    Args:
        grace: seconds; an object that is younger, by the cluster's clock, is no orphan.
        max_orphans: per cent; where more of a location's objects seem to be orphans, the database
            is taken for the wrong one and nothing is deleted.
        allow_unreferenced: delete also where no object at all is referred to.
        check_missing: look for references whose object is not there, too.
        names: how many names of each kind a report holds.

    Raises:
        ValueError: a number is negative, or ``max_orphans`` is above 100.
    """

    grace: int = 3600
    max_orphans: float = 20.0
    allow_unreferenced: bool = False
    check_missing: bool = False
    names: int = 100

    def __post_init__(self) -> None:
        if self.grace < 0 or self.names < 0:
            raise ValueError("grace and names are numbers from 0 on.")
        if not 0 <= self.max_orphans <= 100:
            raise ValueError("max_orphans is a percentage, from 0 to 100.")


@dataclass(frozen=True, slots=True)
class Found:
    """Some of the objects or references.

    Args:
        count: how many there are.
        size: in bytes, all together; 0 for references.
        names: the first of them, as many as were asked for.
    """

    count: int = 0
    size: int = 0
    names: tuple[str, ...] = ()


NOTHING = Found()


@dataclass(slots=True)
class Sample:
    """Counts all, and keeps the names of the first.

    Args:
        limit: how many names.
    """

    limit: int
    _count: int = field(init=False, default=0)
    _size: int = field(init=False, default=0)
    _names: list[str] = field(init=False, default_factory=list)

    def add(self, name: str, size: int = 0) -> None:
        """One more; ``size`` in bytes."""
        self._count += 1
        self._size += size
        if len(self._names) < self.limit:
            self._names.append(name)

    @property
    def found(self) -> Found:
        """What was added so far."""
        return Found(self._count, self._size, tuple(self._names))


class Watcher:
    """Sees how a search goes on; each method is told of some more."""

    def listed(self, count: int) -> None:
        """Objects were listed."""

    def read(self, count: int) -> None:
        """References were read."""

    def deleting(self, names: tuple[str, ...]) -> None:
        """These are about to be deleted, all at once."""

    def deleted(self, names: tuple[str, ...]) -> None:
        """Of those, these were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a search found in one location.

    Args:
        need: the location.
        status: ``ok``; ``refused`` where a limit forbids to delete what seems to be orphaned;
            ``failed`` where the search could not be done, or the deletion not ended.
        objects: all that the location holds, ``foreign`` ones left out.
        referenced: those that something refers to.
        too_young: those that nothing refers to, within the time of grace.
        orphans: those that nothing refers to.
        foreign: objects whose key is no name that a storage takes; never deleted.
        deleted: the orphans that were deleted.
        spared: orphans that were gone, replaced or referred to when their turn came.
        undeleted: those that could not be deleted.
        reasons: why, for each of its names.
        missing: references whose object is not there.
        unsafe: references that no storage takes as a name.
        error: why it was refused or failed; empty otherwise.
    """

    need: Need
    status: str = "ok"
    objects: Found = NOTHING
    referenced: Found = NOTHING
    too_young: Found = NOTHING
    orphans: Found = NOTHING
    foreign: Found = NOTHING
    deleted: Found = NOTHING
    spared: Found = NOTHING
    undeleted: Found = NOTHING
    reasons: tuple[str, ...] = ()
    missing: Found = NOTHING
    unsafe: Found = NOTHING
    error: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing failed, was refused or is missing."""
        return self.status == "ok" and not (self.undeleted.count or self.missing.count)


def may_meet(one: Route, other: Route) -> bool:
    """Whether a file of one can be in the other, whatever their endpoints."""
    return one.bucket == other.bucket and (
        one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)
    )


def refusal(referenced: int, orphans: int, rules: Rules) -> str:
    """Why these orphans must not be deleted, or an empty text.

    A database that was restored, emptied or belongs to another environment makes orphans of
    objects that are none. The limit has no lower bound: over many small tenants, a few objects of
    each are many.

    Args:
        referenced: how many objects are referred to.
        orphans: how many are not, those within the time of grace left out.
        rules: the limits.
    """
    if not orphans:
        return ""
    if not referenced and not rules.allow_unreferenced:
        return (
            f"Nothing refers to any of its {orphans} objects. Is this the database that belongs to "
            f"this location? If so, say --allow-unreferenced."
        )
    share = 100 * orphans / (referenced + orphans)
    limit = 100.0 if not referenced else rules.max_orphans
    if share > limit:
        return (
            f"{orphans} of {referenced + orphans} objects, {share:.1f} %, seem to be orphans, and "
            f"the limit is {rules.max_orphans:g} %. Is this the database that belongs to this "
            f"location? If so, raise --max-orphans."
        )
    return ""
