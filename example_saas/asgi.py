"""The vault for an ASGI server: ``uvicorn example_saas.asgi:application``.

Every view is synchronous and runs in a thread, where the connection's schema is the tenant; a
private file is sent after that, by the event loop, and keeps the place that it was opened at. A
project with async views adds ``tenant_minio.middleware.TenantMiddleware`` after django-tenants'.
"""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_saas.settings")

application = get_asgi_application()
