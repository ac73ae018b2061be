"""A decorated generator runs in its own context: the tenant inside it, and nowhere else."""

from collections.abc import Generator, Iterator
from contextvars import ContextVar

import pytest

from tenant_minio import current_tenant, use_tenant

Seen = list[str | None]


def test_body_sees_its_tenant_and_the_consumer_its_own() -> None:
    @use_tenant("acme")
    def body() -> Iterator[str | None]:
        for _ in range(3):
            yield current_tenant()

    seen = [(item, current_tenant()) for item in body()]
    with use_tenant("globex"):
        seen += [(item, current_tenant()) for item in body()]
    assert seen == [("acme", None)] * 3 + [("acme", "globex")] * 3


def test_two_interleaved_generators_keep_their_own() -> None:
    def body() -> Iterator[str | None]:
        while True:
            yield current_tenant()

    one, other = use_tenant("acme")(body)(), use_tenant("globex")(body)()
    seen = [next(generator) for generator in (one, other, other, one, one, other)]
    assert seen == ["acme", "globex", "globex", "acme", "acme", "globex"]
    assert current_tenant() is None
    one.close()
    assert next(other) == "globex"


def test_body_that_changes_its_tenant_does_not_change_the_consumers() -> None:
    @use_tenant("acme")
    def body() -> Iterator[str | None]:
        with use_tenant("globex"):
            yield current_tenant()
            yield current_tenant()
        yield current_tenant()

    with use_tenant("initech"):
        seen = []
        for item in body():
            seen += [item, current_tenant()]
    assert seen == ["globex", "initech", "globex", "initech", "acme", "initech"]


def test_values_are_sent_thrown_and_returned_inside() -> None:
    log: list[object] = []

    @use_tenant("acme")
    def body(start: int) -> Generator[object, object, object]:
        log.append((start, current_tenant()))
        got = yield "first"
        log.append((got, current_tenant()))
        try:
            yield "second"
        except KeyError as error:
            log.append((error.args, current_tenant()))
        yield "third"
        return "result", current_tenant()

    generator = body(7)
    assert log == []
    assert generator.send(None) == "first"
    assert generator.send("hello") == "second"
    assert generator.throw(KeyError("k")) == "third"
    with pytest.raises(StopIteration) as stop:
        next(generator)
    assert stop.value.value == ("result", "acme")
    assert log == [(7, "acme"), ("hello", "acme"), (("k",), "acme")]
    with pytest.raises(StopIteration):
        next(generator)


def test_yield_from_passes_everything_through() -> None:
    @use_tenant("acme")
    def inner() -> Generator[object, object, object]:
        got = yield current_tenant()
        return got, current_tenant()

    @use_tenant("globex")
    def outer() -> Generator[object, object, object]:
        returned = yield from inner()
        yield returned, current_tenant()

    generator = outer()
    assert next(generator) == "acme"
    assert generator.send("x") == (("x", "acme"), "globex")


@pytest.mark.parametrize(
    "error", [ValueError("x"), KeyboardInterrupt(), StopIteration("x")], ids=repr
)
def test_error_that_the_body_does_not_catch_comes_back(error: BaseException) -> None:
    ended: Seen = []

    @use_tenant("acme")
    def body() -> Iterator[int]:
        try:
            yield 1
        finally:
            ended.append(current_tenant())

    generator = body()
    next(generator)
    # PEP 479: a StopIteration that leaves a generator is a RuntimeError.
    expected = RuntimeError if isinstance(error, StopIteration) else type(error)
    with pytest.raises(expected):
        generator.throw(error)
    assert ended == ["acme"]
    assert list(generator) == []


def test_error_of_the_body_comes_out_and_leaves_no_tenant() -> None:
    @use_tenant("acme")
    def body() -> Iterator[int]:
        yield 1
        raise LookupError(current_tenant())

    with pytest.raises(LookupError, match="acme"):
        list(body())
    assert current_tenant() is None


def test_early_close_runs_finally_inside() -> None:
    ended: Seen = []

    @use_tenant("acme")
    def body() -> Iterator[int]:
        try:
            yield 1
            ended.append("not reached")
        except GeneratorExit:
            ended.append(current_tenant())
            raise
        finally:
            ended.append(current_tenant())

    generator = body()
    with use_tenant("globex"):
        next(generator)
        generator.close()
        generator.close()
        assert current_tenant() == "globex"
    assert ended == ["acme", "acme"]


def test_forgotten_generator_runs_finally_inside() -> None:
    ended: Seen = []

    @use_tenant("acme")
    def body() -> Iterator[int]:
        try:
            yield 1
        finally:
            ended.append(current_tenant())

    generator = body()
    next(generator)
    with use_tenant("globex"):
        del generator
    assert ended == ["acme"]


def test_generator_that_was_never_started_runs_nothing() -> None:
    ran: list[int] = []

    @use_tenant("acme")
    def body() -> Iterator[int]:
        ran.append(1)
        yield 1

    body().close()
    assert ran == []


def test_body_that_ignores_being_closed_is_an_error() -> None:
    @use_tenant("acme")
    def body() -> Iterator[int]:
        try:
            yield 1
        except GeneratorExit:
            yield 2

    generator = body()
    next(generator)
    with pytest.raises(RuntimeError, match="ignored GeneratorExit"):
        generator.close()


def test_body_keeps_the_context_it_began_in() -> None:
    language: ContextVar[str] = ContextVar("language", default="en")

    @use_tenant("acme")
    def body() -> Iterator[str]:
        yield language.get()
        yield language.get()

    language.set("de")
    generator = body()
    first = next(generator)
    language.set("fr")
    assert [first, *generator] == ["de", "de"]
