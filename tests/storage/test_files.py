"""File objects: windows, seeks, text, writing, and what happens when the file is replaced."""

import csv
import io
import os
import zipfile
from typing import Any

import pytest
from django.core.files.base import ContentFile

from tenant_minio.backends.write_options import PART_SIZE
from tenant_minio.exceptions import (
    BackendUnavailableError,
    ObjectChangedError,
    WriteOutcomeUnknownError,
)
from tenant_minio.storage.reader import WINDOW_SIZE

LARGE = PART_SIZE * 2 + 12345


@pytest.fixture(scope="module")
def large() -> bytes:
    return os.urandom(LARGE)


@pytest.mark.parametrize(
    "size",
    [1, WINDOW_SIZE - 1, WINDOW_SIZE, WINDOW_SIZE + 1, PART_SIZE, PART_SIZE + 1, PART_SIZE * 2],
)
def test_every_size_around_a_boundary_is_kept(plain: Any, size: int) -> None:
    data = os.urandom(size)
    name = plain.save("f", ContentFile(data))
    assert plain.size(name) == size
    with plain.open(name) as file:
        assert file.read() == data
        assert file.read() == b""


def test_reading_in_pieces_and_seeking(plain: Any, large: bytes) -> None:
    plain.save("f", ContentFile(large))
    with plain.open("f") as file:
        assert file.size == LARGE
        assert file.read(100) == large[:100]
        assert b"".join(file.chunks()) == large
        for position in (0, 5, WINDOW_SIZE - 3, WINDOW_SIZE * 3, LARGE - 10, 17):
            file.seek(position)
            assert file.tell() == position
            assert file.read(50) == large[position : position + 50]
        assert file.seek(-7, io.SEEK_END) == LARGE - 7
        assert file.read() == large[-7:]
        file.seek(LARGE + 5)
        assert file.read() == b""
        file.seek(0)
        assert file.read() == large
        buffer = bytearray(10)
        file.seek(WINDOW_SIZE - 5)
        assert file.readinto(buffer) == 10
        assert buffer == large[WINDOW_SIZE - 5 : WINDOW_SIZE + 5]
        with pytest.raises(ValueError, match="negative"):
            file.seek(-1)


def test_a_large_file_that_is_taken_gets_another_name(plain: Any, large: bytes) -> None:
    assert plain.save("f", ContentFile(b"small")) == "f"
    name = plain.save("f", ContentFile(large))
    assert name != "f"
    assert plain.open("f").read() == b"small"
    assert plain.open(name).read() == large


def test_a_replaced_file_is_never_a_mixture(plain: Any, large: bytes) -> None:
    plain.save("f", ContentFile(large))
    with plain.open("f") as file:
        file.read(10)
        plain._save("f", ContentFile(b"n" * LARGE))
        with pytest.raises(ObjectChangedError, match="replaced"):
            file.read()
    with plain.open("f") as file:
        plain._save("f", ContentFile(b"short"))
        file.seek(PART_SIZE)
        with pytest.raises(ObjectChangedError, match="replaced"):
            file.read(10)


def test_text_mode_reads_and_writes_utf8(plain: Any) -> None:
    with plain.open("t.csv", "w") as file:
        writer = csv.writer(file)
        writer.writerow(["grün", "1"])
        writer.writerow(["blau", "2"])
    with plain.open("t.csv", "r") as file:
        assert list(csv.reader(file)) == [["grün", "1"], ["blau", "2"]]
    with plain.open("t.csv", "r") as file:
        assert [line.rstrip() for line in file] == ["grün,1", "blau,2"]


def test_a_zip_file_is_read_without_a_copy(plain: Any) -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("a.bin", os.urandom(WINDOW_SIZE * 3))
        archive.writestr("b.txt", b"found")
    plain.save("z.zip", raw)
    with plain.open("z.zip") as file, zipfile.ZipFile(file) as archive:
        assert archive.read("b.txt") == b"found"


@pytest.mark.parametrize("size", [0, 10, PART_SIZE, PART_SIZE + 1, LARGE])
def test_what_is_written_appears_on_close(plain: Any, size: int) -> None:
    data = os.urandom(size)
    file = plain.open("w", "wb")
    for start in range(0, size, 1_000_000):
        file.write(data[start : start + 1_000_000])
    assert not plain.exists("w")
    file.close()
    assert plain.open("w").read() == data


@pytest.mark.parametrize("size", [10, LARGE])
def test_an_exception_keeps_the_old_file(plain: Any, size: int) -> None:
    plain.save("w", ContentFile(b"old"))

    def write() -> None:
        with plain.open("w", "wb") as file:
            file.write(b"x" * size)
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        write()
    assert plain.open("w").read() == b"old"


def test_a_forgotten_writer_stores_nothing(plain: Any) -> None:
    file = plain.open("w", "wb")
    file.write(b"never closed")
    del file
    assert not plain.exists("w")


def test_files_reopen_in_another_mode(plain: Any) -> None:
    plain.save("f", ContentFile(b"old"))
    file = plain.open("f")
    assert file.read() == b"old"
    file.open("wb")
    file.write(b"new")
    file.close()
    assert file.closed
    assert file.open("rb").read() == b"new"
    assert file.open().read() == b"new"
    file.close()


def test_other_modes_are_refused(plain: Any) -> None:
    for mode in ("a", "r+", "rb+", "x"):
        with pytest.raises(ValueError, match="mode"):
            plain.open("f", mode)


def test_an_unknown_outcome_of_writing_is_not_undone(plain: Any, monkeypatch: Any) -> None:
    """What may have become an object is not taken apart on a guess."""
    backend = plain.locate().backend
    aborted: list[str] = []

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise BackendUnavailableError("no answer")

    monkeypatch.setattr(backend, "complete_upload", fail)
    monkeypatch.setattr(backend, "head", fail)
    monkeypatch.setattr(
        backend, "abort_upload", lambda *_args, **_kwargs: aborted.append("aborted")
    )
    file = plain.open("w", "wb")
    file.write(b"x" * LARGE)
    with pytest.raises(WriteOutcomeUnknownError):
        file.close()
    assert file.closed
    assert aborted == []
