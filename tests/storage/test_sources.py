"""What can be saved, and what a file says of itself while it is written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import File
from django.core.files.storage import storages


@pytest.fixture
def storage(
    cluster: dict[str, Any], use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> Any:
    use_storages(plain=cluster)
    options = {**cluster["OPTIONS"], "bucket": new_bucket("plain")}
    use_storages(plain={**cluster, "OPTIONS": options})
    return storages["plain"]


@pytest.mark.parametrize("size", [0, 5, 9_000_000])
@pytest.mark.parametrize("buffering", [0, -1])
@pytest.mark.parametrize("wrap", [File, lambda pipe: pipe], ids=["File", "bare"])
def test_pipes_are_saved(
    storage: Any, size: int, buffering: int, wrap: Callable[[Any], Any]
) -> None:
    program = f"import sys; sys.stdout.write('x' * {size})"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, bufsize=buffering
    ) as child:
        name = storage.save("pipe.bin", wrap(child.stdout))
    assert storage.open(name).read() == b"x" * size


def test_a_text_file_tells_its_size_in_bytes_while_it_is_written(storage: Any) -> None:
    with storage.open("a.txt", "w") as file:
        file.write("\u00fc" * 100)
        assert file.size == 200
    assert storage.size("a.txt") == 200
