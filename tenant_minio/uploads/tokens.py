"""What the browser holds of an upload: signed, and bound to tenant, user, session and target."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

from django.core import signing

from tenant_minio.storage.staging import StagingLocation
from tenant_minio.uploads import conf, targets
from tenant_minio.uploads.refusals import refused
from tenant_minio.uploads.targets import Target
from tenant_minio.uploads.uploader import uploader

_MAX_PARTS = 10_000  # S3 API: parts of one multipart upload
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file that may be uploaded.

    Args:
        target: what for.
        tenant: whose file it is to be.
        by: who uploads it.
        id: of the upload.
        name: that its user gave the file.
        size: in bytes.
        content_type: as the name says.
        multipart: the cluster's id of its parts; empty where a form sends it.
        part_size: bytes of each part but the last.
    """

    target: Target
    tenant: str | None
    by: str
    id: str
    name: str
    size: int
    content_type: str
    multipart: str = ""
    part_size: int = 0

    @property
    def count(self) -> int:
        """How many parts it has."""
        return -(-self.size // self.part_size) if self.multipart else 0

    def size_of(self, number: int) -> int:
        """Bytes of a part, numbered from 1."""
        return min(self.part_size, self.size - (number - 1) * self.part_size)

    def sign(self) -> str:
        """What the browser sends with each request."""
        return signing.dumps(self._data(), salt=_salt(type(self)), compress=True)

    def _data(self) -> dict[str, Any]:
        return {**asdict(self), "target": targets.as_data(self.target)}

    @classmethod
    def read(cls, signed: str, request: Any) -> tuple[Self, StagingLocation]:
        """An upload that this request may go on with, and where it lies.

        Raises:
            UploadRefusedError: it is none, has expired, or is another's.
        """
        try:
            data = signing.loads(signed, salt=_salt(cls), max_age=conf.setting("EXPIRES"))
        except signing.SignatureExpired:
            raise refused("expired") from None
        except (signing.BadSignature, UnicodeEncodeError):  # JSON holds what is no text
            raise refused("not_permitted") from None
        found = cls(**{**data, "target": targets.from_data(data["target"])})
        place = StagingLocation.of(found.target.locate())
        # Who left, or may not upload any more, is told no more than a stranger.
        if (
            found.tenant != place.tenant
            or found.by != uploader(request)
            or not found.target.is_permitted(request)
        ):
            raise refused("not_permitted")
        return found, place


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed(Upload):
    """One that has arrived and was looked at.

    Args:
        staged: where it lies.
        etag: that it has.
    """

    staged: str
    etag: str


def _salt(kind: type[Upload]) -> str:
    return f"tenant_minio.uploads.{kind.__name__}"


def part_size(size: int) -> int:
    """Bytes of each part of a file; in whole MiB, and large enough that 10,000 are."""
    least = -(-size // _MAX_PARTS)
    usual: int = conf.setting("PART_SIZE")
    return max(usual, -(-least // _MIB) * _MIB)
