"""How a cluster failed a request, and what that says of the requests to come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Evidence(Enum):
    """What a failure is evidence of."""

    NO_ANSWER = auto()  # that the cluster cannot be reached, or hangs, whatever is asked
    FAILING = auto()  # that it fails requests of this kind: it says so (502, 503, 504)
    ONE_REQUEST = auto()  # that this request failed (500), maybe by the fault of what it asked


@dataclass(frozen=True, slots=True)
class Outage:
    """A request that the cluster failed.

    Args:
        cause: how, said after "it".
        evidence: of what.
    """

    cause: str
    evidence: Evidence
