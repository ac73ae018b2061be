"""``manage.py collectstatic``: Django's, for clusters in parallel and without what is there."""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.apps import apps
from django.conf import STATICFILES_STORAGE_ALIAS
from django.contrib.staticfiles.management.commands import collectstatic
from django.core.files.storage import storages
from django.core.management.base import CommandError, CommandParser

from tenant_minio.backends.base import Stored
from tenant_minio.buckets import Need, Outcome, initialize
from tenant_minio.conf import conf
from tenant_minio.exceptions import (
    BackendUnavailableError,
    InvalidBackendError,
    MissingBucketError,
    TenantMinioError,
)
from tenant_minio.staticfiles.collecting import (
    Found,
    find,
    own_manifest,
    replace_manifest,
    stage,
)
from tenant_minio.staticfiles.neighbours import Neighbours, neighbours
from tenant_minio.staticfiles.sync import Target, listing, outdated, remove, send
from tenant_minio.storage import RoutingStorage
from tenant_minio.storage.base import ObjectStorage
from tenant_minio.storage.location import Location
from tenant_minio.tenants import current_tenant, use_tenant


@dataclass(frozen=True, slots=True)
class _Site:
    """Where the static files of one tenant, or of none, go.

    Args:
        storage: bound to the tenant.
        location: its place.
        need: the same, for the bucket.
        near: what else is in the bucket.
    """

    storage: ObjectStorage
    location: Location
    need: Need
    near: Neighbours


