"""Places for requests, and who waits for one."""

import time
from concurrent.futures import ThreadPoolExecutor

from tenant_minio.backends.bulkhead import Bulkhead

from .test_breaker import Clock

LONG = 3600.0


def full(clock: Clock, wait: float = LONG) -> Bulkhead:
    """With two places, both taken."""
    bulkhead = Bulkhead(2, wait, clock)
    assert bulkhead.enter()
    assert bulkhead.enter()
    return bulkhead


def wait_for_waiters(bulkhead: Bulkhead, number: int) -> None:
    """Until so many threads stand in line; a semaphore says so in no other way."""
    while len(bulkhead._places._cond._waiters) < number:
        time.sleep(0.001)


def test_who_comes_late_waits_for_a_place() -> None:
    bulkhead = full(Clock())
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(bulkhead.enter)
        wait_for_waiters(bulkhead, 1)
        bulkhead.leave()
        assert late.result(20)


def test_without_a_wait_there_is_an_answer_at_once() -> None:
    bulkhead = full(Clock(), wait=0)
    assert not bulkhead.enter()
    bulkhead.leave()
    assert bulkhead.enter()


def test_nobody_waits_where_nothing_has_moved_for_long() -> None:
    """A cluster that hangs has all its places taken, and would hold those who wait as well."""
    clock = Clock()
    bulkhead = full(clock)
    clock.now += LONG
    with ThreadPoolExecutor(4) as pool:
        late = [pool.submit(bulkhead.enter) for _ in range(4)]
        assert [one.result(20) for one in late] == [False] * 4


def test_a_crowd_after_a_quiet_hour_may_wait() -> None:
    """The places have just been taken, and are not stuck."""
    clock = Clock()
    bulkhead = Bulkhead(2, LONG, clock)
    clock.now += 10 * LONG
    assert bulkhead.enter()
    assert bulkhead.enter()
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(bulkhead.enter)
        wait_for_waiters(bulkhead, 1)
        bulkhead.leave()
        assert late.result(20)


def test_who_is_patient_waits_all_the_same() -> None:
    clock = Clock()
    bulkhead = full(clock)
    clock.now += LONG
    with ThreadPoolExecutor(1) as pool:
        part = pool.submit(bulkhead.enter, LONG)
        wait_for_waiters(bulkhead, 1)
        bulkhead.leave()
        assert part.result(20)
