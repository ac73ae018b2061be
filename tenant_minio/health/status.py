"""What is known of backends, as words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Word(StrEnum):
    """What is known of one backend, or of several together."""

    UP = "up"
    DOWN = "down"
    DEGRADED = "degraded"  # of several: some are down
    UNKNOWN = "unknown"  # it was not seen yet


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of one backend.

    Args:
        word: up, down or unknown.
        age: seconds since it was seen so; None where it was not seen yet.
    """

    word: Word
    age: float | None


def together(words: Collection[Word]) -> Word:
    """What to say of several backends: the worst that is known of them."""
    if Word.DOWN in words:
        return Word.DOWN if set(words) == {Word.DOWN} else Word.DEGRADED
    return Word.UNKNOWN if Word.UNKNOWN in words else Word.UP
