"""Takes what the servers log of each call: MinIO's audit webhook and VersityGW's log webhook.

An entry holds signatures, session tokens and signed URLs. What is not judged is dropped here, so
that no message of a failed test can show it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

# What the servers call their operations, and what one word for both is here.
KINDS = {
    "GetObject": "get",
    "HeadObject": "head",
    "PutObject": "put",
    "DeleteObject": "delete",
    "CopyObject": "copy",
    "DeleteMultipleObjects": "delete many",
    "DeleteObjects": "delete many",
    "ListObjectsV1": "list",
    "ListObjectsV2": "list",
    "ListMultipartUploads": "list",
    "ListObjects": "list",
    "HeadBucket": "bucket",
    "NewMultipartUpload": "begin upload",
    "CreateMultipartUpload": "begin upload",
    "PutObjectPart": "part",
    "UploadPart": "part",
    "CopyObjectPart": "copy part",
    "UploadPartCopy": "copy part",
    "ListObjectParts": "list parts",
    "ListParts": "list parts",
    "CompleteMultipartUpload": "end upload",
    "AbortMultipartUpload": "end upload",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One call, as the server says it was.

    Args:
        cluster: whose log it stands in.
        kind: one of KINDS' words, or the server's own.
        path: ``/bucket/key`` as it was asked for, percent-decoded.
        others: keys that stand in the body or, for a copy, ``bucket/key`` of the source; None
            where the server does not tell.
        prefix: of a listing.
        upload: the id of the multipart upload.
        agent: the User-Agent, which names the request and whom it was made for.
    """

    cluster: str
    kind: str
    path: str
    others: tuple[str, ...] | None
    prefix: str
    upload: str
    status: int
    agent: str

    @property
    def bucket(self) -> str:
        return self.path[1:].partition("/")[0]

    @property
    def key(self) -> str:
        return self.path[1:].partition("/")[2]


def of_minio(cluster: str, entry: dict[str, Any]) -> Seen:
    """An entry of MinIO's audit log."""
    api, query = entry.get("api", {}), entry.get("requestQuery", {})
    name = api.get("name", "")
    others = [item["objectName"] for item in api.get("objects") or ()]
    if name in {"CopyObject", "CopyObjectPart"}:
        # A header that was sent twice is logged as one; what has no slash is no source.
        sources = entry["requestHeader"]["X-Amz-Copy-Source"].split(", ")
        others = [unquote(source).lstrip("/") for source in sources if "/" in source]
    return Seen(
        cluster=cluster,
        kind=KINDS.get(name, name),
        path=entry.get("requestPath", ""),
        others=tuple(others),
        prefix=query.get("prefix", ""),
        upload=query.get("uploadId", ""),
        status=api.get("statusCode", 0),
        agent=entry.get("userAgent", ""),
    )


def of_versitygw(cluster: str, entry: dict[str, Any]) -> Seen:
    """An entry of VersityGW's access log, which does not say what stands in a body."""
    name = entry["Operation"].removeprefix("s3_")
    kind = KINDS.get(name, name)
    url = urlsplit(entry["RequestURI"])
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    return Seen(
        cluster=cluster,
        kind=kind,
        path=unquote(url.path),
        others=None if kind in {"copy", "copy part", "delete many"} else (),
        prefix=query.get("prefix", ""),
        upload=query.get("uploadId", ""),
        status=entry["HttpStatus"],
        agent=entry["UserAgent"],
    )


@contextmanager
def listening(take: Callable[[Seen], None]) -> Iterator[str]:
    """Listen on loopback; the URL to which a server posts, less ``/minio/NAME`` or ``/vg/NAME``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if body:  # both say hello with nothing
                _, kind, cluster = self.path.split("/")
                take((of_minio if kind == "minio" else of_versitygw)(cluster, json.loads(body)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Not to the screen: the address is all there is."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
