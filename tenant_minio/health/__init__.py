"""Whether the backends can be used, for load balancers and people: known, and never waited for."""

from tenant_minio.health.views import healthz, ready

__all__ = ["healthz", "ready"]
