"""use_tenant as a block: it holds inside, and nowhere else."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from tenant_minio import current_tenant, require_tenant, use_tenant
from tenant_minio.exceptions import InvalidTenantError, NoTenantError, TenantMinioError
from tenant_minio.tenants.context import key_of


def test_there_is_no_tenant_outside() -> None:
    assert current_tenant() is None
    with pytest.raises(NoTenantError, match=r"use_tenant\(key\)") as told:
        require_tenant()
    assert isinstance(told.value, TenantMinioError)


def test_tenant_holds_inside_the_block_only() -> None:
    with use_tenant("acme") as key:
        assert key == current_tenant() == require_tenant() == "acme"
    assert current_tenant() is None


async def test_tenant_holds_inside_the_async_block_only() -> None:
    async with use_tenant("acme") as key:
        assert key == current_tenant() == require_tenant() == "acme"
    assert current_tenant() is None


def test_blocks_nest() -> None:
    with use_tenant("acme"):
        with use_tenant("globex"):
            with use_tenant("acme"):
                assert current_tenant() == "acme"
            assert current_tenant() == "globex"
        assert current_tenant() == "acme"
    assert current_tenant() is None


async def test_sync_and_async_blocks_nest() -> None:
    with use_tenant("acme"):
        async with use_tenant("globex"):
            with use_tenant("initech"):
                assert current_tenant() == "initech"
            assert current_tenant() == "globex"
        assert current_tenant() == "acme"
    assert current_tenant() is None


def test_one_object_can_be_entered_again_inside_itself() -> None:
    acme = use_tenant("acme")
    with acme:
        with use_tenant("globex"):
            with acme:
                assert current_tenant() == "acme"
            assert current_tenant() == "globex"
        assert current_tenant() == "acme"
    assert current_tenant() is None
    with acme:
        assert current_tenant() == "acme"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_exception_passes_and_the_tenant_ends(error: type[BaseException]) -> None:
    with use_tenant("globex"):
        with pytest.raises(error), use_tenant("acme"):
            raise error
        assert current_tenant() == "globex"


async def test_exception_passes_through_the_async_block() -> None:
    with pytest.raises(ValueError, match="boom"):
        async with use_tenant("acme"):
            raise ValueError("boom")
    assert current_tenant() is None


@pytest.mark.parametrize("key", [None, "", 1, 0, b"acme", ["acme"], True, ...], ids=repr)
def test_what_cannot_be_a_key_is_refused_at_once(key: Any) -> None:
    with pytest.raises(InvalidTenantError, match="non-empty string") as told:
        use_tenant(key)
    assert isinstance(told.value, LookupError | ValueError)
    assert current_tenant() is None


@pytest.mark.parametrize(
    "key", [" ", "Acme Corp", "a/b", "..", "é", "\ud800", "0", "None"], ids=ascii
)
def test_any_non_empty_text_is_a_key(key: str) -> None:
    with use_tenant(key):
        assert current_tenant() == key


class Plan(str, Enum):  # noqa: UP042 -- as many projects still write it
    """Its text is the value, and its ``str()`` is not."""

    ACME = "acme"


@pytest.mark.parametrize(
    "given",
    [SimpleLazyObject(lambda: "acme"), mark_safe("acme"), Plan.ACME],
    ids=["lazy", "safe", "enum"],
)
def test_text_of_another_class_becomes_plain_text(given: Any) -> None:
    """A lazy object would change what it says with its source."""
    for key in (use_tenant(given).key, key_of(given, "A column")):
        assert (type(key), key) == (str, "acme")


@pytest.mark.parametrize(
    "given", [gettext_lazy("acme"), SimpleLazyObject(lambda: ""), SimpleLazyObject(lambda: 7)]
)
def test_what_is_lazy_but_no_text_is_refused(given: Any) -> None:
    with pytest.raises(InvalidTenantError, match="non-empty string"):
        use_tenant(given)


def test_leaving_what_was_never_entered_is_an_error() -> None:
    with use_tenant("acme"):
        with pytest.raises(RuntimeError, match="out of order or in another context"):
            use_tenant("globex").__exit__(None, None, None)
        assert current_tenant() == "acme"
    with pytest.raises(RuntimeError, match="out of order"):
        use_tenant("acme").__exit__(None, None, None)


def test_blocks_left_out_of_order_are_noticed_and_leave_no_tenant_behind() -> None:
    outer, inner = use_tenant("acme"), use_tenant("globex")
    outer.__enter__()
    inner.__enter__()
    with pytest.raises(RuntimeError, match=r"'acme'.*out of order"):
        outer.__exit__(None, None, None)
    assert current_tenant() == "globex"
    inner.__exit__(None, None, None)
    assert current_tenant() is None


def _wrong(key: str) -> Iterator[str | None]:
    with use_tenant(key):
        yield current_tenant()
        yield current_tenant()


def test_block_around_a_yield_is_noticed_when_two_generators_interleave() -> None:
    one, other = _wrong("acme"), _wrong("globex")
    next(one)
    next(other)
    next(one)
    with pytest.raises(RuntimeError, match="decorate the generator instead"):
        next(one, None)
    next(other)
    next(other, None)
    assert current_tenant() is None


def test_block_around_a_yield_is_noticed_when_the_consumer_changes_tenant() -> None:
    body = _wrong("acme")
    next(body)
    with use_tenant("globex"):
        with pytest.raises(RuntimeError, match="decorate the generator instead"):
            body.close()
        assert current_tenant() == "globex"
    assert current_tenant() is None
