"""Fields whose files have no tenant, or no place, are named before they are used."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.files.storage import FileSystemStorage, storages
from django.db import models
from django.test.utils import isolate_apps

from tenant_minio import TenantFileField
from tenant_minio.storage import from_alias

from .conftest import MEMORY
from .test_checks import backend, found, routing


def check_model(**attributes: Any) -> list[tuple[str, str]]:
    """What is said of a model that has these and a foreign key."""
    with isolate_apps("tests.project.docs", "tests.project.customers") as isolated:
        account = models.ForeignKey("customers.Customer", models.CASCADE)
        others = models.ManyToManyField("customers.Customer", related_name="+")
        key = property(lambda _self: "acme")
        body = {"account": account, "others": others, "key": key, "__module__": __name__}
        meta = type("Meta", (), {"app_label": "docs"})
        type("Row", (models.Model,), {**body, "Meta": meta, **attributes})
        return [
            (str(message.id).removeprefix("tenant_minio."), f"{message.msg} {message.hint}")
            for message in run_checks(app_configs=isolated.get_app_configs())
            if str(message.id).startswith("tenant_minio.")
        ]


@pytest.mark.parametrize("tenant", [None, "account_id", "key", "id", "pk"])
def test_tenant_field_may_name_what_holds_a_key(tenant: str | None) -> None:
    assert check_model(file=TenantFileField(tenant=tenant)) == []


@pytest.mark.parametrize(
    ("tenant", "told"),
    [
        ("acount_id", "no attribute 'acount_id'"),
        ("account", "use 'account_id'"),
        ("account.slug", "no attribute"),
        ("others", "name a column"),
        ("", "no attribute ''"),
    ],
)
def test_tenant_field_that_names_no_key_is_refused(tenant: str, told: str) -> None:
    [(code, text)] = check_model(file=TenantFileField(tenant=tenant))
    assert code == "E015"
    assert "docs.Row.file" in text
    assert repr(tenant) in text
    assert told in text


@pytest.mark.parametrize(
    "storage", [FileSystemStorage("/tmp"), lambda: storages["us"]], ids=["plain", "alias"]
)
def test_tenant_field_without_routing_is_refused(storage: Any) -> None:
    [(code, text)] = check_model(file=TenantFileField(storage=storage))
    assert code == "E014"
    assert "docs.Row.file" in text
    assert check_model(file=models.FileField(storage=storage)) == []


def test_a_field_in_a_bucket_that_is_not_declared_is_named(use_storages: Any) -> None:
    use_storages(us={**MEMORY, "OPTIONS": {"private_buckets": ["logs"]}})
    [(code, text)] = check_model(file=models.FileField(storage=from_alias("us", bucket="lgos")))
    assert code == "E019"
    assert "docs.Row.file" in text
    assert "'lgos'" in text
    assert "It declares: logs" in text
    logs = storages["us"].for_bucket("logs")
    assert check_model(file=models.FileField(storage=logs)) == []


def test_a_plain_field_in_a_shared_app_is_refused(settings: Any) -> None:
    docs = "tests.project.docs"
    settings.SHARED_APPS = [*settings.SHARED_APPS, docs]
    settings.TENANT_APPS = [app for app in settings.TENANT_APPS if app != docs]
    errors = [text for number, text in found() if number == "E013"]
    assert sorted(text.split()[0] for text in errors) == [
        "docs.Document.file",
        "docs.OwnedDocument.file",
    ]


def test_a_route_for_the_public_schema_makes_it_good(
    settings: Any, use_storages: Callable[..., None]
) -> None:
    docs = "tests.project.docs"
    settings.SHARED_APPS = [*settings.SHARED_APPS, docs]
    settings.TENANT_APPS = [app for app in settings.TENANT_APPS if app != docs]
    routes = {"public": {"bucket": "shared-media", "prefix": ""}}
    use_storages(default=routing(routes=routes), eu=backend())
    assert found() == []
