"""One JSON object a line: what a contestant is asked, and what it answers.

``{"ask": method, "with": arguments}`` is answered by ``{"answer": value}``, or by
``{"error": traceback}``. The end of the input ends the process.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterable
from typing import Any, TextIO


def serve(target: object, lines: Iterable[str], answers: TextIO) -> None:
    """Ask ``target`` for what each line says, until there are no more."""
    for line in lines:
        print(json.dumps(_answer(target, json.loads(line))), file=answers, flush=True)


def _answer(target: object, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"answer": getattr(target, asked["ask"])(**asked["with"])}
    except Exception:  # noqa: BLE001 -- the next question may still be answered
        return {"error": traceback.format_exc()}
