"""A browser with a session, at the address of a tenant, and what it does to upload a file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.contrib.sessions.backends.cache import SessionStore
from django.test import Client

from tenant_minio import registry, use_tenant
from tenant_minio.storage.staged import StagedFile
from tenant_minio.storage.staging import StagingLocation
from tenant_minio.uploads.staged import claim
from tenant_minio.uploads.targets import Target, sign
from tests.uploads.sending import put, send_form


@dataclass
class Browser:
    """Somebody's.

    Args:
        target: what it uploads to.
        tenant: whose address it is at.
        user: who is signed in; nobody if empty.
    """

    target: Target
    tenant: str = "acme"
    user: str = "ann"
    client: Client = field(default_factory=Client)

    def ask(self, step: str, **data: Any) -> tuple[int, dict[str, Any]]:
        """The status and the JSON of an answer."""
        answer = self.client.post(
            f"/uploads/{step}/",
            data=json.dumps(data),
            content_type="application/json",
            headers={"Host": f"{self.tenant}.localhost", "X-User": self.user},
        )
        return answer.status_code, answer.json()

    def refusal(self, step: str, **data: Any) -> str:
        """The code with which a step is refused."""
        status, answer = self.ask(step, **data)
        assert status >= 400, answer
        assert answer["error"]["message"]
        assert "Traceback" not in answer["error"]["message"]
        return str(answer["error"]["code"])

    def begin(self, name: str = "plan.txt", size: int = 5, **other: Any) -> dict[str, Any]:
        data = {"target": sign(self.target), "name": name, "size": size, "type": "x/y", **other}
        status, answer = self.ask("begin", **data)
        assert status == 200, answer
        return answer

    def send(self, begun: dict[str, Any], data: bytes) -> None:
        """Send the file of an upload, by form or by parts."""
        if "form" in begun:
            self.send_form(begun["form"], data)
        else:
            size = begun["parts"]["size"]
            pieces = {
                number: data[(number - 1) * size : number * size]
                for number in range(1, begun["parts"]["count"] + 1)
            }
            self.send_parts(begun["token"], pieces)

    def send_form(self, form: dict[str, Any], data: bytes) -> None:
        if form["url"].startswith("memory:"):
            # What a browser would do.
            backend, bucket = form["url"].removeprefix("memory://").strip("/").split("/")
            headers = {"content-type": form["fields"]["Content-Type"]}
            registry[backend].put(bucket, form["fields"]["key"], data, headers)
        else:
            assert send_form(form["url"], form["fields"], data) == 204

    def send_parts(self, token: str, pieces: dict[int, bytes]) -> None:
        status, answer = self.ask("parts", token=token, numbers=list(pieces))
        assert status == 200, answer
        for number, piece in pieces.items():
            url = answer["urls"][str(number)]
            if url.startswith("memory:"):
                place, key, upload = in_memory(url)
                place[0].put_part(place[1], key, upload, number, piece)
            else:
                assert put(url, piece)[0] == 200

    def finish(self, token: str) -> dict[str, Any]:
        status, answer = self.ask("finish", token=token)
        assert status == 200, answer
        return answer

    def upload(self, data: bytes, name: str = "plan.txt") -> dict[str, Any]:
        """Everything, from begin to finish."""
        begun = self.begin(name, len(data))
        self.send(begun, data)
        return self.finish(begun["token"])

    @property
    def request(self) -> Any:
        """A request of this browser, as a view has it."""
        cookie = self.client.cookies.get("sessionid")
        return SimpleNamespace(
            user=SimpleNamespace(
                pk=self.user, is_authenticated=bool(self.user), is_active=True, is_staff=False
            ),
            session=SessionStore(cookie.value if cookie else None),
            resolver_match=None,
        )

    def claim(self, value: str, target: Target | None = None) -> StagedFile:
        """What a form of this browser makes of a value."""
        with use_tenant(self.tenant):
            return claim(value, target or self.target, self.request)

    def place(self) -> StagingLocation:
        with use_tenant(self.tenant):
            return StagingLocation.of(self.target.locate())


def in_memory(url: str) -> tuple[tuple[Any, str], str, str]:
    """The backend and bucket, the key, and the upload of a part's URL."""
    parts = urlsplit(url)
    bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
    return (registry[parts.netloc], bucket), key, parse_qs(parts.query)["uploadId"][0]
