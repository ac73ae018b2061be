"""The landing page at the bare host."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_tenants.utils import get_public_schema_name

from example_saas.customers.models import Customer


@login_not_required
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """Lists the customers with links, and the demo's accounts where there are some."""
    customers = Customer.objects.exclude(schema_name=get_public_schema_name())
    port = request.get_port()
    at_port = "" if port == ("443" if request.is_secure() else "80") else f":{port}"
    entries = []
    for customer in customers.prefetch_related("domains"):
        domain = next((domain for domain in customer.domains.all() if domain.is_primary), None)
        if domain is not None:
            entries.append(
                {
                    "customer": customer,
                    "host": f"{domain.domain}{at_port}",
                    "login": settings.DEMO_LOGINS.get(customer.schema_name),
                }
            )
    return render(request, "customers/landing.html", {"entries": entries})
