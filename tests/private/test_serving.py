"""gunicorn and uvicorn send private files of real clusters and of a local folder."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import use_tenant
from tests.backends.answers import answering
from tests.conftest import entry

from .processes import Site, behind_nginx, serving

MIB = 1024 * 1024
DATA = random.Random(7).randbytes(3 * MIB + 17)
# Within what one connection may cost.
LIMIT = 8 * MIB


@dataclass(frozen=True, slots=True)
class Files:
    """STORAGES, for this process and for those that serve, with files of two tenants in them."""

    storages: dict[str, Any]
    folder: Path
    endpoint: str


@pytest.fixture(params=["minio", "versitygw"])
def files(
    request: pytest.FixtureRequest,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    tmp_path: Path,
) -> Files:
    server = request.getfixturevalue(f"{request.param}_server")
    use_storages(eu=entry(server))
    options = {"backend": "eu", "bucket": new_bucket("eu"), "prefix": "tenants/{tenant}/"}
    local = {"location": str(tmp_path / "private")}
    entries = {
        "default": {"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": options},
        "eu": entry(server),
        "local": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": local,
        },
    }
    use_storages(**entries)
    for tenant in ("acme", "globex"):
        with use_tenant(tenant):
            for name in ("docs/plan ü.bin", "page.html", "a+b%2e&c=d.txt"):
                storages["default"].save(name, ContentFile(tenant.encode() + DATA))
    for name in ("docs/plan ü.bin", "page.html", "a+b%2e&c=d.txt"):
        stored = tmp_path / "private" / name
        stored.parent.mkdir(parents=True, exist_ok=True)
        stored.write_bytes(b"acme" + DATA)
    static = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    return Files({**entries, **static}, tmp_path / "private", server.endpoint)


@pytest.fixture(params=["gunicorn", "uvicorn"])
def site(request: pytest.FixtureRequest, files: Files) -> Iterator[Site]:
    with serving(request.param, files.storages, {}) as found:
        yield found


PLAN = "docs/plan%20%C3%BC.bin"
ODD = "a%2Bb%252e%26c%3Dd.txt"


@pytest.mark.parametrize("below", ["/private/", "/local/"])
def test_files_and_parts_of_them_are_sent(site: Site, below: str) -> None:
    content = b"acme" + DATA
    whole = site.ask(f"{below}{PLAN}")
    assert (whole.status, whole.body) == (200, content)
    assert whole.headers["content-length"] == str(len(content))
    assert whole.headers["content-disposition"] == "inline; filename*=utf-8''plan%20%C3%BC.bin"
    assert site.ask(f"{below}{ODD}").body == content
    part = site.ask(f"{below}{PLAN}", headers={"Range": "bytes=1000000-2999999"})
    assert (part.status, part.body) == (206, content[1_000_000:3_000_000])
    assert part.headers["content-range"] == f"bytes 1000000-2999999/{len(content)}"
    beyond = site.ask(f"{below}{PLAN}", headers={"Range": "bytes=99999999-"})
    assert (beyond.status, beyond.body) == (416, b"")
    head = site.ask(f"{below}{PLAN}", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    for name in ("content-length", "etag", "last-modified", "content-type", "accept-ranges"):
        assert head.headers[name] == whole.headers[name]
    same = site.ask(f"{below}{PLAN}", headers={"If-None-Match": whole.headers["etag"]})
    assert (same.status, same.body) == (304, b"")
    page = site.ask(f"{below}page.html")
    assert page.headers["content-disposition"].startswith("attachment")
    assert page.headers["content-security-policy"].startswith("sandbox")


def test_refused_and_missing_look_the_same(site: Site) -> None:
    """To a stranger: another tenant's user, and nobody."""
    for user in ("globex:joe", ""):
        there = site.ask(f"/private/{PLAN}", user)
        for path in (f"/private/{PLAN}", "/private/nothing", "/private/docs", "/private/..%2Fx"):
            for headers in ({}, {"Range": "bytes=0-1"}, {"If-None-Match": "*"}):
                found = site.ask(path, user, headers=headers)
                assert found.status == 404
                assert found.without_date() == there.without_date()
    # And to who may have files, but not this one.
    assert site.ask("/private/nothing").without_date() == there.without_date()


