from django.db import models

from tenant_minio import TenantFileField


class Document(models.Model):
    file = models.FileField(upload_to="docs/")


class OwnedDocument(models.Model):
    """A row that remembers the tenant it was loaded under."""

    file = TenantFileField(upload_to="docs/")


class SharedDocument(models.Model):
    """A row of a table that all tenants share."""

    account_id = models.CharField(max_length=63)
    file = TenantFileField(upload_to="docs/", tenant="account_id")
