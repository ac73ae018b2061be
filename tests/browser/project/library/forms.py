from django import forms

from tests.browser.project.library.models import Document


class DocumentForm(forms.ModelForm):
    class Meta:
        model = Document
        fields = ("title", "file")
