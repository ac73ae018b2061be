"""django.tasks: the tenant travels with the task, in a backend of any kind.

.. code-block:: python

    class Backend(TenantTasks, DatabaseBackend):
        pass

Workers look at the class of a backend, so this one is mixed in and does not stand around it.
"""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async

try:
    from django.tasks import Task
    from django.tasks.exceptions import InvalidTask
except ImportError as error:
    raise ImportError(
        "tenant_minio.contrib.tasks ties in with django.tasks, which Django has from 6.0. On an "
        "older one use Celery, with tenant_minio.contrib.celery."
    ) from error

from tenant_minio.conf import conf
from tenant_minio.contrib.entering import checked, entered
from tenant_minio.tenants.context import current_tenant, isolate

# Among the keyword arguments, which are all that every backend keeps; the function never sees it.
ARGUMENT = "tenant_minio_tenant"


class TenantTask(Task):  # type: ignore[type-arg]
    """A task that runs inside the tenant it was enqueued in; without one, outside of all."""

    __slots__ = ()

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Run the function. Raises as :func:`entered`."""
        with entered(kwargs.pop(ARGUMENT, None)):
            return super().call(*args, **kwargs)

    async def acall(self, *args: Any, **kwargs: Any) -> Any:
        """Run the function in an event loop. Raises as :func:`entered`."""
        if conf.enter is not None:
            # A connection belongs to a thread: what ENTER does to one holds for that thread only.
            return await sync_to_async(self.call)(*args, **kwargs)
        key = await sync_to_async(checked)(kwargs.pop(ARGUMENT, None))
        with isolate(key):
            return await super().acall(*args, **kwargs)


class TenantTasks:
    """Mixed into a task backend, to the left of it, sends the current tenant with each task."""

    # Any: the backend beside says which tasks it takes, and may want some of its own.
    task_class: Any = TenantTask

    def validate_task(self, task: Any) -> None:
        """Refuse a task that was made for another kind of backend, and so would not be entered."""
        if not isinstance(task, TenantTask):
            raise InvalidTask(
                f"{task.func.__qualname__} was made for a backend without TenantTasks. Name this "
                f"one in its decorator: @task(backend=...)."
            )
        super().validate_task(task)  # type: ignore[misc]  # of the backend beside

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        """Enqueue for the current tenant."""
        return super().enqueue(task, args, _named(kwargs))  # type: ignore[misc]

    async def aenqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        """The same; in the event loop, where only ``use_tenant`` counts."""
        return await super().aenqueue(task, args, _named(kwargs))  # type: ignore[misc]


def _named(kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments with the current tenant among them; one given by hand wins."""
    return kwargs if ARGUMENT in kwargs else {**kwargs, ARGUMENT: current_tenant()}
