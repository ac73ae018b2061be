"""Small pictures of what people upload, whatever that is."""

import io

import pytest
from PIL import Image

from example_saas.vault.thumbnails import MAX_PIXELS, SIZE, thumbnail_of
from tenant_minio.exceptions import BackendUnavailableError

ORIENTATION = 0x0112  # EXIF; 6 is a camera that was held upright


def saved(image: Image.Image, kind: str, **options: object) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, kind, **options)
    file.seek(0)
    return file


def opened(content: bytes | None) -> Image.Image:
    assert content is not None
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_becomes_a_small_webp_of_the_same_shape(kind: str) -> None:
    small = opened(thumbnail_of(saved(Image.new("RGB", (1600, 800), "teal"), kind)))
    assert (small.format, small.size) == ("WEBP", (SIZE[0], SIZE[1] // 2))


def test_a_picture_taken_upright_stands_upright() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    small = opened(thumbnail_of(saved(Image.new("RGB", (800, 400)), "JPEG", exif=exif)))
    assert small.size == (SIZE[0] // 2, SIZE[1])


def test_what_is_transparent_stays_so() -> None:
    small = opened(thumbnail_of(saved(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "PNG")))
    assert small.getpixel((20, 20))[3] == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        saved(Image.new("RGB", (64, 64)), "PNG").getvalue()[:60],
        saved(Image.new("RGB", (64, 64)), "BMP").getvalue(),
    ],
)
def test_what_is_no_picture_has_none(content: bytes) -> None:
    assert thumbnail_of(io.BytesIO(content)) is None


def test_a_picture_that_would_fill_the_memory_has_none() -> None:
    wide = Image.new("1", (MAX_PIXELS // 1000 + 1, 1000))
    assert thumbnail_of(saved(wide, "PNG")) is None


def test_an_outage_is_no_broken_picture() -> None:
    class Away(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise BackendUnavailableError("us is away")

    with pytest.raises(BackendUnavailableError):
        thumbnail_of(Away(b"x"))
