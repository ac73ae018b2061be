"""No name leads out of its tenant: through no method, request or URL, on neither server.

The judge is the server's own log. On VersityGW, which would normalise ``..``, its folder is
looked into as well.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.test import Client

from tenant_minio import use_tenant
from tests.tenants.clients import HostClient

from .attacks import ATTACKS, FINE, VICTIM, is_allowed
from .conftest import Court, World
from .labels import acting
from .operations import OPERATIONS

OTHERS = [VICTIM, "own", "Acme", "open"]
HOST = "acme.localhost"


@pytest.fixture
def guarded(either_world: World, court: Court) -> Iterator[World]:
    """Others' files, which must be the same afterwards; and folders, which must hold no more."""
    for tenant in OTHERS:
        either_world.put(tenant, "plan.pdf", tenant.encode())
        either_world.put(tenant, "docs/plan.pdf", tenant.encode())
    before = either_world.truth()
    yield either_world
    place = either_world.judge.table["acme"]
    after = {
        where: content
        for where, content in either_world.truth().items()
        if where[:2] != (place.cluster, place.bucket) or not where[2].startswith(place.prefix)
    }
    assert after == before
    data = court.server(place.cluster).data_dir
    assert data is not None
    if place.cluster == "vg":
        buckets = {p.bucket for p in either_world.judge.table.values()}
        assert {path.name for path in data.iterdir() if not path.name.startswith(".")} == buckets
        roots = {path.name for path in (data / "shared").iterdir()}
        assert {name for name in roots if not name.startswith(".")} == {"tenants"}


def test_each_method_refuses_each_attack_without_a_request(guarded: World) -> None:
    done = []
    with acting("acme"), use_tenant("acme"):
        for name in ATTACKS:
            for operation, run in OPERATIONS.items():
                try:
                    run(guarded.storage, name)
                except SuspiciousFileOperation:
                    continue
                if not is_allowed(operation, name):
                    done.append((operation, name))
    assert done == []
    # Only the questions that are allowed have reached the server.
    asked = {kind for tenant, kind in guarded.judge.counts() if tenant == "acme"}
    assert asked == {"list", "bucket", "head"}


def _wsgi(page: str, name: str) -> Any:
    client = Client(raise_request_exception=False)
    return client.post(f"/{page}", json.dumps(name), "application/json", headers={"host": HOST})


def _asgi(page: str, name: str) -> Any:
    client = HostClient(HOST, raise_request_exception=False)
    return async_to_sync(client.post)(f"/a{page}", json.dumps(name), "application/json")


both_ways = pytest.mark.parametrize("post", [_wsgi, _asgi], ids=["wsgi", "asgi"])


@both_ways
@pytest.mark.usefixtures("site")
def test_each_attack_through_a_request_is_refused(
    guarded: World, post: Callable[[str, str], Any]
) -> None:
    done = []
    for name in (name for name in ATTACKS if json.loads(json.dumps(name)) == name):
        outcomes = post("attempts", name).json()
        assert set(outcomes) == set(OPERATIONS)
        done += [
            (operation, name)
            for operation, outcome in outcomes.items()
            if outcome != "refused" and not is_allowed(operation, name)
        ]
    assert done == []


@both_ways
@pytest.mark.usefixtures("site")
def test_visitor_who_attacks_gets_400(guarded: World, post: Callable[[str, str], Any]) -> None:
    attack = f"../{VICTIM}/plan.pdf"
    answers = {one: post(f"attempts/{one}", attack).status_code for one in OPERATIONS}
    assert answers == dict.fromkeys(OPERATIONS, 400)
    guarded.expect_silence()


@both_ways
@pytest.mark.usefixtures("site")
def test_odd_name_through_a_request_stays_inside(
    guarded: World, post: Callable[[str, str], Any]
) -> None:
    for name in FINE:
        outcomes = post("attempts", name).json()
        assert "refused" not in outcomes.values(), name
        assert outcomes["save"] == outcomes["read"] == outcomes["delete"] == "done"
    assert guarded.judge.counts()["acme", "put"] >= len(FINE)


def test_url_of_an_odd_name_leads_to_that_very_file(guarded: World) -> None:
    for tenant in ("acme", "open"):
        storage = guarded.storage.for_tenant(tenant)
        for number, name in enumerate(FINE):
            content = f"{tenant} {number}".encode()
            with acting(tenant):
                with storage.open(name, "wb") as file:
                    file.write(content)
                urls = [storage.url(name, signed=True)]
                urls += [storage.url(name, signed=False)] if tenant == "open" else []
                for url in urls:
                    assert guarded.judge.labels.fetch(url) == (200, content), (name, url)
                storage.delete(name)
        guarded.put("open", "plan.pdf", b"open") if tenant == "open" else None


def _bent(url: str, bucket: str, victim: str) -> Iterator[str]:
    """A URL whose path was changed by whoever holds it, in the ways that lead to ``victim``."""
    parts = urlsplit(url)
    root, _, _ = parts.path.rpartition("/")
    depth = root.count("/") - 1
    for up in ("..", "%2e%2e", "%2E%2E", ".%2e", "%252e%252e"):
        for slash in ("/", "%2f", "%5c"):
            climb = slash.join([up] * depth)
            yield parts._replace(path=f"{root}/{climb}{slash}{victim}").geturl()
            yield parts._replace(path=f"{parts.path}/{up}/{climb}{slash}{victim}").geturl()
    for path in (f"/{bucket}/{victim}", f"//{bucket}/{victim}", f"/{bucket}//{victim}"):
        yield parts._replace(path=path).geturl()
    for extra in (f"prefix={quote(victim)}", "list-type=2", "versionId=null", "uploads"):
        yield f"{url}{'&' if parts.query else '?'}{extra}"
    yield parts._replace(path=f"/{bucket}", query=f"{parts.query}&list-type=2").geturl()


@pytest.mark.parametrize("tenant", ["acme", "open"])
def test_signed_url_that_was_bent_opens_nothing(guarded: World, tenant: str) -> None:
    """The holder asks, not the package: the server's answer counts here."""
    place = guarded.judge.table[VICTIM]
    storage = guarded.storage.for_tenant(tenant)
    with acting(tenant):
        storage.save("mine.pdf", ContentFile(b"mine"))
        url = storage.url("mine.pdf", signed=True)
        assert guarded.judge.labels.fetch(url) == (200, b"mine")
    guarded.judge.verdict()
    answers = {}
    with acting("the holder of a URL"):
        for bent in _bent(url, place.bucket, place.prefix + "plan.pdf"):
            answers[bent] = guarded.judge.labels.fetch(bent)
    assert len(answers) > 30
    opened = {urlsplit(bent).path: answer for bent, answer in answers.items() if answer[0] < 400}
    assert not [body for _status, body in answers.values() if VICTIM.encode() == body]
    assert opened == {}
    guarded.judge.forget()
    with acting(tenant):
        storage.delete("mine.pdf")
