"""The demo that the README promises, run as a newcomer runs it."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A first run builds MinIO, which takes minutes.
LIMIT_SECONDS = 900


def test_the_demo_proves_itself_and_ends_well() -> None:
    """It exits with 0, its table shows both clusters, and nothing of it failed or was logged."""
    environment = {
        key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"
    }
    demo = subprocess.run(
        [sys.executable, "-m", "example_saas.demo", "--once", "--port", "0"],
        cwd=ROOT,
        env={**environment, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert demo.returncode == 0, demo.stdout + demo.stderr
    places = re.findall(r"^  (\w+) +(eu|us) +(\S+) +(\S+) +[\d,]+ B  works ", demo.stdout, re.M)
    assert ("acme", "us", "acme-vault", "docs/plan.pdf") in places
    assert ("globex", "eu", "vault", "tenants/globex/docs/plan.pdf") in places
    assert ("initech", "eu", "vault", "tenants/initech/docs/plan.pdf") in places
    assert "✗" not in demo.stdout
    assert "Traceback" not in demo.stderr
