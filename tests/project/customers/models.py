from django.db import models
from django_tenants.models import DomainMixin, TenantMixin

from tenant_minio import TenantFileField


class Customer(TenantMixin):
    slug = models.CharField(max_length=63, unique=True, null=True)

    auto_drop_schema = True


class Domain(DomainMixin):
    pass


class Invoice(models.Model):
    """A row of the public schema whose file is a tenant's."""

    account_id = models.CharField(max_length=63, null=True)
    file = TenantFileField(upload_to="invoices/", tenant="account_id")
