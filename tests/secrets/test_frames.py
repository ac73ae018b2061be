"""Debug pages, mails to admins and collectors of errors show the local variables of a traceback."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from traceback import walk_tb
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio.exceptions import TenantMinioError
from tests.conftest import entry

from .spellings import leaks

KEY = secrets.token_bytes(32)
SECRETS = {name: secrets.token_urlsafe(24) for name in ("secret key", "token")}


def frames(error: BaseException | None) -> Iterator[tuple[str, bytes]]:
    while error is not None:
        for frame, line in walk_tb(error.__traceback__):
            # Those of the test itself hold what is looked for.
            if Path(frame.f_code.co_filename) != Path(__file__):
                where = f"{frame.f_code.co_filename}:{line}"
                yield where, repr(frame.f_locals).encode()
        error = error.__cause__


@pytest.mark.parametrize("kind", ["minio", "versitygw"])
@pytest.mark.parametrize(
    "operation",
    [
        lambda storage: storage.save("a", ContentFile(b"1")),
        lambda storage: storage.save("a", ContentFile(b"1" * 9_000_000)),
        lambda storage: storage.open("a"),
        lambda storage: storage.open_range("a"),
        lambda storage: storage.exists("a"),
        lambda storage: storage.exists(""),
        lambda storage: storage.listdir(""),
        lambda storage: storage.delete("a"),
    ],
    ids=["save", "large", "open", "range", "exists", "root", "listdir", "delete"],
)
@pytest.mark.parametrize("multipart", [True, False])
def test_no_frame_of_an_error_holds_a_secret(
    kind: str,
    operation: Callable[[Any], Any],
    multipart: bool,
    request: pytest.FixtureRequest,
    use_storages: Callable[..., None],
) -> None:
    """Of what this package and those below it raise; files and lines are still there."""
    server = request.getfixturevalue(f"{kind}_server")
    options = {
        "bucket": "some-bucket",
        "secret_key": SECRETS["secret key"],
        "session_token": SECRETS["token"],
        "multipart": multipart,
    }
    use_storages(plain=entry(server, **options))
    with pytest.raises(TenantMinioError) as raised:
        operation(storages["plain"])
    seen = list(frames(raised.value))
    assert any("minio/api.py" in where or "urllib3" in where for where, _text in seen)
    known = {name: secret.encode() for name, secret in SECRETS.items()}
    assert list(leaks(known, seen)) == []


def test_no_frame_holds_a_customers_key(
    use_storages: Callable[..., None], minio_server: Any
) -> None:
    """It stands in the headers of every request."""
    sse = {"type": "C", "key": base64.b64encode(KEY).decode()}
    dead = {"endpoint": "127.0.0.1:9", "secure": True, "retries": 0}
    use_storages(plain=entry(minio_server, **{"bucket": "some-bucket", "sse": sse, **dead}))
    with pytest.raises(TenantMinioError) as raised:
        storages["plain"].open("a")
    seen = list(frames(raised.value))
    assert any(b"server-side-encryption-customer-key" in text for _where, text in seen)
    assert list(leaks({"customer's key": KEY}, seen)) == []
