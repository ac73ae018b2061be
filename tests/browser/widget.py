"""The widget as a visitor sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator

from tests.browser.visitor import Visitor


@dataclass(frozen=True)
class Widget:
    """One widget of a page.

    Args:
        visitor: before whom it is.
        at: its element.
    """

    visitor: Visitor
    at: Locator

    @classmethod
    def of(cls, visitor: Visitor, name: str = "file") -> Widget:
        """The one whose input has this name."""
        has = visitor.page.locator(f"input[type=file][name='{name}']")
        return cls(visitor, visitor.page.locator("tm-direct-upload").filter(has=has))

    @property
    def input(self) -> Locator:
        return self.at.locator("input[type=file]")

    @property
    def notice(self) -> Locator:
        return self.at.get_by_role("status")

    @property
    def bar(self) -> Locator:
        return self.at.get_by_role("progressbar")

    def choose(self, *files: Any) -> None:
        self.input.set_input_files(list(files))

    def row(self, name: str) -> Locator:
        return self.at.get_by_role("listitem").filter(has_text=name)

    def wait(self, name: str, state: str, *, seconds: float = 30) -> Locator:
        """The row of a file, once it is in a state (``done``, ``failed``, ...)."""
        row = self.at.locator(f"li[data-state='{state}']").filter(has_text=name)
        row.wait_for(timeout=seconds * 1000)
        return row

    def percent(self) -> float | None:
        """How far the bar is; None where there is none."""
        values = self.bar.evaluate_all("bars => bars.map((bar) => bar.value)")
        return values[0] if values else None

    def wait_for_percent(self, least: int) -> None:
        self.visitor.wait_until(lambda: (self.percent() or 0) >= least)

    def values(self) -> list[str]:
        """What the form would send for the files."""
        hidden = self.at.locator("input[type=hidden]")
        return hidden.evaluate_all("inputs => inputs.map((input) => input.value)")
