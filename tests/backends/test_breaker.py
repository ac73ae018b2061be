"""When a backend that fails is no longer asked, by a clock that the tests turn."""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tenant_minio.backends import circuit
from tenant_minio.backends.breaker import Breaker
from tenant_minio.backends.circuit import Change, State, Traffic
from tenant_minio.backends.outage import Evidence, Outage
from tenant_minio.exceptions import CircuitOpenError

LIMIT, RESET, PATIENCE = 3, 10.0, 20.0
FAILING = Outage("it failed with 503", Evidence.FAILING)
ERROR = Outage("it failed with 500", Evidence.ONE_REQUEST)
SILENT = Outage("it cannot be reached", Evidence.NO_ANSWER)


class Clock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def unasked() -> str:
    raise AssertionError("no trial is due")


def well() -> str:
    return ""


def ill() -> str:
    return "it is still ill"


def make(clock: Clock, limit: int = LIMIT) -> Breaker:
    return Breaker(
        "us",
        Traffic.WRITES,
        limit=limit,
        reset=RESET,
        patience=PATIENCE,
        trial=unasked,
        timer=clock,
    )


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return make(clock)


@pytest.fixture
def heard() -> Iterator[list[Change]]:
    """All changes of a test."""
    changes: list[Change] = []
    circuit.listeners.append(changes.append)
    yield changes
    circuit.listeners.remove(changes.append)


def enter(breaker: Breaker, trial=unasked) -> int:
    breaker._trial = trial
    return breaker.enter("us:media/f")


def fail(breaker: Breaker, times: int = 1, outage: Outage = FAILING, trial=unasked) -> None:
    for _ in range(times):
        breaker.failed(enter(breaker, trial), outage)


def open_it(breaker: Breaker) -> None:
    fail(breaker, LIMIT)


def test_failures_in_a_row_open_it(breaker: Breaker) -> None:
    fail(breaker, LIMIT - 1)
    assert breaker.state is State.CLOSED
    fail(breaker)
    assert breaker.state is State.OPEN
    with pytest.raises(CircuitOpenError):
        enter(breaker)


def test_a_success_between_them_starts_the_row_anew(breaker: Breaker) -> None:
    for _ in range(5):
        fail(breaker, LIMIT - 1)
        breaker.succeeded(enter(breaker))
    assert breaker.state is State.CLOSED
    assert breaker.status().failures == 0
    assert breaker.status().cause == ""


def test_the_error_says_since_when_why_and_until_when(breaker: Breaker, clock: Clock) -> None:
    open_it(breaker)
    clock.now += 4
    with pytest.raises(CircuitOpenError) as caught:
        enter(breaker)
    error = caught.value
    assert (error.open_seconds, error.retry_seconds) == (4.0, 6.0)
    assert error.cause == "it failed with 503"
    assert not error.request_sent
    for told in ("us:media/f", "'us'", "writes", "4.0 s", "6.0 s", "503"):
        assert told in str(error)


def test_each_refusal_has_an_error_of_its_own(breaker: Breaker) -> None:
    """Those who pass it on add to its message."""
    open_it(breaker)
    errors = []
    for _ in range(2):
        with pytest.raises(CircuitOpenError) as caught:
            enter(breaker)
        errors.append(caught.value)
    assert errors[0] is not errors[1]


def test_when_it_is_time_a_trial_closes_it(breaker: Breaker, clock: Clock) -> None:
    open_it(breaker)
    clock.now += RESET - 0.01
    with pytest.raises(CircuitOpenError):
        enter(breaker)
    clock.now += 0.01
    breaker.succeeded(enter(breaker, well))
    assert breaker.state is State.CLOSED
    fail(breaker, LIMIT - 1)
    assert breaker.state is State.CLOSED


def test_the_first_failure_after_a_trial_opens_it_again(breaker: Breaker, clock: Clock) -> None:
    """A short question may be answered by a cluster that fails every real request."""
    open_it(breaker)
    clock.now += RESET
    breaker.failed(enter(breaker, well), FAILING)
    assert breaker.state is State.OPEN


