"""A new project that is made of the documentation's examples, and what its users see.

``python -m tests.private.document_site FOLDER``, in a process of its own; prints JSON.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "private-files.md"
# What `django-admin startproject` writes, as far as the examples need it.
BEGINNING = """
SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = "shop.urls"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "shop",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
STORAGES = {
    "default": {"BACKEND": "tenant_minio.MemoryStorage", "OPTIONS": {"bucket": "shop"}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
"""
ENDING = """
from shop.sharing import share

urlpatterns += [path("contracts/<int:pk>/share", share)]
"""
PDF, PNG = b"%PDF-1.7 a contract", b"\x89PNG\r\n\x1a\n and so on"


def write(folder: Path) -> list[str]:
    """Each example into the file that its first line names, in order; returns the names."""
    app = folder / "shop"
    app.mkdir()
    names = []
    (app / "__init__.py").touch()
    (app / "settings.py").write_text(BEGINNING)
    for block in re.findall(r"```python\n(# (\w+\.py)\n.*?)```", DOCUMENT.read_text(), re.DOTALL):
        with (app / block[1]).open("a") as file:
            file.write(block[0])
        names.append(block[1])
    with (app / "urls.py").open("a") as file:
        file.write(ENDING)
    return names


def walk() -> dict[str, Any]:
    """What the users of the site see, one after the other."""
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.exceptions import ValidationError
    from django.core.files.base import ContentFile
    from django.core.management import call_command
    from django.test import Client

    call_command("makemigrations", "shop", verbosity=0)
    call_command("migrate", verbosity=0)
    call_command("check", fail_level="WARNING", stdout=sys.stderr)
    from shop.models import Contract

    from tenant_minio import registry

    registry["default"].make_bucket("shop")
    users = {name: User.objects.create_user(name) for name in ("owner", "other")}
    clients = {None: Client(), **{name: Client() for name in users}}
    for name, user in users.items():
        clients[name].force_login(user)
    contract = Contract(owner=users["owner"], file=ContentFile(PDF, "offer.pdf"))
    contract.full_clean()
    contract.save()
    wrong = Contract(owner=users["owner"], file=ContentFile(PNG, "fake.pdf"))
    try:
        wrong.full_clean()
        refused = []
    except ValidationError as error:
        refused = [one.code for one in error.error_dict["file"]]

    def see(who: str | None, path: str) -> list[Any]:
        answer: Any = clients[who].get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        kind = answer.get("Content-Disposition", "").partition(";")[0]
        answer.close()
        return [answer.status_code, body.decode() if answer.status_code == 200 else "", kind]

    own = f"/contracts/{contract.pk}/file"
    link = clients["owner"].get(f"/contracts/{contract.pk}/share").content.decode()
    path = link.removeprefix("http://testserver")
    return {
        "name": contract.file.name,
        "url": contract.file.url,
        "refused": refused,
        "by name": {str(who): see(who, contract.file.url) for who in clients},
        "by row": {str(who): see(who, own) for who in clients},
        "by link": {str(who): see(who, path) for who in clients},
        "link": link,
        "shared by": clients["other"].get(f"/contracts/{contract.pk}/share").status_code,
        "with the rule": by_rule(contract, users),
    }


def by_rule(contract: Any, users: Any) -> list[bool]:
    """The rule of the documentation, of an owner, of another and of nobody."""
    from django.contrib.auth.models import AnonymousUser
    from django.test import RequestFactory
    from shop.rules import own_folder_or_staff

    from tenant_minio.private import PrivateFile

    found = []
    for user in (*users.values(), AnonymousUser()):
        request: Any = RequestFactory().get("/")
        request.user = user
        file = PrivateFile(request, contract.file.storage, contract.file.name)
        found.append(own_folder_or_staff(file))
    return found


if __name__ == "__main__":
    import os

    given = Path(sys.argv[1])
    written = write(given)
    sys.path.insert(0, str(given))
    os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
    json.dump({"files": written, **walk()}, sys.stdout)
