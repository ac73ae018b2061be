"""A key is asked for once, renewed in time, and replaced when it is refused; with a fake clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from minio.credentials.credentials import Credentials

from tenant_minio.backends.credentials.credential import PAUSE_SECONDS, Credential
from tenant_minio.exceptions import (
    BackendUnavailableError,
    PermissionDeniedError,
    TenantMinioError,
)


class Source:
    """A source and its clock; gives key after key, or raises ``error``."""

    def __init__(self, life: float | None = None) -> None:
        self.now = 1_000_000_000.0
        self.life = life
        self.asked = 0
        self.error: TenantMinioError | None = None
        self.same = False

    def clock(self) -> float:
        return self.now

    def __call__(self) -> Credentials:
        self.asked += 1
        if self.error is not None:
            raise self.error
        end = None if self.life is None else datetime.fromtimestamp(self.now + self.life, UTC)
        return Credentials("key-1" if self.same else f"key-{self.asked}", "s", expiration=end)


def credential(source: Source, **options: Any) -> Credential:
    given: dict[str, Any] = {"what": "eu:b/t/", "region": "r", "refresh": 60, "patience": 20}
    return Credential(source, clock=source.clock, **{**given, **options})


def key(held: Credential) -> str:
    return held.retrieve().access_key


def test_a_key_without_an_end_is_asked_for_again_after_refresh() -> None:
    source = Source()
    held = credential(source)
    found = []
    for seconds in (0, 59, 2, 58, 3):
        source.now += seconds
        found.append(key(held))
    assert found == ["key-1", "key-1", "key-2", "key-2", "key-3"]


@pytest.mark.parametrize("life", [900, 3600, 604800])
def test_a_key_is_renewed_when_a_quarter_of_its_life_is_left(life: int) -> None:
    source = Source(life)
    held = credential(source)
    found = [key(held)]
    for part in (0.74, 0.02):
        source.now += life * part
        found.append(key(held))
    assert found == ["key-1", "key-1", "key-2"]


@pytest.mark.parametrize("life", [1, 20, 900, 3600])
def test_no_key_is_used_after_its_end(life: int) -> None:
    """However long nobody asked."""
    for later in range(0, 3 * life, max(life // 50, 1)):
        source = Source(life)
        held = credential(source)
        key(held)
        source.now += later
        assert held.grant().ends > source.now


def test_an_outage_of_the_source_is_bridged_until_the_key_ends() -> None:
    source = Source(3600)
    held = credential(source)
    key(held)
    source.error = BackendUnavailableError("down")
    source.now += 3000
    assert [key(held), key(held)] == ["key-1", "key-1"]
    assert source.asked == 2, "it is not asked for each request"
    source.now += PAUSE_SECONDS
    key(held)
    assert source.asked == 3
    source.now += 550
    with pytest.raises(BackendUnavailableError, match="down") as caught:
        key(held)
    assert not caught.value.request_sent, "nothing became of the request that the key was for"
    source.error = None
    assert key(held) == "key-5"


def test_an_outage_does_not_end_a_key_without_an_end() -> None:
    source = Source()
    held = credential(source)
    key(held)
    source.error = BackendUnavailableError("down")
    source.now += 1_000_000
    assert key(held) == "key-1"


def test_a_source_that_refuses_is_believed_at_once() -> None:
    source = Source()
    held = credential(source)
    key(held)
    source.error = PermissionDeniedError("no more")
    source.now += 61
    for _attempt in range(2):
        with pytest.raises(PermissionDeniedError):
            key(held)


@pytest.mark.parametrize("life", [None, 3600])
def test_a_key_that_the_source_gives_again_stays_the_same_object(life: float | None) -> None:
    """What was derived from it and what it signed are kept, though sources make it anew."""
    source = Source(life)
    source.same = True
    held = credential(source)
    first = held.grant()
    signer = first.signer
    source.now += 3000
    second = held.grant()
    assert source.asked == 2
    assert second.credentials is first.credentials
    assert second.signer is signer
    assert (second.asked, second.ends > first.ends) == (source.now, life is not None)


def test_a_key_that_outlives_an_outage_keeps_its_signer() -> None:
    source = Source()
    held = credential(source)
    signer = held.grant().signer
    source.error = BackendUnavailableError("down")
    source.now += 61
    assert held.grant().signer is signer
    assert source.asked == 2


def test_a_key_is_derived_anew_when_its_parent_is_another() -> None:
    source, parents = Source(3600), [object()]
    held = credential(source, basis=lambda: parents[-1])
    assert [key(held), key(held)] == ["key-1", "key-1"]
    parents.append(object())
    assert [key(held), key(held)] == ["key-2", "key-2"]


def test_an_unknown_parent_changes_nothing() -> None:
    source, parents = Source(3600), [object(), None]
    held = credential(source, basis=lambda: parents[0])
    key(held)
    parents.pop(0)
    assert key(held) == "key-1"


def test_a_changed_parent_is_no_reason_to_ask_a_dead_source_each_time() -> None:
    source, parents = Source(3600), [object()]
    held = credential(source, basis=lambda: parents[-1])
    key(held)
    source.error = BackendUnavailableError("down")
    parents.append(object())
    assert [key(held) for _ in range(5)] == ["key-1"] * 5
    assert source.asked == 2
    source.error = None
    source.now += PAUSE_SECONDS
    assert key(held) == "key-3"


@pytest.mark.parametrize(
    "code",
    [
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "InvalidTokenId",
        "XAdminUserNotFound",
    ],
)
def test_a_bad_key_is_replaced_at_once(code: str) -> None:
    held = credential(Source(3600))
    used = held.retrieve()
    assert held.replaced(used, code)
    assert key(held) == "key-2"


def test_a_refusal_of_an_older_key_asks_for_nothing() -> None:
    source = Source(3600)
    held = credential(source)
    used = held.retrieve()
    assert [held.replaced(used, "ExpiredToken") for _ in range(5)] == [True] * 5
    assert source.asked == 2


def test_denied_access_replaces_a_key_of_some_age_only() -> None:
    """A good key that may not do something would be renewed for each attempt."""
    source = Source(3600)
    held = credential(source)
    used = held.retrieve()
    assert not held.replaced(used, "AccessDenied")
    source.now += PAUSE_SECONDS
    assert held.replaced(used, "AccessDenied")
    assert not held.replaced(held.retrieve(), "AccessDenied")
    assert source.asked == 2


@pytest.mark.parametrize("code", ["NoSuchKey", "RequestTimeTooSkewed", "PreconditionFailed", ""])
def test_other_answers_replace_nothing(code: str) -> None:
    source = Source(3600)
    held = credential(source)
    assert not held.replaced(held.retrieve(), code)
    assert source.asked == 1


def test_a_source_without_another_key_is_not_asked_each_time() -> None:
    source = Source()
    source.same = True
    held = credential(source)
    assert not held.replaced(held.retrieve(), "InvalidAccessKeyId")
    for _attempt in range(3):
        assert not held.replaced(held.retrieve(), "InvalidAccessKeyId")
    assert source.asked == 2
    source.now += PAUSE_SECONDS
    source.same = False
    assert held.replaced(held.retrieve(), "InvalidAccessKeyId")


def test_an_outage_of_the_source_does_not_hide_the_refusal() -> None:
    source = Source(3600)
    held = credential(source)
    used = held.retrieve()
    source.error = BackendUnavailableError("down")
    assert not held.replaced(used, "InvalidAccessKeyId")


def test_a_key_that_must_last_is_renewed_before() -> None:
    source = Source(3600)
    held = credential(source)
    key(held)
    source.now += 600
    grant = held.grant(until=source.now + 3500)
    assert (grant.credentials.access_key, grant.ends - source.now) == ("key-2", 3600)


def test_a_source_whose_keys_do_not_last_is_not_asked_for_each_url() -> None:
    source = Source(900)
    held = credential(source)
    ends = [held.grant(until=source.now + 3600).ends for _ in range(5)]
    assert ends == [source.now + 900] * 5
    assert source.asked == 1


class SlowSource(Source):
    """Answers when it is let go; the fault that threads meet at."""

    def __init__(self, life: float | None = None) -> None:
        super().__init__(life)
        self.begun = threading.Event()
        self.go = threading.Event()

    def __call__(self) -> Credentials:
        self.begun.set()
        assert self.go.wait(20)
        return super().__call__()


def in_threads(count: int, work: Callable[[], str]) -> tuple[list[threading.Thread], list[str]]:
    found: list[str] = []

    def run() -> None:
        try:
            found.append(work())
        except TenantMinioError as error:
            error.args = (f"{error} told",)  # as a Location does
            found.append(str(error))

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads, found


def finish(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


def test_many_that_have_no_key_share_one_question() -> None:
    source = SlowSource(3600)
    held = credential(source)
    threads, found = in_threads(32, lambda: key(held))
    source.begun.wait(20)
    source.go.set()
    finish(threads)
    assert (found, source.asked) == (["key-1"] * 32, 1)


def test_while_one_renews_the_others_go_on_with_what_serves() -> None:
    source = SlowSource(3600)
    source.go.set()
    held = credential(source)
    key(held)
    source.go.clear()
    source.begun.clear()
    source.now += 3000
    renewing, renewed = in_threads(1, lambda: key(held))
    assert source.begun.wait(20)
    others, found = in_threads(8, lambda: key(held))
    finish(others)
    assert found == ["key-1"] * 8
    source.go.set()
    finish(renewing)
    assert (renewed, source.asked) == (["key-2"], 2)


def test_those_that_waited_share_the_failure() -> None:
    """Each that asked again would wait for a time limit of its own, one after the other."""
    source = SlowSource()
    source.error = BackendUnavailableError("down")
    held = credential(source)
    first, _found = in_threads(1, lambda: key(held))
    source.begun.wait(20)
    waiting = threading.Semaphore(0)
    wait = held._wait

    def announced() -> None:
        waiting.release()
        wait()

    held._wait = announced  # type: ignore[method-assign]
    threads, found = in_threads(8, lambda: key(held))
    for _thread in range(8):
        assert waiting.acquire(timeout=20)
    source.go.set()
    finish([*first, *threads])
    assert (found, source.asked) == (["down told"] * 8, 1)


def test_nobody_waits_for_ever_for_a_source_that_hangs() -> None:
    source = SlowSource()
    held = credential(source, patience=0.05)
    threads, _found = in_threads(1, lambda: key(held))
    source.begun.wait(20)
    with pytest.raises(BackendUnavailableError, match=r"eu:b/t/.*time limit") as caught:
        key(held)
    assert not caught.value.request_sent
    source.go.set()
    finish(threads)


def test_many_that_are_refused_share_one_replacement() -> None:
    source = Source(3600)
    held = credential(source)
    used = held.retrieve()
    barrier = threading.Barrier(16)

    def refused() -> str:
        barrier.wait(20)
        return str(held.replaced(used, "ExpiredToken"))

    threads, found = in_threads(16, refused)
    finish(threads)
    assert (found, source.asked) == (["True"] * 16, 2)


def test_no_text_shows_a_secret() -> None:
    held = Credential(
        lambda: Credentials("key", "TopSecret99", session_token="TopToken99"),
        what="eu",
        region="r",
        refresh=60,
        patience=1,
    )
    shown = repr(held) + repr(held.grant()) + repr(held.grant().signer) + str(held)
    assert "TopSecret99" not in shown
    assert "TopToken99" not in shown
