"""An example project, with old migrations, on each server and with the settings of v3 and v4."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def environment(server: Any, version: str, folder: Path) -> dict[str, str]:
    ours = server.storage_options()
    return {
        **os.environ,
        "PYTHONPATH": ".",
        "DJANGO_SETTINGS_MODULE": "tests.compat.example.settings",
        "EXAMPLE": version,
        "EXAMPLE_DB": str(folder / "db.sqlite3"),
        "EXAMPLE_ENDPOINT": ours["endpoint"],
        "EXAMPLE_ACCESS_KEY": ours["access_key"],
        "EXAMPLE_SECRET_KEY": ours["secret_key"],
    }


@pytest.mark.parametrize("version", ["v3", "v4"])
@pytest.mark.parametrize("kind", ["minio", "versitygw"])
def test_the_example_works_as_it_did(
    request: pytest.FixtureRequest, kind: str, version: str, tmp_path: Path
) -> None:
    server = request.getfixturevalue(f"{kind}_server")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.compat.example.walk"],
        env=environment(server, version, tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert server.secret_key not in done.stdout + done.stderr
    seen = json.loads(done.stdout)
    assert seen["changes"] == "No changes detected\n"
    assert "no issues" in seen["check"]
    assert (seen["silenced"], seen["available_silenced"]) == ("", "")
    assert "example-hooked" in seen["told"]
    assert "up" in seen["available"]
    assert seen["image"] == {"replaced": True, "status": 200, "content": "replaced", "folder": 1}
    attachment = {"owner": "admin", "size": 4, "exists": True, "status": 200, "type": "text/plain"}
    assert seen["PublicAttachment"] == {**attachment, "unsigned": 200}
    assert seen["PrivateAttachment"] == {**attachment, "unsigned": 403}
    assert seen["GenericAttachment"] == {"bucket": "example-media", "status": 200}
    assert seen["health"] == "ok"
    assert (seen["pages"], seen["link"], seen["lost"]) == ([200, 200], True, 200)
    assert (seen["before"], seen["after"]) == (True, [False, 0])
    assert seen["static"] == ["/example-static", 200]
    assert "too young" in seen["deleting"]
    assert seen["spared"]
    assert "missing" not in seen["orphans"]
