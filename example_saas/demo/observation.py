"""Something that was tried, what should come of it, and what came."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One try of the proof.

    :param control: it shows that the same thing works where it should; else it has to be refused.
    """

    what: str
    wanted: str
    seen: str
    ok: bool
    control: bool


def works(what: str, wanted: str, act: Callable[[], str]) -> Observation:
    """A positive control: ``act`` has to answer ``wanted``."""
    return _observe(what, wanted, act, control=True)


def refused(what: str, wanted: str | type[Exception], act: Callable[[], str]) -> Observation:
    """A try that has to fail: by the answer ``wanted``, or by raising it."""
    return _observe(what, wanted, act, control=False)


def _observe(
    what: str, wanted: str | type[Exception], act: Callable[[], str], *, control: bool
) -> Observation:
    name = wanted if isinstance(wanted, str) else wanted.__name__
    try:
        seen = act()
    except Exception as error:  # noqa: BLE001  # whatever comes is what was seen
        raised = type(error).__name__
        ok = isinstance(wanted, type) and isinstance(error, wanted)
        seen = f"{raised}: {error}"
        if ok:
            seen = name if raised == name else f"{raised}, a {name}"
    else:
        ok = seen == wanted
    return Observation(what=what, wanted=name, seen=seen, ok=ok, control=control)
