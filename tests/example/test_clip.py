"""The demo's clips: WebM that players can seek in."""

import io
import struct

from PIL import Image

from example_saas.demo.clip import FRAMES_PER_SECOND, SIZE, frame, launch, webm

SEGMENT, CUES, CLUSTER = (bytes.fromhex(id_) for id_ in ("18538067", "1C53BB6B", "1F43B675"))
PLACE = bytes.fromhex("F1") + struct.pack(">Q", 1 << 56 | 8)


def test_cues_lead_to_the_beginning_of_each_second() -> None:
    clip = launch(seconds=3)
    start = clip.index(SEGMENT) + 12  # the ID and a size of eight bytes
    cues = clip[clip.index(CUES) : clip.index(CLUSTER)]
    places = [int.from_bytes(rest[:8]) for rest in cues.split(PLACE)[1:]]
    assert len(places) == 3
    assert {clip[start + place :][:4] for place in places} == {CLUSTER}


def test_a_clip_ends_where_its_segment_ends() -> None:
    clip = launch(seconds=1)
    start = clip.index(SEGMENT) + 12
    assert int.from_bytes(clip[start - 7 : start]) == len(clip) - start


def test_frames_are_pictures_of_the_size_that_the_clip_says() -> None:
    """A frame is what a WebP holds; put into one again, Pillow reads it."""
    data = frame(Image.new("RGB", SIZE, "teal"))
    assert data in webm([data] * FRAMES_PER_SECOND, SIZE)
    chunk = struct.pack("<4sI", b"VP8 ", len(data)) + data + b"\0" * (len(data) % 2)
    webp = struct.pack("<4sI4s", b"RIFF", len(chunk) + 4, b"WEBP") + chunk
    assert Image.open(io.BytesIO(webp)).size == SIZE
