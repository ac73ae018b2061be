"""Whether the URL of a part can do no more than store this part, as the cluster itself shows.

A server that takes headers nobody signed (MinIO) makes such a URL copy whatever object its key can
read, as soon as ``x-amz-copy-source`` is added to the request. Others refuse such a header
(VersityGW), as AWS documents. Where a server follows it, the header itself is signed, with a value
that stands in the query: so it can neither be added nor changed. Others do not understand that, so
neither is used before the cluster has shown that it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from urllib3 import HTTPHeaderDict
from urllib3.exceptions import HTTPError

from tenant_minio.backends.connection import Connection
from tenant_minio.backends.open_uploads import arrived_parts
from tenant_minio.backends.signer import Query, quoted
from tenant_minio.backends.upload_answers import upload_id
from tenant_minio.exceptions import (
    BackendUnavailableError,
    TenantMinioError,
    UnsupportedFeatureError,
)

COPY_SOURCE = "x-amz-copy-source"
# What is signed where no source is meant; no server takes it for one.
GUARD: Query = ((COPY_SOURCE, "none"),)
# What the part holds, and what a copy would make it; told apart by their sizes.
PROBE, _SOURCE = b"\0", b"\0\0"
_REFUSED = frozenset({400, 403})

# The URL of part 1 of an upload, for PROBE, at the cluster's own address: the upload's id, and
# whether the URL is guarded.
Sign = Callable[[str, bool], str]


class PartUrls:
    """Which URLs of parts are safe on one cluster. Remembered for the process once it is known.

    All keys of a backend are of one server, so one of them shows it for all.
    """

    def __init__(self) -> None:
        # Two threads that ask at once find the same.
        self._guarded: bool | None = None

    def guarded(
        self,
        connection: Connection,
        bucket: str,
        key: str,
        headers: Mapping[str, str],
        sign: Sign,
    ) -> bool:
        """Whether the URLs must be guarded.

        Costs some ten requests once, and none later.

        Args:
            connection: to the cluster, with a key for ``key``.
            bucket, key: of an upload that is to be sent. Another one is begun under the same key,
                and an object beside it, which is what an attack would read.
            headers: what encrypts them.
            sign: see :data:`Sign`.

        Raises:
            UnsupportedFeatureError: neither is safe.
        """
        if self._guarded is None:
            self._guarded = _find(connection, bucket, key, headers, sign)
        return self._guarded


def _find(
    connection: Connection, bucket: str, key: str, headers: Mapping[str, str], sign: Sign
) -> bool:
    request, source = connection.request, f"{key}.probe"
    # It is there and may be read: a refusal for another reason would prove nothing.
    request("PUT", bucket, source, body=_SOURCE, headers=headers)
    try:
        begun = request("POST", bucket, key, headers=headers, query={"uploads": ""})
        upload = upload_id(connection, begun, bucket, key)
        try:
            trial = _Trial(connection, bucket, key, upload, f"/{bucket}/{quoted(source)}")
            for guarded in (False, True):
                if trial.holds(sign(upload, guarded), guarded=guarded):
                    return guarded
        finally:
            with suppress(TenantMinioError):
                request("DELETE", bucket, key, query={"uploadId": upload})
    finally:
        # What is left of either, sweep_uploads finds.
        with suppress(TenantMinioError):
            request("DELETE", bucket, source)
    raise UnsupportedFeatureError(
        f"{connection.target(bucket)}: whoever has the URL of a part could read any object with it "
        f"on this cluster, which follows the header {COPY_SOURCE} though nobody signed it. So no "
        f"file is uploaded by parts. Raise TENANT_MINIO['UPLOADS']['FORM_MAX_SIZE'], up to 5 GiB: "
        f"forms are safe."
    )


@dataclass(frozen=True, slots=True)
class _Trial:
    """Attacks on the URL of a part, by somebody without a key."""

    connection: Connection
    bucket: str
    key: str
    upload: str
    source: str = field(repr=False)

    def holds(self, url: str, *, guarded: bool) -> bool:
        """Whether no attack makes a copy, and the URL is good for its part."""
        tried = _attacks(url, self.source, guarded=guarded)
        return not any(self._succeeds(bent, headers) for bent, headers in tried) and (
            self._put(url, HTTPHeaderDict()) == 200 and self._is_as_sent()
        )

    def _succeeds(self, url: str, headers: HTTPHeaderDict) -> bool:
        status = self._put(url, headers)
        # Who passes over the header stores what was sent. That there is no such object (404) says
        # only who has looked for it.
        return status not in _REFUSED and not (status == 200 and self._is_as_sent())

    def _is_as_sent(self) -> bool:
        arrived = arrived_parts(self.connection, self.bucket, self.key, self.upload)
        return [part.size for part in arrived] == [len(PROBE)]

    def _put(self, url: str, headers: HTTPHeaderDict) -> int:
        pool = self.connection.probe_client._http  # noqa: SLF001 -- the pool is ours, we gave it
        try:
            status = pool.urlopen("PUT", url, body=PROBE, headers=headers, retries=False).status
        except HTTPError as error:
            raise self.connection.translated(error, "PUT", self.bucket, self.key) from error
        if status >= 500 or status == 429:
            raise BackendUnavailableError(
                f"{self.connection.target(self.bucket, self.key)}: the cluster failed with "
                f"{status}. Try again; if it stays, look at the cluster."
            )
        return status


def _attacks(url: str, source: str, *, guarded: bool) -> Iterator[tuple[str, HTTPHeaderDict]]:
    """URLs and headers that a copy could be made with."""
    yield url, HTTPHeaderDict({COPY_SOURCE: source})
    if guarded:
        none = GUARD[0][1]
        yield url, HTTPHeaderDict({COPY_SOURCE: none})
        for one, other in ((none, source), (source, none)):
            yield url, HTTPHeaderDict([(COPY_SOURCE, one), (COPY_SOURCE, other)])
        bent = url.replace(f"{COPY_SOURCE}={none}", f"{COPY_SOURCE}={source.replace('/', '%2F')}")
        yield bent, HTTPHeaderDict()
        yield bent, HTTPHeaderDict({COPY_SOURCE: source})
