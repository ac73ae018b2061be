"""Who listens in these tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tenant_minio.events import Event

Subscribe = Callable[..., None]


@pytest.fixture
def subscribe(override: Callable[..., None]) -> Subscribe:
    """Put subscribers into TENANT_MINIO for one test."""
    return lambda *subscribers: override(TENANT_MINIO={"SUBSCRIBERS": list(subscribers)})


@pytest.fixture
def events(subscribe: Subscribe) -> list[Event]:
    """All events of the test, in order."""
    seen: list[Event] = []
    subscribe(seen.append)
    return seen
