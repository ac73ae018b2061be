"""Telling somebody how far an upload is."""

from __future__ import annotations

from typing import Any


class Meter:
    """Counts the bytes of one upload, in the thread that saves.

    Args:
        told: ``(name, bytes_done, bytes_total)`` is called with the total or None; an object with
            ``set_meta(object_name=, total_length=)`` and ``update(size)``, as minio-py's example
            has it, hears -1 for a length that is not known. What it raises ends the upload.
        name: of the file.
        total: in bytes, if it is known.
    """

    def __init__(self, told: Any, name: str, total: int | None) -> None:
        self._told = told
        self._name = name
        self._total = total
        self._done = 0
        if hasattr(told, "set_meta"):
            told.set_meta(object_name=name, total_length=-1 if total is None else total)
        else:
            told(name, 0, total)

    def add(self, size: int) -> None:
        """So many bytes more have arrived."""
        self._done += size
        if hasattr(self._told, "set_meta"):
            self._told.update(size)
        else:
            self._told(self._name, self._done, self._total)
