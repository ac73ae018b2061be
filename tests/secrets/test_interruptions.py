"""What ends a request from outside is no error of this package, and shows no secret either."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from traceback import walk_tb
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from celery.exceptions import SoftTimeLimitExceeded
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.views.debug import ExceptionReporter
from minio.credentials import Credentials, StaticProvider

from tenant_minio import registry
from tests.conftest import entry
from tests.faults import FaultyProxy

from .spellings import leaks

OPERATIONS: dict[str, Callable[[Any], object]] = {
    "save": lambda storage: storage.save("a", ContentFile(b"1")),
    "large": lambda storage: storage.save("a", ContentFile(b"1" * 9_000_000)),
    "open": lambda storage: storage.open("f"),
    "range": lambda storage: storage.open_range("f"),
    "exists": lambda storage: storage.exists("f"),
    "root": lambda storage: storage.exists(""),
    "listdir": lambda storage: storage.listdir(""),
    "delete": lambda storage: storage.delete("f"),
}
SOURCES: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "static": lambda key, secret: {"access_key": key, "secret_key": secret},
    "sts": lambda key, secret: {"access_key": key, "secret_key": secret, "credentials": "sts"},
    "callable": lambda key, secret: {
        "access_key": key,
        "secret_key": secret,
        "credentials": lambda _route: Credentials(key, secret),
    },
    "provider": lambda key, secret: {"credentials": lambda: StaticProvider(key, secret)},
}


class Interrupting(FaultyProxy):
    """Celery's soft time limit ends the main thread's wait for one answer, as its worker does."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.at: Callable[[str], bool] | None = None
        self.fault = self._interrupt

    def _interrupt(self, head: str) -> str | None:
        if self.at is None or not self.at(head):
            return None
        self.at = None
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
        return "lose answer"


def end_task(*_args: object) -> None:
    raise SoftTimeLimitExceeded


@pytest.fixture
def proxy(minio_server: Any) -> Iterator[Interrupting]:
    made = Interrupting(minio_server.endpoint)
    before = signal.signal(signal.SIGUSR1, end_task)
    yield made
    signal.signal(signal.SIGUSR1, before)
    made.close()


@pytest.fixture
def storage_of(
    minio_server: Any,
    proxy: Interrupting,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
) -> Callable[[str], Any]:
    """A storage behind the proxy whose key comes from there, with one file in it."""

    def make(source: str) -> Any:
        use_storages(plain=entry(minio_server))
        name = new_bucket("plain")
        given = entry(minio_server, endpoint=proxy.endpoint, bucket=name, prefix="p/")["OPTIONS"]
        own = (given.pop("access_key"), given.pop("secret_key"))
        options = {**given, **SOURCES[source](*own)}
        use_storages(plain={"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": options})
        storages["plain"].save("f", ContentFile(b"1"))
        return storages["plain"]

    return make


def secrets_of(server: Any) -> dict[str, bytes]:
    """All that signs now: the own key and that of the storage."""
    view: Any = registry["plain"].for_route(registry.plain_route("plain"))
    key = view.connection.provider.retrieve()
    found = {"own secret": server.secret_key, "secret": key.secret_key, "token": key.session_token}
    return {name: text.encode() for name, text in found.items() if text}


def seen(error: BaseException) -> list[tuple[str, bytes]]:
    """What a debug page shows of the frames that are not this test's, and the text of a mail."""
    found = []
    links: list[BaseException | None] = [error, error.__cause__, error.__context__]
    for link in links:
        for frame, line in walk_tb(link.__traceback__ if link else None):
            if Path(frame.f_code.co_filename) != Path(__file__):
                shown = repr(frame.f_locals).encode()
                found.append((f"{frame.f_code.co_filename}:{line}", shown))
    report = ExceptionReporter(None, type(error), error, error.__traceback__)
    found.append(("the report", report.get_traceback_text().encode()))
    return found


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_frame_holds_a_secret_where_a_time_limit_ends_a_request(
    source: str,
    operation: str,
    minio_server: Any,
    proxy: Interrupting,
    storage_of: Callable[[str], Any],
) -> None:
    storage = storage_of(source)
    known = secrets_of(minio_server)
    proxy.at = lambda _head: True
    with pytest.raises(SoftTimeLimitExceeded) as caught:
        OPERATIONS[operation](storage)
    shown = seen(caught.value)
    assert any("urllib3" in where for where, _text in shown)
    assert list(leaks(known, shown)) == []


@pytest.mark.parametrize(
    "use", [lambda storage: storage.exists("f"), lambda storage: storage.url("f")]
)
def test_no_frame_holds_a_secret_where_a_time_limit_ends_the_question_for_a_key(
    use: Callable[[Any], object],
    minio_server: Any,
    proxy: Interrupting,
    use_storages: Callable[..., None],
) -> None:
    """Which url() may ask, too."""
    given = entry(minio_server, endpoint=proxy.endpoint, bucket="media", prefix="p/")["OPTIONS"]
    given |= {"credentials": "sts", "url_credentials": "tenant", "sts_duration": 4500}
    use_storages(plain={"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": given})
    proxy.at = lambda head: head.startswith("POST / ")
    with pytest.raises(SoftTimeLimitExceeded) as caught:
        use(storages["plain"])
    shown = seen(caught.value)
    assert any("urllib3" in where for where, _text in shown)
    known = {"own secret": minio_server.secret_key.encode()}
    assert list(leaks(known, shown)) == []


def test_coroutines_and_generators_outlive_the_errors_that_they_handle_others_in(
    storage_of: Callable[[str], Any],
) -> None:
    """Emptied frames of what is suspended would end it, before Python 3.13."""
    storage = storage_of("static")

    async def view() -> str:
        try:
            raise ValueError
        except ValueError:
            with pytest.raises(FileNotFoundError):
                await sync_to_async(storage.size)("missing")
        return "answer"

    def rows() -> Iterator[object]:
        try:
            raise ValueError
        except ValueError as error:
            yield error
        yield "row"

    assert asyncio.run(view()) == "answer"
    generator = rows()
    error = next(generator)
    assert isinstance(error, ValueError)
    try:
        raise error
    except ValueError:
        with pytest.raises(FileNotFoundError):
            storage.size("missing")
    assert list(generator) == ["row"]
