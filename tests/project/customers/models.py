from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class Customer(TenantMixin):
    slug = models.CharField(max_length=63, unique=True, null=True)

    auto_drop_schema = True


class Domain(DomainMixin):
    pass
