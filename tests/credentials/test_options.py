"""What is wrong with the options about keys is known before anything is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from minio.credentials import EnvMinioProvider, MinioClientConfigProvider, StaticProvider
from minio.credentials.credentials import Credentials

from tenant_minio import use_tenant
from tenant_minio.backends.credentials.kinds import Kind, kind_of
from tenant_minio.backends.options import parse
from tenant_minio.checks import check_storages
from tenant_minio.routing.route import Route

SECRET = "TopSecret99"
OWN: dict[str, Any] = {"access_key": "a", "secret_key": SECRET}
PROVIDER = StaticProvider("a", SECRET)


def provider() -> StaticProvider:
    return PROVIDER


def for_route(route: Route) -> Credentials:
    return Credentials("a", SECRET)


def for_route_or_none(route: Route | None = None) -> Credentials:
    return Credentials("a", SECRET)


def for_two(route: Route, tenant: str) -> Credentials:
    raise AssertionError


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, Kind.OWN),
        ("static", Kind.OWN),
        ("sts", Kind.STS),
        (PROVIDER, Kind.PROVIDER),
        (provider, Kind.PROVIDER),
        (EnvMinioProvider, Kind.PROVIDER),
        (MinioClientConfigProvider, Kind.PROVIDER),
        (for_route, Kind.CALLABLE),
        (for_route_or_none, Kind.CALLABLE),
        (StaticProvider, None),
        (for_two, None),
        (5, None),
        ("STS", None),
        ("", None),
    ],
)
def test_the_option_is_what_it_looks_like(value: object, kind: Kind | None) -> None:
    assert kind_of(value) is kind


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ({**OWN, "credentials": 5}, ["E005"]),
        ({**OWN, "url_credentials": []}, ["E005"]),
        ({**OWN, "credentials": "STS"}, ["E011"]),
        ({**OWN, "credentials": "nowhere.at_all"}, ["E011"]),
        ({**OWN, "credentials": f"{__name__}.for_two"}, ["E005"]),
        ({**OWN, "credentials": f"{__name__}.OWN"}, ["E005"]),
        ({"own_credentials": f"{__name__}.for_route"}, ["E005"]),
        ({"own_credentials": "sts"}, ["E005"]),
        ({"credentials": "sts"}, ["E003", "E003"]),
        ({"credentials": f"{__name__}.for_route"}, ["E003", "E003"]),
        ({**OWN, "credentials": PROVIDER}, ["E023"]),
        ({**OWN, "own_credentials": PROVIDER}, ["E023"]),
        ({"credentials": PROVIDER, "own_credentials": PROVIDER}, ["E023"]),
        ({"credentials": PROVIDER, "session_token": SECRET}, ["E023"]),
        ({**OWN, "credentials": "sts", "session_token": SECRET}, ["E020"]),
        ({**OWN, "credentials": "sts", "endpoint": "s3.eu-west-1.amazonaws.com"}, ["E020"]),
        ({**OWN, "credentials": "sts", "endpoint": "s3.amazonaws.com:443"}, ["E020"]),
        ({**OWN, "url_credentials": "tenants"}, ["E005"]),
        ({**OWN, "url_credentials": "tenant"}, ["E022"]),
        ({"credentials": PROVIDER, "url_credentials": "tenant"}, ["E022"]),
        ({**OWN, "credentials": "sts", "url_credentials": "tenant"}, ["E022"]),
        (
            {**OWN, "credentials": "sts", "url_credentials": "tenant", "url_expiry": 604800},
            ["E022"],
        ),
        ({**OWN, "sts_duration": 899}, ["E005"]),
        ({**OWN, "sts_duration": 604801}, ["E005"]),
        ({**OWN, "sts_duration": True}, ["E005"]),
        ({**OWN, "credentials_refresh": 0}, ["E005"]),
        ({**OWN, "credentials_cache_size": 0}, ["E005"]),
        ({**OWN, "credential": "sts"}, []),
    ],
)
def test_what_cannot_work_is_a_problem_that_tells_no_secret(
    options: dict[str, Any], codes: list[str]
) -> None:
    _options, problems = parse("eu", {"endpoint": "h", **options})
    assert [problem.code for problem in problems] == codes
    for problem in problems:
        assert problem.aliases == ("eu",)
        assert SECRET not in problem.message + problem.hint


@pytest.mark.parametrize(
    "options",
    [
        {**OWN, "credentials": None},
        {**OWN, "credentials": "static"},
        {**OWN, "credentials": "sts"},
        {**OWN, "credentials": f"{__name__}.for_route"},
        {**OWN, "credentials": for_route, "url_credentials": "tenant"},
        {"credentials": "minio.credentials.EnvMinioProvider"},
        {"credentials": f"{__name__}.PROVIDER"},
        {"credentials": f"{__name__}.provider"},
        {"credentials": "sts", "own_credentials": provider},
        {**OWN, "credentials": "sts", "sts_duration": 4500, "url_credentials": "tenant"},
    ],
)
def test_what_can_work_is_taken(options: dict[str, Any]) -> None:
    parsed, problems = parse("eu", {"endpoint": "h", **options})
    assert problems == []
    assert SECRET not in repr(parsed)


def test_the_hint_says_what_duration_is_enough() -> None:
    options = {**OWN, "endpoint": "h", "credentials": "sts", "url_credentials": "tenant"}
    (problem,) = parse("eu", options)[1]
    assert "at least 4500" in problem.hint
    assert parse("eu", {**options, "sts_duration": 4500})[1] == []


def test_storages_in_memory_take_the_options_and_need_no_keys(
    use_storages: Callable[..., None],
) -> None:
    options = {"credentials": "sts", "url_credentials": "tenant", "sts_duration": 4500}
    route = {"backend": "eu", "bucket": "media", "prefix": "t/{tenant}/"}
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": route},
        eu={"BACKEND": "tenant_minio.MemoryStorage", "OPTIONS": options},
    )
    assert check_storages() == []
    with use_tenant("acme"):
        assert storages["default"].save("f", ContentFile(b"1")) == "f"
