"""What one measurement found, of each contestant, beside its target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

OURS = "tenant_minio"
FLOOR = "minio_py"


@dataclass(frozen=True, slots=True)
class Sample:
    """One value per round, all in the unit of the row.

    Args:
        rounds: the values.
        note: what else there is to say, such as how the contestant answered.
    """

    rounds: tuple[float, ...]
    note: str = ""

    def best(self, *, most: bool = False) -> float:
        """The lowest; the highest where more is better."""
        return max(self.rounds) if most else min(self.rounds)

    @property
    def median(self) -> float:
        return median(self.rounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is to be reached.

    Args:
        limit: at most this, or at least this where more is better.
        of: the median itself, or its ratio to the floor's median.
        note: what the sample must note to reach it, whatever the time.
    """

    limit: float
    of: Literal["value", "ratio"] = "value"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    Args:
        case: which case measured it.
        name: what was measured.
        unit: of all values; what ends in ``/s`` is better when it is more.
        samples: of each contestant that could be measured.
        target: where there is one; without it the row is for information.
        reference: other samples beside the contestants', for the eye alone.
    """

    case: str
    name: str
    unit: str
    samples: Mapping[str, Sample]
    target: Target | None = None
    reference: Mapping[str, Sample] = field(default_factory=dict)

    @property
    def more_is_better(self) -> bool:
        return self.unit.endswith("/s")

    def ratio(self, contestant: str = OURS) -> float | None:
        """Of the medians, to the floor's; growth has none, since the floor's may be nothing."""
        if self.unit in ("MiB", "requests") or not {contestant, FLOOR} <= set(self.samples):
            return None
        return self.samples[contestant].median / self.samples[FLOOR].median

    @property
    def verdict(self) -> str:
        """``reached``, ``missed``, ``not measured``, or nothing where there is no target."""
        if self.target is None:
            return ""
        ours = self.samples.get(OURS)
        value = self.ratio() if self.target.of == "ratio" else ours and ours.median
        if ours is None or value is None:
            return "not measured"
        enough = value >= self.target.limit if self.more_is_better else value <= self.target.limit
        return "reached" if enough and ours.note.startswith(self.target.note) else "missed"

    def as_json(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "name": self.name,
            "unit": self.unit,
            "samples": {name: self._sample(sample) for name, sample in self.samples.items()},
            "reference": {name: self._sample(sample) for name, sample in self.reference.items()},
            "ratio": {
                name: ratio for name in self.samples if (ratio := self.ratio(name)) is not None
            },
            "target": None
            if self.target is None
            else {"limit": self.target.limit, "of": self.target.of, "note": self.target.note},
            "verdict": self.verdict,
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Row:
        """What ``as_json`` wrote; figures that follow from others are made anew."""
        return cls(
            case=found["case"],
            name=found["name"],
            unit=found["unit"],
            samples=_samples(found["samples"]),
            target=None if found["target"] is None else Target(**found["target"]),
            reference=_samples(found["reference"]),
        )

    def _sample(self, sample: Sample) -> dict[str, Any]:
        return {
            "best": sample.best(most=self.more_is_better),
            "median": sample.median,
            "rounds": list(sample.rounds),
            "note": sample.note,
        }


def _samples(found: Mapping[str, Any]) -> dict[str, Sample]:
    return {name: Sample(tuple(one["rounds"]), one["note"]) for name, one in found.items()}
