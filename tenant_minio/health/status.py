"""What is known of backends, as words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Word(StrEnum):
    """What is known of one backend, or of several together."""

    UP = "up"
    READ_ONLY = "read-only"  # files can be read, and none can be written
    DOWN = "down"
    DEGRADED = "degraded"  # of several: some are down or read-only
    UNKNOWN = "unknown"  # it was not seen yet


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of one backend.

    Args:
        word: up, read-only, down or unknown.
        age: seconds since it was seen so; None where it was not seen yet.
    """

    word: Word
    age: float | None


def together(words: Collection[Word]) -> Word:
    """What to say of several backends: the worst that is known of them."""
    known = set(words)
    for word in (Word.DOWN, Word.READ_ONLY):
        if known == {word}:
            return word
    if known & {Word.DOWN, Word.READ_ONLY}:
        return Word.DEGRADED
    return Word.UNKNOWN if Word.UNKNOWN in known else Word.UP
