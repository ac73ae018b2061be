"""One direct upload, as a browser makes it: up to three parts at once."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.contestants.measures import WrongResultError
from benchmarks.uploads.words import BELOW, SAVE, TARGET

_AT_ONCE = 3  # as the widget has it
# A browser sends the cookie that the site gave it, and says it once more.
_CSRF = "c" * 32


def upload(port: int, headers: dict[str, str], file: Path, name: str) -> Callable[[], None]:
    """Send a file to the cluster by parts, and have it confirmed.

    Returns:
        What saves it: a form that comes back.

    Raises:
        WrongResultError: a step was refused.
    """
    size = file.stat().st_size
    begun = _ask(port, f"{BELOW}begin/", headers, target=TARGET, name=name, size=size, type="")
    token, each = begun["token"], begun["parts"]["size"]

    def send(number: int) -> None:
        told = _ask(port, f"{BELOW}parts/", headers, token=token, numbers=[number])
        with file.open("rb") as opened:
            opened.seek((number - 1) * each)
            _put(told["urls"][str(number)], opened.read(each))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(send, range(1, begun["parts"]["count"] + 1)))
    done = _ask(port, f"{BELOW}finish/", headers, token=token)

    def save() -> None:
        _ask(port, SAVE, headers, value=done["value"])

    return save


def _ask(port: int, path: str, headers: dict[str, str], **data: Any) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        sent = {
            **headers,
            "Content-Type": "application/json",
            "Cookie": f"csrftoken={_CSRF}",
            "X-CSRFToken": _CSRF,
        }
        connection.request("POST", path, json.dumps(data), sent)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise WrongResultError(f"status {answer.status} for {path}: {text[:500]!r}")
    found: dict[str, Any] = json.loads(text)
    return found


def _put(url: str, data: bytes) -> None:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.request("PUT", f"{parts.path}?{parts.query}", data)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise WrongResultError(f"status {answer.status} for a part: {text[:500]!r}")
