from typing import Any

from django.contrib import admin

from tests.compat.example.attachments.models import (
    GenericAttachment,
    Image,
    PrivateAttachment,
    PublicAttachment,
)


@admin.action(description="Delete selected objects in Django and MinIO")
def delete_everywhere(_model_admin: Any, _request: Any, queryset: Any) -> None:
    for attachment in queryset:
        attachment.delete()


@admin.register(PublicAttachment, PrivateAttachment)
class AttachmentAdmin(admin.ModelAdmin):
    list_display = ("id", "content_type", "file")
    readonly_fields = ("id", "content_object", "file_size", "exists")
    actions = (delete_everywhere,)


admin.site.register([Image, GenericAttachment])
