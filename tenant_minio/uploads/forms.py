"""Forms whose files go to the cluster without passing through Django."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import FieldDoesNotExist
from django.db import models, router, transaction
from django.forms.utils import ErrorDict
from django.http import HttpRequest

from tenant_minio.exceptions import UploadRefusedError
from tenant_minio.storage.base import ObjectStorage
from tenant_minio.uploads.targets import Target
from tenant_minio.uploads.widgets import DirectFileInput, MultipleDirectFileInput


class DirectFileField(forms.FileField):
    """A field for a file of a form without a model.

    Args:
        target: what may be uploaded, and where; or the name of a declared one.
    """

    widget = DirectFileInput

    def __init__(self, *, target: Target | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.target = target


class MultipleDirectFileField(DirectFileField):
    """A field for several files; its cleaned value is a list of them."""

    widget = MultipleDirectFileInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        if isinstance(data, list | tuple) and data:
            return [super(MultipleDirectFileField, self).clean(file, initial) for file in data]
        one = super().clean(data or None, initial)
        return [] if one is None else one


class DirectUploadsMixin:
    """For forms and model forms: files of the models' FileFields are uploaded directly.

    ``class DocumentForm(DirectUploadsMixin, forms.ModelForm)``, made with ``request=request``;
    a formset passes that on by ``form_kwargs={"request": request}``. Model fields whose storage is
    none of this package's keep their ordinary input.

    Attributes:
        upload_options: ``{field: options of Target.of_field}``.
    """

    upload_options: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    fields: dict[str, forms.Field]
    errors: ErrorDict
    instance: models.Model
    full_clean: Callable[[], None]
    add_error: Callable[[str | None, Any], None]

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        model = getattr(getattr(self, "_meta", None), "model", None)
        for name, field in self.fields.items():
            if isinstance(field.widget, DirectFileInput):
                field.widget.request = request
            elif model is not None and isinstance(field, forms.FileField):
                make_direct(field, _model_field(model, name), request, self.upload_options)

    def save(self, commit: bool = True) -> Any:
        """As the model form does it; what is written meanwhile is rolled back with an error.

        Raises:
            UploadRefusedError: another request has saved the upload since the form was validated.
                The form has the error beside its field then, and can be shown again.
        """
        if not commit:
            return super().save(commit=False)  # type: ignore[misc]
        using = router.db_for_write(type(self.instance), instance=self.instance)
        try:
            # Else the transaction of the request would be lost, and the form with it.
            with transaction.atomic(using=using):
                return super().save()  # type: ignore[misc]
        except UploadRefusedError as error:
            self.full_clean()
            if not self.errors:
                self.add_error(None, error.message)
            raise


def make_direct(
    field: forms.FileField,
    model_field: models.Field[Any, Any] | None,
    request: HttpRequest,
    options: Mapping[str, Mapping[str, Any]],
    widget: type[DirectFileInput] = DirectFileInput,
) -> None:
    """Give the form field of a model's FileField the direct input, where its storage allows it.

    Args:
        options: of targets, by the names of model fields.
        widget: the class of the input.
    """
    if not isinstance(model_field, models.FileField):
        return
    if not isinstance(model_field.storage, ObjectStorage):
        return
    old = field.widget
    target = Target.of_field(model_field, **options.get(model_field.name, {}))
    field.widget = widget(old.attrs, target=target)
    field.widget.request = request
    field.widget.is_required = old.is_required
    field.widget.is_localized = old.is_localized


def _model_field(model: type[models.Model], name: str) -> models.Field[Any, Any] | None:
    try:
        found = model._meta.get_field(name)  # noqa: SLF001 -- Django's own API
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, models.Field) else None
