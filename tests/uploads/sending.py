"""What a browser does with forms and URLs, and what somebody else may try with them."""

from __future__ import annotations

from collections.abc import Mapping

import urllib3

http = urllib3.PoolManager(retries=False)


def send_form(url: str, fields: Mapping[str, str], data: bytes, **changed: str) -> int:
    """Post a form with a file, some fields changed, and return the status."""
    body = [*{**fields, **changed}.items(), ("file", ("any.bin", data))]
    return http.request("POST", url, fields=body).status


def put(url: str, data: bytes, **headers: str) -> tuple[int, str]:
    """PUT to a URL, and return the status and the ETag."""
    answer = http.request("PUT", url, body=data, headers=headers or None)
    return answer.status, answer.headers.get("ETag", "").strip('"')
