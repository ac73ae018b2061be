"""Make and check what declared locations need, many at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from threading import Lock

from tenant_minio.backends.base import Backend
from tenant_minio.backends.registry import registry
from tenant_minio.buckets.declared import Need, without_mixed_buckets
from tenant_minio.buckets.policy import is_open, public_policy, same_policy
from tenant_minio.exceptions import (
    InvalidBackendError,
    PermissionDeniedError,
    TenantMinioError,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one need.

    Args:
        need: what was asked for.
        status: ``ok``, ``created``, ``missing`` (in a dry run) or ``failed``.
        changes: what was done, or in a dry run would be, in words.
        error: why it failed; empty otherwise.
    """

    need: Need
    status: str
    changes: tuple[str, ...] = ()
    error: str = ""


class _Once:
    """Runs a piece of work once per key; the others get its result."""

    def __init__(self) -> None:
        self._locks: dict[tuple[str, str], Lock] = {}
        self._results: dict[tuple[str, str], tuple[str, ...]] = {}
        self._guard = Lock()

    def __call__(
        self, key: tuple[str, str], work: Callable[[], tuple[str, ...]]
    ) -> tuple[str, ...]:
        """The result of ``work``, to whoever comes first; nothing to the others."""
        with self._guard:
            lock = self._locks.setdefault(key, Lock())
        with lock:
            if key in self._results:
                return ()
            self._results[key] = found = work()
            return found


def initialize(
    needs: Collection[Need],
    *,
    dry_run: bool = False,
    workers: int = 8,
    progress: Callable[[int], None] = lambda _done: None,
) -> list[Outcome]:
    """Create missing buckets, open public ones, and see that each location can be listed.

    A bucket that several tenants share is made once. What fails does not stop the others, and a
    second run changes nothing.

    Args:
        needs: the locations.
        dry_run: only say what is missing.
        workers: how many are worked on at a time.
        progress: called with how many are done.

    Returns:
        One outcome per need, in the order of ``needs``.
    """
    once = _Once()
    outcomes: dict[int, Outcome] = {}
    needs = without_mixed_buckets(needs)
    with ThreadPoolExecutor(max(1, workers)) as pool:
        futures = {
            pool.submit(partial(_settle, need, once, dry_run=dry_run)): number
            for number, need in enumerate(needs)
        }
        for future in as_completed(futures):
            outcomes[futures[future]] = future.result()
            progress(len(outcomes))
    return [outcomes[number] for number in sorted(outcomes)]


def _settle(need: Need, once: _Once, *, dry_run: bool) -> Outcome:
    if need.route is None:
        return Outcome(need, "failed", error=str(need.error))
    route = need.route
    try:
        backend = registry[route.backend]
        changes = once(
            (backend.location, route.bucket),
            lambda: _make(backend, route.bucket, public=route.public, dry_run=dry_run),
        )
        if not dry_run:
            # A listing is what shows that the credentials reach this prefix.
            for _item in backend.list(route.bucket, route.prefix, limit=1):
                pass
    except (TenantMinioError, ValueError) as error:  # ValueError: a policy that is no JSON
        return Outcome(need, "failed", error=str(error))
    if not changes:
        return Outcome(need, "ok")
    return Outcome(need, "missing" if dry_run else "created", changes)


def _make(backend: Backend, bucket: str, *, public: bool, dry_run: bool) -> tuple[str, ...]:
    changes = []
    exists = backend.bucket_exists(bucket)
    if not exists:
        changes.append(f"create bucket {bucket}")
        if not dry_run:
            backend.make_bucket(bucket)
    policy = _policy(backend, bucket, needed=public) if exists else ""
    if not public:
        if is_open(policy):
            raise InvalidBackendError(
                f"{backend.alias}:{bucket} is private by its settings, but its policy lets anyone "
                f"read it. Delete the policy, or declare what lives there public."
            )
        return tuple(changes)
    wanted = public_policy(bucket)
    if policy and not same_policy(policy, wanted):
        raise InvalidBackendError(
            f"{backend.alias}:{bucket} has a policy of its own, which is left as it is. Add to it "
            f"what a public location needs, or delete it: {wanted}"
        )
    if not policy:
        changes.append(f"let anyone get objects of {bucket}")
        if not dry_run:
            backend.set_policy(bucket, wanted)
    return tuple(changes)


def _policy(backend: Backend, bucket: str, *, needed: bool) -> str:
    try:
        return backend.get_policy(bucket)
    except PermissionDeniedError:
        if needed:
            raise
        return ""  # a key that only reads and writes objects is a good key for private files
