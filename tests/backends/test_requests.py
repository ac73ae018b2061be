"""How requests are signed and sent."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from threading import Thread
from typing import Any
from urllib.parse import SplitResult, quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from minio import time as minio_time
from minio.credentials.credentials import Credentials
from minio.signer import sign_v4_s3

from tenant_minio.backends.options import BackendOptions
from tenant_minio.backends.request_signer import RequestSigner
from tenant_minio.backends.s3 import S3Backend

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"])) | st.sampled_from(
    ["a  b", " a ", "=", "&", "a=b", "+", "%41"]
)
NAMES = st.sampled_from(["If-None-Match", "x-amz-meta-a", "X-Amz-Meta-B", "Content-Type", "Range"])


@settings(deadline=None)  # no test is about time
@given(
    method=st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE"]),
    key=TEXTS,
    query=st.dictionaries(st.sampled_from(["list-type", "list", "prefix", "a", "uploads"]), TEXTS),
    headers=st.dictionaries(NAMES, TEXTS),
    token=st.none() | st.text("abc/+=", min_size=1),
    now=st.integers(0, 4_000_000_000),
    region=st.sampled_from(["us-east-1", "eu-west-1"]),
    secret=st.sampled_from(["secret", "other"]),
)
def test_requests_are_signed_as_by_minio_py(
    method: str,
    key: str,
    query: dict[str, str],
    headers: dict[str, str],
    token: str | None,
    now: int,
    region: str,
    secret: str,
) -> None:
    pairs = sorted(query.items())
    text = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)
    url = SplitResult("https", "host:9000", f"/bucket/{quote(key)}", text, "")
    date = datetime.fromtimestamp(now, UTC)
    sent: dict[str, Any] = {
        **headers,
        "Host": url.netloc,
        "User-Agent": "of a proxy's choice",
        "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
        "x-amz-date": minio_time.to_amz_date(date),
    }
    if token:
        sent["X-Amz-Security-Token"] = token
    expected = sign_v4_s3(
        method=method,
        url=url,
        region=region,
        headers=dict(sent),
        credentials=Credentials("AK/+=", secret, token),
        content_sha256="UNSIGNED-PAYLOAD",
        date=date,
    )
    for _ in range(2):  # the second with a key that is there already
        found = SIGNER.authorization(
            method, url, sent, access_key="AK/+=", secret_key=secret, region=region
        )
        assert found == expected["Authorization"]


SIGNER = RequestSigner()


@pytest.mark.parametrize("body", [b"", b"x", b"x" * 10240])
def test_a_small_request_comes_in_one_piece(body: bytes) -> None:
    pieces = []

    def serve(listener: socket.socket) -> None:
        client, _address = listener.accept()
        with client:
            pieces.append(client.recv(1 << 20))
            client.sendall(b'HTTP/1.1 200 OK\r\nETag: "e"\r\nContent-Length: 0\r\n\r\n')

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, args=(listener,))
        thread.start()
        options = BackendOptions(
            endpoint=f"127.0.0.1:{listener.getsockname()[1]}",
            access_key="key",
            secret_key="secret",
            secure=False,
            region="us-east-1",
        )
        backend = S3Backend("eu", options)
        backend.put("bucket", "key", body, {})
        thread.join()
        backend.close()
    (piece,) = pieces
    assert piece.startswith(b"PUT /bucket/key HTTP/1.1\r\n")
    assert piece.partition(b"\r\n\r\n")[2] == body
