"""What every page of a customer shows: whose it is, and where its files live."""

from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import HttpRequest
from django_tenants.utils import get_public_schema_name, schema_context


def customer(request: HttpRequest) -> dict[str, Any]:
    """``customer`` at a customer's host; ``place`` beside it for those who are signed in."""
    tenant = getattr(request, "tenant", None)
    if tenant is None or tenant.schema_name == get_public_schema_name():
        return {}
    # Absent where a middleware before the one that adds it has refused the request.
    user = getattr(request, "user", None)
    # Under ASGI a page for an error is made in another thread, whose connection is at no customer.
    with schema_context(tenant.schema_name):
        if user is None or not user.is_authenticated:
            return {"customer": tenant}
        route = default_storage.route()
    return {
        "customer": tenant,
        "place": {
            "backend": route.backend,
            "endpoint": settings.STORAGES[route.backend]["OPTIONS"]["endpoint"],
            "bucket": route.bucket,
            "prefix": route.prefix,
        },
    }
