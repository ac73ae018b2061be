"""Requests counted at the socket."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from minio import Minio

from benchmarks.counting import CountingProxy
from tenant_minio.testing.servers import S3Server


def test_each_request_is_seen_once_whatever_its_body_holds(
    minio_server: S3Server, minio: Any, use_storages: Any, new_bucket: Any
):
    use_storages(eu=minio)
    bucket = new_bucket("eu")
    body = b"GET / HTTP/1.1\r\n\r\n" * 100
    with CountingProxy(minio_server.endpoint) as proxy:
        client = Minio(
            endpoint=proxy.endpoint,
            access_key=minio_server.access_key,
            secret_key=minio_server.secret_key,
            secure=minio_server.secure,
            region="us-east-1",
        )
        client.put_object(bucket_name=bucket, object_name="x", data=BytesIO(body), length=len(body))
        client.stat_object(bucket_name=bucket, object_name="x")
        assert [line.split()[0] for line in proxy.seen] == ["PUT", "HEAD"]
