"""What docs/security.md points to is there."""

import re

import pytest

from tests.testing.support import ROOT

_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_FOUND = _TEST.findall((ROOT / "docs" / "security.md").read_text())


def test_page_names_tests() -> None:
    assert len(_FOUND) > 20


@pytest.mark.parametrize(("path", "test"), _FOUND)
def test_named_test_is_there(path: str, test: str) -> None:
    assert f"def {test}(" in (ROOT / path).read_text()
