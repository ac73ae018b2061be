"""Reads take as many threads as wait at once."""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait

import pytest

from tenant_minio.private.servers.readers import Readers


def test_one_reader_after_the_other_needs_one_thread() -> None:
    """Also where the next is asked for in the very moment in which one is delivered."""
    readers, names, done = Readers(8, "test"), set(), threading.Event()

    def read(size: int) -> bytes:
        names.add(threading.get_ident())
        return bytes(size)

    def ask_again(delivered: Future[bytes]) -> None:
        left = len(delivered.result()) - 1
        if left:
            readers.submit(read, left).add_done_callback(ask_again)
        else:
            done.set()

    readers.submit(read, 200).add_done_callback(ask_again)
    assert done.wait(30)
    assert len(names) == 1


def test_no_more_threads_than_there_may_be() -> None:
    readers, names, gate = Readers(3, "test"), set(), threading.Event()
    arrived = threading.Barrier(4)

    def read(_size: int) -> bytes:
        names.add(threading.get_ident())
        if not gate.is_set():
            arrived.wait(30)
            gate.wait(30)
        return b""

    first = [readers.submit(read, 1) for _ in range(3)]
    arrived.wait(30)
    later = [readers.submit(read, 1) for _ in range(20)]
    gate.set()
    wait([*first, *later], 30)
    assert all(one.done() for one in later)
    assert len(names) == 3


def test_what_is_given_up_before_its_turn_is_not_read() -> None:
    readers, gate, seen = Readers(1, "test"), threading.Event(), []

    def read(size: int) -> bytes:
        seen.append(size)
        gate.wait(30)
        return b""

    first, second, third = (readers.submit(read, number) for number in (1, 2, 3))
    assert second.cancel()
    gate.set()
    assert (first.result(30), third.result(30)) == (b"", b"")
    assert seen == [1, 3]


def test_an_error_is_delivered_and_the_thread_reads_on() -> None:
    readers = Readers(1, "test")

    def read(size: int) -> bytes:
        if size == 0:
            raise OSError("broken")
        return bytes(size)

    with pytest.raises(OSError, match="broken"):
        readers.submit(read, 0).result(30)
    assert readers.submit(read, 2).result(30) == bytes(2)


def test_a_system_without_another_thread_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    readers = Readers(2, "test")

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="start"):
            readers.submit(bytes, 1)
    assert readers.submit(bytes, 3).result(30) == bytes(3)
    gate, began = threading.Event(), threading.Event()

    def wait_there(size: int) -> bytes:
        began.set()
        gate.wait(30)
        return bytes(size)

    first = readers.submit(wait_there, 1)
    began.wait(30)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        second = readers.submit(bytes, 2)
    # The thread that there is does it, once it is free.
    gate.set()
    assert (first.result(30), second.result(30)) == (bytes(1), bytes(2))
