"""AssumeRole passes the breaker and the bulkhead, as every other request to the cluster does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile

from tenant_minio import registry
from tenant_minio.backends.circuit import State
from tenant_minio.exceptions import BackendUnavailableError, CircuitOpenError
from tests.credentials.conftest import Users, own_key
from tests.credentials.test_sts import age, questions
from tests.faults import FaultyProxy, error_answer


@pytest.fixture
def proxy(minio_server: Any) -> Iterator[FaultyProxy]:
    made = FaultyProxy(minio_server.endpoint)
    yield made
    made.close()


@pytest.fixture
def routed(
    users: Users, bucket: str, proxy: FaultyProxy, routed_with: Callable[..., Any]
) -> Callable[..., Any]:
    user = users.add(bucket, f"{bucket}/*")

    def routed(**given: Any) -> Any:
        return routed_with(
            **own_key(user), credentials="sts", endpoint=proxy.endpoint, retries=0, **given
        )

    return routed


def state(storage: Any) -> State:
    """Of the breaker that asking for keys passes."""
    connection: Any = registry[storage.for_tenant("acme").route().backend].connection  # type: ignore[attr-defined]
    found: State = connection.gate.breakers.writes.state
    return found


@pytest.mark.parametrize("fate", ["lose request", error_answer(503, "SlowDown")])
def test_a_cluster_that_gives_no_keys_is_soon_not_asked_for_any(
    routed: Callable[..., Any], proxy: FaultyProxy, fate: str | bytes
) -> None:
    """Each tenant of a dead cluster would else wait for a key of its own."""
    storage = routed(breaker_failures=3, breaker_reset=3600)
    proxy.fault = lambda head: fate if head.startswith("POST / ") else None
    for number in range(3):
        with pytest.raises(BackendUnavailableError, match="AssumeRole"):
            storage.for_tenant(f"t{number}").exists("f")
    assert state(storage) is State.OPEN
    asked = len(proxy.heads)
    with pytest.raises(CircuitOpenError, match=r"tenant 't9'"):
        storage.for_tenant("t9").exists("f")
    assert len(proxy.heads) == asked


def test_a_key_that_still_serves_outlives_a_closed_sts(
    routed: Callable[..., Any], proxy: FaultyProxy
) -> None:
    storage = routed(breaker_failures=9)
    storage.for_tenant("acme").save("f", ContentFile(b"1"))
    age(storage, "acme", 3000)
    proxy.fault = lambda head: error_answer(500, "Oops") if head.startswith("POST / ") else None
    assert storage.for_tenant("acme").exists("f")
    assert state(storage) is State.CLOSED


def test_a_key_asked_for_in_the_middle_of_a_request_needs_no_second_place(
    routed: Callable[..., Any], proxy: FaultyProxy
) -> None:
    """The request holds the only one until it is answered."""
    storage = routed(max_concurrent=1, max_concurrent_wait=0)
    tenant = storage.for_tenant("acme")
    tenant.save("f", ContentFile(b"1"))
    age(storage, "acme", 10)
    refused: list[str] = []

    def refuse_once(head: str) -> bytes | None:
        if head.startswith("POST / ") or refused:
            return None
        refused.append(head)
        return error_answer(403, "InvalidAccessKeyId")

    proxy.fault = refuse_once
    assert tenant.open("f").read() == b"1"
    assert refused
    assert questions(proxy) == 2
