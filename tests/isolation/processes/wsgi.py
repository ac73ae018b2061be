"""The site for gunicorn."""

from django.core.wsgi import get_wsgi_application

from tenant_minio import registry, use_tenant
from tests.isolation.labels import HARNESS, acting

application = get_wsgi_application()

# With --preload this runs before the fork: each worker inherits an open tenant and a connection.
use_tenant("globex").__enter__()
with acting(HARNESS):
    registry["one"].bucket_exists("shared")
