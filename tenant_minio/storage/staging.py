"""Where uploads lie until they are confirmed: in the place of their tenant, under a reserved part.

So what holds a key to the place of a tenant holds it to this, too, and what ends a tenant's place
ends this. No name reaches it: see :data:`tenant_minio.routing.names.STAGING`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from tenant_minio.backends.base import NONE, Stored
from tenant_minio.backends.base_uploads import ArrivedPart, UploadForm
from tenant_minio.backends.write_options import WriteOptions
from tenant_minio.exceptions import UnsafeNameError, UnsupportedFeatureError
from tenant_minio.routing.names import STAGING
from tenant_minio.storage.location import Location, WritePolicy

# Of one upload: what a form stores, what parts become, a copy that was never signed for anyone,
# and the marks of who saves it, the first, a second if that one died, and so on.
FORM, PARTS, USED = "form", "parts", "used"
_NAME = re.compile(r"[0-9a-f]{32}(?:\.(?:form|parts|used[0-9]{0,4}|[0-9a-f]{16}))?")


def new_upload() -> str:
    """The name of an upload that nobody can guess."""
    return secrets.token_hex(16)


def sealed_name(upload: str) -> str:
    """A new name for a copy that was never signed for anyone."""
    return f"{upload}.{secrets.token_hex(8)}"


@dataclass(frozen=True, slots=True)
class _StagedPolicy:
    """Nothing is written here as files are, but encrypted: what lies here is to go away again."""

    policy: WritePolicy

    def write_options(self, backend_alias: str) -> WriteOptions:
        return WriteOptions(sse=self.policy.write_options(backend_alias).sse)

    def object_headers(self, _name: str) -> Mapping[str, str]:
        return NONE


@dataclass(frozen=True, slots=True)
class StagingLocation(Location):
    """The reserved part of a location. Its names are those that this module makes."""

    @classmethod
    def of(cls, location: Location) -> StagingLocation:
        """That of a location."""
        policy = _StagedPolicy(location.policy)
        return cls(location.backend, location.route, location.tenant, policy)

    def key(self, name: str) -> str:
        """What the server sees. Raises UnsafeNameError."""
        if not _NAME.fullmatch(name):
            raise UnsafeNameError(f"{name!r} is no upload.")
        return self.root + name

    @property
    def root(self) -> str:
        """What all its keys begin with."""
        return f"{self.route.prefix}{STAGING}/"

    def form(self, name: str, size: int, content_type: str, expires: int) -> UploadForm:
        """See :meth:`tenant_minio.backends.base_uploads.Uploads.upload_form`.

        Raises:
            UnsupportedFeatureError: files are encrypted with a key that no browser may have.
        """
        return self._call(
            self.backend.upload_form,
            name,
            size=size,
            content_type=content_type,
            expires=expires,
            headers=self.encryption_headers(),
        )

    def part_url(self, name: str, upload: str, number: int, size: int, expires: int) -> str:
        """See :meth:`tenant_minio.backends.base_uploads.Uploads.presign_part`."""
        return self._call(
            self.backend.presign_part,
            name,
            upload,
            number,
            size=size,
            expires=expires,
            headers=self.encryption_headers(),
        )

    def require_parts(self, name: str) -> None:
        """See :meth:`tenant_minio.backends.base_uploads.Uploads.require_parts`."""
        self._call(self.backend.require_parts, name, self.encryption_headers())

    def arrived_parts(
        self, name: str, upload: str, *, limit: int | None = None
    ) -> tuple[ArrivedPart, ...]:
        """See :meth:`tenant_minio.backends.base_uploads.Uploads.arrived_parts`."""
        return self._call(self.backend.arrived_parts, name, upload, limit=limit)

    def encryption_headers(self) -> Mapping[str, str]:
        """What makes the cluster encrypt what is uploaded; see :meth:`form`."""
        encryption = self.write_options().encryption()
        if encryption is None:
            return NONE
        if encryption.key_headers:
            raise UnsupportedFeatureError(
                f"{self.backend.alias}:{self.route.bucket} is written with a customer's own key "
                f"(SSE-C), which no browser may have. Take files of this storage through Django."
            )
        return encryption.headers

    def copy(self, source: str, name: str, etag: str, headers: Mapping[str, str]) -> None:
        """See :meth:`tenant_minio.backends.base_uploads.Uploads.copy`."""

        def copy(bucket: str, key: str) -> None:
            self.backend.copy(bucket, self.key(source), key, etag=etag, headers=headers)

        self._call(copy, name)

    def stored(self, upload: str) -> dict[str, Stored]:
        """All that there is of an upload, by name."""
        return {name: one for name, one, _idle in self.listed(upload)}

    def listed(self, upload: str) -> list[tuple[str, Stored, float]]:
        """The same, each with the seconds since it was stored, by the cluster's clock."""
        try:
            return [
                (one.key.removeprefix(self.root), one, (page.at - one.modified).total_seconds())
                for page in self.backend.walk(self.route.bucket, self.key(upload))
                for one in page.objects
            ]
        except BaseException as error:
            self._tell(error, upload)
            raise
