"""Wrong settings are told by checks, and raise at first use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tenant_minio.checks import check_settings
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.uploads.conf import DEFAULTS, setting
from tenant_minio.uploads.targets import Target, named
from tests.uploads.conftest import MIDDLEWARE

EXAMPLE = {
    "PERMISSION": "tests.uploads.hooks.boss_only",
    "HOOK": "tests.uploads.hooks.scan",
    "EXPIRES": 3600,
    "URL_EXPIRES": 600,
    "FORM_MAX_SIZE": 0,
    "PART_SIZE": 8 * 1024 * 1024,
    "MAX_FILE_SIZE": 10**9,
    "TARGETS": {
        "avatars": {
            "storage": "default",
            "max_file_size": 10**6,
            "content_types": ["image/*"],
            "permission": "tenant_minio.uploads.permissions.allow_staff",
            "hook": "tests.uploads.hooks.scan",
        }
    },
}


def told() -> list[tuple[str | None, str]]:
    return [(one.id, f"{one.msg} {one.hint}") for one in check_settings()]


def test_right_settings_are_fine(
    uploads: Callable[..., None], override: Callable[..., None]
) -> None:
    override(MIDDLEWARE=MIDDLEWARE)
    for given in ({}, EXAMPLE, DEFAULTS):
        uploads(**given)
        assert told() == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"HOOKS": "a.b"}, "'HOOKS'. Did you mean 'HOOK'"),
        ({"hook": "a.b"}, "Did you mean 'HOOK'"),
        ({"EXPIRES": 1}, "from 60 to 604800"),
        ({"EXPIRES": True}, "from 60 to 604800"),
        ({"URL_EXPIRES": "600"}, "from 10 to 604800"),
        ({"FORM_MAX_SIZE": 6 * 1024**3}, "from 0 to 5368709120"),
        ({"PART_SIZE": 1024}, "from 5242880"),
        ({"MAX_FILE_SIZE": None}, "a number of bytes"),
        ({"MAX_FILE_SIZE": 6 * 1024**4}, "to 5497558138880"),
        ({"PERMISSION": None}, "dotted path"),
        ({"HOOK": print}, "dotted path"),
        ({"TARGETS": []}, "a dict of targets"),
        ({"TARGETS": {"a b": {"storage": "default"}}}, "no identifier"),
        ({"TARGETS": {"a": {}}}, "names no storage"),
        ({"TARGETS": {"a": "default"}}, "names no storage"),
        ({"TARGETS": {"a": {"storage": "default", "max_size": 1}}}, "'max_file_size'"),
        ({"TARGETS": {"a": {"storage": "default", "max_file_size": "1"}}}, "number of bytes"),
        ({"TARGETS": {"a": {"storage": "default", "content_types": "image/*"}}}, "a list of types"),
        ({"TARGETS": {"a": {"storage": "default", "content_types": ["png"]}}}, "a list of types"),
    ],
)
def test_wrong_value_is_told(uploads: Callable[..., None], given: Any, words: str) -> None:
    uploads(**given)
    [(code, text)] = [one for one in told() if one[0] != "tenant_minio.W002"]
    assert code == "tenant_minio.E055"
    assert words in text


@pytest.mark.parametrize("name", ["tests.uploads.nowhere.x", "tests.uploads.hooks.NOT_CALLABLE"])
@pytest.mark.parametrize("where", ["PERMISSION", "HOOK", "permission", "hook"])
def test_callable_that_is_none_is_told(uploads: Callable[..., None], name: str, where: str) -> None:
    target = {"storage": "default"}
    uploads(**({where: name} if where.isupper() else {"TARGETS": {"a": {**target, where: name}}}))
    [text] = [text for code, text in told() if code == "tenant_minio.E056"]
    assert name in text


def test_coroutine_is_no_hook(uploads: Callable[..., None]) -> None:
    uploads(HOOK="tests.uploads.hooks.waits")
    assert [code for code, _ in told() if code != "tenant_minio.W002"] == ["tenant_minio.E056"]


def test_storage_of_a_target_is_looked_at(
    uploads: Callable[..., None], use_storages: Callable[..., None]
) -> None:
    memory = "tenant_minio.MemoryStorage"
    use_storages(
        eu={"BACKEND": memory},
        open={"BACKEND": memory, "OPTIONS": {"bucket": "open", "public": True}},
        own={"BACKEND": memory, "OPTIONS": {"bucket": "own"}},
    )
    for alias, words in [
        ("eu", "no bucket"),
        ("open", "public"),
        ("staticfiles", "none of tenant_minio"),
        ("nowhere", "none of tenant_minio"),
    ]:
        uploads(TARGETS={"a": {"storage": alias}})
        [text] = [text for code, text in told() if code == "tenant_minio.E057"]
        assert words in text
    uploads(TARGETS={"a": {"storage": "own"}})
    assert "tenant_minio.E057" not in dict(told())


def test_views_that_nobody_can_use_are_told(
    uploads: Callable[..., None], override: Callable[..., None]
) -> None:
    uploads()
    override(ROOT_URLCONF="tests.uploads.urls", MIDDLEWARE=MIDDLEWARE[:2])
    assert dict(told()).keys() == {"tenant_minio.W011"}
    override(MIDDLEWARE=MIDDLEWARE)
    assert told() == []


def test_wrong_value_raises_at_use(uploads: Callable[..., None]) -> None:
    uploads(EXPIRES=1, TARGETS={"a": {"storage": 1}})
    with pytest.raises(InvalidBackendError, match=r"'EXPIRES'.*from 60.*E055"):
        setting("EXPIRES")
    with pytest.raises(InvalidBackendError, match=r"\['storage'\].*alias"):
        named("a")
    with pytest.raises(InvalidBackendError, match=r"no 'b'\. There are: a"):
        named("b")


def test_options_of_a_target_are_looked_at() -> None:
    with pytest.raises(InvalidBackendError, match="Did you mean 'max_file_size'"):
        Target.of_storage("default", max_size=1)
    with pytest.raises(InvalidBackendError, match="a list of types"):
        Target.of_storage("default", content_types="image/png")
    with pytest.raises(InvalidBackendError, match="StaticFilesStorage, which takes no"):
        Target.of_storage("staticfiles")
