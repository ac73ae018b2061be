"""What a user of the example does, in a process of its own; prints what was seen as JSON."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
from typing import Any

import django
from django.core.management import call_command

SEEN: dict[str, Any] = {}


def command(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=out, **options)
    return out.getvalue()


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def walk() -> None:
    command("migrate", verbosity=0)
    SEEN["changes"] = command("makemigrations", check_changes=True, dry_run=True)
    SEEN["check"] = command("check")
    SEEN["silenced"] = command("initialize_buckets", "--silenced")
    SEEN["told"] = command("initialize_buckets")
    SEEN["available"] = command("is_minio_available")
    SEEN["available_silenced"] = command("is_minio_available", "--silenced")
    models()
    pages()
    static()
    orphans()


def models() -> None:
    from django.contrib.auth.models import User
    from django.contrib.contenttypes.models import ContentType
    from django.core.files.base import ContentFile

    from tests.compat.example.attachments.models import (
        GenericAttachment,
        Image,
        PrivateAttachment,
        PublicAttachment,
    )

    user = User.objects.create_superuser("admin", password="admin")
    kind = ContentType.objects.get_for_model(User)
    image = Image()
    image.image.save("cat.png", ContentFile(b"png"))
    first = image.image.name
    image.image.save("cat.png", ContentFile(b"replaced"))
    SEEN["image"] = {
        "replaced": image.image.name == first,
        "status": status_of(image.image.url),
        "content": image.image.open().read().decode(),
        "folder": first.count("/"),
    }
    for model in (PublicAttachment, PrivateAttachment):
        row = model(content_type=kind, object_id=user.pk)
        row.file.save("a b.txt", ContentFile(b"text"))
        url = row.file.url
        row = model.objects.get(pk=row.pk)
        SEEN[model.__name__] = {
            "owner": str(row.content_object),
            "size": row.file_size,
            "exists": row.exists,
            "status": status_of(url),
            "unsigned": status_of(url.partition("?")[0]),
            "type": row.file.storage.stat(row.file.name).content_type,
        }
    plain = GenericAttachment()
    plain.file.save("plain.bin", ContentFile(b"\0" * 100))
    SEEN["GenericAttachment"] = {
        "bucket": plain.file.storage.bucket,
        "status": status_of(plain.file.url),
    }


def pages() -> None:
    from django.contrib.auth.models import User
    from django.test import Client

    from tests.compat.example.attachments.models import PrivateAttachment

    client = Client()
    SEEN["health"] = client.get("/health").content.decode()
    client.force_login(User.objects.get())
    row = PrivateAttachment.objects.get()
    base = "/admin/attachments/privateattachment/"
    SEEN["pages"] = [client.get(url).status_code for url in (base, f"{base}{row.pk}/change/")]
    SEEN["link"] = "X-Amz-Signature" in client.get(f"{base}{row.pk}/change/").content.decode()
    storage, name = row.file.storage, row.file.name
    storage.delete(name)
    SEEN["lost"] = client.get(f"{base}{row.pk}/change/").status_code
    storage.save(name, io.BytesIO(b"again"))
    SEEN["before"] = storage.exists(name)
    data = {"action": "delete_everywhere", "_selected_action": [row.pk]}
    client.post(base, data)
    SEEN["after"] = [storage.exists(name), PrivateAttachment.objects.count()]


def static() -> None:
    from django.templatetags.static import static as url_of

    command("collectstatic", interactive=False)
    SEEN["static"] = [url_of("site.css").rpartition("/")[0][-15:], status_of(url_of("site.css"))]


def orphans() -> None:
    """What nothing refers to may be an upload in flight: it is left alone while it is young."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import storages

    stray = storages["default"].save("stray.txt", ContentFile(b"x"))
    SEEN["deleting"] = command("clean_orphaned_minio_files")
    SEEN["spared"] = storages["default"].exists(stray)
    SEEN["orphans"] = command("clean_orphaned_minio_files", "--dry-run", "--check-missing")
    storages["default"].delete(stray)


if __name__ == "__main__":
    django.setup()
    walk()
    print(json.dumps(SEEN))
