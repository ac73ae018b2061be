"""Video clips, made here: the repository holds no binaries.

A frame of VP8 that needs no other one is what a lossy WebP holds (RFC 9649, section 2.5). WebM puts
frames in a row, and before them the places that players go to when somebody seeks (RFC 9559).
"""

import io
import struct
from collections.abc import Sequence

from PIL import Image, ImageDraw

SIZE = (480, 270)
FRAMES_PER_SECOND = 20

NIGHT, ROCKET, FLAME, TEXT = (22, 26, 46), (236, 238, 245), (250, 160, 60), (150, 160, 190)


def launch(seconds: int) -> bytes:
    """A WebM of a rocket that rises, with a line that tells how far the clip is."""
    total = seconds * FRAMES_PER_SECOND
    return webm([frame(_rocket(number / total)) for number in range(total)], SIZE)


def _rocket(progress: float) -> Image.Image:
    width, height = SIZE
    image = Image.new("RGB", SIZE, NIGHT)
    draw = ImageDraw.Draw(image)
    x, y = width // 2, height - 60 - progress * progress * (height + 20)
    draw.polygon([(x - 9, y + 40), (x + 9, y + 40), (x, y + 58 + 14 * (progress * 40 % 1))], FLAME)
    draw.rounded_rectangle((x - 12, y, x + 12, y + 40), 10, ROCKET)
    draw.ellipse((x - 4, y + 9, x + 4, y + 17), NIGHT)
    draw.rectangle((0, height - 5, width * progress, height), TEXT)
    return image


def frame(image: Image.Image, quality: int = 70) -> bytes:
    """An image as one frame of VP8."""
    output = io.BytesIO()
    image.save(output, "WEBP", quality=quality)
    webp = output.getvalue()
    kind, size = struct.unpack("<4sI", webp[12:20])
    assert kind == b"VP8 ", kind
    return webp[20 : 20 + size]


def webm(frames: Sequence[bytes], size: tuple[int, int]) -> bytes:
    """A WebM of frames of VP8, of which each needs no other, FRAMES_PER_SECOND."""
    clusters = [
        _cluster(start, frames[start : start + FRAMES_PER_SECOND])
        for start in range(0, len(frames), FRAMES_PER_SECOND)
    ]
    video = _element("E0", _number("B0", size[0]), _number("BA", size[1]))
    track = [_number(id_, 1) for id_ in ("D7", "73C5", "83")]  # number, UID, type: video
    info = [
        _number("2AD7B1", 1_000_000),  # times are in milliseconds
        _element("4489", struct.pack(">d", _milliseconds(len(frames)))),
        *(_element(id_, b"example_saas") for id_ in ("4D80", "5741")),  # who wrote it
    ]
    head = _element("1549A966", *info)
    head += _element("1654AE6B", _element("AE", *track, _element("86", b"V_VP8"), video))
    # All numbers have eight bytes, so what stands before the clusters is as long with any.
    first = len(head) + len(_cues([0] * len(clusters)))
    places = [first + sum(map(len, clusters[:index])) for index in range(len(clusters))]
    versions = [_number(id_, 1) for id_ in ("4286", "42F7")]
    limits = [_number("42F2", 4), _number("42F3", 8)]
    kind = [_element("4282", b"webm"), _number("4287", 2), _number("4285", 2)]
    return _element("1A45DFA3", *versions, *limits, *kind) + _element(
        "18538067", head, _cues(places), *clusters
    )


def _cluster(start: int, frames: Sequence[bytes]) -> bytes:
    """One second. In a block: track 1, the time since the cluster's, and that it is a key frame."""
    blocks = [
        _element("A3", struct.pack(">BhB", 0x81, _milliseconds(index), 0x80), data)
        for index, data in enumerate(frames)
    ]
    return _element("1F43B675", _number("E7", _milliseconds(start)), *blocks)


def _cues(places: Sequence[int]) -> bytes:
    """Where each second begins, in bytes from the beginning of the segment's content."""
    points = [
        _element(
            "BB",
            _number("B3", second * 1000),
            _element("B7", _number("F7", 1), _number("F1", place)),
        )
        for second, place in enumerate(places)
    ]
    return _element("1C53BB6B", *points)


def _milliseconds(frames: int) -> int:
    return frames * 1000 // FRAMES_PER_SECOND


def _number(id_: str, value: int) -> bytes:
    return _element(id_, struct.pack(">Q", value))


def _element(id_: str, *content: bytes) -> bytes:
    """An element of EBML (RFC 8794): its ID, a size of eight bytes, its content."""
    size = sum(map(len, content))
    return bytes.fromhex(id_) + struct.pack(">Q", 1 << 56 | size) + b"".join(content)
