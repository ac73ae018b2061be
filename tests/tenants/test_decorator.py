"""use_tenant as a decorator of functions and coroutine functions."""

import inspect
from functools import partial
from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.views import View

from tenant_minio import current_tenant, use_tenant


def test_function_runs_inside() -> None:
    @use_tenant("acme")
    def work(*args: int, **kwargs: int) -> Any:
        """What it does."""
        return current_tenant(), args, kwargs

    assert work(1, 2, x=3) == ("acme", (1, 2), {"x": 3})
    assert (work.__name__, work.__doc__) == ("work", "What it does.")
    assert current_tenant() is None


def test_function_that_raises_leaves_the_tenant() -> None:
    @use_tenant("acme")
    def fail() -> None:
        raise ValueError(current_tenant())

    with use_tenant("globex"):
        with pytest.raises(ValueError, match="acme"):
            fail()
        assert current_tenant() == "globex"


def test_recursion_is_fine() -> None:
    @use_tenant("acme")
    def count(depth: int) -> list[str | None]:
        return [current_tenant(), *(count(depth - 1) if depth else [])]

    assert count(3) == ["acme"] * 4
    assert current_tenant() is None


def test_method_gets_its_instance() -> None:
    class Report:
        @use_tenant("acme")
        def owner(self) -> Any:
            return self, current_tenant()

        @classmethod
        @use_tenant("acme")
        def of_class(cls) -> Any:
            return cls, current_tenant()

    report = Report()
    assert report.owner() == (report, "acme")
    assert Report.of_class() == (Report, "acme")


async def test_coroutine_function_runs_inside() -> None:
    @use_tenant("acme")
    async def work(value: int) -> Any:
        return current_tenant(), value

    assert inspect.iscoroutinefunction(work)
    with use_tenant("globex"):
        coroutine = work(1)
        assert current_tenant() == "globex"
        assert await coroutine == ("acme", 1)
        assert current_tenant() == "globex"


async def test_inner_decorator_wins() -> None:
    @use_tenant("acme")
    @use_tenant("globex")
    async def work() -> str | None:
        return current_tenant()

    assert await work() == "globex"


async def test_partial_of_a_coroutine_function_runs_inside() -> None:
    async def work(value: int) -> Any:
        return current_tenant(), value

    assert await use_tenant("acme")(partial(work, 2))() == ("acme", 2)


class AsyncView(View):
    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(str(current_tenant()))


async def test_async_class_based_view_runs_inside() -> None:
    """``as_view()`` is a plain function that is only marked as a coroutine function."""
    view = use_tenant("acme")(AsyncView.as_view())
    assert iscoroutinefunction(view)
    with use_tenant("globex"):
        response = await view(RequestFactory().get("/"))
    assert response.content == b"acme"


class Work:
    """Callable objects, of each kind."""

    class Plain:
        def __call__(self) -> str | None:
            return current_tenant()

    class Coroutine:
        async def __call__(self) -> str | None:
            return current_tenant()

    class Generator:
        def __call__(self) -> Any:
            yield current_tenant()

    class AsyncGenerator:
        async def __call__(self) -> Any:
            yield current_tenant()


async def test_callable_object_runs_inside_whatever_its_kind() -> None:
    acme = use_tenant("acme")
    with use_tenant("globex"):
        assert acme(Work.Plain())() == "acme"
        assert await acme(Work.Coroutine())() == "acme"
        assert list(acme(Work.Generator())()) == ["acme"]
        assert [item async for item in acme(Work.AsyncGenerator())()] == ["acme"]


def test_class_is_made_inside() -> None:
    class Record:
        def __init__(self) -> None:
            self.tenant = current_tenant()

    assert use_tenant("acme")(Record)().tenant == "acme"
