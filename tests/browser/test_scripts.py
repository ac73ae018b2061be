"""The scripts as they are served, before a browser sees them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import playwright
import pytest

from tenant_minio import uploads
from tenant_minio.uploads.texts import TEXTS

FOLDER = Path(uploads.__file__).parent / "static/tenant_minio/uploads"
SCRIPTS = sorted(FOLDER.glob("*.js"))
# Playwright brings one.
NODE = Path(playwright.__file__).parent / "driver/node"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script_is_javascript_without_a_build(script: Path) -> None:
    done = subprocess.run([NODE, "--check", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nothing_of_them_needs_a_policy_with_holes() -> None:
    """No code from text, no HTML from text, no style in an attribute, nothing from elsewhere."""
    forbidden = r"\beval\b|new Function|innerHTML|outerHTML|AdjacentHTML|\.style\b|https?:|@import"
    for path in [*SCRIPTS, *FOLDER.glob("*.css")]:
        assert re.findall(forbidden, path.read_text()) == [], path


def test_all_words_that_they_say_can_be_translated() -> None:
    source = "".join(path.read_text() for path in SCRIPTS)
    said = set(re.findall(r'(?:say|notice)\("(\w+)"', source))
    said |= set(re.findall(r'\? "(\w+)" : "(\w*)"\)', source)[0])
    assert len(said) > 10
    assert {key.replace("_", "-") for key in said if key} <= TEXTS.keys()
