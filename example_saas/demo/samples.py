"""Small files of the kinds that people keep, made here: the repository holds no binaries."""

import struct
import zlib
from dataclasses import dataclass, field

from example_saas.demo.clip import launch

BLUE = (58, 96, 196)
GREEN = (36, 140, 112)
RED = (196, 62, 92)


@dataclass(frozen=True, slots=True)
class Sample:
    """A file to upload."""

    filename: str
    title: str
    content: bytes = field(repr=False)


def samples_of(tenant: str, name: str) -> list[Sample]:
    """What this customer uploads. Each has its own ``plan.pdf`` and ``notes.txt``: same names,
    other contents."""
    plan = pdf(f"{name}: plan", [f"For {name} only.", "1. Build it.", "2. Ship it.", "3. Rest."])
    notes = f"Notes of {name}\n\nWhat is written here is nobody else's business.\n".encode()
    own = {
        "acme": [
            Sample("logo.png", "Logo", bars([5, 7, 9, 12, 16], RED)),
            Sample("launch.webm", "The first launch", launch(seconds=12)),
        ],
        "globex": [Sample("sales.png", "Sales, by quarter", bars([6, 9, 8, 13], GREEN))],
        "initech": [
            Sample(
                "reports.csv",
                "TPS reports",
                b"week,report,cover sheet\n1,TPS,yes\n2,TPS,no\n3,TPS,yes\n",
            )
        ],
    }
    return [
        Sample("plan.pdf", "Plan", plan),
        Sample("notes.txt", "notes.txt", notes),
        *own[tenant],
    ]


def bars(values: list[int], colour: tuple[int, int, int]) -> bytes:
    """A PNG of 480 × 300 pixels with one bar for each value (PNG specification, third edition)."""
    width, height, margin = 480, 300, 30
    step = (width - 2 * margin) // len(values)
    unit = (height - 2 * margin) / max(values)
    white, rows = (255, 255, 255), []
    for y in range(height):
        above_floor = height - margin - y
        row = bytearray(b"\0")  # filter type "none"
        for x in range(width):
            bar, within = divmod(x - margin, step)
            filled = 0 <= bar < len(values) and within < step * 0.7
            row += bytes(colour if filled and 0 < above_floor <= values[bar] * unit else white)
        rows.append(bytes(row))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits, RGB
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in [
            (b"IHDR", header),
            (b"IDAT", zlib.compress(b"".join(rows), 9)),
            (b"IEND", b""),
        ]
    )


def pdf(title: str, lines: list[str]) -> bytes:
    """A PDF of one A4 page in a font that every reader has (ISO 32000-1, 7.5)."""
    text = f"BT /F 28 Tf 72 740 Td ({_escaped(title)}) Tj /F 14 Tf 0 -20 Td 24 TL T* "
    text += " ".join(f"({_escaped(line)}) Tj T*" for line in lines) + " ET"
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    page = "/Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< {page} /Resources << /Font << /F 4 0 R >> >> >>",
        font,
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
    ]
    document, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(document))
        document += f"{number} 0 obj\n{body}\nendobj\n".encode("ascii")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(bodies) + 1
    trailer = f"xref\n0 {size}\n0000000000 65535 f \n{table}"
    trailer += f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(document)}\n%%EOF\n"
    return document + trailer.encode("ascii")


def _escaped(text: str) -> str:
    """``text`` as it may stand in a PDF literal string."""
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
