"""A small project of its own, and fresh processes in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.testing.support import ROOT

_SETTINGS = """
INSTALLED_APPS = ["tenant_minio"]
ROOT_URLCONF = "shop.urls"
SECRET_KEY = "not used"
STORAGES = {
    "default": {
        "BACKEND": "tenant_minio.RoutingStorage",
        "OPTIONS": {"backend": "eu", "bucket": "media", "prefix": "tenants/{tenant}/"},
    },
    "eu": {"BACKEND": "tenant_minio.MemoryStorage"},
    "staticfiles": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
}
"""
# What E034 is about.
WITHOUT_ENTER = 'TENANT_MINIO = {"CURRENT": "shop.current.current"}\n'


def project(folder: Path, settings: str, **modules: str) -> Path:
    """Write a project ``shop``: what its settings have more, and the text of each module."""
    shop = folder / "shop"
    shop.mkdir()
    modules = {
        "__init__": "",
        "current": "def current():\n    return None\n",
        "settings": _SETTINGS + settings,
        "urls": "urlpatterns = []\n",
        **modules,
    }
    for name, text in modules.items():
        (shop / f"{name}.py").write_text(text)
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python there."""
    path = os.pathsep.join([str(folder), str(ROOT)])
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "shop.settings"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
