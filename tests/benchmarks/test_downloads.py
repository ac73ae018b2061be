"""Who fetches files notices what is not whole, and whose memory is counted is somebody else's."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.contestants.measures import WrongResultError
from benchmarks.contestants.memory import Growth
from benchmarks.downloads.browser import fetch

DATA = bytes(range(256)) * 4000
HEADERS = {"X-Tenant": "acme"}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.rstrip("?")
        if path == "/redirect":
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/strict")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if path == "/strict" and "X-Tenant" in self.headers:
            self.send_error(403)
            return
        if path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        damaged = DATA[:-1] + b"x"
        self.wfile.write({"/short": DATA[:-10], "/damaged": damaged}.get(path, DATA))

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_redirect_is_followed_without_what_is_for_the_site(port: int) -> None:
    found = fetch(f"http://127.0.0.1:{port}/redirect", HEADERS, len(DATA))
    assert 0 < found.first < found.whole


@pytest.mark.parametrize("path", ["short", "missing"])
def test_what_is_not_whole_is_no_result(port: int, path: str) -> None:
    with pytest.raises(WrongResultError):
        fetch(f"http://127.0.0.1:{port}/{path}", HEADERS, len(DATA))


@pytest.mark.parametrize(("path", "whole"), [("fine", 5), ("short", 0), ("damaged", 0)])
def test_crowd_counts_what_is_whole(port: int, path: str, whole: int) -> None:
    order = {"port": port, "path": f"/{path}", "headers": HEADERS, "count": 5}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.downloads.crowd"],
        input=json.dumps({**order, "size": len(DATA), "crc": zlib.crc32(DATA)}),
        capture_output=True,
        check=True,
        text=True,
    )
    assert json.loads(done.stdout)["whole"] == whole


def test_growth_of_another_process_is_seen_after_it_has_shrunk() -> None:
    program = "input()\nx = bytearray(50 * 2**20)\ndel x\nprint('done', flush=True)\ninput()"
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    growth = Growth(child.pid)
    assert child.stdin is not None
    assert child.stdout is not None
    print(file=child.stdin, flush=True)
    assert child.stdout.readline() == "done\n"
    assert 45 < growth.mib() < 80
    child.communicate("\n")