class Command(collectstatic.Command):
    """Stands in for Django's where tenant_minio comes first in INSTALLED_APPS.

    Any storage that is not this package's is left to Django's own.
    """

    help = "Collect static files in a single location, or in that of each tenant."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--tenant", action="append", metavar="KEY", help="This tenant; may be repeated."
        )
        parser.add_argument(
            "--all-tenants",
            action="store_true",
            help="Every tenant that TENANT_MINIO['TENANTS'] lists.",
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="Send what is there already, too: after Cache-Control or content types changed.",
        )
        parser.add_argument(
            "--workers", type=int, default=8, help="How many files at a time (default: 8)."
        )

    def set_options(self, **options: Any) -> None:
        super().set_options(**options)
        self.tenants: list[str] = options["tenant"] or []
        self.all_tenants: bool = options["all_tenants"]
        self.force: bool = options["force"]
        self.workers: int = options["workers"]
        if self.workers < 1:
            raise CommandError("--workers takes a number above 0.")

    def handle(self, **options: Any) -> str | None:
        if not apps.is_installed("django.contrib.staticfiles"):
            raise CommandError("Add 'django.contrib.staticfiles' to INSTALLED_APPS.")
        if STATICFILES_STORAGE_ALIAS not in storages.backends:
            raise CommandError(f"STORAGES has no entry {STATICFILES_STORAGE_ALIAS!r}.")
        return super().handle(**options)

    def collect(self) -> dict[str, list[str]]:
        storage = storages[STATICFILES_STORAGE_ALIAS]
        if not isinstance(storage, ObjectStorage):
            if self.tenants or self.all_tenants or self.force:
                raise CommandError(
                    f"--tenant, --all-tenants and --force are for storages of tenant_minio, and "
                    f"STORAGES[{STATICFILES_STORAGE_ALIAS!r}] is none."
                )
            collected: dict[str, list[str]] = super().collect()
            return collected
        if self.symlink:
            raise CommandError("Can't symlink to a remote destination.")
        self.collected: dict[str, list[str]] = {
            kind: [] for kind in ("modified", "unmodified", "post_processed", "skipped", "deleted")
        }
        keys = self._keys(storage)
        self.only = len(keys) == 1
        self.failed: set[str | None] = set()
        sites = []
        for key in keys:
            with self._alone(key):
                sites.append(self._site(storage, key))
        # All at once: tenants may share a bucket.
        outcomes = [] if self.dry_run else initialize([site.need for site in sites])
        for site, outcome in zip_longest(sites, outcomes):
            with self._alone(site.need.tenant):
                self._collect(site, outcome)
        if self.failed:
            raise CommandError(f"{len(self.failed)} of {len(keys)} tenants failed.")
        return self.collected

    @contextmanager
    def _alone(self, key: str | None) -> Iterator[None]:
        """What fails for one of several tenants does not stop the others."""
        try:
            yield
        except (CommandError, TenantMinioError) as error:
            if self.only:
                raise CommandError(str(error)) from error
            self.stderr.write(f"{key}: {error}")
            self.failed.add(key)

    def _keys(self, storage: ObjectStorage) -> list[str | None]:
        """The tenants to collect for; None stands for none."""
        if not isinstance(storage, RoutingStorage):
            if self.tenants or self.all_tenants:
                raise CommandError(f"{storage!r} has no tenants: leave out --tenant.")
            return [None]
        if self.tenants and self.all_tenants:
            raise CommandError("Give --tenant or --all-tenants, not both.")
        if self.all_tenants:
            lister = conf.tenants
            if lister is None:
                raise CommandError(
                    "Set TENANT_MINIO['TENANTS'] to a callable that lists all tenants."
                )
            return list(lister())
        for key in self.tenants:
            if not conf.tenant_exists(key):
                raise CommandError(f"There is no tenant {key!r}.")
        keys = self.tenants or [key for key in [current_tenant()] if key is not None]
        if not keys:
            raise CommandError(f"{storage!r} has tenants: give --tenant KEY or --all-tenants.")
        return list(keys)

    def _site(self, storage: ObjectStorage, tenant: str | None) -> _Site:
        with _inside(tenant):
            if tenant is not None:
                assert isinstance(storage, RoutingStorage)  # noqa: S101 -- _keys says so, for mypy
                storage = storage.for_tenant(tenant)
            location = storage.locate()
            near = neighbours(storage.alias, location)
        if self.clear:
            near.refuse_clearing()
        return _Site(storage, location, Need(storage.alias, tenant, location.route), near)

    def _collect(self, site: _Site, outcome: Outcome | None) -> None:
        if site.need.tenant is not None:
            self.log(f"For the tenant '{site.need.tenant}':", level=2)
        if outcome is not None:
            self._tell_bucket(outcome)
        # Finders may look for the tenant's own files.
        with _inside(site.need.tenant), TemporaryDirectory(prefix="collectstatic-") as folder:
            self._fill(site, outcome, Path(folder))

    def _fill(self, site: _Site, outcome: Outcome | None, folder: Path) -> None:
        storage, location = site.storage, site.location
        found = find(self.ignore_patterns, self._conflict)
        at_work, place = stage(storage, location, found, folder)
        hashes = self.post_process and hasattr(storage, "post_process")
        if hashes:
            self._post_process(at_work, found)
        for name in place.items:
            site.near.refuse(location.key(name))
        there, listed = self._listed(location, place.items, outcome)
        target = Target(location, there, self.force, self.dry_run, self.workers)
        manifest, elsewhere = own_manifest(storage)
        items = {name: item for name, item in place.items.items() if name != manifest}
        sent = send(target, items)
        if manifest is not None and manifest in place.items:
            # A page that has read it refers to files that are all there.
            item = place.items[manifest]
            if elsewhere is None:
                sent |= send(target, {manifest: item})
            elif not self.dry_run:
                replace_manifest(elsewhere, manifest, item)
        for name in found:
            self._tell(name, sent)
        if self.clear and listed is not None:
            self._clear(site, place.items, listed)
        if hashes and not self.dry_run:
            for attribute in {"hashed_files", "manifest_hash"} & at_work.__dict__.keys():
                setattr(storage, attribute, at_work.__dict__[attribute])

    def _tell_bucket(self, outcome: Outcome) -> None:
        """The bucket was made and opened as ``initialize_buckets`` does it, or was not."""
        if outcome.status != "failed":
            for change in outcome.changes:
                self.log(change.capitalize(), level=1)
        elif isinstance(outcome.cause, BackendUnavailableError | InvalidBackendError):
            # It would not answer the next request either, or must not be used.
            raise outcome.cause
        else:
            # A key that may write and nothing else is a good key for deploying.
            self.stderr.write(f"Bucket not checked: {outcome.error}")

    def _listed(
        self, location: Location, names: Container[str], outcome: Outcome | None
    ) -> tuple[dict[str, Stored], datetime | None]:
        """What is there of these names, and since when; nothing in a bucket that is to be made."""
        try:
            return listing(location, names)
        except MissingBucketError as missing:
            if outcome is None:
                return {}, None
            if outcome.cause is None:
                raise
            raise outcome.cause from missing

    def _conflict(self, name: str) -> None:
        self.collected["skipped"].append(name)
        self.log(
            f"Found another file with the destination path '{name}'. It will be ignored since "
            f"only the first encountered file is collected. If this is not what you want, make "
            f"sure every static file has a unique path."
        )

    def _post_process(self, at_work: Any, found: Found) -> None:
        # In the folder, also for a dry run: else the hashed files would count as outdated.
        for name, processed_name, processed in at_work.post_process(found, dry_run=False):
            if isinstance(processed, Exception):
                self.stderr.write(f"Post-processing '{name}' failed!")
                notes = getattr(processed, "__notes__", [])
                raise CommandError("\n".join([str(processed), *notes])) from processed
            if processed:
                self.log(f"Post-processed '{name}' as '{processed_name}'")
                self.collected["post_processed"].append(name)
            else:
                self.log(f"Skipped post-processing '{name}'")

    def _tell(self, name: str, sent: set[str]) -> None:
        if name not in sent:
            self.collected["unmodified"].append(name)
            self.log(f"Skipping '{name}' (not modified)")
            return
        self.collected["modified"].append(name)
        if self.dry_run:
            self.log(f"Pretending to copy '{name}'", level=1)
        else:
            self.log(f"Copied '{name}'")

    def _clear(self, site: _Site, kept: Container[str], until: datetime) -> None:
        """Delete what is not part of the new set, once that is there."""
        prefix = site.location.route.prefix
        for old in outdated(site.location, kept, site.near.inner, until):
            names = [one.key.removeprefix(prefix) for one in old]
            for name in names:
                self.log(f"{'Pretending to delete' if self.dry_run else 'Deleting'} '{name}'")
            if old and not self.dry_run:
                remove(site.location, old)
            self.collected["deleted"] += names


def _inside(tenant: str | None) -> AbstractContextManager[Any]:
    return nullcontext() if tenant is None else use_tenant(tenant)
