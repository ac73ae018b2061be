"""``python -m contestants NAME``: its ground in the first line, then what protocol.py says."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module

from .ground import Ground
from .measures import Measures
from .protocol import serve


def main() -> None:
    """Serve until the input ends. What a contestant prints goes to the errors, not the answers."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    ground = Ground(**json.loads(sys.stdin.readline()))
    contestant = import_module(f".{sys.argv[1]}", __package__).Contestant(ground)
    serve(Measures(contestant), sys.stdin, answers)


main()
