"""Does all that can be done, well or not, and writes down all that is to be seen of it.

Run in a process of its own, with a folder as its argument: each file there is what one kind of
reader gets to see. The file ``signatures`` holds those of the signed URLs that were made.
"""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import pickle
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

SEEN: dict[str, list[str]] = defaultdict(list)
URLS: list[str] = []
LARGE = 9 * 1024 * 1024


class Everything(logging.Handler):
    """Writes down each record with all its attributes."""

    def emit(self, record: logging.LogRecord) -> None:
        line = logging.Formatter("%(name)s %(levelname)s %(message)s").format(record)
        SEEN["logs"].append(f"{line}\n{ {**vars(record)}!r}")


def listen() -> None:
    """Hear every logger, those of libraries that are silent otherwise too."""
    logging.getLogger().addHandler(Everything())
    logging.getLogger().setLevel(logging.DEBUG)
    for name in list(logging.getLogger().manager.loggerDict):
        logger = logging.getLogger(name)
        logger.disabled, logger.propagate = False, True
        logger.setLevel(logging.DEBUG)
    # It says of Django's own debug page, variable by variable, what is missing there.
    logging.getLogger("django.template").setLevel(logging.INFO)


class Spans:
    """Spans, for whoever looks at traces; made where the settings name it."""

    def __init__(self) -> None:
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        from tenant_minio.contrib.otel import Spans as Subscriber

        self.exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.subscriber = Subscriber(provider)


def spans(event: Any) -> None:
    _spans().subscriber(event)


def _spans() -> Spans:
    if "spans" not in _made:
        _made["spans"] = Spans()
    return _made["spans"]


_made: dict[str, Any] = {}


def attempt(what: str, work: Callable[[], Any]) -> Any:
    """Do something, and write down what it raises as each reader of errors sees it."""
    from django.views.debug import ExceptionReporter

    try:
        found = work()
    except Exception as error:
        SEEN["errors"].append(f"{what}: {error} {error!r} {error.args!r}")
        SEEN["errors"].append("".join(traceback.format_exception(error)))
        if what.endswith((" save", " large", " read", " root")):  # a page takes a tenth of a second
            reporter = ExceptionReporter(None, *sys.exc_info())  # type: ignore[arg-type]
            SEEN["debug pages"].append(reporter.get_traceback_html())
        return None
    SEEN["results"].append(f"{what}: {found!r}")
    return found


def work_with(alias: str) -> None:
    """Every operation of a storage; those that fail, too."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import storages

    storage = storages[alias]
    name = attempt(f"{alias} save", lambda: storage.save("a b.txt", ContentFile(b"small"))) or "no"
    attempt(f"{alias} large", lambda: storage.save("l", ContentFile(b"x" * LARGE)))
    attempt(f"{alias} read", lambda: storage.open(name).read())
    attempt(f"{alias} write", lambda: write(storage))
    for method in ("exists", "size", "stat", "get_modified_time", "listdir", "url", "delete"):
        attempt(f"{alias} {method}", lambda method=method: getattr(storage, method)(name))
    attempt(f"{alias} unsafe", lambda: storage.exists("../a"))
    attempt(f"{alias} missing", lambda: storage.open("missing"))
    attempt(f"{alias} root", lambda: storage.exists(""))
    URLS.append(attempt(f"{alias} url", lambda: storage.url("missing", expires=600)) or "")
    attempt(f"{alias} health", storage.is_minio_available)
    SEEN["pickles"].append(repr(attempt(f"{alias} pickle", lambda: pickle.dumps(storage))))
    SEEN["reprs"].append(repr(attempt(f"{alias} deconstruct", storage.deconstruct)))


def write(storage: Any) -> None:
    with storage.open("written", "wb") as file:
        file.write(b"x" * LARGE)


def command(*arguments: str) -> None:
    from django.core.management import call_command

    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        attempt(" ".join(arguments), lambda: call_command(*arguments, stdout=out, stderr=out))
    SEEN["commands"].append(f"{arguments}: {out.getvalue()}")


def pages() -> None:
    """The admin, with uploads that work and uploads that fail, and the pages of health."""
    from django.contrib.auth.models import User
    from django.core import mail
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client, override_settings
    from django.test.utils import setup_test_environment

    from tests.secrets.project.papers.models import Paper

    setup_test_environment(debug=False)
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("admin"))
    for debug in (False, True):
        with override_settings(DEBUG=debug):
            for field in ("routed", "plain", "session", "refused", "dead"):
                upload = {field: SimpleUploadedFile("u.txt", b"uploaded")}
                page(client.post("/admin/papers/paper/add/", upload))
                # Links to storages that cannot be reached are made all the same.
                row = Paper.objects.create(**{field: "papers/u.txt"})
                page(client.get(f"/admin/papers/paper/{row.pk}/change/"))
                URLS.append(getattr(row, field).url)
    page(client.get("/admin/papers/paper/"))
    for path in ("/healthz", "/healthz/ready"):
        page(client.get(path))
        time.sleep(1)  # so that the second is of backends that were looked at
    for message in mail.outbox:  # type: ignore[attr-defined]
        for part in message.message().walk():
            SEEN["mails"].append((part.get_payload(decode=True) or b"").decode())


def page(answer: Any) -> None:
    SEEN["pages"].append(f"{answer.status_code} {answer.headers!r} {answer.text}")


def everything_alive() -> None:
    """The text of each object of the package that is alive."""
    for found in gc.get_objects():
        if str(type(found).__module__).startswith("tenant_minio"):
            SEEN["reprs"].append(repr(found))


def walk() -> None:
    import django

    django.setup()
    listen()
    from django.conf import settings
    from prometheus_client import generate_latest

    command("check")
    command("migrate", "--run-syncdb", "--verbosity", "0")
    command("makemigrations", "papers", "--dry-run", "--verbosity", "3")
    command("initialize_buckets", "--all-tenants", "--json")
    command("initialize_buckets", "--backend", "working")
    command("initialize_buckets", "--backend", "session")
    command("initialize_buckets", "--backend", "customer")
    for alias in settings.STORAGES:
        work_with(alias)
    command("check_buckets", "--all-tenants", "--json")
    command("is_minio_available", "--json")
    for alias in settings.STORAGES:
        command("is_minio_available", "--backend", alias, "--json")
    command("clean_orphaned_minio_files", "--json")
    command("collectstatic", "--no-input", "--verbosity", "3")
    pages()
    command("dumpdata")
    everything_alive()
    SEEN["metrics"].append(generate_latest().decode())
    SEEN["spans"] += [span.to_json() for span in _spans().exporter.get_finished_spans()]


def main(folder: Path) -> None:
    try:
        walk()
    finally:
        for name, written in SEEN.items():
            (folder / name).write_text("\n".join(written), errors="backslashreplace")
        found = [parse_qs(urlsplit(url).query).get("X-Amz-Signature", [""])[0] for url in URLS]
        (folder / "signatures").write_text("\n".join(filter(None, found)))


if __name__ == "__main__":
    # As the module that the settings name, so that both are one.
    import_module("tests.secrets.project.walk").main(Path(sys.argv[1]))
