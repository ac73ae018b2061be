"""Inputs for files that the browser sends to the cluster itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from django import forms
from django.core.exceptions import ValidationError
from django.forms.widgets import FILE_INPUT_CONTRADICTION, Script
from django.http import HttpRequest

from tenant_minio.exceptions import (
    BackendUnavailableError,
    InvalidBackendError,
    UploadRefusedError,
)
from tenant_minio.uploads.hook import ask_hook
from tenant_minio.uploads.page import page_data
from tenant_minio.uploads.staged import claim
from tenant_minio.uploads.targets import Target, named
from tenant_minio.uploads.texts import TEXTS
from tenant_minio.uploads.tokens import Confirmed

_STATIC = "tenant_minio/uploads"
# In the order in which they need each other.
_SCRIPTS = (
    "network",
    "api",
    "transfer",
    "memory",
    "upload",
    "row",
    "files",
    "guard",
    "element",
)


@dataclass(frozen=True, slots=True)
class Kept:
    """An upload that the form carries on with when it is shown again.

    Args:
        value: as :func:`tenant_minio.uploads.staged.claim` takes it.
        name, size: of the file; bytes.
    """

    value: str
    name: str
    size: int


class Refused:
    """Stands where a file would, and says why there is none.

    A widget cannot raise what is shown beside its field. A ``FileField`` asks what it was given for
    its name, and shows what that raises.
    """

    def __init__(self, message: Any, code: str) -> None:
        self._message = message
        self._code = code

    def _refuse(self) -> NoReturn:
        raise ValidationError(self._message, code=self._code)

    @property
    def name(self) -> str:
        self._refuse()

    @property
    def size(self) -> int:
        self._refuse()


class DirectFileInput(forms.ClearableFileInput):
    """Django's input for a file, which sends it past Django where the browser has JavaScript.

    The form field is given a ``StagedFile`` for what was uploaded so, and Django's own
    ``UploadedFile`` for what came with the form. Both are held against the target, and its hook
    sees both.

    Args:
        target: what may be uploaded, and where; or the name of a declared one.

    Attributes:
        request: whose page this is; ``DirectUploadsMixin`` and the admin set it.
    """

    template_name = "tenant_minio/uploads/direct_file_input.html"
    plain_template = forms.ClearableFileInput.template_name
    allow_multiple_selected = False

    def __init__(
        self, attrs: Mapping[str, Any] | None = None, *, target: Target | str | None = None
    ) -> None:
        super().__init__(None if attrs is None else dict(attrs))
        self.target = target
        self.request: HttpRequest | None = None
        self.kept: tuple[Kept, ...] = ()

    @property
    def media(self) -> forms.Media:
        # django-stubs know no assets but strings.
        scripts: list[Any] = [Script(f"{_STATIC}/{name}.js", defer=True) for name in _SCRIPTS]
        return forms.Media(css={"all": [f"{_STATIC}/uploads.css"]}, js=scripts)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        target, request = self._bound(name)
        context = super().get_context(name, value, attrs)
        widget = context["widget"]
        if target.content_types:
            widget["attrs"].setdefault("accept", ",".join(target.content_types))
        if self.kept:
            widget["attrs"].pop("required", None)
        widget["plain_template"] = self.plain_template
        widget["kept"] = self.kept
        widget["data"] = page_data(target, request)
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        self.kept = ()
        plain = super().value_from_datadict(data, files, name)
        if plain is FILE_INPUT_CONTRADICTION:
            return plain
        values = [value for value in _all(data, name) if value]
        # Each can be saved once.
        taken = dict.fromkeys(values) if self.allow_multiple_selected else values[-1:]
        staged = [self._claimed(value, name) for value in taken]
        if plain is False:  # the file that was there is to be cleared
            return FILE_INPUT_CONTRADICTION if staged else False
        if self.allow_multiple_selected:
            return [*staged, *(self._checked(file, name) for file in plain or ())]
        if plain:
            self.kept = ()  # chosen without JavaScript, after what the form kept
            return self._checked(plain, name)
        return staged[-1] if staged else None

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return name not in data and super().value_omitted_from_data(data, files, name)

    def _claimed(self, value: str, name: str) -> Any:
        target, request = self._bound(name)
        try:
            confirmed, _place = Confirmed.read(value, request)
            kept = Kept(value, confirmed.name, confirmed.size)
            file = claim(value, target, request)
        except UploadRefusedError as error:
            if error.code == "busy":
                self.kept = (*self.kept, kept)
            return Refused(error.message, error.code)
        except BackendUnavailableError:
            self.kept = (*self.kept, kept)
            return Refused(TEXTS["unavailable"], "unavailable")
        self.kept = (*self.kept, kept)
        return file

    def _checked(self, file: Any, name: str) -> Any:
        target, _request = self._bound(name)
        try:
            # What the browser says of the type, it says of its own accord.
            file.content_type = target.check(file.name, file.size)
            ask_hook(file, target)
            file.seek(0)
        except UploadRefusedError as error:
            return Refused(error.message, error.code)
        return file

    def _bound(self, name: str) -> tuple[Target, HttpRequest]:
        """Target and request. Raises InvalidBackendError where the form does not know them."""
        if self.target is None or self.request is None:
            raise InvalidBackendError(
                f"The file input {name!r} does not know its "
                f"{'target' if self.target is None else 'request'}. Let the form inherit "
                f"tenant_minio.uploads.forms.DirectUploadsMixin and make it with request=request; "
                f"in the admin inherit tenant_minio.uploads.admin.DirectUploadsAdminMixin."
            )
        target = self.target if isinstance(self.target, Target) else named(self.target)
        return target, self.request


class MultipleDirectFileInput(DirectFileInput):
    """The same for several files."""

    allow_multiple_selected = True


def _all(data: Any, name: str) -> Iterable[Any]:
    """All values of a name in what a form was sent, or made, with."""
    if hasattr(data, "getlist"):
        values: list[Any] = data.getlist(name)
        return values
    value = data.get(name)
    return value if isinstance(value, list | tuple) else [value]
