"""What users of the example do, in a process of its own; prints what was seen as JSON."""

from __future__ import annotations

import io
import json
from typing import Any

import django
from django.core.management import call_command

SEEN: dict[str, Any] = {}


def command(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=out, **options)
    return out.getvalue()


def walk() -> None:
    from django.contrib.auth.models import User
    from django.core.exceptions import ValidationError
    from django.core.files.uploadedfile import SimpleUploadedFile

    from tests.compat.private_example.dossiers.models import CustomerDossier

    SEEN["check"] = command("check")
    command("migrate", verbosity=0)
    SEEN["changes"] = command("makemigrations", check_changes=True, dry_run=True)
    dossier = CustomerDossier(
        customer="cust1", file=SimpleUploadedFile("the plan.txt", b"the plan", "text/plain")
    )
    dossier.full_clean()
    dossier.save()
    SEEN["name"] = dossier.file.name
    for name, content in (("a.txt", b"x" * 1001), ("a.pdf", b"<html>")):
        try:
            made = SimpleUploadedFile(name, content, "application/pdf")
            CustomerDossier(customer="cust1", file=made).full_clean()
        except ValidationError as error:
            SEEN[name] = error.message_dict["file"]
    User.objects.create_superuser("admin", password="admin")
    User.objects.create_user("cust1", password="cust1")
    User.objects.create_user("cust2", password="cust2")
    path = f"/private-media/{dossier.file.name}"
    SEEN["path"] = [ask(user, path) for user in ("admin", "cust1", "cust2", "")]
    SEEN["row"] = [ask(user, "/dossiers/cust1/") for user in ("admin", "cust1", "cust2", "")]
    SEEN["missing"] = ask("admin", "/private-media/nothing.txt")
    SEEN["url"] = CustomerDossier.objects.get().file.url
    SEEN["headers"] = headers("cust1", "/dossiers/cust1/")
    dossier.file.delete()
    SEEN["deleted"] = ask("admin", path)


def client(user: str) -> Any:
    from django.contrib.auth.models import User
    from django.test import Client

    made = Client()
    if user:
        made.force_login(User.objects.get(username=user))
    return made


def ask(user: str, path: str) -> list[Any]:
    answers = [client(user).get(path), client(user).head(path)]
    body = answers[0].getvalue().decode() if answers[0].status_code == 200 else ""
    for answer in answers:
        answer.close()
    return [*(answer.status_code for answer in answers), body]


def headers(user: str, path: str) -> dict[str, str]:
    answer = client(user).get(path)
    answer.close()
    return {name: answer[name] for name in ("Content-Type", "Content-Disposition")}


if __name__ == "__main__":
    django.setup()
    walk()
    print(json.dumps(SEEN))
