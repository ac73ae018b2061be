"""The examples of the documentation make a site that does what it says."""

import json
import subprocess
import sys
from pathlib import Path

from .document_site import PDF


def test_examples_make_a_site(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.private.document_site", str(tmp_path)],
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert {"settings.py", "urls.py", "models.py", "rules.py", "views.py", "sharing.py"} == set(
        seen["files"]
    )
    content = PDF.decode()
    sent, nothing = [200, content, "inline"], [404, "", ""]
    assert seen["name"] == "contracts/1/offer.pdf"
    assert seen["url"] == "/private/contracts/1/offer.pdf"
    assert seen["refused"] == ["invalid_file_type"]
    # The rule of the settings: whoever is signed in.
    assert seen["by name"] == {"None": nothing, "owner": sent, "other": sent}
    attached = [200, content, "attachment"]
    assert seen["by row"] == {"None": nothing, "owner": attached, "other": nothing}
    assert seen["by link"] == {"None": sent, "owner": sent, "other": sent}
    assert seen["link"].startswith("http://testserver/shared/")
    assert seen["shared by"] == 404
    assert seen["with the rule"] == [True, False, False]
