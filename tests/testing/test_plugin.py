from __future__ import annotations

import os
from pathlib import Path

from tests.testing.support import start_python


def test_plugin_fails_without_a_server(tmp_path: Path) -> None:
    """A test whose server cannot be had fails; it is never skipped."""
    (tmp_path / "test_it.py").write_text("def test_it(minio_server): pass")
    run = start_python(
        *("-m", "pytest", "-p", "tenant_minio.testing.plugin", "-c", os.devnull),
        *("--rootdir", str(tmp_path), "-p", "no:cacheprovider", str(tmp_path)),
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
        TENANT_MINIO_MINIO_URL="http://key:s3cret@127.0.0.1:1",
    )
    output, _ = run.communicate()
    assert run.returncode == 1
    assert "entry 1 of TENANT_MINIO_MINIO_URL (127.0.0.1:1) does not answer" in output
    assert "skipped" not in output


def test_plugin_fixtures(tmp_path: Path) -> None:
    """The fixtures give four servers that are up and differ."""
    (tmp_path / "test_it.py").write_text(
        "def test_it(minio_server, second_minio_server, versitygw_server, postgres_server):\n"
        "    three = minio_server, second_minio_server, versitygw_server\n"
        "    assert len({server.endpoint for server in three}) == 3\n"
        "    assert [server.kind for server in three] == ['minio', 'minio', 'versitygw']\n"
        "    assert postgres_server.dsn.startswith('postgresql://')\n"
    )
    run = start_python(
        *("-W", "error", "-m", "pytest", "-p", "tenant_minio.testing.plugin", "-c", os.devnull),
        *("--rootdir", str(tmp_path), "-p", "no:cacheprovider", str(tmp_path)),
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
    )
    output, errors = run.communicate()
    assert run.returncode == 0, output + errors


def test_plugin_imports_nothing_heavy() -> None:
    """Importing the plugin imports neither Django nor minio nor this package's servers."""
    probe = (
        "import sys, tenant_minio.testing.plugin;"
        "heavy = {'django', 'minio', 'tenant_minio.testing.servers'} & sys.modules.keys();"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    run = start_python("-c", probe)
    _, errors = run.communicate()
    assert run.returncode == 0, errors
