"""The mutants fit the source, so that they do not rot between runs of ``make mutants``."""

import ast

import pytest

from .__main__ import ROOT, caught
from .planted import CRASH, CROSSED, LEFT_OPEN, MUTANTS, NOT_RAISED, Mutant


@pytest.mark.parametrize("mutant", [*MUTANTS, CRASH], ids=lambda mutant: mutant.name)
def test_mutant_fits_the_source(mutant: Mutant) -> None:
    source = (ROOT / "tenant_minio" / mutant.path).read_text()
    mutated = mutant.apply(source)
    assert mutated != source
    ast.parse(mutated)
    path, _, test = mutant.caught_by.partition("::")
    assert f"def {test.partition('[')[0]}(" in (ROOT / path).read_text()


def test_anchor_that_is_gone_is_an_error() -> None:
    with pytest.raises(LookupError, match="finds it 0 times"):
        MUTANTS[0].apply("something else")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_is_to_be_caught_by_a_verdict(mutant: Mutant) -> None:
    """Not by an error of the package, nor because nothing was judged."""
    assert mutant.saying in {CROSSED, NOT_RAISED, LEFT_OPEN} or mutant.saying.startswith(
        "AssertionError: assert "
    )


_FAILED = "FAILED tests/x.py::test_y - the first of its words"
_ERROR = "ERROR tests/x.py::test_y - the first of its words"
_VERDICT = "E   tests.isolation.judge.CrossedError: 2 crossed:"


@pytest.mark.parametrize(
    ("saying", "code", "lines"),
    [
        (CROSSED, 1, [_VERDICT, _FAILED]),
        # The judge speaks when the test is over.
        (CROSSED, 1, [_VERDICT, _ERROR]),
        (CROSSED, 1, [_VERDICT, "E   ZeroDivisionError", _ERROR, _FAILED]),
        (NOT_RAISED, 1, ["E   Failed: DID NOT RAISE NoTenantError", _FAILED]),
        (LEFT_OPEN, 1, ["E   AssertionError: a tenant was left open", _ERROR]),
    ],
)
def test_mistake_is_caught_by_a_test_that_says_so(saying: str, code: int, lines: list[str]) -> None:
    assert caught(saying, code, "\n".join(lines)) == "tests/x.py::test_y"


@pytest.mark.parametrize(
    ("saying", "code", "lines"),
    [
        (CROSSED, 0, []),
        (CROSSED, 1, ["E   ZeroDivisionError", _FAILED]),
        (CROSSED, 1, ["E   tenant_minio.exceptions.InvalidBackendError: overlaps", _FAILED]),
        (CROSSED, 1, ["E   RuntimeError: use_tenant('own') ended out of order", _FAILED]),
        (CROSSED, 1, ["E   AssertionError: the judge saw nothing, or was not to", _ERROR]),
        (CROSSED, 1, ["E   ServerError: no CrossedError: 2 crossed:", _ERROR]),
        (CROSSED, 1, ["E   ZeroDivisionError", _VERDICT.replace("E   ", "    "), _FAILED]),
        (NOT_RAISED, 1, ["E   tenant_minio.exceptions.ObjectNotFoundError: no file", _FAILED]),
        (CROSSED, 1, [_VERDICT]),
        (CROSSED, 2, ["ERROR tests/x.py - SyntaxError"]),
        (CROSSED, -1, [_VERDICT, _FAILED]),
        (CROSSED, 4, []),
    ],
)
def test_anything_else_has_caught_nothing(saying: str, code: int, lines: list[str]) -> None:
    """A crash, the package's own error, a test that could not begin or did not end."""
    assert caught(saying, code, "\n".join(lines)) is None
