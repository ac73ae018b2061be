"""Whether what several entries ask of one bucket goes together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from typing import Any

from tenant_minio.backends.declared.policy_hooks import PolicyHook
from tenant_minio.backends.declared.state import BucketState
from tenant_minio.problems import Problem
from tenant_minio.routing.overlap import Place, may_overlap, shared_buckets
from tenant_minio.routing.template import SLOT

_HINT = "Ask the same of one bucket, or give each its own."


def state_problems(
    places: Collection[Place], states: Mapping[str, BucketState]
) -> Iterator[Problem]:
    """What two entries ask differently of a bucket that both can use."""
    for feature in ("versioning", "lifecycle", "cors"):
        by_value: dict[Any, list[Place]] = defaultdict(list)
        for place in places:
            value = getattr(states[place.alias], feature)
            if value is not None:
                by_value[value].append(place)
        told = set()
        for some, others in combinations(by_value.values(), 2):
            for one, other in shared_buckets(some, others):
                aliases = (one.alias, other.alias)
                if aliases not in told:
                    told.add(aliases)
                    yield Problem("E016", aliases, _differ(one, other, feature), _HINT)
    hooks: dict[tuple[str, str], tuple[Place, PolicyHook]] = {}
    for place in places:
        hook = states[place.alias].policies.get(place.bucket)
        if hook is None:
            continue
        first, said = hooks.setdefault((place.endpoint, place.bucket), (place, hook))
        if not hook.says_as(said):
            aliases = (first.alias, place.alias)
            yield Problem("E016", aliases, _differ(first, place, "policy_hooks"), _HINT)


def expiry_problems(
    places: Collection[Place], states: Mapping[str, BucketState]
) -> Iterator[Problem]:
    """Rules of one entry that would expire what another keeps in the same bucket.

    An entry that asks for the same rules knows what they do.
    """
    unaware = [place for place in places if states[place.alias].lifecycle is None]
    for alias, state in states.items():
        rules = [rule for rule in state.lifecycle or () if rule.expire_days is not None]
        own = [place for place in places if place.alias == alias]
        told = set()
        for other, one in shared_buckets(unaware, own) if rules else ():
            # Up to the tenant, whose segment may be anything.
            start = other.prefix.partition(SLOT)[0]
            rule = next((each for each in rules if _may_meet(each.prefix, start)), None)
            if rule is not None and other.alias not in told:
                told.add(other.alias)
                yield Problem(
                    "E016",
                    (alias, other.alias),
                    f"{one.label} has the lifecycle rule {rule}, which also deletes what "
                    f"{other.label} ({other.bucket}/{other.prefix}) keeps on {one.endpoint}.",
                    f"Give the rule a 'prefix' of STORAGES[{alias!r}] alone, give each a bucket of "
                    f"its own, or ask for the same 'lifecycle' in both.",
                )


def _may_meet(one: str, other: str) -> bool:
    """Whether a key can begin with both."""
    return one.startswith(other) or other.startswith(one)


def stray_hooks(
    places: Collection[Place], states: Mapping[str, BucketState], open_ended: Collection[str]
) -> Iterator[Problem]:
    """Hooks that name no bucket of their entry.

    Args:
        places: of all entries.
        states: by alias.
        open_ended: aliases whose custom routers may choose any bucket.
    """
    for alias, state in states.items():
        if alias in open_ended or not state.policies:
            continue
        own = [place for place in places if place.alias == alias]
        for bucket in state.policies:
            if not any(_may_be(bucket, place) for place in own):
                yield Problem(
                    "E017",
                    (alias,),
                    f"STORAGES[{alias!r}] 'policy_hooks' names the bucket {bucket!r}, which is "
                    f"none of its own.",
                    f"Its own: {', '.join(sorted({place.bucket for place in own})) or 'none'}.",
                )


def _may_be(bucket: str, place: Place) -> bool:
    somebody = Place(place.endpoint, bucket, "", "a hook", owner=object())
    family = Place(place.endpoint, place.bucket, "", place.label, elsewhere=place.elsewhere)
    return may_overlap(family, somebody)


def _differ(one: Place, other: Place, feature: str) -> str:
    return (
        f"{one.label} and {other.label} ask different things of the bucket {one.bucket!r} on "
        f"{one.endpoint}: {feature!r}."
    )
