"""What writes is not sent again where an answer arrives damaged: it may have been carried out."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import urllib3
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from urllib3.exceptions import MaxRetryError, NewConnectionError, SSLError

from tenant_minio import registry
from tenant_minio.backends.client import BoundedRetry
from tenant_minio.backends.write_options import MIN_PART
from tenant_minio.exceptions import BackendUnavailableError
from tests.conftest import entry
from tests.faults import FaultyProxy

CERTIFICATE = Path(__file__).parent.parent / "data" / "localhost.pem"
APPLICATION_DATA = 23  # RFC 8446, 5.1


class Flipper:
    """Stands before a TLS server, and changes one byte of an answer once it is armed."""

    def __init__(self, target: str) -> None:
        host, _, port = target.partition(":")
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.armed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                server = socket.create_connection(self._target)
                for pair in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, back: bool) -> None:
        with source, sink, suppress(OSError):
            while data := source.recv(65536):
                if back and self.armed and data[0] == APPLICATION_DATA:
                    self.armed = False
                    data = data[:-1] + bytes([data[-1] ^ 1])
                sink.sendall(data)


class Scene:
    """A storage over TLS, and the fate of one answer to it."""

    def __init__(self, storage: Any, proxy: FaultyProxy, flipper: Flipper) -> None:
        self.storage = storage
        self._proxy = proxy
        self._flipper = flipper

    def damage(self, method: str, query: str = "", then: Callable[[], object] = object) -> None:
        """Damage the first answer to such a request; what comes of it stands."""
        left = [1]

        def fault(head: str) -> None:
            if head.startswith(method) and query in head:
                if left[0]:
                    left[0] = 0
                    self._flipper.armed = True
                else:
                    then()

        self._proxy.heads.clear()
        self._proxy.fault = fault

    def sent(self, method: str, query: str = "") -> int:
        return sum(head.startswith(method) and query in head for head in self._proxy.heads)


def own_pool() -> urllib3.PoolManager:
    """A project's own, which repeats PUT and DELETE by urllib3's defaults."""
    return urllib3.PoolManager(ca_certs=str(CERTIFICATE))


@pytest.fixture(params=["the package's pool", "a pool of the project's own"])
def scene(
    request: pytest.FixtureRequest,
    minio_server: Any,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
) -> Iterator[Scene]:
    use_storages(plain=entry(minio_server))
    bucket = new_bucket("plain")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    proxy = FaultyProxy(minio_server.endpoint, context)
    flipper = Flipper(proxy.endpoint)
    options = {
        "bucket": bucket,
        "endpoint": flipper.endpoint,
        "secure": True,
        "ca_certs": str(CERTIFICATE),
        "multipart_threshold": MIN_PART,
        "part_size": MIN_PART,
    }
    if "own" in request.param:
        options["http_client"] = own_pool
    use_storages(plain=entry(minio_server, **options))
    yield Scene(storages["plain"], proxy, flipper)
    flipper.close()
    proxy.close()


def test_a_deletion_is_sent_once(scene: Scene) -> None:
    """A second one would take what another has saved, and had acknowledged, meanwhile."""
    scene.storage.save("f", ContentFile(b"old"))
    scene.damage("DELETE")
    with pytest.raises(BackendUnavailableError) as caught:
        scene.storage.delete("f")
    assert caught.value.request_sent
    assert scene.sent("DELETE") == 1


def test_a_file_that_replaces_is_sent_once(scene: Scene) -> None:
    """A second one would take the place of what another has written meanwhile."""
    scene.storage.save("f", ContentFile(b"old"))
    scene.damage("PUT")
    scene.storage._save("f", ContentFile(b"new"))
    assert scene.sent("PUT") == 1
    assert scene.storage.open("f").read() == b"new"


def test_an_upload_is_begun_once(scene: Scene) -> None:
    """A second one would leave the first to the server."""
    scene.damage("POST", "uploads=")
    with pytest.raises(BackendUnavailableError):
        scene.storage.save("f", ContentFile(b"x" * (MIN_PART + 1)))
    assert scene.sent("POST", "uploads=") == 1


def test_an_upload_is_completed_once(scene: Scene) -> None:
    scene.damage("POST", "uploadId=")
    assert scene.storage.save("f", ContentFile(b"x" * (MIN_PART + 1))) == "f"
    assert scene.sent("POST", "uploadId=") == 1


def test_what_only_reads_is_sent_again(scene: Scene) -> None:
    scene.storage.save("f", ContentFile(b"content"))
    scene.damage("GET")
    assert scene.storage.open("f").read() == b"content"
    assert scene.sent("GET") == 2


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_what_writes_is_sent_again_only_where_nothing_was_sent(method: str) -> None:
    retry = BoundedRetry(total=2, allowed_methods=frozenset({"GET", "HEAD"}))
    damaged = SSLError(ssl.SSLError(1, "decryption failed or bad record mac"))
    with pytest.raises(SSLError):
        retry.increment(method, "/", error=damaged)
    unread = SSLError(ssl.SSLCertVerificationError("certificate verify failed"))
    for error in (NewConnectionError(None, "refused"), unread):
        assert retry.increment(method, "/", error=error).total == 1
    assert retry.increment("GET", "/", error=damaged).total == 1


def test_no_short_question_is_repeated(
    minio_server: Any, use_storages: Callable[..., None]
) -> None:
    """Nor is an upload thrown away twice by one."""
    use_storages(plain=entry(minio_server))
    retry = registry["plain"].connection.probe_client._http.connection_pool_kw["retries"]
    damaged = SSLError(ssl.SSLError(1, "decryption failed or bad record mac"))
    for method, error in (("GET", MaxRetryError), ("DELETE", SSLError)):
        with pytest.raises(error):
            retry.increment(method, "/", error=damaged)
