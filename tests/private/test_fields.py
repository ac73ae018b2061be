"""What is stored is looked at first: its size, its name and what it begins with."""

import gzip
import io
import zipfile
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.db.migrations.writer import MigrationWriter
from django.test.utils import isolate_apps
from PIL import Image

from tenant_minio import use_tenant
from tenant_minio.private import PrivateFileField, PrivateImageField, private_storage


def image(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (3, 2)).save(out, kind)
    return out.getvalue()


def stereo() -> bytes:
    """A JPEG with a second picture behind the first, as many phones make them."""
    out = io.BytesIO()
    one, other = (Image.new("RGB", (3, 2), colour) for colour in ("red", "blue"))
    one.save(out, "MPO", save_all=True, append_images=[other])
    return out.getvalue()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(zipfile.ZipInfo("a.txt"), "x")  # of no time, so that all runs have one id
    return out.getvalue()


PNG, JPEG, WEBP, GIF = image("PNG"), image("JPEG"), image("WEBP"), image("GIF")
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
ZIP = archive()
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
MP4 = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2mp41"
EXE = b"MZ\x90\0\3\0\0\0\4\0\0\0"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def row(field: Any, name: str, content: bytes, said: str = "text/plain") -> Any:
    """A row of a model with this field, and a file that a browser sends as ``said``."""
    with isolate_apps("tests.project.docs"):
        meta = type("Meta", (), {"app_label": "docs"})
        body = {"__module__": __name__, "Meta": meta, "file": field}
        made = type("Row", (models.Model,), body)
    return made(file=SimpleUploadedFile(name, content, said))  # type: ignore[call-arg]


def check(field: Any, name: str, content: bytes, said: str = "text/plain") -> None:
    row(field, name, content, said).clean_fields()


@pytest.mark.parametrize(
    ("allowed", "name", "content"),
    [
        (["image/png"], "a.png", PNG),
        (["image/*"], "a.PNG", PNG),
        (["image/jpg"], "a.jpeg", JPEG),
        (["image/webp", "image/gif"], "a.gif", GIF),
        (["image/webp"], "a.webp", WEBP),
        (["application/pdf"], "a.pdf", PDF),
        (["application/zip"], "a.zip", ZIP),
        (["application/gzip"], "a.tar.gz", gzip.compress(b"", mtime=0)),
        ([DOCX], "a.docx", ZIP),
        (["application/msword"], "a.doc", OLE),
        (["video/mp4"], "film.mp4", MP4),
        (["image/svg+xml"], "a.svg", SVG),
        (["text/html"], "a.html", HTML),
        (["text/plain", "text/csv"], "a.csv", "ä;ö\n1;2\n".encode()),
        (["text/plain"], "a.txt", "UTF-16".encode("utf-16")),
        (["text/plain"], "a.txt", b""),
        (["text/plain"], "a.txt", b"the ftyp box of MP4"),
        (["video/mp4"], "a.mp4", b"\0\0\1\0ftypmp42"),
        (["text/plain"], "MZ.txt", b"MZ and BM and ID3 are words, too"),
        (["application/octet-stream"], "a.unheard-of", b"\0\1\2"),
        ([], "a.exe", EXE),
    ],
)
def test_file_of_an_allowed_type_passes(allowed: list[str], name: str, content: bytes) -> None:
    check(PrivateFileField(content_types=allowed), name, content)


@pytest.mark.parametrize(
    ("allowed", "name", "content"),
    [
        (["image/png"], "a.jpg", JPEG),
        (["image/png"], "a.png", JPEG),
        (["image/png"], "a.png", HTML),
        (["image/png"], "a.png", b""),
        (["image/png"], "a.svg", SVG),
        (["image/*"], "a.pdf", PDF),
        (["application/pdf"], "a.pdf", HTML),
        (["application/pdf"], "a.pdf.html", PDF),
        (["application/pdf"], "a", PDF),
        (["video/mp4"], "film.mp4", EXE),
        ([DOCX], "a.docx", OLE),
        (["text/plain"], "a.txt", EXE),
        (["text/plain"], "a.txt", PNG),
        (["text/csv"], "a.csv", b"a\0b"),
        (["text/plain"], "a.txt", MP4),
        (["video/mp4"], "a.mp4", b"the ftyp box of MP4"),
        (["application/vnd.visio"], "a.vsd", EXE),
        (["text/plain"], "data:,a.mht", b"text"),
        (["text/plain"], "data:,a.xsl", b"text"),
        (["text/plain"], "data:,a.html", HTML),
        (["application/octet-stream"], "a.#html", HTML),
        (["application/octet-stream"], "###", b"text"),
    ],
)
def test_file_of_another_type_is_refused_whatever_the_browser_says(
    allowed: list[str], name: str, content: bytes
) -> None:
    with pytest.raises(ValidationError) as caught:
        check(PrivateFileField(content_types=allowed), name, content, allowed[0])
    assert caught.value.message_dict == {"file": ["File type not supported."]}


def test_file_is_stored_whole_after_it_was_looked_at(memory: Any) -> None:
    made = row(PrivateFileField(content_types=["image/png"]), "a.png", PNG)
    made.clean_fields()
    with use_tenant("acme"):
        made.file.save("a.png", made.file.file, save=False)
        assert made.file.open().read() == PNG


