"""What each bucket is to be, put together from all that use it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tenant_minio.backends.bucket_rules import CorsRule, LifecycleRule
from tenant_minio.backends.declared import PolicyHook
from tenant_minio.backends.registry import registry
from tenant_minio.buckets.namesakes import private_namesakes
from tenant_minio.buckets.needs import BucketKey, Need, bucket_key
from tenant_minio.routing import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What one bucket is to be; None where nobody asks anything.

    Args:
        backend: the alias that it is reached by.
        bucket: its name.
        public: whether anyone may get its objects.
        entries: the entries of STORAGES that use it.
        hook: the policy that takes the place of the one for public or private buckets.
        versioning, lifecycle, cors: see :class:`tenant_minio.backends.declared.BucketState`.
        conflicts: feature to what is asked of it, where two entries ask different things.
        namesake: who may keep private files in a public bucket under another name of its cluster.
    """

    backend: str
    bucket: str
    public: bool
    entries: tuple[str, ...]
    hook: PolicyHook | None = None
    versioning: bool | None = None
    lifecycle: tuple[LifecycleRule, ...] | None = None
    cors: tuple[CorsRule, ...] | None = None
    conflicts: Mapping[str, str] = field(default_factory=dict)
    namesake: str = ""


def wanted_buckets(needs: Collection[Need]) -> dict[BucketKey, Wanted]:
    """The buckets of these needs, in their order; needs without a route have none.

    What other entries that are known to use a bucket ask of it counts as well.
    """
    declared = registry.declared
    routes: dict[BucketKey, Route] = {}
    users: dict[BucketKey, set[str]] = {}
    for need in needs:
        if need.route is not None:
            key = bucket_key(need.route)
            routes.setdefault(key, need.route)
            users.setdefault(key, set(declared.users.get(key, ()))).add(need.alias)
    namesakes = private_namesakes(routes, needs)
    return {
        key: _wanted(route, users[key], namesakes.get(key, "")) for key, route in routes.items()
    }


def _wanted(route: Route, users: Iterable[str], namesake: str) -> Wanted:
    bucket = route.bucket
    states = {alias: registry.declared.states[alias] for alias in sorted(users)}
    asked: dict[str, dict[str, Any]] = {
        name: {alias: getattr(state, name) for alias, state in states.items()}
        for name in ("versioning", "lifecycle", "cors")
    }
    asked["policy"] = {alias: state.policies.get(bucket) for alias, state in states.items()}
    agreed = {name: _agreed(answers.values()) for name, answers in asked.items()}
    return Wanted(
        backend=route.backend,
        bucket=bucket,
        public=route.public,
        entries=tuple(states),
        hook=next(iter(agreed["policy"]), None),
        versioning=next(iter(agreed["versioning"]), None),
        lifecycle=next(iter(agreed["lifecycle"]), None),
        cors=next(iter(agreed["cors"]), None),
        conflicts={
            name: ", ".join(alias for alias, answer in asked[name].items() if answer is not None)
            for name, answers in agreed.items()
            if len(answers) > 1
        },
        namesake=namesake,
    )


def _agreed(answers: Iterable[Any]) -> list[Any]:
    """The different answers of those who have one."""
    found: list[Any] = []
    for answer in answers:
        if answer is None or any(_same(answer, other) for other in found):
            continue
        found.append(answer)
    return found


def _same(one: Any, other: Any) -> bool:
    return one.says_as(other) if isinstance(one, PolicyHook) else bool(one == other)
