"""A file that somebody asks for: what rules decide about, and servers send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import Storage
from django.db.models import Model
from django.http import HttpRequest
from django.utils.functional import cached_property

from tenant_minio.backends.base import ByteRange
from tenant_minio.private.facts import Facts, Part, facts_of, open_part
from tenant_minio.routing import safe_name
from tenant_minio.storage.content_types import web_type
from tenant_minio.tenants.context import current_tenant

if TYPE_CHECKING:
    from tenant_minio.private.outcomes import Download


class PrivateFile:
    """One file, and who asks for it.

    Making one asks no storage for anything. What the storage tells is asked for once.

    Args:
        request: of who asks.
        storage: that holds the file.
        relative_name: as a FileField stores it.
        parent_object: the row that the file belongs to, where one is known.

    Attributes:
        content_disposition: the value of the header that the file is to be sent with; none if None.
        download: what is told of the request; None where no view has begun with that.
    """

    content_disposition: str | None = None
    download: Download | None = None

    def __init__(
        self,
        request: HttpRequest,
        storage: Storage,
        relative_name: str,
        parent_object: Model | None = None,
    ) -> None:
        self.request = request
        self.storage = storage
        self.relative_name = relative_name
        self.parent_object = parent_object

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.relative_name}>"

    @property
    def user(self) -> Any:
        """Who asks; None where no middleware says who."""
        return getattr(self.request, "user", None)

    @property
    def tenant(self) -> str | None:
        """The tenant whose file it is: the storage's where it is bound to one, else the current."""
        bound: str | None = getattr(self.storage, "tenant", None)
        return bound or current_tenant()

    @cached_property
    def full_path(self) -> str:
        """The path of a local file. Raises NotImplementedError for a storage that has none."""
        return self.storage.path(self._checked_name())

    def open(self, mode: str = "rb") -> Any:
        """The file, as the storage opens it."""
        return self.storage.open(self._checked_name(), mode)

    def open_part(self, wanted: ByteRange | None = None) -> Part:
        """Some of its bytes, for servers. Raises FileNotFoundError."""
        part = open_part(self.storage, self._checked_name(), wanted)
        self.facts = part.facts
        return part

    def exists(self) -> bool:
        """Whether there is such a file; an outage is an error."""
        try:
            return bool(self.facts)
        except (FileNotFoundError, SuspiciousFileOperation):
            return False

    @cached_property
    def facts(self) -> Facts:
        """What the storage tells, in one request. Raises FileNotFoundError, UnsafeNameError."""
        return facts_of(self.storage, self._checked_name())

    def _checked_name(self) -> str:
        """The name, if it is the one that the file has, which rules may go by.

        To a local storage ``open/../secret.txt`` is a file, and a rule may have looked at its
        beginning. Raises UnsafeNameError.
        """
        return safe_name(self.relative_name)

    @cached_property
    def content_type(self) -> str:
        """By its name, and not by what somebody said when it was stored."""
        return web_type(self.relative_name)

    @property
    def size(self) -> int:
        """In bytes. Raises FileNotFoundError."""
        return self.facts.size

    @property
    def modified_time(self) -> Any:
        """With time zone. Raises FileNotFoundError."""
        return self.facts.modified

    @property
    def etag(self) -> str:
        """In quotes. Raises FileNotFoundError."""
        return self.facts.etag
