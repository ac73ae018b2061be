"""Rules see who asks, for what, in which tenant; an answer that is no answer is no yes."""

from types import SimpleNamespace
from typing import Any

import pytest

from tenant_minio import use_tenant
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.private import PrivateFile, permissions

from .conftest import MEMBER, ROOT, STAFF, STRANGER, asking

NOBODY = SimpleNamespace()


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (permissions.allow_authenticated, [MEMBER, STAFF, ROOT]),
        (permissions.allow_staff, [STAFF, ROOT]),
        (permissions.allow_superuser, [ROOT]),
    ],
)
def test_rules_let_in_whom_they_name(memory: Any, rule: Any, allowed: list[Any]) -> None:
    for user in (STRANGER, MEMBER, STAFF, ROOT, None):
        assert rule(PrivateFile(asking(user), memory, "a.txt")) is (user in allowed)


def test_request_without_a_user_is_let_in_by_no_rule(memory: Any) -> None:
    request = asking()
    del request.user
    file = PrivateFile(request, memory, "a.txt")
    assert not permissions.allow_authenticated(file)


def test_rule_sees_tenant_user_and_object(memory: Any) -> None:
    row: Any = SimpleNamespace(owner=MEMBER)

    def rule(file: Any) -> bool:
        return file.tenant == "acme" and file.parent_object.owner is file.user

    with use_tenant("acme"):
        assert rule(PrivateFile(asking(MEMBER), memory, "a.txt", row))
        assert not rule(PrivateFile(asking(ROOT), memory, "a.txt", row))
    with use_tenant("globex"):
        assert not rule(PrivateFile(asking(MEMBER), memory, "a.txt", row))


async def waits(_file: Any) -> bool:
    return False


def test_answer_that_is_to_be_awaited_is_an_error_and_no_yes() -> None:
    with pytest.raises(InvalidBackendError, match="coroutine"):
        permissions.decided(waits(None))
    assert permissions.decided(1) is True
    assert permissions.decided(None) is False
