"""A project on django-private-storage works by its import paths, on each storage that it had."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import entry

HOME = "tenant_minio.compat.private_storage"


def minio_settings(server: Any, bucket: str) -> dict[str, Any]:
    return {
        "PRIVATE_STORAGE_CLASS": f"{HOME}.storage.minio.PrivateMinioStorage",
        "PRIVATE_STORAGE_MINO_REVERSE_PROXY": True,
        "MINIO_STORAGE_ENDPOINT": server.endpoint,
        "MINIO_STORAGE_ACCESS_KEY": server.access_key,
        "MINIO_STORAGE_SECRET_KEY": server.secret_key,
        "MINIO_STORAGE_USE_HTTPS": True,
        "MINIO_PRIVATE_STORAGE_USE_HTTPS": False,
        "MINIO_PRIVATE_STORAGE_MEDIA_BUCKET_NAME": bucket,
    }


def s3_settings(server: Any, bucket: str) -> dict[str, Any]:
    return {
        "PRIVATE_STORAGE_CLASS": f"{HOME}.storage.s3boto3.PrivateS3BotoStorage",
        "PRIVATE_STORAGE_S3_REVERSE_PROXY": True,
        "AWS_ACCESS_KEY_ID": server.access_key,
        "AWS_SECRET_ACCESS_KEY": server.secret_key,
        "AWS_PRIVATE_S3_ENDPOINT_URL": f"http://{server.endpoint}",
        "AWS_PRIVATE_STORAGE_BUCKET_NAME": bucket,
        "AWS_PRIVATE_LOCATION": "private/media",
    }


def walk(settings: dict[str, Any], folder: Path) -> tuple[dict[str, Any], str]:
    environment = {
        **os.environ,
        "PYTHONPATH": ".",
        "DJANGO_SETTINGS_MODULE": "tests.compat.private_example.settings",
        "EXAMPLE": json.dumps(settings),
        "EXAMPLE_DB": str(folder / "db.sqlite3"),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.compat.private_example.walk"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stdout + done.stderr


def judge(seen: dict[str, Any], allowed: list[int]) -> None:
    """``allowed``: whom the settings let have files by their names."""
    assert "no issues" in seen["check"]
    assert seen["changes"] == "No changes detected\n"
    assert seen["name"] == "dossiers/cust1/the_plan.txt"
    assert "1000" in seen["a.txt"][0]
    assert seen["a.pdf"] == ["File type not supported."]
    there, refused = [200, 200, "the plan"], [404, 404, ""]
    users = range(4)
    assert seen["path"] == [there if user in allowed else refused for user in users]
    assert seen["row"] == [there if user in {*allowed, 0, 1} else refused for user in users]
    assert seen["missing"] == refused
    assert seen["url"] == f"/private-media/{seen['name']}"
    assert seen["headers"] == {
        "Content-Type": "text/plain",
        "Content-Disposition": 'attachment; filename="cust1.txt"',
    }
    assert seen["deleted"] == refused


@pytest.mark.parametrize("server", ["django", "streaming", f"{HOME}.servers.DjangoServer"])
def test_local_files_are_served_as_they_were(tmp_path: Path, server: str) -> None:
    given = {
        "PRIVATE_STORAGE_ROOT": str(tmp_path / "private"),
        "PRIVATE_STORAGE_AUTH_FUNCTION": f"{HOME}.permissions.allow_authenticated",
        "PRIVATE_STORAGE_SERVER": server,
    }
    seen, _output = walk(given, tmp_path)
    judge(seen, [0, 1, 2])
    assert not (tmp_path / "private" / "dossiers" / "cust1" / "the_plan.txt").exists()
    assert (tmp_path / "private" / "dossiers" / "cust1").is_dir()


@pytest.mark.parametrize("kind", ["minio", "versitygw"])
@pytest.mark.parametrize("settings_of", [minio_settings, s3_settings])
def test_files_on_clusters_are_served_as_they_were(
    request: pytest.FixtureRequest,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    tmp_path: Path,
    kind: str,
    settings_of: Callable[[Any, str], dict[str, Any]],
) -> None:
    server = request.getfixturevalue(f"{kind}_server")
    use_storages(eu=entry(server))
    seen, output = walk(settings_of(server, new_bucket("eu")), tmp_path)
    # The superuser, as PRIVATE_STORAGE_AUTH_FUNCTION has it where nothing is said.
    judge(seen, [0])
    assert server.secret_key not in output
