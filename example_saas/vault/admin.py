"""The vault's tables for a customer's own staff, at /admin/ of the customer's host."""

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from example_saas.vault.library import add_document
from example_saas.vault.models import Document
from tenant_minio.uploads.admin import DirectUploadsAdminMixin

admin.site.site_header = admin.site.site_title = "Vault administration"


@admin.register(Document)
class DocumentAdmin(DirectUploadsAdminMixin, admin.ModelAdmin):
    """Adds documents as the upload page does, straight to the cluster. Their files never change."""

    fields = ("file", "title", "only_me")
    list_display = ("title", "filename", "size", "uploaded_by", "uploaded_at")
    list_select_related = ("uploaded_by",)
    search_fields = ("title", "filename")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        """Staff read what others keep to themselves no more than anyone else."""
        return Document.objects.readable_by(request.user)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Document | None = None
    ) -> tuple[str, ...]:
        return ("file",) if obj else ()

    def save_model(
        self, request: HttpRequest, obj: Document, form: forms.ModelForm, change: bool
    ) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            add_document(obj, form.cleaned_data["file"], user=request.user)
