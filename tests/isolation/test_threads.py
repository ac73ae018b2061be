"""Threads that meet at the risky points, judged by the servers' logs.

The fakes are the meetings: a barrier where a request is about to leave makes each race certain.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest
from django.core.files.base import ContentFile

from tenant_minio import use_tenant
from tenant_minio.exceptions import NoTenantError

from .conftest import World
from .labels import acting
from .places import KEYS

MANY = list(dict.fromkeys(["own", "far", "vip", "VIP", "open", "acme", "acme2", *KEYS]))[:20]
LARGE = 600_000
WAIT = 60  # seconds, until a test that hangs is given up


def meet_before_sending(world: World, size: int, method: str) -> list[str]:
    """The first ``size`` requests with this method wait for each other, their tenants chosen."""
    barrier = threading.Barrier(size, timeout=WAIT)
    met: list[str] = []
    lock = threading.Lock()

    def gate(asked: str, url: str) -> None:
        with lock:
            waits = asked == method and len(met) < size
            if waits:
                met.append(url)
        if waits:
            barrier.wait()

    world.judge.labels.gate = gate
    return met


def in_threads(work: Callable[[str], object], tenants: list[str]) -> list[Any]:
    """``work`` in a thread of its own for each tenant."""

    def labelled(tenant: str) -> object:
        with acting(tenant):
            return work(tenant)

    with ThreadPoolExecutor(len(tenants)) as pool:
        return list(pool.map(labelled, tenants))


@pytest.mark.parametrize("way", ["context", "bound"])
def test_requests_that_leave_together_go_to_their_own_places(world: World, way: str) -> None:
    """All have chosen their tenant, on one storage instance, when the first request leaves."""
    storage = world.storage

    def save(tenant: str) -> str:
        content = ContentFile(f"of {tenant}".encode())
        if way == "bound":
            return storage.for_tenant(tenant).save("docs/plan.pdf", content)
        with use_tenant(tenant):
            return storage.save("docs/plan.pdf", content)

    def read(tenant: str) -> bytes:
        with use_tenant(tenant):
            return storage.open("docs/plan.pdf").read()

    met = meet_before_sending(world, len(MANY), "PUT")
    assert in_threads(save, MANY) == ["docs/plan.pdf"] * len(MANY)
    assert len(met) == len(set(met)) == len(MANY)
    met = meet_before_sending(world, len(MANY), "GET")
    assert in_threads(read, MANY) == [f"of {tenant}".encode() for tenant in MANY]
    assert len(met) == len(MANY)
    files = {tenant: {"docs/plan.pdf": f"of {tenant}".encode()} for tenant in MANY}
    world.judge.labels.gate = None
    assert world.truth() == world.expected(files)


def test_threads_that_have_all_entered_their_tenants_ask_for_their_own(world: World) -> None:
    """The last one entered when none had asked yet."""
    meeting = threading.Barrier(len(MANY), timeout=WAIT)

    def save(tenant: str) -> None:
        with use_tenant(tenant):
            meeting.wait()
            world.storage.save("plan.pdf", ContentFile(tenant.encode()))

    in_threads(save, MANY)
    assert world.truth() == world.expected({t: {"plan.pdf": t.encode()} for t in MANY})


def test_tenants_that_save_one_name_at_once_from_two_threads_each(world: World) -> None:
    """Within a tenant the second gets another name; another tenant's file is never in the way."""
    saving = ["acme", "acme", "acme2", "acme2", "own", "own"]
    met = meet_before_sending(world, len(saving), "PUT")

    def save(tenant: str) -> str:
        with use_tenant(tenant):
            return world.storage.save("plan.pdf", ContentFile(tenant.encode()))

    names = in_threads(save, saving)
    assert len(met) == len(saving)
    for tenant in set(saving):
        own = [name for name, saver in zip(names, saving, strict=True) if saver == tenant]
        assert own.count("plan.pdf") == 1
        assert len(set(own)) == 2
    files: dict[str, dict[str, bytes]] = {}
    for name, tenant in zip(names, saving, strict=True):
        files.setdefault(tenant, {})[name] = tenant.encode()
    world.judge.labels.gate = None
    assert world.truth() == world.expected(files)


def test_thread_that_changes_its_tenant_while_another_request_waits(world: World) -> None:
    """One thread's request stands at the gate while others go through whole cycles."""
    waiting, go_on = threading.Event(), threading.Event()

    def gate(method: str, url: str) -> None:
        if method == "PUT" and "slow" in url:
            waiting.set()
            assert go_on.wait(WAIT)

    world.judge.labels.gate = gate

    def slow() -> None:
        with acting("acme"), use_tenant("acme"):
            world.storage.save("slow.pdf", ContentFile(b"acme"))

    thread = threading.Thread(target=slow)
    thread.start()
    assert waiting.wait(WAIT)
    for tenant in ("acme2", "own", "far"):
        with acting(tenant), use_tenant(tenant):
            world.storage.save("quick.pdf", ContentFile(tenant.encode()))
    go_on.set()
    thread.join()
    files = {tenant: {"quick.pdf": tenant.encode()} for tenant in ("acme2", "own", "far")}
    assert world.truth() == world.expected({"acme": {"slow.pdf": b"acme"}, **files})


