"""What a person fills in to add a document, or to share one."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat

from example_saas.vault.models import Document
from tenant_minio.uploads.forms import DirectUploadsMixin


class DocumentForm(DirectUploadsMixin, forms.ModelForm):
    """A file and, if wanted, a title; for everyone at the customer, or for the uploader alone.

    The browser sends the file to the cluster itself. Without JavaScript it comes with the form.
    """

    class Meta:
        model = Document
        fields: ClassVar = ["file", "title", "only_me"]
        widgets: ClassVar = {"title": forms.TextInput(attrs={"autocomplete": "off"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = filesizeformat(settings.VAULT_MAX_UPLOAD_BYTES)
        self.fields["file"].help_text = f"Any type, up to {limit}."
        self.fields["file"].error_messages["required"] = "Choose a file to upload."
        self.fields["title"].required = False
        self.fields["title"].help_text = "Leave it empty to use the file's name."

        self.fields["only_me"].help_text = "Nobody else opens it, unless you share it by a link."


class ShareForm(forms.Form):
    """How long a link is good for."""

    life = forms.TypedChoiceField(
        label="The link works for",
        choices=[("1", "an hour"), ("24", "a day"), ("168", "a week")],
        coerce=lambda hours: timedelta(hours=int(hours)),
        initial="24",
        widget=forms.RadioSelect,
    )
