"""WHO: the current tenant, and resolvers from a request to a tenant."""

from tenant_minio.tenants.context import current_tenant, require_tenant, use_tenant

__all__ = ["current_tenant", "require_tenant", "use_tenant"]
