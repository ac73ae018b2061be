"""The recipe of docs/testing.md, word by word, in a project outside this repository."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.support import ROOT

_BLOCK = re.compile(r"(?:`([\w./]+)`:\n\n)?```(\w+)\n(.*?)```", re.DOTALL)
_CARELESS = re.compile(r"by `([^`]+)`")


@pytest.fixture
def recipe() -> str:
    text = (ROOT / "docs" / "testing.md").read_text()
    return text[text.index("A recipe, from nothing.") : text.index("## With real servers")]


@pytest.fixture
def shop(recipe: str, tmp_path: Path) -> Path:
    """The project, as it stands before its tests run."""
    blocks = [match.groups() for match in _BLOCK.finditer(recipe)]
    assert [name for name, kind, _ in blocks if name] == [
        *["shop/settings.py", "shop/urls.py", "pytest.ini", "test_isolation.py"]
    ]
    _run(tmp_path, "-m", "django", "startproject", "shop")
    for name, _kind, code in blocks:
        if name is not None:
            path = tmp_path / "shop" / name
            begun = path.read_text() if name == "shop/settings.py" else ""
            path.write_text(begun + code)
    return tmp_path / "shop"


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def _test(shop: Path) -> subprocess.CompletedProcess[str]:
    # Named here, since these tests also run from a checkout that is not installed.
    plugins = ["pytest_django.plugin", "tenant_minio.testing.plugin"]
    return _run(shop, "-m", "pytest", *(word for name in plugins for word in ("-p", name)))


def test_recipe_passes(shop: Path) -> None:
    checked = _run(shop, "manage.py", "check")
    assert checked.returncode == 0, checked.stderr
    done = _test(shop)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_careless_view_fails_as_the_page_says(shop: Path, recipe: str) -> None:
    careless = _CARELESS.search(recipe)
    assert careless is not None
    urls = shop / "shop" / "urls.py"
    text = urls.read_text()
    assert text.count("default_storage.open(name)") == 1
    urls.write_text(text.replace("default_storage.open(name)", careless[1]))
    done = _test(shop)
    assert "2 failed" in done.stdout, done.stdout + done.stderr
    [message] = [code for _, kind, code in _BLOCK.findall(recipe) if kind == "text"]
    for line in message.splitlines():
        assert line in re.sub(r"^E +(?=tenant)|^E   ", "", done.stdout, flags=re.MULTILINE)
