"""Whether what was read of an object is what was stored.

The cluster keeps a checksum of each object: the one it was written with, one that the server made
by itself, or the MD5 that an ETag is. Of an object of parts it may be a checksum over those of the
parts, and then the size of each part has to be asked for.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tenant_minio.backends import checksums
from tenant_minio.backends.base import ObjectInfo, ObjectStat
from tenant_minio.backends.checksums import Checksum
from tenant_minio.exceptions import ChecksumMismatchError, ObjectChangedError
from tenant_minio.storage.location import Location

_MD5 = "MD5"
_DIGEST = re.compile(r"([0-9a-f]{32})(?:-([0-9]+))?")


@dataclass(frozen=True, slots=True)
class Expected:
    """What the checksum of an object is to be.

    Args:
        kind: one of :data:`tenant_minio.backends.checksums.CHECKSUMS`, or MD5.
        value: in base64, or, of MD5, in hexadecimal.
        parts: it is one over the checksums of so many parts; 0 if over the bytes.
    """

    kind: str
    value: str
    parts: int = 0


def expected(stat: ObjectStat) -> Expected | None:
    """What there is to compare an object with; None where there is nothing."""
    found = []
    for kind, given in stat.checksums.items():
        value, _, parts = given.partition("-")
        if checksums.fault(kind) is None and (not parts or parts.isdecimal()):
            found.append(Expected(kind, value, int(parts or 0)))
    # One over the bytes needs no question about the parts.
    found.sort(key=lambda one: one.parts > 0)
    return found[0] if found else _from_etag(stat)


def _from_etag(stat: ObjectStat) -> Expected | None:
    digest = _DIGEST.fullmatch(stat.etag)
    if digest is None:
        return None
    value, parts = digest[1], int(digest[2] or 0)
    # With keys of a KMS or of a customer, an ETag is something else; so it may be for encrypted
    # parts (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html).
    readable = {None} if parts else {None, "AES256"}
    return Expected(_MD5, value, parts) if stat.encryption in readable else None


class WholeRead:
    """Follows the reading of one object; bytes that were seen already may come again.

    Args:
        location, name: where it is.
        info: what the first answer said of it.
    """

    def __init__(self, location: Location, name: str, info: ObjectInfo | ObjectStat) -> None:
        self._location = location
        self._name = name
        self._info = info
        self._expected: Expected | None = None
        self._asked = False
        self._start_again()

    def _start_again(self) -> None:
        self._at = 0
        self._left_out = False
        # Over the bytes of the object, or of the part that ends at `_part_end`.
        self._sum = Checksum(_MD5)
        self._sums_of_parts = b""
        self._part = 0
        self._part_end = 0

    def add(self, position: int, piece: bytes | memoryview) -> None:
        """Take what is about to be handed out.

        Args:
            position: where it begins in the object.
            piece: the bytes.

        Raises:
            ChecksumMismatchError: they are the last, and the object is not what was stored.
            ObjectChangedError: it was replaced meanwhile.
        """
        if position == 0 and (self._left_out or self._at >= self._info.size):
            self._start_again()
        if not piece or self._left_out:
            return
        wanted = None if position > self._at else self._wanted()
        new = memoryview(piece)[max(self._at - position, 0) :]
        if wanted is None or not self._update(new, wanted):
            self._left_out = True
        elif position + len(piece) == self._at == self._info.size:
            self._compare(wanted)

    def _wanted(self) -> Expected | None:
        """What the object is to be: asked for once it is clear that it is read from its start."""
        if not self._asked:
            stat = self._location.stat(self._name)
            if stat.etag != self._info.etag:
                raise ObjectChangedError(
                    f"{self._name!r} was replaced while it was being read. Open it again."
                )
            self._expected = expected(stat)
            self._asked = True
        return self._expected

    def _update(self, new: memoryview, wanted: Expected) -> bool:
        """Count new bytes in; False where it cannot be found out what part they are of."""
        while new:
            if self._at == self._part_end and not self._next_part(wanted):
                return False
            piece = new[: self._part_end - self._at]
            self._sum.update(piece)
            self._at += len(piece)
            new = new[len(piece) :]
        return True

    def _next_part(self, wanted: Expected) -> bool:
        """Begin with another part; False where its end cannot be found out."""
        if self._part:
            self._sums_of_parts += self._sum.raw()
        self._sum = Checksum(wanted.kind)
        self._part += 1
        if self._part >= wanted.parts:  # the last, or the object as a whole
            self._part_end = self._info.size
            return True
        size = self._location.part_size(self._name, self._part, self._info.etag)
        if size is None or not 0 < size <= self._info.size - self._at:
            return False
        self._part_end += size
        return True

    def _compare(self, wanted: Expected) -> None:
        made = self._sum
        if wanted.parts:
            made = Checksum(wanted.kind)
            made.update(self._sums_of_parts + self._sum.raw())
        value = made.raw().hex() if wanted.kind == _MD5 else made.text()
        if value != wanted.value:
            raise ChecksumMismatchError(
                f"{self._name!r} is not what was stored: its {wanted.kind} is {value}, and the "
                f"cluster keeps {wanted.value}. Read it again; if it stays, look at what stands "
                f"between here and the cluster, and at the cluster's disks. [backend "
                f"{self._location.backend.alias!r}, tenant {self._location.tenant!r}]"
            )