def test_a_trial_that_fails_keeps_it_open_for_as_long_again(breaker: Breaker, clock: Clock) -> None:
    open_it(breaker)
    for _ in range(3):
        clock.now += RESET
        with pytest.raises(CircuitOpenError, match="still ill"):
            enter(breaker, ill)
        with pytest.raises(CircuitOpenError):
            enter(breaker)
    status = breaker.status()
    assert (status.open_seconds, status.retry_seconds) == (3 * RESET, RESET)
    assert status.cause == "it is still ill"


def test_a_trial_that_is_broken_off_keeps_it_open(breaker: Breaker, clock: Clock) -> None:
    """As by a worker's abort: nobody else would ever try again."""

    def aborted() -> str:
        raise SystemExit(1)

    open_it(breaker)
    clock.now += RESET
    with pytest.raises(SystemExit):
        enter(breaker, aborted)
    assert breaker.state is State.OPEN
    clock.now += RESET
    enter(breaker, well)
    assert breaker.state is State.CLOSED


def test_one_of_many_makes_the_trial(breaker: Breaker, clock: Clock) -> None:
    """The others are refused while it is under way."""
    open_it(breaker)
    clock.now += RESET
    callers = 16
    start, refused = threading.Barrier(callers), threading.Semaphore(0)
    trials = []

    def trial() -> str:
        trials.append(breaker.state)
        for _ in range(callers - 1):
            assert refused.acquire(timeout=20)
        return ""

    def call(_number: int) -> str:
        start.wait(20)
        try:
            enter(breaker, trial)
        except CircuitOpenError as error:
            refused.release()
            return "right now" if "right now" in str(error) else str(error)
        return "passed"

    with ThreadPoolExecutor(callers) as pool:
        found = list(pool.map(call, range(callers)))
    assert trials == [State.HALF_OPEN]
    assert sorted(found) == ["passed"] + ["right now"] * (callers - 1)
    assert breaker.state is State.CLOSED


def test_what_began_before_a_change_says_nothing_after_it(breaker: Breaker, clock: Clock) -> None:
    """A request that hangs ends long after its cluster is well again."""
    late = enter(breaker)
    open_it(breaker)
    breaker.succeeded(late)
    assert breaker.state is State.OPEN
    clock.now += RESET
    enter(breaker, well)
    for _ in range(LIMIT):
        breaker.failed(late, SILENT)
    assert breaker.state is State.CLOSED
    fail(breaker)
    breaker.succeeded(late)
    assert breaker.state is State.OPEN


def test_failures_while_it_is_open_do_not_put_the_trial_off(breaker: Breaker, clock: Clock) -> None:
    under_way = [enter(breaker) for _ in range(LIMIT + 2)]
    for era in under_way:
        clock.now += 1
        breaker.failed(era, SILENT)
    assert breaker.status().retry_seconds == RESET - 2


def test_many_failures_at_once_open_it_once(breaker: Breaker, heard: list[Change]) -> None:
    callers = 16
    start = threading.Barrier(callers)

    def call(_number: int) -> None:
        era = enter(breaker)
        start.wait(20)
        breaker.failed(era, SILENT)

    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(call, range(callers)))
    assert [(change.old, change.new) for change in heard] == [(State.CLOSED, State.OPEN)]


def test_who_has_found_the_cluster_well_closes_it(breaker: Breaker, heard: list[Change]) -> None:
    breaker.close()
    assert heard == []
    open_it(breaker)
    breaker.close()
    assert breaker.state is State.CLOSED
    enter(breaker)


def test_a_trial_that_fails_after_it_was_closed_changes_nothing(
    breaker: Breaker, clock: Clock
) -> None:
    def overtaken() -> str:
        breaker.close()
        return "it was too slow"

    open_it(breaker)
    clock.now += RESET
    with pytest.raises(CircuitOpenError):
        enter(breaker, overtaken)
    assert breaker.state is State.CLOSED


