"""Many browsers at once, in a process of their own: JSON on the standard input, and back.

``{"port": ..., "path": ..., "headers": {...}, "count": ..., "size": ..., "crc": ...}`` is answered
by ``{"seconds": ..., "whole": ...}``.
"""

from __future__ import annotations

import asyncio
import json
import sys
import zlib
from time import perf_counter
from typing import Any

_PIECE = 256 * 1024


async def _all(order: dict[str, Any]) -> dict[str, Any]:
    start = perf_counter()
    found = await asyncio.gather(*(_is_whole(order) for _ in range(order["count"])))
    return {"seconds": perf_counter() - start, "whole": sum(found)}


async def _is_whole(order: dict[str, Any]) -> bool:
    """Whether the file came, to its last byte and as it is stored."""
    reader, writer = await asyncio.open_connection("127.0.0.1", order["port"], limit=_PIECE)
    try:
        headers = {"Host": "127.0.0.1", "Connection": "close", **order["headers"]}
        lines = [f"GET {order['path']} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.splitlines()[0]:
            return False
        crc, left = 0, order["size"]
        while left and (piece := await reader.read(_PIECE)):
            crc, left = zlib.crc32(piece, crc), left - len(piece)
        return left == 0 and crc == order["crc"]
    except (OSError, asyncio.IncompleteReadError):
        return False
    finally:
        writer.close()


if __name__ == "__main__":
    json.dump(asyncio.run(_all(json.load(sys.stdin))), sys.stdout)
