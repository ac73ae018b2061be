"""A measurement in a fresh process, whose memory nothing else has touched."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parent.parent


def run(function: Callable[..., dict[str, float]], settings: dict[str, Any], *args: Any) -> Any:
    """Call ``function(*args)`` in a new process with Django configured; return what it returns.

    Keys of the server go through a pipe, since everybody on the machine may read arguments.

    Raises:
        RuntimeError: it failed; the message says how.
    """
    order = {"function": [function.__module__, function.__name__], "args": args}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.child"],
        input=json.dumps({**order, "settings": settings}),
        capture_output=True,
        check=False,
        text=True,
        cwd=_ROOT,
    )
    if done.returncode:
        raise RuntimeError(f"{function.__name__} failed in its own process:\n{done.stderr}")
    return json.loads(done.stdout)


if __name__ == "__main__":
    from benchmarks.bench import configure

    order = json.load(sys.stdin)
    configure(order["settings"])
    module, name = order["function"]
    json.dump(getattr(import_module(module), name)(*order["args"]), sys.stdout)
