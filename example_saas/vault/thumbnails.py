"""Small pictures of images."""

import io
from typing import BinaryIO

from PIL import Image, ImageOps

from tenant_minio.exceptions import TenantMinioError

SIZE = (256, 256)
# A small file can hold a picture that needs gigabytes once it is decoded.
MAX_PIXELS = 50_000_000
_FORMATS = ["GIF", "JPEG", "PNG", "WEBP"]


def thumbnail_of(file: BinaryIO) -> bytes | None:
    """A WebP that fits into SIZE; None where ``file`` is no image, or one with too many pixels.

    :raises TenantMinioError: the file could not be had.
    """
    try:
        # Of formats that are not named Pillow would try all, and some have had holes.
        with Image.open(file, formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                return None
            image.draft("RGB", SIZE)  # a large JPEG is not decoded in full
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail(SIZE)
            small = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except TenantMinioError:
        raise
    except Exception:  # noqa: BLE001  # Pillow raises all kinds of what is broken
        return None
    output = io.BytesIO()
    small.save(output, "WEBP", quality=80)
    return output.getvalue()
