"""What the site and those who use it call the same."""

# Names the file with the site's settings.
VARIABLE = "TENANT_MINIO_SOAK"
TENANT_HEADER = "X-Tenant"
WORKER_HEADER = "X-Worker"
ERROR_HEADER = "X-Error"
BUCKET = "soak"
TENANTS = tuple(f"tenant-{number:02}" for number in range(50))


def cluster_of(tenant: str) -> str:
    """By hand, and not by the router: even numbers live in eu, odd ones in us."""
    return "us" if int(tenant[-2:]) % 2 else "eu"
