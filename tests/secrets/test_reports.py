"""What pages and tools that report errors show of each frame: no secret stands there."""

from __future__ import annotations

import base64
from collections.abc import Callable
from traceback import TracebackException
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio.exceptions import TenantMinioError
from tenant_minio.storage import MinioStorage
from tests.conftest import bucket_name, entry

KEY = bytes(range(65, 97))
SHOWN_KEY = base64.b64encode(KEY).decode()
OPERATIONS: dict[str, Callable[[Any], object]] = {
    "open": lambda storage: storage.open("a"),
    "range": lambda storage: storage.open_range("a"),
    "size": lambda storage: storage.size("a"),
    "save": lambda storage: storage.save("a", ContentFile(b"x")),
    "large save": lambda storage: storage.save("a", ContentFile(b"x" * 9_000_000)),
    "delete": lambda storage: storage.delete("a"),
    "listdir": lambda storage: storage.listdir(""),
    "write": lambda storage: storage.open("a", "wb").close(),
}


def told(operation: Callable[[], object]) -> str:
    """All that could be shown of an error, its causes and their frames."""
    with pytest.raises((TenantMinioError, FileNotFoundError)) as caught:
        operation()
    report = TracebackException.from_exception(caught.value, capture_locals=True)
    text = "".join(report.format())
    assert "storage = " in text
    return text


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("fault", ["missing bucket", "refused", "dead"])
@pytest.mark.parametrize("server", ["minio_server", "versitygw_server"])
def test_no_frame_of_an_error_shows_a_secret(
    request: pytest.FixtureRequest,
    use_storages: Callable[..., None],
    server: str,
    fault: str,
    operation: str,
) -> None:
    faults: dict[str, dict[str, Any]] = {
        "missing bucket": {},
        "refused": {"secret_key": "not-the-right-one"},
        "dead": {"endpoint": "127.0.0.1:9", "retries": 0, "session_token": "a-session-token"},
    }
    there = entry(request.getfixturevalue(server), bucket=bucket_name(), **faults[fault])
    use_storages(plain=there)
    text = told(lambda: OPERATIONS[operation](storages["plain"]))
    assert there["OPTIONS"]["secret_key"] not in text
    assert "a-session-token" not in text
    assert "Signature=" not in text


@pytest.mark.parametrize("operation", ["open", "size", "save", "large save"])
def test_no_frame_of_an_error_shows_a_customers_key(
    use_storages: Callable[..., None], operation: str
) -> None:
    options = {"endpoint": "127.0.0.1:9", "access_key": "access", "secret_key": "S3CR3T"}
    sse = {"type": "C", "key": KEY}
    use_storages(
        plain={
            "BACKEND": "tenant_minio.MinioStorage",
            "OPTIONS": {**options, "bucket": "files", "sse": sse, "retries": 0},
        }
    )
    text = told(lambda: OPERATIONS[operation](storages["plain"]))
    assert SHOWN_KEY not in text
    assert "S3CR3T" not in text


def test_a_storage_that_is_declared_nowhere_shows_no_secret(
    minio: dict[str, Any], use_storages: Callable[..., None]
) -> None:
    use_storages(plain=minio)
    storage = MinioStorage(**{**minio["OPTIONS"], "bucket": "elsewhere"})
    assert minio["OPTIONS"]["secret_key"] not in told(lambda storage=storage: storage.open("a"))
