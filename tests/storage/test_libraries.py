"""Libraries that read and write files do so through a storage, without a copy of the whole."""

import csv
import io
import json
import os
import re
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.db import models
from django.test.utils import isolate_apps
from PIL import Image

from tenant_minio.storage.reader import WINDOW_SIZE
from tests.conftest import entry
from tests.faults import FaultyProxy

MIB = 2**20


class Watched:
    """A storage on a real cluster, and what its requests ask for."""

    def __init__(self, storage: Any, proxy: FaultyProxy) -> None:
        self.storage = storage
        self._proxy = proxy

    def begin(self) -> None:
        """Forget the requests so far."""
        self._proxy.heads.clear()

    @property
    def methods(self) -> list[str]:
        return [head.partition(" ")[0] for head in self._proxy.heads]

    @property
    def ranges(self) -> list[tuple[int, int | None]]:
        """First and last byte of each range; None for the end of the object."""
        found = [
            re.search(r"\r\nrange: bytes=(\d+)-(\d*)", head, re.I) for head in self._proxy.heads
        ]
        return [(int(r[1]), int(r[2]) if r[2] else None) for r in found if r]

    @property
    def asked(self) -> int:
        """Bytes, where every range has an end."""
        return sum(last - first + 1 for first, last in self.ranges if last is not None)


