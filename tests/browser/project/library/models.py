from django.db import models

from tenant_minio import current_tenant


def tenants() -> list[str]:
    return ["acme", "globex"]


class OfTenant(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(tenant=current_tenant())


class Folder(models.Model):
    tenant = models.CharField(max_length=63, default=current_tenant, editable=False)
    name = models.CharField(max_length=50)

    objects = OfTenant()

    def __str__(self) -> str:
        return self.name


class Document(models.Model):
    tenant = models.CharField(max_length=63, default=current_tenant, editable=False)
    folder = models.ForeignKey(Folder, models.CASCADE, null=True, blank=True)
    title = models.CharField(max_length=50)
    file = models.FileField(upload_to="docs/", blank=True)

    objects = OfTenant()

    def __str__(self) -> str:
        return self.title
