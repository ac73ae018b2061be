"""Celery: the tenant travels in the message.

.. code-block:: python

    from tenant_minio.contrib.celery import TenantTask

    app = Celery("shop", task_cls=TenantTask)

is all that is needed, in what sends and in what works. Celery imports what is given by its path
only when it makes a task, and so may send tasks by name before the signals below are connected.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Any

from celery.contrib.django.task import DjangoTask
from celery.signals import before_task_publish, task_postrun, task_prerun
from django.db import transaction

from tenant_minio.contrib.entering import entered
from tenant_minio.tenants.context import current_tenant, refusing

# What a message calls its tenant; None says that it has none, on purpose.
HEADER = "tenant_minio_tenant"
_INSIDE = "tenant_minio_inside"


class TenantTask(DjangoTask):  # type: ignore[misc]  # Celery has no types
    """A task that fails where its tenant cannot be entered, before its body runs.

    The signals below hold for every task of the process. One of another class would run on
    without a tenant instead, and fail at the first file.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.request.called_directly:  # as a plain function, in the caller's own tenant
            return super().__call__(*args, **kwargs)
        current_tenant()
        return self.run(*args, **kwargs)

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:
        """Send the task when the transaction is committed, in the tenant that stands now."""
        self.apply_async_on_commit(args, kwargs)

    def apply_async_on_commit(self, *args: Any, **options: Any) -> None:
        """The same with the options of ``apply_async``."""
        headers = {HEADER: current_tenant(), **(options.pop("headers", None) or {})}
        transaction.on_commit(partial(self.apply_async, *args, headers=headers, **options))


@before_task_publish.connect(dispatch_uid="tenant_minio.celery.send")  # type: ignore[untyped-decorator]
def _send(headers: dict[str, Any], **_kwargs: object) -> None:
    """Name the tenant. A header set by hand wins, and so the first one of a task that is retried.

    Celery logs what is raised here and sends the message all the same, without a tenant.
    """
    if HEADER not in headers:
        headers[HEADER] = current_tenant()


@task_prerun.connect(dispatch_uid="tenant_minio.celery.begin")  # type: ignore[untyped-decorator]
def _begin(task: Any, **_kwargs: object) -> None:
    """Enter the tenant of the message, whatever this process was left in.

    Celery logs what is raised here and runs the task all the same, so the context refuses then.
    """
    inside = ExitStack()
    task.request.__dict__[_INSIDE] = inside
    try:
        inside.enter_context(entered(_tenant_of(task.request)))
    except Exception as error:
        inside.enter_context(refusing(error))
        raise


@task_postrun.connect(dispatch_uid="tenant_minio.celery.end")  # type: ignore[untyped-decorator]
def _end(task: Any, **_kwargs: object) -> None:
    inside: ExitStack | None = task.request.__dict__.pop(_INSIDE, None)
    if inside is not None:
        inside.close()


def _tenant_of(request: Any) -> Any:
    if request.is_eager:
        # It was never sent: the caller's tenant is what a message would have named.
        headers = request.headers or {}
        return headers[HEADER] if HEADER in headers else current_tenant()
    return request.get(HEADER)