def test_without_a_limit_it_never_opens(clock: Clock) -> None:
    breaker = make(clock, limit=0)
    fail(breaker, 100)
    assert breaker.state is State.CLOSED


def test_with_a_limit_of_one_a_trial_still_closes_it(clock: Clock) -> None:
    breaker = make(clock, limit=1)
    fail(breaker)
    assert breaker.state is State.OPEN
    clock.now += RESET
    enter(breaker, well)
    assert breaker.state is State.CLOSED
    assert breaker.status().failures == 0


def test_a_child_begins_anew(breaker: Breaker) -> None:
    """Its parent's thread may have held the lock when it was forked."""
    open_it(breaker)
    breaker._lock.acquire()
    breaker.forget()
    assert breaker.state is State.CLOSED
    open_it(breaker)
    assert breaker.state is State.OPEN


def test_changes_are_told_and_logged(
    breaker: Breaker, clock: Clock, heard: list[Change], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_change: Change) -> None:
        raise RuntimeError("of the listener")

    circuit.listeners.insert(0, broken)
    try:
        with caplog.at_level(logging.INFO, logger="tenant_minio.breaker"):
            open_it(breaker)
            clock.now += RESET
            with pytest.raises(CircuitOpenError):
                enter(breaker, ill)
            clock.now += RESET
            enter(breaker, well)
    finally:
        circuit.listeners.remove(broken)
    assert heard == [
        Change("us", Traffic.WRITES, State.CLOSED, State.OPEN, "it failed with 503"),
        Change("us", Traffic.WRITES, State.OPEN, State.HALF_OPEN, ""),
        Change("us", Traffic.WRITES, State.HALF_OPEN, State.OPEN, "it is still ill"),
        Change("us", Traffic.WRITES, State.OPEN, State.HALF_OPEN, ""),
        Change("us", Traffic.WRITES, State.HALF_OPEN, State.CLOSED, ""),
    ]
    said = [record.getMessage() for record in caplog.records if record.levelno < logging.ERROR]
    assert said == [
        "us is now sent no writes: it failed with 503",
        "us is still sent no writes: it is still ill",
        "us is sent writes again",
    ]


def test_a_listener_may_ask_the_breaker(breaker: Breaker) -> None:
    """It is told once the lock is free again."""
    seen: list[State] = []

    def look(_change: Change) -> None:
        seen.append(breaker.status().state)

    circuit.listeners.append(look)
    try:
        open_it(breaker)
    finally:
        circuit.listeners.remove(look)
    assert seen == [State.OPEN]


def test_requests_that_fail_by_themselves_open_nothing_while_the_cluster_is_well(
    breaker: Breaker, heard: list[Change]
) -> None:
    """A tenant may ask for what a server falls over, as often as it likes."""
    asked = []

    def trial() -> str:
        asked.append(1)
        return ""

    fail(breaker, 4 * LIMIT, ERROR, trial)
    assert len(asked) == 4
    assert heard == []
    assert breaker.status().failures == 0
    assert breaker.status().cause == ""


def test_requests_that_fail_by_themselves_open_it_where_the_cluster_is_not_well(
    breaker: Breaker, heard: list[Change]
) -> None:
    fail(breaker, LIMIT, ERROR, ill)
    assert heard == [Change("us", Traffic.WRITES, State.CLOSED, State.OPEN, "it is still ill")]


@pytest.mark.parametrize("outage", [FAILING, SILENT])
@pytest.mark.parametrize("position", range(LIMIT))
def test_one_clear_failure_among_them_opens_it_unasked(
    breaker: Breaker, outage: Outage, position: int
) -> None:
    for number in range(LIMIT):
        fail(breaker, 1, outage if number == position else ERROR)
    assert breaker.state is State.OPEN


