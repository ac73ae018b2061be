"""The mutants fit the source, so that they do not rot between runs of ``make mutants``."""

import ast

import pytest

from .__main__ import ROOT, caught
from .planted import MUTANTS, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
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


@pytest.mark.parametrize(
    ("code", "output", "found"),
    [
        (0, "", None),
        (1, "FAILED tests/x.py::test_y - AssertionError", "tests/x.py::test_y"),
        (1, "ERROR tests/x.py::test_y - ServerError", None),
        (1, "CrossedError\nERROR tests/x.py::test_y", "tests/x.py::test_y"),
        (2, "ERROR tests/x.py - SyntaxError", None),
        (4, "", None),
    ],
)
def test_only_a_test_that_ran_counts_as_having_caught(
    code: int, output: str, found: str | None
) -> None:
    assert caught(code, output) == found
