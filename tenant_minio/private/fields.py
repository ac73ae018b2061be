"""File fields for private files."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NoReturn

from django.core import checks
from django.core.exceptions import SuspiciousFileOperation, ValidationError
from django.db.models import FileField, ImageField
from django.db.models.fields.files import FieldFile, ImageFieldFile
from django.template.defaultfilters import filesizeformat
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from tenant_minio.private.signatures import HEAD_SIZE, agrees
from tenant_minio.private.storage import private_storage
from tenant_minio.storage.content_types import is_allowed, same_type, web_type


class PrivateFieldFile(FieldFile):
    """The file of a row. Its URL is that of the view, where there is one."""

    @property
    def url(self) -> str:
        """Where the view gives it, if its URLs are included; else what the storage says.

        That is a signed URL, which no rule is asked for: for a file in a storage of its own it is
        the only one.
        """
        if self and getattr(self.field, "_storage_callable", None) is private_storage:
            with suppress(NoReverseMatch):
                return reverse("serve_private_file", kwargs={"path": self.name})
        return super().url


class PrivateImageFieldFile(PrivateFieldFile, ImageFieldFile):
    """The same, with width and height."""


class PrivateFileField(FileField):
    """A FileField whose files are served by rules, and looked at before they are stored.

    What a browser says of a file is not believed: its type is that of its name, and its content
    must agree.

    Args:
        upload_to: as in Django.
        storage: by default the one of ``TENANT_MINIO["PRIVATE"]["STORAGE"]``.
        upload_subfolder: ``(instance) -> list of folders`` that come after ``upload_to``.
        content_types: types that are allowed, such as ``application/pdf`` or ``image/*``; all if
            empty.
        max_file_size: in bytes.
    """

    attr_class = PrivateFieldFile
    default_error_messages = {  # noqa: RUF012 -- as Django has them
        "invalid_file_type": _("File type not supported."),
        "file_too_large": _("The file may not be larger than {max_size}."),
    }

    def __init__(
        self,
        *args: Any,
        upload_subfolder: Callable[[Any], Iterable[Any] | str] | None = None,
        content_types: Sequence[str] | None = None,
        max_file_size: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.upload_subfolder = upload_subfolder
        self.content_types = content_types or ()
        self.max_file_size = max_file_size
        kwargs.setdefault("storage", private_storage)
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *self._check_limits()]

    def _check_limits(self) -> Iterator[checks.CheckMessage]:
        given = self.content_types
        if isinstance(given, str) or not all(isinstance(one, str) and "/" in one for one in given):
            yield self._fault(f"content_types={given!r}", "a list such as ['application/pdf']")
        size: Any = self.max_file_size
        if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 1):
            yield self._fault(f"max_file_size={size!r}", "a number of bytes")

    def _fault(self, given: str, taken: str) -> checks.CheckMessage:
        message = f"{self} has {given}."
        return checks.Error(message, hint=f"It takes {taken}.", obj=self, id="tenant_minio.E054")

    def clean(self, value: Any, model_instance: Any) -> Any:
        """Refuse what is too large or of a type that is not allowed.

        A file that is stored already was looked at before, and is not fetched again.
        """
        cleaned = super().clean(value, model_instance)
        if cleaned and not getattr(cleaned, "_committed", True):
            self.check_upload(cleaned.file)
        return cleaned

    def check_upload(self, file: Any) -> None:
        """Look at a file before it is stored.

        Raises:
            ValidationError: ``invalid_file_type`` or ``file_too_large``.
        """
        if self.max_file_size is not None and file.size > self.max_file_size:
            raise ValidationError(
                self.error_messages["file_too_large"].format(
                    max_size=filesizeformat(self.max_file_size), size=filesizeformat(file.size)
                ),
                code="file_too_large",
            )
        if self.content_types:
            kind = web_type(self._name_of(file))
            if not is_allowed(kind, self.content_types) or not agrees(kind, _beginning(file)):
                self._refuse_type()

    def _name_of(self, file: Any) -> str:
        """Its name, as it will be stored: Django takes some characters out of it."""
        try:
            return self._stored_name(file.name or "")
        except SuspiciousFileOperation:
            return self._refuse_type()

    def _stored_name(self, name: str) -> str:
        """The last segment of the name that a file gets, as far as its own counts for that."""
        return self.storage.get_valid_name(posixpath.basename(name.replace("\\", "/")))

    def _refuse_type(self) -> NoReturn:
        raise ValidationError(self.error_messages["invalid_file_type"], code="invalid_file_type")

    def generate_filename(self, instance: Any, filename: Any) -> str:
        """``upload_to``, then the folders of ``upload_subfolder``, then the name."""
        upload_to: Any = self.upload_to
        if callable(upload_to):
            folder, filename = posixpath.split(str(upload_to(instance, filename)))
        else:
            folder = datetime.now().strftime(str(upload_to))  # noqa: DTZ005 -- as Django does
        valid = self.storage.get_valid_name
        folders = self.upload_subfolder(instance) if self.upload_subfolder else ()
        # Text is a path, for what used to be written so.
        names = folders.split("/") if isinstance(folders, str) else map(str, folders)
        last = self._stored_name(str(filename))
        path = posixpath.join(folder, *(valid(name) for name in names), last)
        return self.storage.generate_filename(path)


class PrivateImageField(PrivateFileField, ImageField):
    """A :class:`PrivateFileField` for images that Pillow reads, and so none with scripts in it.

    Args:
        width_field, height_field: as of Django's ImageField.
    """

    attr_class = PrivateImageFieldFile

    def check_upload(self, file: Any) -> None:
        super().check_upload(file)
        from PIL import Image

        file.seek(0)
        try:
            with Image.open(file) as image:
                read = image.format or ""
                image.verify()
        except Exception:  # noqa: BLE001 -- Pillow raises all kinds
            read = ""
        finally:
            file.seek(0)
        if not _is_called(read, self._name_of(file)):
            self._refuse_type()


def _is_called(image_format: str, name: str) -> bool:
    """Whether a name is one of an image that Pillow reads as of this format.

    Args:
        image_format: Pillow's word for it; empty for none.
        name: whose extension says a type, or is one that Pillow has for the format.
    """
    from PIL import Image

    # Several pictures in one file, as many phones store them, begin as a JPEG and are called so:
    # CIPA DC-007.
    formats = ("MPO", "JPEG") if image_format == "MPO" else (image_format,)
    named = Image.registered_extensions().get(posixpath.splitext(name)[1].lower())
    kind = same_type(web_type(name))
    return any(one == named or same_type(Image.MIME.get(one, "")) == kind for one in formats)


def _beginning(file: Any) -> bytes:
    file.seek(0)
    head: bytes = file.read(HEAD_SIZE)
    file.seek(0)
    return head
