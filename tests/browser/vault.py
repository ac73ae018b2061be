"""The example's site as a visitor finds it: the demo, without its proof."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ADDRESS = re.compile(r"^  http://(\w+)\.localhost:(\d+)/ +(\w+) +(\w+)$")
END_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Vault:
    """The running demo.

    Args:
        logins: user and password by tenant.
    """

    port: int
    logins: Mapping[str, tuple[str, str]]

    def url(self, tenant: str, path: str = "/") -> str:
        return f"http://{tenant}.localhost:{self.port}{path}"


@contextmanager
def running() -> Iterator[Vault]:
    """The demo, from when its vault is open until the block ends."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "example_saas.demo", "--no-proof", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    try:
        yield _opened(demo)
    finally:
        demo.terminate()
        demo.communicate(timeout=END_SECONDS)


def _opened(demo: subprocess.Popen[str]) -> Vault:
    """What the demo says last. Raises AssertionError where it ends before."""
    told: list[str] = []
    logins: dict[str, tuple[str, str]] = {}
    assert demo.stdout is not None
    for line in demo.stdout:
        told.append(line)
        if found := _ADDRESS.match(line):
            tenant, port, user, password = found.groups()
            logins[tenant] = (user, password)
            if len(logins) == 3:
                return Vault(int(port), logins)
    raise AssertionError("".join(told))
