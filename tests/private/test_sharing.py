"""A link gives one file of one tenant to whoever has it, until it ends, and nothing else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.signing import BadSignature, Signer, dumps
from django.test import override_settings
from django.urls import include, path, resolve

from tenant_minio import use_tenant
from tenant_minio.exceptions import InvalidTenantError, NoTenantError
from tenant_minio.private.sharing import Shared, read_token, share_token, share_url
from tenant_minio.private.views import PrivateStorageView, SharedFileView

from .conftest import STRANGER, asking

urlpatterns = [path("shared/", include("tenant_minio.private.share_urls"))]


def get(token: str, **headers: str) -> Any:
    return SharedFileView.as_view()(asking(STRANGER, **headers), token=token)


def body(answer: Any) -> bytes:
    content = b"".join(answer)
    answer.close()
    return content


@pytest.fixture
def shared(routed: Any) -> str:
    """A link to acme's file, on each kind of cluster."""
    for tenant in ("acme", "globex"):
        with use_tenant(tenant):
            routed.save("docs/plan.txt", ContentFile(f"{tenant}'s plan".encode()))
            routed.save("docs/other.txt", ContentFile(b"another file"))
    with use_tenant("acme"):
        return share_token("docs/plan.txt", expires=60)


def test_link_gives_the_file_without_login_inside_and_outside_its_tenant(shared: str) -> None:
    answer = get(shared)
    assert body(answer) == b"acme's plan"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Content-Disposition"] == 'inline; filename="plan.txt"'
    with use_tenant("acme"):
        part = get(shared, Range="bytes=0-3")
        assert (part.status_code, body(part)) == (206, b"acme")


def test_link_is_marked_as_one_that_needs_no_login() -> None:
    """What LoginRequiredMiddleware goes by."""
    view = resolve("/shared/token", urlconf=__name__).func
    assert view.login_required is False
    assert getattr(PrivateStorageView.as_view(), "login_required", True)


def test_link_is_nothing_within_another_tenant(shared: str) -> None:
    with use_tenant("globex"):
        assert get(shared).status_code == 404


def test_changed_link_is_nothing(shared: str) -> None:
    value, _, signature = shared.rpartition(":")
    again = Signer(salt="another").sign_object(["default", "acme", "docs/plan.txt", 10**12])
    forged = [
        "",
        "x",
        ":",
        shared[:-1],
        shared + "x",
        shared.swapcase(),
        f"{value}x:{signature}",
        f"{again.rpartition(':')[0]}:{signature}",
        again,
        dumps(["default", "acme", "docs/plan.txt", 10**12]),
        f"{value}:",
        "ü:ü",
    ]
    for token in forged:
        assert get(token).status_code == 404


def test_link_ends(memory: Any) -> None:
    token = share_token("a.txt", expires=60, tenant="acme", clock=lambda: 1000)
    assert read_token(token, clock=lambda: 1059) == Shared("default", "acme", "a.txt")
    with pytest.raises(BadSignature, match="ended"):
        read_token(token, clock=lambda: 1060)
    assert get(token).status_code == 404
    longer = share_token("a.txt", expires=timedelta(days=30), tenant="acme", clock=lambda: 0)
    assert read_token(longer, clock=lambda: 30 * 86_400 - 1).name == "a.txt"


def test_link_ends_with_its_key(memory: Any, private_settings: Callable[..., None]) -> None:
    by_secret_key = share_token("a.txt", expires=60, tenant="acme")
    with override_settings(SECRET_KEY="another"), pytest.raises(BadSignature):
        read_token(by_secret_key)
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=["only for tests"]):
        assert read_token(by_secret_key).name == "a.txt"
    private_settings(SHARE_KEYS=["one"])
    with pytest.raises(BadSignature):
        read_token(by_secret_key)
    by_one = share_token("a.txt", expires=60, tenant="acme")
    private_settings(SHARE_KEYS=["two", "one"])
    assert read_token(by_one).name == "a.txt"
    by_two = share_token("a.txt", expires=60, tenant="acme")
    private_settings(SHARE_KEYS=["two"])
    assert read_token(by_two).name == "a.txt"
    with pytest.raises(BadSignature):
        read_token(by_one)


def test_link_to_a_file_that_is_gone_looks_as_one_that_is_none(shared: str, routed: Any) -> None:
    routed.for_tenant("acme").delete("docs/plan.txt")
    assert get(shared).status_code == 404


def test_link_whose_storage_is_gone_is_nothing_and_is_logged(
    use_storages: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    """Its entry was renamed, or became one that keeps files by tenant."""
    caplog.set_level("INFO", "tenant_minio.private")
    default = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    eu = {"BACKEND": "tenant_minio.MemoryStorage", "OPTIONS": {"bucket": "media"}}
    use_storages(default=default, eu=eu, reports=eu, kept=default)
    tokens = {
        alias: share_token("divorce.txt", expires=60, storage=alias, tenant=tenant)
        for alias, tenant in [("reports", None), ("eu", "acme"), ("kept", None)]
    }
    options = {"backend": "other", "bucket": "media", "prefix": "tenants/{tenant}/"}
    routed = {"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": options}
    use_storages(default=default, other=eu, kept=routed)
    for alias, token in tokens.items():
        caplog.clear()
        assert get(token).status_code == 404
        [warning] = [one for one in caplog.records if one.levelname == "WARNING"]
        assert repr(alias) in warning.getMessage()
        assert "divorce" not in caplog.text


def test_link_needs_a_tenant_where_files_have_one(memory: Any) -> None:
    with pytest.raises(NoTenantError):
        share_token("a.txt", expires=60)
    with pytest.raises(InvalidTenantError):
        share_token("a.txt", expires=60, tenant="")


@pytest.mark.parametrize("expires", [0, -5, timedelta(0)])
def test_link_that_would_not_live_is_an_error(memory: Any, expires: Any) -> None:
    with pytest.raises(ValueError, match="at least a second"):
        share_token("a.txt", expires=expires, tenant="acme")
    with pytest.raises(ValueError, match="empty"):
        share_token("", expires=60, tenant="acme")


def test_link_to_a_file_of_another_storage(use_storages: Callable[..., None]) -> None:
    options = {"backend": "eu", "bucket": "media", "prefix": "tenants/{tenant}/"}
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": options},
        eu={"BACKEND": "tenant_minio.MemoryStorage"},
        reports={"BACKEND": "tenant_minio.MemoryStorage", "OPTIONS": {"bucket": "reports"}},
        local={"BACKEND": "django.core.files.storage.InMemoryStorage"},
    )
    for alias in ("reports", "local"):
        name = storages[alias].save("a.txt", ContentFile(alias.encode()))
        everyones = share_token(name, expires=60, storage=alias)
        assert body(get(everyones)) == alias.encode()
        with use_tenant("acme"):
            acmes = share_token(name, expires=60, storage=alias)
            assert body(get(acmes)) == alias.encode()
        with use_tenant("globex"):
            for token in (everyones, acmes):
                assert get(token).status_code == 404


def test_url_leads_to_the_view(shared: str) -> None:
    from django.test import Client

    with override_settings(ROOT_URLCONF=__name__):
        url = share_url("docs/plan.txt", expires=60, tenant="acme")
        assert url.startswith("/shared/")
        assert Client().get(url).getvalue() == b"acme's plan"
        assert Client().get(url[:-1]).status_code == 404
