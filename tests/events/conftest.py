"""Who listens in these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import override_settings

from tenant_minio.events import Event

Subscribe = Callable[..., None]


@pytest.fixture
def subscribe() -> Iterator[Subscribe]:
    """Put subscribers into TENANT_MINIO for one test."""
    active: list[override_settings] = []

    def put(*subscribers: object) -> None:
        override = override_settings(TENANT_MINIO={"SUBSCRIBERS": list(subscribers)})
        override.enable()
        active.append(override)

    yield put
    while active:
        active.pop().disable()


@pytest.fixture
def events(subscribe: Subscribe) -> list[Event]:
    """All events of the test, in order."""
    seen: list[Event] = []
    subscribe(seen.append)
    return seen
