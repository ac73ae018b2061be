"""A customer and the host names that lead to it. The schema's name is the tenant's key."""

from typing import ClassVar

from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class Customer(TenantMixin):  # type: ignore[misc]  # django-tenants is untyped
    """One customer of the vault. Saving a new one creates its schema."""

    class Accent(models.TextChoices):
        """The colour of a customer's pages, so that two open tabs are told apart."""

        TEAL = "teal"
        INDIGO = "indigo"
        ROSE = "rose"
        AMBER = "amber"

    name = models.CharField(max_length=100)
    accent = models.CharField(max_length=10, choices=Accent, default=Accent.TEAL)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Domain(DomainMixin):  # type: ignore[misc]
    """A host name, without a port, such as ``acme.localhost``."""