def test_one_of_many_asks_whether_the_cluster_is_well(breaker: Breaker) -> None:
    """The others' requests go on, and their failures wait for the answer."""
    began, go = threading.Event(), threading.Event()
    asked = []

    def trial() -> str:
        asked.append(1)
        began.set()
        assert go.wait(20)
        return "it is still ill"

    with ThreadPoolExecutor(1) as pool:
        last = pool.submit(fail, breaker, LIMIT, ERROR, trial)
        assert began.wait(20)
        fail(breaker, LIMIT, ERROR, trial)
        assert breaker.state is State.CLOSED
        go.set()
        last.result()
    assert len(asked) == 1
    assert breaker.state is State.OPEN


def test_a_success_while_it_is_asked_counts_for_more(breaker: Breaker) -> None:
    def overtaken() -> str:
        breaker.succeeded(breaker.era)
        return "it was too slow"

    fail(breaker, LIMIT, ERROR, overtaken)
    assert breaker.state is State.CLOSED


def test_a_question_without_an_end_or_that_is_broken_off_is_asked_again(
    breaker: Breaker, clock: Clock
) -> None:
    def aborted() -> str:
        raise SystemExit(1)

    def dripping() -> str:
        """Meanwhile, in other threads."""
        clock.now += PATIENCE - 1
        fail(breaker, 1, ERROR, unasked)
        clock.now += 1
        fail(breaker, 1, ERROR, ill)
        assert breaker.state is State.OPEN
        return ""

    with pytest.raises(SystemExit):
        fail(breaker, LIMIT, ERROR, aborted)
    assert breaker.state is State.CLOSED
    fail(breaker, 1, ERROR, dripping)
    assert breaker.state is State.OPEN


def test_an_answer_to_another_kind_of_request_takes_back_that_nothing_answers(
    breaker: Breaker,
) -> None:
    """And not what the cluster itself says of requests of this kind."""
    for _ in range(5):
        fail(breaker, LIMIT - 1, SILENT)
        breaker.reached(breaker.era)
    assert breaker.status().failures == 0
    fail(breaker, LIMIT - 1)
    breaker.reached(breaker.era)
    fail(breaker)
    assert breaker.state is State.OPEN
    breaker.reached(breaker.era)
    assert breaker.state is State.OPEN


def test_a_trial_without_an_end_is_given_up(breaker: Breaker, clock: Clock) -> None:
    """As of a server that sends a byte of its answer now and then."""

    def dripping() -> str:
        """Meanwhile, in other threads."""
        clock.now += PATIENCE - 1
        with pytest.raises(CircuitOpenError, match="right now"):
            enter(breaker)
        clock.now += 1
        assert breaker.status().retry_seconds == 0
        enter(breaker, well)
        assert breaker.state is State.CLOSED
        return "it was given up"

    open_it(breaker)
    clock.now += RESET
    with pytest.raises(CircuitOpenError):
        enter(breaker, dripping)
    assert breaker.state is State.CLOSED


def test_a_trial_that_was_given_up_does_not_end_the_next(
    breaker: Breaker, clock: Clock, heard: list[Change]
) -> None:
    def second() -> str:
        return "it is still ill"

    def first() -> str:
        clock.now += PATIENCE
        with pytest.raises(CircuitOpenError):
            enter(breaker, second)
        return ""

    open_it(breaker)
    clock.now += RESET
    with pytest.raises(CircuitOpenError):
        enter(breaker, first)
    assert breaker.state is State.OPEN
    assert [change.new for change in heard] == [State.OPEN, State.HALF_OPEN, State.OPEN]


def test_a_listener_that_is_broken_off_leaves_no_trial_without_an_end(
    breaker: Breaker, clock: Clock
) -> None:
    """As by a soft time limit, which no listener catches."""

    def broken_off(change: Change) -> None:
        if change.new is State.HALF_OPEN:
            raise SystemExit(1)

    open_it(breaker)
    clock.now += RESET
    circuit.listeners.append(broken_off)
    try:
        with pytest.raises(SystemExit):
            enter(breaker)
    finally:
        circuit.listeners.remove(broken_off)
    assert breaker.state is State.OPEN
    clock.now += RESET
    enter(breaker, well)
    assert breaker.state is State.CLOSED
