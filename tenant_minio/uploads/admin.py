"""Direct uploads in Django's admin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminFileWidget
from django.db import models
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tenant_minio.exceptions import UploadRefusedError
from tenant_minio.uploads.forms import make_direct
from tenant_minio.uploads.widgets import DirectFileInput


class AdminDirectFileInput(DirectFileInput):
    """The direct input as the admin shows its own."""

    plain_template = AdminFileWidget.template_name
    use_fieldset = AdminFileWidget.use_fieldset


class DirectUploadsAdminMixin:
    """For ModelAdmin and its inlines: files are uploaded directly.

    ``class DocumentAdmin(DirectUploadsAdminMixin, admin.ModelAdmin)``.

    Attributes:
        upload_options: ``{field: options of Target.of_field}``.
    """

    upload_options: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        field: forms.Field | None
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if isinstance(field, forms.FileField):
            make_direct(field, db_field, request, self.upload_options, AdminDirectFileInput)
        return field

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As the admin's, where another request saves an upload that this one found still there.

        What this one has written is rolled back by then. Asked again, it shows the form, with the
        error beside the field.
        """
        view: Callable[..., HttpResponseBase]
        view = super().changeform_view  # type: ignore[misc]
        try:
            return view(request, *args, **kwargs)
        except UploadRefusedError:
            return view(request, *args, **kwargs)
