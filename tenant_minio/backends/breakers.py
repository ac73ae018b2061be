"""The breakers of one backend: of its reads, and of its writes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from tenant_minio.backends.breaker import Breaker
from tenant_minio.backends.circuit import Traffic


@dataclass(frozen=True, slots=True)
class Breakers:
    """A cluster that has lost drives, or has no room left, cannot be written and can be read.

    Args:
        reads: of GET, HEAD and listings.
        writes: of all else, and of asking for a tenant's key: MinIO stores what it gives.
    """

    reads: Breaker
    writes: Breaker

    @classmethod
    def make(
        cls,
        alias: str,
        *,
        limit: int = 0,
        reset: float = 0.0,
        patience: float = 0.0,
        trial: Callable[[Traffic], str] = lambda _traffic: "",
        timer: Callable[[], float] = time.monotonic,
    ) -> Self:
        """Both alike, see :class:`Breaker`; without arguments they never open."""

        def breaker(traffic: Traffic) -> Breaker:
            return Breaker(
                alias,
                traffic,
                limit=limit,
                reset=reset,
                patience=patience,
                trial=lambda: trial(traffic),
                timer=timer,
            )

        return cls(breaker(Traffic.READS), breaker(Traffic.WRITES))

    def close(self) -> None:
        """See :meth:`Breaker.close`."""
        self.reads.close()
        self.writes.close()

    def forget(self) -> None:
        """In a forked child: see :meth:`Breaker.forget`."""
        self.reads.forget()
        self.writes.forget()
