"""Every wrong setting and field for private files is named, with what to do."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings

from tenant_minio.private import PrivateFileField
from tenant_minio.storage import from_alias
from tests.conftest import MEMORY
from tests.test_checks import backend, found, routing
from tests.test_model_checks import check_model


async def nobody_waits(_file: Any) -> bool:
    return True


class OwnServer:
    def serve(self, private_file: Any) -> Any:
        """Sends nothing."""


GOOD: list[dict[str, Any]] = [
    {},
    {"STORAGE": "staticfiles", "PERMISSION": "tenant_minio.private.permissions.allow_staff"},
    {"PERMISSION": lambda _file: True},
    {"SERVER": "redirect", "URL_EXPIRY": 5, "ACTIVE_CONTENT": "sandbox"},
    {"SERVER": "x-accel-cluster", "CLUSTER_URL": "/inside/"},
    {"SERVER": "x-accel", "STORAGE": "staticfiles", "INTERNAL_URL": "/inside/"},
    {"SERVER": "x-sendfile", "STORAGE": "staticfiles"},
    {"SERVER": "streaming", "THREADS": 4, "CACHE_CONTROL": "private, no-store"},
    {"SERVER": f"{__name__}.OwnServer"},
    {"SERVER": OwnServer},
    {"SHARE_KEYS": ["secret-key"]},
]
WRONG: list[tuple[dict[str, Any], str, list[str]]] = [
    ({"STORAGES": "eu"}, "E050", ["'STORAGES'", "'STORAGE'"]),
    ({"INTERNAL_URL": "inside"}, "E050", ["INTERNAL_URL", "'inside'", "begins and ends"]),
    ({"CLUSTER_URL": "/inside"}, "E050", ["CLUSTER_URL", "'/inside'"]),
    ({"URL_EXPIRY": 0}, "E050", ["URL_EXPIRY", "seconds"]),
    ({"URL_EXPIRY": 10**7}, "E050", ["URL_EXPIRY", "604800"]),
    ({"URL_EXPIRY": "60"}, "E050", ["URL_EXPIRY", "'60'"]),
    ({"CACHE_CONTROL": None}, "E050", ["CACHE_CONTROL"]),
    ({"ACTIVE_CONTENT": "show"}, "E050", ["ACTIVE_CONTENT", "attachment, sandbox, inline"]),
    ({"SHARE_KEYS": "secret-key"}, "E050", ["SHARE_KEYS", "list"]),
    ({"SHARE_KEYS": ["secret-key", ""]}, "E050", ["SHARE_KEYS"]),
    ({"THREADS": True}, "E050", ["THREADS", "True"]),
    ({"STORAGE": "us"}, "E052", ["'us'", "default, eu"]),
    ({"PERMISSION": "no.such.rule"}, "E051", ["no.such.rule"]),
    ({"PERMISSION": "tenant_minio.__version__"}, "E051", ["no function"]),
    ({"PERMISSION": f"{__name__}.nobody_waits"}, "E051", ["coroutine"]),
    ({"SERVER": "nginx"}, "E051", ["'nginx'", "x-accel-cluster"]),
    ({"SERVER": "no.such.Server"}, "E051", ["no.such.Server"]),
    ({"SERVER": f"{__name__}.nobody_waits"}, "E051", ["serve(private_file)"]),
    ({"SERVER": "x-accel"}, "E053", ["'x-accel'", "'default'", "x-accel-cluster"]),
    ({"SERVER": "x-sendfile"}, "E053", ["on a cluster"]),
    ({"SERVER": "redirect", "STORAGE": "staticfiles"}, "E053", ["on none", "streaming"]),
    ({"SERVER": "x-accel-cluster", "STORAGE": "staticfiles"}, "E053", ["on none"]),
]


@pytest.mark.parametrize("given", GOOD)
def test_good_settings_pass(use_storages: Callable[..., None], given: dict[str, Any]) -> None:
    use_storages(default=routing(), eu=backend())
    with override_settings(TENANT_MINIO={"PRIVATE": given}):
        assert found() == []


@pytest.mark.parametrize(("given", "code", "told"), WRONG)
def test_wrong_setting_is_named(
    use_storages: Callable[..., None], given: dict[str, Any], code: str, told: list[str]
) -> None:
    use_storages(default=routing(), eu=backend())
    with override_settings(TENANT_MINIO={"PRIVATE": given}):
        [(seen, text)] = found()
    assert seen == code
    assert "secret-key" not in text
    for words in [*told, "PRIVATE"]:
        assert words in text


def test_settings_that_are_no_dict_are_named(use_storages: Callable[..., None]) -> None:
    use_storages(default=routing(), eu=backend())
    with override_settings(TENANT_MINIO={"PRIVATE": ["allow"]}):
        assert [code for code, _text in found()] == ["E012"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"content_types": "image/png"}, "content_types='image/png'"),
        ({"content_types": ["png"]}, "content_types=['png']"),
        ({"max_file_size": "10 MB"}, "max_file_size='10 MB'"),
        ({"max_file_size": 0}, "max_file_size=0"),
        ({"max_file_size": True}, "max_file_size=True"),
    ],
)
def test_wrong_limits_of_a_field_are_named(options: dict[str, Any], told: str) -> None:
    [(code, text)] = check_model(file=PrivateFileField(**options))
    assert code == "E054"
    assert "docs.Row.file" in text
    assert told in text


PUBLIC_ROUTE = {"acme": {"bucket": "acme-public", "prefix": "", "public": True}}


@pytest.mark.parametrize(
    ("alias", "entries"),
    [
        ("default", {"default": routing(public=True)}),
        ("default", {"default": routing(routes=PUBLIC_ROUTE)}),
        ("media", {"media": backend(bucket="private", public=True)}),
    ],
)
def test_private_field_on_a_public_storage_is_named(
    use_storages: Callable[..., None], alias: str, entries: dict[str, Any]
) -> None:
    use_storages(**{"default": routing(), "eu": backend(), **entries})
    messages = check_model(file=PrivateFileField(storage=lambda: from_alias(alias)))
    assert [code for code, _text in messages] == ["W010"]
    assert "docs.Row.file" in messages[0][1]


@pytest.mark.parametrize("alias", ["default", "media", "memory", "nowhere"])
def test_private_field_on_any_other_storage_passes(
    use_storages: Callable[..., None], alias: str
) -> None:
    use_storages(
        default=routing(),
        eu=backend(),
        media=backend(bucket="other"),
        memory={**MEMORY, "OPTIONS": {"bucket": "own"}},
    )
    messages = check_model(file=PrivateFileField(storage=lambda: from_alias(alias)))
    assert "W010" not in [code for code, _text in messages]
