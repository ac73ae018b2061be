"""Figures as people read them, for the terminal and for Markdown alike."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.rows import FLOOR, OURS, Row, Sample

# Contestants by the names that their users know, in the order of the columns.
TITLES: Mapping[str, str] = {
    OURS: "tenant_minio",
    FLOOR: "minio-py",
    "django_minio_backend": "django-minio-backend",
    "django_storages": "django-storages",
}
_COUNTED = ("MiB", "requests")


def bare_median(row: Row, contestant: str) -> str:
    """The median with its unit."""
    sample = row.samples.get(contestant)
    return "" if sample is None else _number(sample.median, row.unit)


def median(row: Row, contestant: str) -> str:
    """The median with its unit, and what there is to say about it."""
    sample = row.samples.get(contestant)
    return "" if sample is None else _with_note(bare_median(row, contestant), sample)


def best_and_median(row: Row, contestant: str) -> str:
    """Both, with their unit; what is the same in each round stands once."""
    sample = row.samples.get(contestant)
    if sample is None:
        return ""
    best = _number(sample.best(most=row.more_is_better), row.unit)
    middle = _number(sample.median, row.unit)
    return _with_note(middle if best == middle else f"{best} / {middle}", sample)


def ratio(row: Row) -> str:
    """Ours to the floor's."""
    found = row.ratio()
    return "" if found is None else f"{found:.2f} ×"


def target(row: Row) -> str:
    """What is to be reached."""
    if row.target is None:
        return ""
    sign = "≥" if row.more_is_better else "≤"
    unit = "×" if row.target.of == "ratio" else "" if row.unit == "requests" else row.unit
    return f"{sign} {row.target.limit:g} {unit}".rstrip() + (
        f", {row.target.note}" if row.target.note else ""
    )


def label(row: Row) -> str:
    """The row's name, and what stands beside it for reference."""
    beside = [f"{name}: {_number(one.median, row.unit)}" for name, one in row.reference.items()]
    return f"{row.name} ({', '.join(beside)})" if beside else row.name


def _number(value: float, unit: str) -> str:
    if unit == "s" and value < 1:
        value, unit = value * 1e3, "ms"
    if unit == "requests":
        return f"{value:.0f}"
    digits = 0 if value >= 100 else 1 if unit in _COUNTED or value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def _with_note(text: str, sample: Sample) -> str:
    return f"{text}, {sample.note}" if sample.note else text
