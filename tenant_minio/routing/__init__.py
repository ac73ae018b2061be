"""WHERE: routes, routers, and the names that stay inside them. No network, no clock."""

from tenant_minio.routing.names import safe_directory, safe_name
from tenant_minio.routing.route import Route

__all__ = ["Route", "safe_directory", "safe_name"]
