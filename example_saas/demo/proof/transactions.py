"""Rows and objects stay together, whatever the database says."""

from collections.abc import Iterator

from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError, transaction
from django_tenants.utils import schema_context

from example_saas.demo.observation import Observation, refused, works
from example_saas.demo.proof.world import EQUAL, World
from example_saas.demo.uploads import Upload


class _RolledBackError(Exception):
    """Ends a transaction without a commit."""


def transactions(world: World) -> Iterator[Observation]:
    """A row that is refused leaves no object, and a deletion that is undone takes none."""
    plan = world.upload("globex", "plan.pdf")
    place = world.accounts["globex"].place
    before = sorted(world.keys(place))
    yield refused("globex adds a row that PostgreSQL refuses", DataError, lambda: _add("globex"))
    yield works(
        "globex's objects in eu/vault then",
        "those of before",
        lambda: "those of before" if sorted(world.keys(place)) == before else "others",
    )
    yield refused("globex deletes its plan and rolls back", _RolledBackError, lambda: _delete(plan))
    yield works("its file then, in the bucket", EQUAL, lambda: world.content(plan))


def _add(tenant: str) -> str:
    from example_saas.vault.library import add_document
    from example_saas.vault.models import Document

    with schema_context(tenant):
        document = Document(title="longer than its column " * 20)
        upload = SimpleUploadedFile("refused.txt", b"This must not stay.")
        add_document(document, upload, user=get_user_model().objects.first())
    return "added"


def _delete(upload: Upload) -> str:
    from example_saas.vault.models import Document

    with schema_context(upload.tenant), transaction.atomic():
        Document.objects.get(file=upload.name).delete()
        raise _RolledBackError
    return "deleted"