def test_file_that_is_too_large_is_refused() -> None:
    check(PrivateFileField(max_file_size=10), "a.txt", b"x" * 10)
    with pytest.raises(ValidationError) as caught:
        check(PrivateFileField(max_file_size=10), "a.txt", b"x" * 11)
    [error] = caught.value.error_dict["file"]
    assert error.code == "file_too_large"
    assert "10\xa0bytes" in str(error.message)


def test_messages_are_the_projects_own_where_it_has_some() -> None:
    messages = {"invalid_file_type": "No!", "file_too_large": "At most {max_size}, not {size}."}
    with pytest.raises(ValidationError, match="No!"):
        check(PrivateFileField(content_types=["image/png"], error_messages=messages), "a", b"")
    with pytest.raises(ValidationError, match="not 2"):
        check(PrivateFileField(max_file_size=1, error_messages=messages), "a", b"xx")


def test_stored_file_is_not_fetched_to_be_looked_at(memory: Any) -> None:
    """Outside any tenant, where asking for it would raise."""
    made = row(PrivateFileField(content_types=["image/png"], max_file_size=1), "a", b"")
    made.file = "stored/long-ago.exe"
    made.clean_fields()


def test_blank_field_may_be_empty() -> None:
    made = row(PrivateFileField(content_types=["image/png"], blank=True), "a", b"")
    made.file = ""
    made.clean_fields()


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "a_b.txt"),
        ({"upload_to": "docs"}, "docs/a_b.txt"),
        ({"upload_to": lambda _row, name: f"by/{name}"}, "by/a_b.txt"),
        ({"upload_subfolder": lambda _row: ["x y", 7]}, "x_y/7/a_b.txt"),
        ({"upload_to": "docs", "upload_subfolder": lambda _row: ["acme"]}, "docs/acme/a_b.txt"),
        ({"upload_subfolder": lambda _row: "one/two"}, "one/two/a_b.txt"),
    ],
)
def test_name_is_made_of_folder_subfolders_and_name(
    memory: Any, options: dict[str, Any], name: str
) -> None:
    field = PrivateFileField(**options)
    made = row(field, "x", b"")
    assert field.generate_filename(made, "a b.txt") == name


def test_subfolder_cannot_lead_elsewhere(memory: Any) -> None:
    field = PrivateFileField(upload_subfolder=lambda _row: ["..", "other"])
    made = row(field, "x", b"")
    with pytest.raises(Exception, match="Could not derive file name"):
        field.generate_filename(made, "a.txt")


def test_migration_names_the_function_and_no_alias() -> None:
    field: Any = PrivateFileField(upload_to="docs")
    _name, path, args, kwargs = field.deconstruct()
    assert path == "tenant_minio.private.fields.PrivateFileField"
    assert (args, kwargs) == ([], {"upload_to": "docs", "storage": private_storage})
    written, _imports = MigrationWriter.serialize(field)
    assert "tenant_minio.private.storage.private_storage" in written


def test_image_is_measured_and_verified(memory: Any) -> None:
    with isolate_apps("tests.project.docs"):

        class Picture(models.Model):
            width = models.IntegerField()
            image = PrivateImageField(width_field="width")

            class Meta:
                app_label = "docs"

        made: Any = Picture(image=SimpleUploadedFile("a.png", PNG))
        made.clean_fields()
        assert made.width == 3
        assert made.image.file.tell() == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", JPEG),
        ("a.png", PNG[:60]),
        ("a.svg", SVG),
        ("a.png", HTML),
        ("a.txt", PNG),
        ("a.png", stereo()),
        ("a.mpo", JPEG),
        ("a.tga", PNG),
        ("a", PNG),
        ("a.html", PNG),
    ],
)
def test_image_that_pillow_does_not_read_as_its_name_says_is_refused(
    name: str, content: bytes
) -> None:
    with pytest.raises(ValidationError, match="File type not supported"):
        check(PrivateImageField(), name, content, "image/png")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jpg", stereo()),
        ("a.JPEG", stereo()),
        ("a.mpo", stereo()),
        ("a.jfif", JPEG),
        ("a.apng", PNG),
        ("a.ico", image("ICO")),
        ("a.tif", image("TIFF")),
        ("a.ppm", image("PPM")),
        ("a.pnm", image("PPM")),
        ("a.dib", image("DIB")),
        ("a.tga", image("TGA")),
        ("a.pcx", image("PCX")),
        ("a.jp2", image("JPEG2000")),
    ],
)
def test_image_that_pillow_reads_as_its_name_says_passes(name: str, content: bytes) -> None:
    check(PrivateImageField(), name, content)


def test_photo_with_several_pictures_is_a_jpeg() -> None:
    check(PrivateImageField(content_types=["image/jpeg"]), "a.jpg", stereo())


def test_form_of_an_image_field_is_djangos() -> None:
    field: Any = PrivateImageField()
    assert type(field.formfield()).__name__ == "ImageField"


def test_file_without_a_name_has_no_type() -> None:
    field = PrivateFileField(content_types=["text/plain"])
    with pytest.raises(ValidationError):
        field.check_upload(ContentFile(b"x"))