@pytest.fixture
def watched(
    minio_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> Iterator[Watched]:
    proxy = FaultyProxy(minio_server.endpoint)
    use_storages(plain=entry(minio_server))
    bucket = new_bucket("plain")
    use_storages(plain=entry(minio_server, bucket=bucket, endpoint=proxy.endpoint))
    yield Watched(storages["plain"], proxy)
    proxy.close()


def picture(kind: str, width: int = 1000, height: int = 800) -> bytes:
    """Noise, which does not compress."""
    image = Image.frombytes("RGB", (width, height), os.urandom(width * height * 3))
    raw = io.BytesIO()
    image.save(raw, kind)
    return raw.getvalue()


def test_pillow_asks_for_the_head_of_an_image(watched: Watched) -> None:
    data = picture("PNG")
    assert len(data) > 2 * MIB
    watched.storage.save("p.png", ContentFile(data))
    watched.begin()
    with watched.storage.open("p.png") as file, Image.open(file) as image:
        assert (image.size, image.format) == ((1000, 800), "PNG")
        assert watched.ranges == [(0, WINDOW_SIZE - 1)]
        image.load()
        assert watched.ranges[1:] == [(WINDOW_SIZE, None)]
        with Image.open(io.BytesIO(data)) as same:
            assert image.tobytes() == same.tobytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_pillow_saves_into_a_storage(watched: Watched, kind: str) -> None:
    with Image.open(io.BytesIO(picture("PNG", 64, 48))) as image:
        watched.begin()
        with watched.storage.open("p", "wb") as file:
            image.convert("RGB").save(file, kind)
    assert watched.methods == ["PUT"]
    with watched.storage.open("p") as file, Image.open(file) as found:
        found.load()
        assert (found.size, found.format) == ((64, 48), kind)


@isolate_apps("tests.project.docs")
def test_an_image_field_measures_the_upload_and_not_the_object(watched: Watched) -> None:
    class Photo(models.Model):
        image = models.ImageField(
            storage=watched.storage, upload_to="p/", width_field="width", height_field="height"
        )
        width = models.IntegerField(null=True)
        height = models.IntegerField(null=True)

        class Meta:
            app_label = "docs"

    photo = Photo()
    watched.begin()
    photo.image = File(io.BytesIO(picture("PNG", 30, 20)), name="p.png")
    assert (photo.width, photo.height) == (30, 20)
    assert watched.methods == []
    Photo._meta.get_field("image").pre_save(photo, add=True)  # as Model.save does
    assert photo.image.name == "p/p.png"
    assert (photo.width, photo.height) == (30, 20)
    assert watched.methods == ["PUT"]
    watched.begin()
    loaded = Photo(image=photo.image.name, width=30, height=20)
    assert (loaded.image.url[:4], watched.methods) == ("http", [])
    # Where no column keeps them, they are read from the head of the object.
    bare = Photo(image=photo.image.name)
    assert (bare.width, bare.height) == (30, 20)
    assert watched.methods == ["GET"]
    bare.image.close()


@isolate_apps("tests.project.docs")
def test_a_file_field_opens_with_one_request(watched: Watched) -> None:
    class Paper(models.Model):
        file = models.FileField(storage=watched.storage, upload_to="p/")

        class Meta:
            app_label = "docs"

    name = watched.storage.save("p/large.bin", ContentFile(os.urandom(MIB)))
    watched.begin()
    paper = Paper(file=name)
    with paper.file.open() as file:
        assert len(file.read(1000)) == 1000
        assert file.file.size == MIB
    assert watched.methods == ["GET"]


def test_a_member_of_a_big_zip_file_costs_three_windows(watched: Watched) -> None:
    """The beginning, the directory at the end, and the member."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for number in range(10):
            archive.writestr(f"{number}.bin", os.urandom(MIB))
            archive.writestr(f"{number}.txt", f"text {number}")
    watched.storage.save("z.zip", raw)
    watched.begin()
    with watched.storage.open("z.zip") as file, zipfile.ZipFile(file) as archive:
        assert len(archive.namelist()) == 20
        assert archive.read("5.txt") == b"text 5"
    assert watched.methods == ["GET"] * 3
    assert watched.asked <= 3 * WINDOW_SIZE
    assert all(last is not None for _first, last in watched.ranges)


def test_a_zip_file_is_written_into_a_storage(watched: Watched) -> None:
    data = os.urandom(9 * MIB)
    with watched.storage.open("z.zip", "wb") as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.bin", data)
        archive.writestr("b.txt", b"found")
    with watched.storage.open("z.zip") as file, zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert archive.read("a.bin") == data


def test_a_tar_file_is_streamed(watched: Watched) -> None:
    data = os.urandom(2 * MIB)
    with (
        watched.storage.open("t.tar", "wb") as file,
        tarfile.open(fileobj=file, mode="w|") as archive,
    ):
        for name in ("a", "b"):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    watched.begin()
    with (
        watched.storage.open("t.tar") as file,
        tarfile.open(fileobj=file, mode="r|") as archive,
    ):
        found = {member.name: archive.extractfile(member).read() for member in archive}
    assert found == {"a": data, "b": data}
    assert watched.methods == ["GET", "GET"]
    watched.begin()
    with watched.storage.open("t.tar") as file, tarfile.open(fileobj=file) as archive:
        assert archive.getnames() == ["a", "b"]
    assert all(last is not None for _first, last in watched.ranges)


ROWS = 60_000


@pytest.fixture
def table(watched: Watched) -> str:
    """A CSV file of about 1.5 MiB."""
    lines = "".join(f"{number},grün-{number % 7},{number / 8}\r\n" for number in range(ROWS))
    return str(watched.storage.save("t.csv", ContentFile(("id,name,value\r\n" + lines).encode())))


def test_pandas_reads_a_csv_file(watched: Watched, table: str) -> None:
    watched.begin()
    with watched.storage.open(table) as file:
        frame = pd.read_csv(file)
    assert (len(frame), frame["id"].sum()) == (ROWS, ROWS * (ROWS - 1) // 2)
    assert frame["name"][1] == "grün-1"
    assert watched.ranges == [(0, WINDOW_SIZE - 1), (WINDOW_SIZE, None)]


def test_pandas_reads_the_first_rows_from_the_head(watched: Watched, table: str) -> None:
    watched.begin()
    with watched.storage.open(table, "r") as file:
        frame = next(iter(pd.read_csv(file, chunksize=100)))
    assert len(frame) == 100
    assert watched.asked <= 2 * WINDOW_SIZE


@pytest.mark.parametrize("mode", ["w", "wb"])
def test_pandas_writes_a_csv_file(watched: Watched, mode: str) -> None:
    frame = pd.DataFrame({"id": [1, 2], "name": ["grün", "blau"]})
    watched.begin()
    with watched.storage.open("w.csv", mode) as file:
        frame.to_csv(file, index=False, lineterminator="\n")
    assert watched.methods == ["PUT"]
    assert watched.storage.open("w.csv").read() == "id,name\n1,grün\n2,blau\n".encode()


def test_csv_and_text_wrappers_read_as_it_comes(watched: Watched, table: str) -> None:
    with watched.storage.open(table, "r") as file:
        assert sum(int(row["id"]) for row in csv.DictReader(file)) == ROWS * (ROWS - 1) // 2
    watched.begin()
    with watched.storage.open(table) as file:
        text = io.TextIOWrapper(file.file, encoding="utf-8", newline="")
        assert next(csv.reader(text)) == ["id", "name", "value"]
        text.detach()
    assert watched.methods == ["GET"]


def test_json_goes_in_and_out(watched: Watched) -> None:
    with watched.storage.open("j.json", "w") as file:
        json.dump({"name": "grün"}, file, ensure_ascii=False)
    watched.begin()
    with watched.storage.open("j.json") as file:
        assert json.load(file) == {"name": "grün"}
    assert watched.methods == ["GET"]


def test_copyfileobj_streams_between_names(watched: Watched) -> None:
    data = os.urandom(3 * MIB)
    watched.storage.save("a", ContentFile(data))
    watched.begin()
    with watched.storage.open("a") as source, watched.storage.open("b", "wb") as target:
        shutil.copyfileobj(source, target)
    assert watched.methods == ["GET", "GET", "PUT"]
    assert watched.storage.open("b").read() == data
