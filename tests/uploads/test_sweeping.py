"""What nobody has saved goes away in time, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError

from tenant_minio import registry, use_tenant
from tests.commands.test_commands import run
from tests.conftest import entry
from tests.uploads.browser import Browser
from tests.uploads.conftest import keys


def all_tenants() -> list[str]:
    return ["acme", "acme2"]


@pytest.fixture
def known(browser: Browser, override: Callable[..., None]) -> Browser:
    """A browser of a project that knows its tenants."""
    override(TENANT_MINIO={**settings.TENANT_MINIO, "TENANTS": f"{__name__}.all_tenants"})
    return browser


def swept(*args: str) -> list[tuple[str | None, str, str]]:
    """Tenant, last part of the name and status of what is told of."""
    return [
        (one["tenant"], found["name"].rpartition(".")[2], found["status"])
        for one in json.loads(run("sweep_uploads", "--json", *args))
        for found in one["uploads"]
    ]


def test_what_was_never_confirmed_or_saved_is_swept(known: Browser, site: Any) -> None:
    browser = known
    begun = browser.begin()
    browser.send(begun, b"hello")
    value = browser.upload(b"other")["value"]
    Browser(browser.target, tenant="acme2").upload(b"their")
    with use_tenant("acme"):
        site.save("a.txt", ContentFile(b"1"))
        site.save("docs/b.txt", ContentFile(b"1"))
    assert {status for *_, status in swept("--tenant", "acme", "--delete")} == {"young"}
    now = ("--older-than", "0")
    told = run("sweep_uploads", "--tenant", "acme", *now)
    assert "found    acme (default): eu:" in told
    assert ".tm-staging/" in told
    assert "5 bytes, idle for" in told
    assert [status for *_, status in swept("--tenant", "acme", *now)] == ["found"] * 2
    assert browser.claim(value)
    done = swept("--tenant", "acme", *now, "--delete")
    assert [(tenant, status) for tenant, _, status in done] == [("acme", "deleted")] * 2
    with use_tenant("acme"):
        assert sorted(keys(site)) == ["a.txt", "docs/b.txt"]
    assert browser.refusal("finish", token=begun["token"]) == "missing"
    with use_tenant("acme2"):
        assert len(keys(site)) == 1
    done = swept("--all-tenants", *now, "--delete")
    assert [(tenant, status) for tenant, _, status in done] == [("acme2", "deleted")]


def test_parts_in_staging_are_aborted(in_parts: int, known: Browser) -> None:
    browser = known
    begun = browser.begin(size=in_parts + 1)
    browser.send_parts(begun["token"], {1: b"x" * in_parts})
    done = swept("--tenant", "acme", "--older-than", "0", "--delete")
    assert done == [("acme", "parts", "aborted")]
    assert browser.refusal("finish", token=begun["token"]) == "missing"


def test_no_upload_is_swept_before_it_expires(
    known: Browser, override: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(
        "tenant_minio.management.commands.sweep_uploads.sweep",
        lambda _needs, *, older_than, **_rest: seen.append(older_than) or [],
    )
    for expires in (3600, 7 * 24 * 3600):  # to be finished, and as long to be saved
        override(TENANT_MINIO={"UPLOADS": {"EXPIRES": expires}})
        run("sweep_uploads")
    run("sweep_uploads", "--older-than", "5")
    assert seen == [24 * 3600, 14 * 24 * 3600, 5]
    override(TENANT_MINIO={"UPLOADS": {"EXPIRES": 1}})
    with pytest.raises(CommandError, match="E055"):
        run("sweep_uploads")


def test_lifecycle_may_sweep_a_location_that_is_a_bucket(
    minio_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    """As docs/uploads.md says it."""
    use_storages(plain=entry(minio_server))
    name = new_bucket("plain")
    rules = [{"prefix": ".tm-staging/", "expire_days": 2}]
    use_storages(plain=entry(minio_server, bucket=name, lifecycle=rules))
    run("initialize_buckets")
    [rule] = registry["plain"].get_lifecycle(name)
    assert (rule.prefix, rule.expire_days) == (".tm-staging/", 2)
    assert "drift" not in run("check_buckets")
    assert storages["plain"].save("a.txt", ContentFile(b"1")) == "a.txt"
