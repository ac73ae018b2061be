"""As much of a browser as the demo needs: cookies, forms, and redirects that are not followed."""

import http.client
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from example_saas.demo.samples import Sample

TIMEOUT_SECONDS = 30


class UnexpectedAnswerError(Exception):
    """The site answered otherwise than the demo needs to go on."""


@dataclass(frozen=True, slots=True)
class Response:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes = field(repr=False)

    @property
    def location(self) -> str:
        """Where a redirect leads; empty for all else."""
        return self.headers.get("Location", "")

    @property
    def summary(self) -> str:
        """``200``, or where it leads: ``302 to /sign-in/``, without a query that opens files."""
        if not self.location:
            return str(self.status)
        return f"{self.status} to {urlsplit(self.location).path}"


class Browser:
    """Talks to one host of the site, and keeps its cookies.

    :param host: the name that the site is asked for. It is not looked up: not every system resolves
        names below localhost, and the site listens on loopback anyway.
    """

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.cookies: dict[str, str] = {}

    @property
    def origin(self) -> str:
        return f"http://{self.host}:{self.port}"

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Response:
        return self._request("GET", path, headers=headers)

    def post(self, path: str, fields: Mapping[str, str], file: Sample | None = None) -> Response:
        """Opens the form at ``path``, fills it in and sends it."""
        page = self.get(path).body.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        values = {**fields, "csrfmiddlewaretoken": token[1] if token else ""}
        if file is None:
            content_type, body = "application/x-www-form-urlencoded", urlencode(values).encode()
        else:
            content_type, body = _multipart(values, file)
        return self._request("POST", path, body, {"Content-Type": content_type})

    def ask(self, path: str, question: Mapping[str, Any]) -> Response:
        """Sends JSON, as a page's script does."""
        headers = {
            "Content-Type": "application/json",
            "X-CSRFToken": self.cookies.get("vault_csrf", ""),
        }
        return self._request("POST", path, json.dumps(question).encode(), headers)

    def sign_in(self, username: str, password: str) -> Response:
        return self.post("/sign-in/", {"username": username, "password": password})

    def _request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Response:
        sent = {"Host": f"{self.host}:{self.port}", **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        if method == "POST":
            sent["Origin"] = self.origin
        response = _exchange(("127.0.0.1", self.port), method, path, body, sent)
        for line in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return response


def fetch(url: str) -> Response:
    """Gets a plain or signed URL of a cluster, with no cookies and no credentials.

    Proxies of the environment are not asked: the clusters are on loopback.
    """
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return _exchange((parts.hostname or "", parts.port or 80), "GET", target, b"", {})


def send_form(url: str, fields: Mapping[str, str], file: Sample) -> Response:
    """Sends a form with a file to a cluster, as a script of a page does."""
    parts = urlsplit(url)
    content_type, body = _multipart(fields, file)
    address = (parts.hostname or "", parts.port or 80)
    return _exchange(address, "POST", parts.path, body, {"Content-Type": content_type})


def _exchange(
    address: tuple[str, int], method: str, target: str, body: bytes, headers: Mapping[str, str]
) -> Response:
    connection = http.client.HTTPConnection(*address, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(method, target, body or None, dict(headers))
        answer = connection.getresponse()
        return Response(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def _multipart(fields: Mapping[str, str], file: Sample) -> tuple[str, bytes]:
    """The content type and the body of a form with one file (RFC 7578)."""
    boundary = secrets.token_hex(16)
    disposition = f'Content-Disposition: form-data; name="file"; filename="{file.filename}"'
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    parts.append(f"{disposition}\r\n\r\n".encode() + file.content + b"\r\n")
    body = b"".join(f"--{boundary}\r\n".encode() + part for part in parts)
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()
