"""Enqueues a task for each tenant that it is given, then two that must not do anything."""

import sys
from typing import Any

import django

from tenant_minio import use_tenant

django.setup()

from tenant_minio.contrib.tasks import ARGUMENT  # noqa: E402 -- needs Django to be set up
from tests.isolation.processes.tasks import save  # noqa: E402

for tenant in sys.argv[1:]:
    with use_tenant(tenant):
        save.enqueue(tenant, fails=tenant == "acme2")
save.enqueue("globex")
with use_tenant("acme"):
    unknown: dict[str, Any] = {ARGUMENT: "nobody"}
    save.enqueue("acme", **unknown)