@pytest.mark.parametrize("other", ["acme2", "far", "own"])
def test_open_file_is_read_on_in_its_own_place(world: World, other: str) -> None:
    """In another tenant's context, and in another thread: seeks and reads make new requests."""
    for tenant in ("acme", other):
        world.put(tenant, "plan.pdf", tenant.encode() * LARGE)
    with acting("acme"):
        with use_tenant("acme"):
            file = world.storage.open("plan.pdf")
        with use_tenant(other):
            file.seek(4 * LARGE - 8)
            assert file.read() == b"acmeacme"
            file.seek(0)
            assert file.read(400_000) == b"acme" * 100_000

    def read_on(_tenant: str) -> bytes:
        with use_tenant(other):
            return file.read()

    [rest] = in_threads(read_on, ["acme"])
    assert rest == b"acme" * (LARGE - 100_000)
    with acting("acme"), use_tenant(other):
        file.close()
        assert file.open().read(4) == b"acme"
        file.close()
    assert world.judge.counts()["acme", "get"] >= 4


def test_file_opened_for_writing_appears_where_it_was_opened(world: World) -> None:
    """In parts too, which threads of the package send."""
    with acting("acme"):
        with use_tenant("acme"):
            small, large = world.storage.open("small", "wb"), world.storage.open("large", "wb")
        with use_tenant("acme2"):
            small.write(b"small")
            large.write(b"x" * 9_000_000)
            large.write(b"y" * 9_000_000)
            small.close()
            large.close()
    written = {"small": b"small", "large": b"x" * 9_000_000 + b"y" * 9_000_000}
    assert world.truth() == world.expected({"acme": written})


def test_pool_knows_no_tenant_unless_it_is_given_one(world: World) -> None:
    """The thread has just worked for another tenant."""
    for tenant in ("acme", "acme2"):
        world.put(tenant, "plan.pdf", tenant.encode())

    def read(tenant: str) -> bytes:
        with acting(tenant):
            return world.storage.open("plan.pdf").read()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(use_tenant("acme2")(read), "acme2").result() == b"acme2"
        with use_tenant("acme"):
            alone: Future[bytes] = pool.submit(read, "acme")
            with pytest.raises(NoTenantError):
                alone.result()
            assert pool.submit(copy_context().run, read, "acme").result() == b"acme"
            named = use_tenant("acme2")(read)
            assert pool.submit(copy_context().run, named, "acme2").result() == b"acme2"
        with pytest.raises(NoTenantError):
            pool.submit(read, "acme").result()


def test_copied_context_keeps_its_tenant_while_its_maker_goes_on(world: World) -> None:
    begun, go_on = threading.Event(), threading.Event()
    for tenant in ("acme", "acme2"):
        world.put(tenant, "plan.pdf", tenant.encode())

    def late() -> bytes:
        begun.set()
        assert go_on.wait(WAIT)
        with acting("acme"):
            return world.storage.open("plan.pdf").read()

    with ThreadPoolExecutor(1) as pool:
        with use_tenant("acme"):
            future = pool.submit(copy_context().run, late)
        assert begun.wait(WAIT)
        with acting("acme2"), use_tenant("acme2"):
            go_on.set()
            assert world.storage.open("plan.pdf").read() == b"acme2"
        assert future.result() == b"acme"


def test_interleaved_generators_read_their_own_files(world: World) -> None:
    """Each step is consumed in yet another tenant's context."""
    tenants = ["acme", "acme2", "own", "far"]
    for tenant in tenants:
        for number in range(3):
            world.put(tenant, f"{number}.txt", f"{tenant} {number}".encode())

    def steps(tenant: str) -> Iterator[bytes]:
        @use_tenant(tenant)
        def body() -> Iterator[bytes]:
            for number in range(3):
                with acting(tenant):
                    data = world.storage.open(f"{number}.txt").read()
                yield data

        return body()

    bodies = {tenant: steps(tenant) for tenant in tenants}
    for number in range(3):
        for tenant, consumer in zip(tenants, [*tenants[1:], tenants[0]], strict=True):
            with use_tenant(consumer):
                assert next(bodies[tenant]) == f"{tenant} {number}".encode()
            with acting(consumer), use_tenant(consumer):
                assert world.storage.exists("0.txt")
