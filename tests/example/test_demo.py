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
    """It exits with 0, shows both clusters and what was tried, and nothing failed or was logged."""
    demo = _run("example_saas.demo", "--once", "--port", "0")
    assert demo.returncode == 0, demo.stdout + demo.stderr
    places = re.findall(r"^  (\w+) +(eu|us) +(\S+) +(\S+) +[\d,]+ B  works ", demo.stdout, re.M)
    assert ("acme", "us", "acme-vault", "docs/plan.pdf") in places
    assert ("globex", "eu", "vault", "tenants/globex/docs/plan.pdf") in places
    assert ("initech", "eu", "vault", "tenants/initech/docs/plan.pdf") in places
    for tried in (
        "refused  globex gets it  404",
        "works  acme's player asks for a part of it  206, bytes 100-299/",
        "refused  the colleague asks for the file  404",
        "works  acme's link, by somebody who is not signed in  200, content equal",
        "refused  a link with one character less  404",
        "refused  acme's link at globex's host  404",
        "works  acme sends it with its own, and the document's file is  200, the draft",
        "refused  globex sends acme's value with its form  422, the form again",
    ):
        assert f"✓ {tried}" in re.sub(r" {2,}", "  ", demo.stdout)
    assert "✗" not in demo.stdout
    assert "Traceback" not in demo.stderr


def test_the_vault_gives_and_refuses_the_same_under_asgi() -> None:
    proof = _run("tests.example.asgi_proof")
    assert proof.returncode == 0, proof.stdout + proof.stderr
    assert "✗" not in proof.stdout
    assert "Traceback" not in proof.stderr


def _run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"
    }
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**environment, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_SECONDS,
        check=False,
    )
