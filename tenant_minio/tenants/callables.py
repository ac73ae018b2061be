"""Which kind of function a callable is, behind ``partial`` and objects with ``__call__``."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from asgiref.sync import iscoroutinefunction


def what_runs(function: Callable[..., Any]) -> Callable[..., Any]:
    """What tells the kind of a callable: of an object, the ``__call__`` of its class."""
    while isinstance(function, partial):
        function = function.func
    if inspect.isroutine(function) or isinstance(function, type):
        return function
    called: Callable[..., Any] = type(function).__call__
    return called


def is_coroutine(function: Callable[..., Any]) -> bool:
    """Whether what ``function`` gives is to be awaited."""
    return iscoroutinefunction(function) or iscoroutinefunction(what_runs(function))
