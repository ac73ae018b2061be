"""What one measurement found, beside its floor and its target."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Sample:
    """One value per round, all in the unit of the row."""

    rounds: tuple[float, ...]

    @classmethod
    def of(cls, *values: float) -> Sample:
        return cls(values)

    @property
    def best(self) -> float:
        return min(self.rounds)

    @property
    def median(self) -> float:
        return median(self.rounds)


@dataclass(frozen=True, slots=True)
class Target:
    """What the issue asks for.

    Args:
        limit: at most this.
        of: the median itself, or its ratio to the floor's median.
    """

    limit: float
    of: Literal["value", "ratio"] = "value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    Args:
        case: which case measured it.
        name: what was measured.
        unit: of all values.
        ours: through this package.
        floor: raw minio-py, where it can do the same.
        target: where the issue sets one; without it the row is for information.
    """

    case: str
    name: str
    unit: str
    ours: Sample
    floor: Sample | None = None
    target: Target | None = None

    @property
    def ratio(self) -> float | None:
        """Of the medians; growth has none, since that of the floor may be nothing."""
        if self.floor is None or self.unit == "MiB":
            return None
        return self.ours.median / self.floor.median

    @property
    def verdict(self) -> str:
        """``reached``, ``missed``, or nothing where there is no target."""
        if self.target is None:
            return ""
        value = self.ours.median if self.target.of == "value" else self.ratio
        if value is None:
            return ""
        return "reached" if value <= self.target.limit else "missed"

    def as_json(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "name": self.name,
            "unit": self.unit,
            "ours": _sample(self.ours),
            "floor": None if self.floor is None else _sample(self.floor),
            "ratio": self.ratio,
            "target": None
            if self.target is None
            else {"limit": self.target.limit, "of": self.target.of},
            "verdict": self.verdict,
        }


def _sample(sample: Sample) -> dict[str, Any]:
    return {"best": sample.best, "median": sample.median, "rounds": list(sample.rounds)}
