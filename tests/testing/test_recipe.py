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


def blocks_before(heading: str) -> dict[str, str]:
    """The blocks of the section that ends at a heading, by their kind and first words."""
    text = (ROOT / "docs" / "testing.md").read_text()
    section = text[: text.index(heading)].rpartition("\n## ")[2]
    return {code.split("\n")[0]: code for _, _, code in _BLOCK.findall(section)}


@pytest.fixture
def class_data(shop: Path) -> Path:
    """The project with the class whose data is made before any fixture."""
    blocks = blocks_before("## Does it leak?")
    [code] = [code for code in blocks.values() if "class PlanTest" in code]
    (shop / "test_isolation.py").write_text(code)
    [settings] = [code for code in blocks.values() if code.startswith("# shop/settings_memory.py")]
    (shop / "shop" / "settings_memory.py").write_text(settings)
    return shop


def test_data_of_a_class_is_in_memory(class_data: Path) -> None:
    done = _test(class_data)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def without_block(class_data: Path) -> None:
    path = class_data / "test_isolation.py"
    lines = path.read_text().splitlines(keepends=True)
    left = [line for line in lines if "in_memory()" not in line]
    assert len(left) == len(lines) - 1
    path.write_text("".join(left))


def test_the_whole_run_is_in_memory_where_pytest_is_told_so(class_data: Path) -> None:
    without_block(class_data)
    done = _test(class_data)
    assert "BackendUnavailableError" in done.stdout, done.stdout + done.stderr
    option = blocks_before("## Does it leak?")["[pytest]"]
    with (class_data / "pytest.ini").open("a") as file:
        file.write(option.removeprefix("[pytest]\n"))
    done = _test(class_data)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_settings_of_their_own_are_in_memory(class_data: Path) -> None:
    without_block(class_data)
    done = _run(class_data, "manage.py", "test", "--settings", "shop.settings_memory")
    assert "Ran 1 test" in done.stderr, done.stdout + done.stderr
    assert done.returncode == 0, done.stderr


def test_a_real_server_is_used_as_the_page_says(shop: Path) -> None:
    blocks = blocks_before("## How isolation is tested")
    [code] = [code for code in blocks.values() if "def test_upload" in code]
    (shop / "test_isolation.py").write_text(code)
    done = _test(shop)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


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
