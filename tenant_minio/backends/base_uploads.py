"""What a backend does for uploads that browsers send to the cluster by themselves, and for copies.

What is signed here is good for one key. Nothing of it may be shown to anyone but who uploads.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

# As that of `base`, which imports this.
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A form that stores one object, as a browser posts it (``multipart/form-data``).

    Args:
        url: where to.
        fields: to be sent as they are, before the file, which is the last field, ``file``. Whoever
            has them can send the form, as often as they like until it ends.
    """

    url: str
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ArrivedPart:
    """A part of an open upload, as the cluster has it.

    Args:
        number: from 1.
        size: in bytes.
        etag: without quotes.
        arrived: by the cluster's clock.
    """

    number: int
    size: int
    etag: str
    arrived: datetime


class Uploads(ABC):
    """What is signed for browsers, and what the cluster copies by itself."""

    @abstractmethod
    def upload_form(
        self,
        bucket: str,
        key: str,
        *,
        size: int,
        content_type: str,
        expires: int,
        headers: Mapping[str, str],
    ) -> UploadForm:
        """A form for exactly this key, size and type. No network, unless a header needs proof.

        It stores, and replaces, as often as it is sent.

        Args:
            bucket, key: where to.
            size: in bytes; a file of another size is refused.
            content_type: another is refused.
            expires: its life in seconds.
            headers: what the object is to be encrypted with.

        Raises:
            UnsupportedFeatureError: the cluster does not do what a header asks for.
        """

    @abstractmethod
    def require_parts(self, bucket: str, key: str, headers: Mapping[str, str]) -> None:
        """Have the cluster show that :meth:`presign_part` is safe there. Once for each process.

        Args:
            bucket, key: where parts are to be sent.
            headers: what the object is to be encrypted with.

        Raises:
            UnsupportedFeatureError: the URL of a part could read other objects there.
        """

    @abstractmethod
    def presign_part(
        self,
        bucket: str,
        key: str,
        upload: str,
        number: int,
        *,
        size: int,
        expires: int,
        headers: Mapping[str, str] = _NONE,
    ) -> str:
        """A URL to PUT one part of one upload, of exactly ``size`` bytes, and for nothing else.

        The size is signed as the header ``Content-Length``, which browsers send by themselves. No
        network, but for the first of a process: see :meth:`require_parts`, which says what
        ``headers`` are and what is raised.
        """

    @abstractmethod
    def arrived_parts(
        self, bucket: str, key: str, upload: str, *, limit: int | None = None
    ) -> tuple[ArrivedPart, ...]:
        """The parts of an open upload, by number, or at most the first ``limit`` of them.

        Raises ObjectNotFoundError where it has ended.
        """

    @abstractmethod
    def copy(
        self, bucket: str, source: str, key: str, *, etag: str, headers: Mapping[str, str]
    ) -> None:
        """Copy an object of up to 5 GiB inside a bucket, and replace what is there.

        Args:
            bucket: of both.
            source: the key of what is copied.
            key: of the copy.
            etag: that the source has.
            headers: of the copy; it takes over none of the source's.

        Raises:
            ObjectNotFoundError: there is no source.
            ObjectChangedError: the source is another by now.
        """

    @abstractmethod
    def copy_part(
        self,
        bucket: str,
        source: str,
        key: str,
        upload: str,
        number: int,
        *,
        etag: str,
        extent: tuple[int, int] | None,
    ) -> str:
        """Copy bytes of an object of the same bucket into a part of an upload.

        Args:
            bucket: of both.
            source: the key of what is copied.
            key, upload, number: of the part, numbered from 1.
            etag: that the source has.
            extent: first and last byte; None for all, also of an empty object.

        Returns:
            The ETag of the part, without quotes.

        Raises:
            ObjectNotFoundError, ObjectChangedError: as :meth:`copy`.
        """
