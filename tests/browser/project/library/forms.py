from typing import ClassVar

from django import forms

from tenant_minio.uploads.forms import DirectUploadsMixin, MultipleDirectFileField
from tenant_minio.uploads.targets import Target
from tests.browser.project.library.models import Document

TEXTS_AND_VIDEOS = ("text/plain", "video/mp4")


class DocumentForm(DirectUploadsMixin, forms.ModelForm):
    upload_options: ClassVar = {"file": {"max_file_size": 400 * 1024 * 1024}}

    class Meta:
        model = Document
        fields = ("title", "file")

    def clean_title(self):
        if self.cleaned_data["title"] == "wrong":
            raise forms.ValidationError("There is a fault in the title.")
        return self.cleaned_data["title"]


class SeveralForm(DirectUploadsMixin, forms.Form):
    files = MultipleDirectFileField(
        target=Target.of_storage("default", content_types=TEXTS_AND_VIDEOS)
    )
