"""Options are checked before anything is asked, and their secrets stay with them."""

import pickle
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tenant_minio.backends.connection import Connection
from tenant_minio.backends.health import probe
from tenant_minio.backends.options import BackendOptions, parse

SECRET = "TopSecret99"
REQUIRED: dict[str, Any] = {"endpoint": "h", "access_key": "a", "secret_key": SECRET}
POOL = urllib3.PoolManager()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("endpoint", f"https://AKIAROOT:{SECRET}@minio.example.com", "E004"),
        ("endpoint", f"AKIA:x@{SECRET}@minio.example.com:1", "E004"),
        ("external_endpoint", f"{SECRET}@minio.example.com".encode(), "E004"),
        ("proxy", f"http://user:{SECRET}@host:99999", "E005"),
        ("proxy", f"http://user:{SECRET}@host:0", "E005"),
        ("proxy", f"user:{SECRET}@proxy:3128", "E005"),
        ("proxy", f"http://user:Top {SECRET}@[bad:3128", "E005"),
        ("proxy", f"socks5://user:{SECRET}@h:1", "E005"),
        ("proxy", f"http:///{SECRET}", "E005"),
        ("region", "eu west", "E005"),
        ("region", "-eu", "E005"),
        ("region", "e" * 64, "E005"),
        ("public_url", f"https://user:{SECRET}@cdn.example.com/", "E005"),
        ("public_url", f"https://cdn.example.com/?token={SECRET}", "E005"),
        ("public_url", "https://cdn.example.com/#top/", "E005"),
        ("public_url", "https://cdn.example.com", "E005"),
        ("public_url", "https://cdn.example.com/files", "E005"),
        ("public_url", "https://cdn.example.com//files/", "E005"),
        ("public_url", "https://cdn.example.com/../files/", "E005"),
        ("public_url", "https://cdn.example.com/{tenant}/", "E005"),
        ("public_url", "https://cdn.example.com/a b/", "E005"),
        ("public_url", "https://cdn.example.com/ä/", "E005"),
        ("public_url", "https://cdn.example.com:0/", "E005"),
        ("public_url", "https://", "E005"),
        ("public_url", "ftp://cdn.example.com/", "E005"),
        ("public_url", "javascript:alert(1)/", "E005"),
        ("public_url", "//cdn.example.com/", "E005"),
        ("public_url", "cdn.example.com/", "E005"),
        ("public_url", "/media", "E005"),
        ("public_url", "", "E005"),
        ("public_url", b"/media/", "E005"),
        ("ca_certs", "/nowhere/ca.pem", "E005"),
        ("ca_certs", "a\0b", "E005"),
        ("http_client", "tenant_minio.nowhere.pool", "E011"),
        ("http_client", "no_path", "E011"),
        ("http_client", f"{__name__}.SECRET", "E005"),
        ("http_client", 5, "E005"),
    ],
)
def test_what_cannot_work_is_a_problem_that_tells_no_secret(
    name: str, value: object, code: str
) -> None:
    options, problems = parse("eu", {**REQUIRED, name: value})
    assert options is None
    assert [(problem.code, problem.aliases) for problem in problems] == [(code, ("eu",))]
    assert repr(name) in problems[0].message
    assert SECRET not in problems[0].message + problems[0].hint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("proxy", "http://user:p%40ss@proxy:3128"),
        ("proxy", "https://[::1]:3128/"),
        ("region", "us-east-1"),
        ("region", "r"),
        ("public_url", None),
        ("public_url", "/"),
        ("public_url", "/media/"),
        ("public_url", "/media/{bucket}/"),
        ("public_url", "https://cdn.example.com/"),
        ("public_url", "http://cdn.example.com:8080/a%20b/.well-known/"),
        ("public_url", "https://{bucket}.cdn.example.com/"),
        ("public_url", "https://[::1]:9000/{bucket}/files/"),
        ("ca_certs", str(Path(__file__).parent.parent / "data" / "localhost.pem")),
        ("http_client", f"{__name__}.POOL"),
        ("http_client", POOL),
        ("http_client", lambda: POOL),
    ],
)
def test_what_can_work_is_taken(name: str, value: object) -> None:
    options, problems = parse("eu", {**REQUIRED, name: value})
    assert problems == []
    assert getattr(options, name) == value


def test_options_are_not_pickled() -> None:
    with pytest.raises(TypeError, match="secrets"):
        pickle.dumps(BackendOptions(**REQUIRED))


def fail() -> urllib3.PoolManager:
    raise RuntimeError(SECRET)


@pytest.mark.parametrize(
    "broken",
    [
        {"http_client": fail},
        {"region": "not a region"},
        {"proxy": f"http://user:{SECRET}@host:99999"},
        {"proxy": f"http://user:{SECRET}@127.0.0.1:1"},
        {"ca_certs": "/nowhere"},
    ],
    ids=["callable", "region", "proxy", "unreachable proxy", "ca_certs"],
)
def test_a_question_for_health_raises_nothing_and_tells_no_secret(broken: dict[str, Any]) -> None:
    options = BackendOptions(**{**REQUIRED, "endpoint": "127.0.0.1:1", **broken})
    health = probe(Connection("eu", options))
    assert not health.available
    assert health.detail
    assert SECRET not in health.detail
