"""Compares what a location holds with what is referred to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tenant_minio.backends.registry import registry
from tenant_minio.buckets import Need
from tenant_minio.exceptions import InvalidBackendError, TenantMinioError
from tenant_minio.orphans.ledger import Ledger, Row
from tenant_minio.orphans.neighbours import Others, others_in, same_owners
from tenant_minio.orphans.references import Names, References
from tenant_minio.orphans.removing import Removal, remove, still_missing
from tenant_minio.orphans.spelling import is_own_name, is_staged
from tenant_minio.orphans.values import Found, Report, Rules, Sample, Watcher, refusal
from tenant_minio.routing import Route
from tenant_minio.storage import from_alias
from tenant_minio.storage.location import Location


def scan(need: Need, rules: Rules | None = None, watcher: Watcher | None = None) -> Report:
    """Look for orphans in one location, and delete nothing.

    Args:
        need: the location, as :func:`tenant_minio.orphans.select` gives it.
        rules: the limits.
        watcher: is told how it goes on.

    Returns:
        What was found. What goes wrong stands in it.
    """
    return _search(need, rules or Rules(), watcher or Watcher(), delete=False)


def clean(need: Need, rules: Rules | None = None, watcher: Watcher | None = None) -> Report:
    """Look for orphans in one location, and delete them unless a limit forbids it.

    Args and result as for :func:`scan`. May be interrupted at any time, and run again at will.
    """
    return _search(need, rules or Rules(), watcher or Watcher(), delete=True)


def _search(need: Need, rules: Rules, watcher: Watcher, *, delete: bool) -> Report:
    if need.route is None:
        return Report(need=need, status="failed", error=str(need.error))
    search = _Search(need, need.route, rules, watcher)
    try:
        with Ledger(need.route.prefix) as ledger:
            search.run(ledger, delete=delete)
    except TenantMinioError as error:
        search.fail(str(error))
    except Exception as error:  # noqa: BLE001 -- a router, a lister or a driver may raise anything
        search.fail(f"{type(error).__name__}: {error}")
    return search.report


@dataclass(slots=True)
class _Search:
    need: Need
    route: Route
    rules: Rules
    watcher: Watcher
    report: Report = field(init=False)
    removal: Removal = field(init=False)

    def __post_init__(self) -> None:
        self.report = Report(need=self.need)
        self.removal = Removal(self.rules.names)

    def fail(self, error: str) -> None:
        """Say what was found and done until it failed."""
        self.report = replace(self.report, **self.removal.results, status="failed", error=error)

    def run(self, ledger: Ledger, *, delete: bool) -> None:
        """List, read, compare, and delete."""
        alias, tenant = self.need.alias, self.need.tenant
        # Raises where settings of the alias are wrong.
        _ = registry[alias] if tenant is None else registry.router(alias)
        backend = registry[self.route.backend]
        place = Location(backend, self.route, tenant, from_alias(alias))
        others = others_in(self.need, self.route)
        references = References(tenant, place, same_owners(self.need, self.route))
        # The objects first: what is saved from now on is in no listing.
        until = self._list(ledger, place, others)
        self._read(ledger, references, others)
        referenced = ledger.referenced()
        orphans = ledger.orphans(until, self.rules.names)
        why = refusal(referenced.count, orphans.count, self.rules)
        self.report = replace(
            self.report,
            objects=ledger.objects(),
            referenced=referenced,
            too_young=ledger.too_young(until),
            orphans=orphans,
            status="refused" if why else "ok",
            error=why,
        )
        if delete and not why:
            remove(
                ledger,
                until,
                self.removal,
                place=place,
                references=references,
                watcher=self.watcher,
            )
            self.report = replace(self.report, **self.removal.results)
        if self.rules.check_missing:
            self.report = replace(self.report, missing=self._missing(ledger, place))

    def _list(self, ledger: Ledger, place: Location, others: Others) -> float:
        """Note every object, and return since when one is too young."""
        prefix = self.route.prefix
        foreign = Sample(self.rules.names)
        until: float | None = None
        for page in place.backend.walk(self.route.bucket, prefix):
            if until is None:
                until = page.at.timestamp() - self.rules.grace
            rows = []
            for one in page.objects:
                if not one.key.startswith(prefix):
                    raise InvalidBackendError(
                        f"{self.route.backend}:{self.route.bucket} listed {one.key!r}, which is "
                        f"not below {prefix!r}. Nothing that it lists can be trusted."
                    )
                if others.own(one.key) or is_staged(one.key):
                    continue
                name = one.key.removeprefix(prefix)
                if is_own_name(name, prefix):
                    rows.append(Row(name, one.size, one.etag, one.modified.timestamp()))
                else:
                    foreign.add(name, one.size)
            ledger.add(rows)
            self.watcher.listed(len(page.objects))
        self.report = replace(self.report, foreign=foreign.found)
        if until is None:
            raise InvalidBackendError(f"{self.route.backend} gave no listing at all.")
        return until

    def _read(self, ledger: Ledger, references: References, others: Others) -> None:
        prefix = self.route.prefix
        unsafe = Sample(self.rules.names)

        def take(names: Names) -> None:
            ledger.hold(names.keys)
            for start in names.below:
                ledger.hold_below(start)
            if names.certain:
                expected = []
                for name in names.names:
                    key = names.starts[0] + name
                    if not key.startswith(prefix) or others.own(key):
                        continue
                    if is_own_name(key.removeprefix(prefix), prefix):
                        expected.append(key.removeprefix(prefix))
                    else:
                        unsafe.add(name)
                if self.rules.check_missing:
                    ledger.expect(expected)
            self.watcher.read(len(names.names))

        references.read(take)
        self.report = replace(self.report, unsafe=unsafe.found)

    def _missing(self, ledger: Ledger, place: Location) -> Found:
        """The references whose object is not there now: what was saved since the listing is."""
        missing = Sample(self.rules.names)
        for name in still_missing(ledger, place):
            missing.add(name)
        return missing.found
