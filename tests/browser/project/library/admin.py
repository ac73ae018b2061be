from django.contrib import admin

from tenant_minio.uploads.admin import DirectUploadsAdminMixin
from tests.browser.project.library.models import Document, Folder


@admin.register(Document)
class DocumentAdmin(DirectUploadsAdminMixin, admin.ModelAdmin):
    list_display = ("title", "file")


class DocumentInline(DirectUploadsAdminMixin, admin.StackedInline):
    model = Document
    extra = 1


@admin.register(Folder)
class FolderAdmin(admin.ModelAdmin):
    inlines = (DocumentInline,)