def test_second_tenant_gets_its_own_file_and_never_the_first_ones(site: Site) -> None:
    own = site.ask(f"/private/{PLAN}", "globex:joe", host="globex.localhost")
    assert own.body == b"globex" + DATA
    for path in (
        "/private/..%2Facme/page.html",
        "/private/../acme/page.html",
        "/private/tenants/acme/page.html",
        "/private/%2e%2e/acme/page.html",
        "/private//tenants/acme/page.html",
        "/private/open/../../acme/page.html",
        "/local/open/../page.html",
        "/local/open/%2e%2e/page.html",
    ):
        found = site.ask(path, "globex:joe", host="globex.localhost")
        assert found.status == 404
        assert b"acme" + DATA[:100] not in found.body


def resident(pid: int) -> int:
    """Bytes of memory that a process holds, without what its files share."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("RssAnon")).split()[1])


def worker_of(site: Site) -> int:
    """The process that serves: under gunicorn a child."""
    children = Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text().split()
    return int(children[0]) if children else site.pid


@pytest.fixture
def large(files: Files) -> bytes:
    """Larger than what sockets hold, and than what a download may hold."""
    content = random.Random(8).randbytes(12 * MIB)
    with use_tenant("acme"):
        storages["default"].save("large.bin", ContentFile(content))
    (files.folder / "large.bin").write_bytes(content)
    return content


@pytest.mark.parametrize("below", ["/private/", "/local/"])
def test_large_file_is_sent_in_little_memory(site: Site, large: bytes, below: str) -> None:
    site.ask(f"{below}{PLAN}")
    before = resident(worker_of(site))
    with site.begin(f"{below}large.bin") as stream:
        received = bytearray(after_head(stream))
        most = 0
        while len(received) < len(large):
            piece = stream.recv(MIB)
            assert piece, "it broke off"
            received += piece
            most = max(most, resident(worker_of(site)))
    assert received == large
    assert most - before < LIMIT


@pytest.mark.parametrize("files", ["minio"], indirect=True)
@pytest.mark.parametrize("below", ["/private/", "/local/"])
def test_open_downloads_hold_no_threads_under_asgi(files: Files, large: bytes, below: str) -> None:
    """Forty browsers that do not read, two threads; whoever reads is served at once."""
    with serving("uvicorn", files.storages, {"THREADS": 2}) as site:
        site.ask(f"{below}{PLAN}")
        before = resident(site.pid)
        streams = [site.begin(f"{below}large.bin") for _ in range(40)]
        try:
            for stream in streams:
                assert stream.recv(15).startswith(b"HTTP/1.1 200")
            assert site.ask("/alive").body == b"alive"
            assert site.ask(f"{below}{PLAN}").body == b"acme" + DATA
            # Threads that ran a view end or stay idle; none is there for each download.
            assert len([*Path(f"/proc/{site.pid}/task").iterdir()]) < 30
            assert resident(site.pid) - before < len(streams) * LIMIT
            with ThreadPoolExecutor(8) as readers:
                assert list(readers.map(lambda one: drained(one, large), streams)) == [True] * 40
        finally:
            for stream in streams:
                stream.close()


@pytest.mark.parametrize("files", ["second_minio"], indirect=True)
def test_cluster_that_hangs_holds_up_its_own_files_alone(
    request: pytest.FixtureRequest, files: Files, large: bytes
) -> None:
    """With one thread for each place that files come from, and one of these that is stopped."""
    server = request.getfixturevalue("second_minio_server")
    with serving("uvicorn", files.storages, {"THREADS": 1}) as site:
        site.ask(f"/local/{PLAN}")
        streams = [site.begin("/private/large.bin") for _ in range(3)]
        with ThreadPoolExecutor(len(streams)) as readers:
            for stream in streams:
                stream.recv(1)
            server.pause()
            try:
                reading = [readers.submit(drained, stream, large) for stream in streams]
                assert site.ask(f"/local/{PLAN}").body == b"acme" + DATA
                assert site.ask("/local/large.bin").body == large
            finally:
                server.resume()
            assert [one.result() for one in reading] == [True] * len(streams)
        for stream in streams:
            stream.close()


@pytest.mark.parametrize("files", ["second_minio"], indirect=True)
def test_cluster_that_is_killed_breaks_a_download_off_and_is_told_of(
    request: pytest.FixtureRequest, site: Site, large: bytes
) -> None:
    """No browser takes what has come for the whole file."""
    server = request.getfixturevalue("second_minio_server")
    with site.begin("/private/large.bin") as stream:
        assert stream.recv(15).startswith(b"HTTP/1.1 200")
        server.kill()
        try:
            assert not drained(stream, large)
            answer = site.ask("/private/large.bin")
            stranger = site.ask("/private/large.bin", "globex:joe")
        finally:
            server.restart()
    assert (answer.status, answer.headers["cache-control"]) == (503, "no-store")
    assert int(answer.headers["retry-after"]) >= 1
    assert stranger.status == 404


def after_head(stream: Any) -> bytes:
    """What has come of the content, once the head of the answer is there."""
    found = b""
    while b"\r\n\r\n" not in found:
        piece = stream.recv(4096)
        assert piece, "it broke off"
        found += piece
    return bytes(found.partition(b"\r\n\r\n")[2])


def drained(stream: Any, content: bytes) -> bool:
    """Whether all of the content comes, at the end of the answer."""
    tail = after_head(stream)
    length = len(tail)
    while length < len(content):
        piece = stream.recv(MIB)
        if not piece:
            return False
        length += len(piece)
        tail = (tail + piece)[-1000:]
    return content.endswith(tail)


@pytest.mark.parametrize("below", ["/private/", "/local/"])
def test_download_that_is_given_up_leaves_nothing_open(
    site: Site, large: bytes, below: str
) -> None:
    site.ask(f"{below}{PLAN}")
    worker = worker_of(site)

    def opened() -> int:
        return len([*Path(f"/proc/{worker}/fd").iterdir()])

    before = opened()
    for _ in range(3):
        streams = [site.begin(f"{below}large.bin") for _ in range(3)]
        for stream in streams:
            stream.recv(1000)
            stream.close()
    deadline = time.monotonic() + 30
    # One connection to the cluster may be kept for what comes next.
    while opened() > before + 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert opened() <= before + 1
    assert site.ask(f"{below}{PLAN}").status == 200


# A web server in front


@pytest.fixture(params=["gunicorn", "uvicorn"])
def fronted(request: pytest.FixtureRequest, files: Files) -> Iterator[Callable[[str], Site]]:
    """nginx before the site with a server kind."""
    open_sites: list[Any] = []

    def begin(server: str) -> Site:
        inner = serving(request.param, files.storages, {"SERVER": server})
        site = inner.__enter__()
        open_sites.append(inner)
        replaced = {"/srv/private/": f"{files.folder}/", "minio.internal:9000": files.endpoint}
        outer = behind_nginx(site, replaced)
        open_sites.append(outer)
        return outer.__enter__()

    yield begin
    while open_sites:
        open_sites.pop().__exit__(None, None, None)


@pytest.mark.parametrize(
    ("server", "below"), [("x-accel", "/local/"), ("x-accel-cluster", "/private/")]
)
def test_nginx_sends_what_django_lets(
    fronted: Callable[[str], Site], server: str, below: str
) -> None:
    site = fronted(server)
    content = b"acme" + DATA
    whole = site.ask(f"{below}{PLAN}")
    assert (whole.status, whole.body) == (200, content)
    assert site.ask(f"{below}{ODD}").body == content
    names = [name for name, _value in whole.sent]
    assert sorted(names) == sorted(set(names))
    assert whole.headers["content-disposition"] == "inline; filename*=utf-8''plan%20%C3%BC.bin"
    assert whole.headers["content-type"] == "application/octet-stream"
    assert whole.headers["cache-control"] == "private, no-cache"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert not [name for name in names if name.startswith(("x-accel", "x-amz", "x-cluster"))]
    part = site.ask(f"{below}{PLAN}", headers={"Range": "bytes=100-199"})
    assert (part.status, part.body) == (206, content[100:200])
    again = site.ask(
        f"{below}{PLAN}", headers={"Range": "bytes=100-199", "If-Range": whole.headers["etag"]}
    )
    assert again.status == 206
    same = site.ask(f"{below}{PLAN}", headers={"If-None-Match": whole.headers["etag"]})
    assert (same.status, same.body) == (304, b"")
    head = site.ask(f"{below}{PLAN}", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(content))
    page = site.ask(f"{below}page.html")
    assert page.headers["content-type"] == "text/html"
    assert page.headers["content-disposition"].startswith("attachment")
    assert page.headers["content-security-policy"].startswith("sandbox")
    # What browsers send for the site is not for the cluster.
    signed_in = {"Authorization": "Basic am9lOng=", "Cookie": "sessionid=1"}
    assert site.ask(f"{below}{PLAN}", headers=signed_in).body == content
    refused = site.ask(f"{below}{PLAN}", "globex:joe")
    assert refused.status == 404
    assert refused.without_date() == site.ask(f"{below}nothing").without_date()
    assert refused.without_date() == site.ask(f"{below}nothing", "globex:joe").without_date()
    for inside in (f"/private-x-accel-redirect/{PLAN}", "/private-clusters/eu/"):
        assert site.ask(inside).status == 404


def test_signed_url_never_reaches_the_browser(fronted: Callable[[str], Site]) -> None:
    site = fronted("x-accel-cluster")
    for path in (f"/private/{PLAN}", "/private/nothing", "/private/page.html"):
        for method, asked in [("GET", ""), ("GET", "bytes=999999999-"), ("HEAD", "")]:
            found = site.ask(path, method=method, headers={"Range": asked} if asked else {})
            if asked:
                assert found.status in {416, 404}
            assert "X-Amz-Signature" not in str(found.sent)
            assert b"X-Amz" not in found.body
            assert "tenants/acme" not in str(found.sent) + found.body.decode("latin-1")


CLUSTERS_PAGE = b"<Error><BucketName>media</BucketName><Key>tenants/acme/x</Key></Error>"


@pytest.mark.parametrize("files", ["minio"], indirect=True)
def test_no_page_of_the_cluster_reaches_the_browser(files: Files) -> None:
    """Of what goes wrong between Django's question and nginx's."""
    status = [200]

    def fail(_method: str, _path: str, _headers: Any) -> tuple[int, dict[str, str], bytes]:
        headers = {"x-minio-error-code": "SlowDown", "Location": "http://media/?X-Amz-Signature=1"}
        return status[0], headers, CLUSTERS_PAGE

    replaced = {"/srv/private/": f"{files.folder}/"}
    with (
        answering(fail) as cluster,
        serving("gunicorn", files.storages, {"SERVER": "x-accel-cluster"}) as site,
        behind_nginx(
            site, {**replaced, "minio.internal:9000": f"127.0.0.1:{cluster.server_port}"}
        ) as front,
    ):
        # As sent: nothing is replaced that is not an error.
        assert front.ask(f"/private/{PLAN}").body == CLUSTERS_PAGE
        for status[0] in (301, 307, 400, 401, 403, 404, 412, 416, 429, 500, 503, 507):
            found = front.ask(f"/private/{PLAN}")
            assert found.status == status[0]
            assert found.body == b"This file cannot be sent.\n"
            assert ("cache-control", "no-store") in found.sent
            shown = found.body.decode() + str(found.sent)
            assert not [word for word in ("media", "acme", "SlowDown", "X-Amz") if word in shown]


def test_redirect_leads_to_the_cluster_for_a_short_while(files: Files) -> None:
    from urllib.request import urlopen

    with serving("gunicorn", files.storages, {"SERVER": "redirect"}) as site:
        found = site.ask(f"/private/{PLAN}")
        assert (found.status, found.body) == (302, b"")
        assert found.headers["cache-control"] == "private, no-store"
        assert "X-Amz-Expires=60" in found.headers["location"]
        with urlopen(found.headers["location"], timeout=10) as answer:
            assert answer.read() == b"acme" + DATA
            assert answer.headers["Content-Type"] == "application/octet-stream"
            sent = answer.headers["Content-Disposition"]
            assert sent == "inline; filename*=utf-8''plan%20%C3%BC.bin"
        page = site.ask("/private/page.html")
        with urlopen(page.headers["location"], timeout=10) as answer:
            assert answer.headers["Content-Disposition"].startswith("attachment")
        there = site.ask(f"/private/{PLAN}", "globex:joe")
        assert there.status == 404
        assert there.without_date() == site.ask("/private/nothing").without_date()
        # Of a local file there is nothing to lead to.
        assert site.ask(f"/local/{PLAN}").status == 500
