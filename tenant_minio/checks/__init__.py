"""Django system checks: every wrong setting, with what to do. None of them uses the network."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks

from tenant_minio.backends.registry import registry
from tenant_minio.checks.endpoints import endpoint_problems
from tenant_minio.checks.health import health_problems
from tenant_minio.checks.models import check_buckets, check_models, check_shared_apps
from tenant_minio.checks.package_settings import settings_problems
from tenant_minio.checks.private_files import check_private_fields, private_problems
from tenant_minio.checks.requests import request_problems
from tenant_minio.checks.static_files import static_problems
from tenant_minio.checks.tasks import check_tasks
from tenant_minio.checks.uploads import upload_problems
from tenant_minio.problems import Problem


def register() -> None:
    """Add the checks to Django's."""
    checks.register(check_storages, checks.Tags.files)
    checks.register(check_settings)
    checks.register(check_tasks)
    checks.register(check_models, checks.Tags.models)
    checks.register(check_shared_apps, checks.Tags.models)
    checks.register(check_buckets, checks.Tags.models)
    checks.register(check_private_fields, checks.Tags.models)


def check_storages(**_kwargs: Any) -> list[checks.CheckMessage]:
    """The entries of STORAGES that are this package's."""
    found = (*registry.declared.problems, *static_problems(), *endpoint_problems())
    return [_message(problem) for problem in found]


def check_settings(**_kwargs: Any) -> list[checks.CheckMessage]:
    """``settings.TENANT_MINIO``, and ``MIDDLEWARE`` beside it."""
    given = getattr(settings, "TENANT_MINIO", {})
    if not isinstance(given, dict):
        return [_message(Problem("E012", (), "TENANT_MINIO is no dict.", "See docs/settings.md."))]
    private = given.get("PRIVATE", {})
    problems = [
        *settings_problems(given),
        *request_problems(),
        *health_problems(),
        *upload_problems(),
    ]
    if isinstance(private, dict):
        problems += private_problems(private)
    return [_message(problem) for problem in problems]


def _message(problem: Problem) -> checks.CheckMessage:
    kind = checks.Warning if problem.code.startswith("W") else checks.Error
    return kind(problem.message, hint=problem.hint, id=f"tenant_minio.{problem.code}")
