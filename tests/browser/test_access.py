"""For everybody: keyboard, screen reader, small screens, no JavaScript."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FileChooser, expect

from tests.browser.files import large, small
from tests.browser.visitor import DESKTOP, PHONE, Visit
from tests.browser.widget import Widget


def test_everything_is_done_by_keyboard(visit: Visit) -> None:
    """Tab leads from the title to the file, what was uploaded, and the button that saves."""
    ada = visit("acme")
    widget, keys = Widget.of(ada), ada.page.keyboard
    choosers: list[FileChooser] = []

    def take(chooser: FileChooser) -> None:
        choosers.append(chooser)

    # From the beginning: a key may arrive before Playwright has begun to listen.
    ada.page.on("filechooser", take)
    ada.page.get_by_label("Title").focus()
    keys.press("Tab")
    expect(widget.input).to_be_focused()
    for name in ("wrong.txt", "keys.txt"):
        keys.press("Enter")
        ada.wait_until(lambda: bool(choosers))
        choosers.pop().set_files(small(name))
        widget.wait(name, "done")
        expect(widget.input).to_be_focused()
        keys.press("Tab")
        remove = widget.row(name).get_by_role("button", name=f"Remove: {name}")
        expect(remove).to_be_focused()
        if name == "wrong.txt":
            keys.press("Enter")
            expect(widget.row(name)).to_have_count(0)
            expect(widget.input).to_be_focused()
    keys.press("Tab")
    expect(ada.page.get_by_role("button", name="Save")).to_be_focused()
    ada.page.get_by_label("Title").fill("By keyboard")
    keys.press("Enter")
    ada.wait_for_document("By keyboard")
    assert ada.site.content("tenants/acme/docs/keys.txt") == b"a plan"


def test_a_screen_reader_hears_what_happens(visit: Visit, tmp_path: Path) -> None:
    """The bar has a name and a value; what changes is said, and not at every percent."""
    ada = visit("acme")
    widget = Widget.of(ada)
    ada.page.evaluate(
        """() => {
          window.said = [];
          const heard = document.querySelector("[aria-live=polite]");
          new MutationObserver(() => window.said.push(heard.textContent))
            .observe(heard, { childList: true });
        }"""
    )
    ada.site.proxy.add("bandwidth", stream="upstream", rate=10_000)
    try:
        widget.choose(str(large(tmp_path / "heard.txt", 64)))
        expect(widget.bar).to_have_accessible_name("Upload of heard.txt")
        widget.wait("heard.txt", "done")
    finally:
        ada.site.proxy.heal()
    said = ada.page.evaluate("window.said")
    assert said[-1] == "heard.txt: Uploaded"
    assert any("% uploaded" in text for text in said)
    assert 3 <= len(said) <= 10
    widget.row("heard.txt").get_by_role("button", name="Remove").click()
    expect(widget.at.locator("[aria-live=polite]")).to_have_text("heard.txt removed")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_no_state_has_a_fault_of_access(
    visit: Visit, tmp_path: Path, size: Any, scheme: str
) -> None:
    ada = visit("acme", size=size, color_scheme=scheme)
    ada.page.on("dialog", lambda dialog: dialog.accept())
    ada.go("/several/")
    widget = Widget.of(ada, "files")
    assert ada.faults_of_access() == []
    ada.site.proxy.add("bandwidth", stream="upstream", rate=1000)
    try:
        widget.choose(small("done.txt"), small("refused.exe"))
        widget.wait("done.txt", "done")
        widget.wait("refused.exe", "failed")
        widget.choose(str(large(tmp_path / "going.txt", 64)))
        widget.bar.wait_for()
        assert ada.faults_of_access() == []
        ada.page.get_by_role("button", name="Save").click()
        assert ada.faults_of_access() == []
        ada.page.reload()
        widget.wait("going.txt", "interrupted")
        assert ada.faults_of_access() == []
        widget.row("going.txt").get_by_role("button", name="Remove").click()
    finally:
        ada.site.proxy.heal()
    ada.forgive(r"status of 4|net::ERR_")


def test_nothing_is_wider_than_a_small_phone(visit: Visit) -> None:
    ada = visit("acme", size={"width": 360, "height": 640})
    widget = Widget.of(ada)
    name = f"{'long' * 20}.txt"
    widget.choose(small(name))
    widget.wait(name, "done")
    assert ada.page.evaluate("document.documentElement.scrollWidth") <= 360
    ada.go("/admin/library/document/add/")
    widget.choose(small(name))
    widget.wait(name, "done")
    assert widget.at.evaluate("element => element.getBoundingClientRect().right") <= 360


def test_nothing_moves_for_who_asked_for_less_motion(visit: Visit) -> None:
    duration = "element => getComputedStyle(element).transitionDuration"
    for motion, expected in (("reduce", "0s"), ("no-preference", "0.15s")):
        ada = visit("acme", reduced_motion=motion)
        assert Widget.of(ada).at.evaluate(duration) == expected


def test_without_javascript_it_is_an_ordinary_upload(visit: Visit) -> None:
    ada = visit("acme", java_script_enabled=False)
    widget = Widget.of(ada)
    widget.choose(small("plain.txt", b"sent with the form"))
    ada.save("Without JavaScript")
    assert ada.site.content("tenants/acme/docs/plain.txt") == b"sent with the form"


def test_without_javascript_the_same_rules_hold(visit: Visit) -> None:
    ada = visit("acme", java_script_enabled=False)
    ada.go("/several/")
    before = ada.site.stored()
    Widget.of(ada, "files").choose(small("good.txt"), small("virus.exe"))
    ada.page.get_by_role("button", name="Save").click()
    assert ada.page.locator(".errorlist").inner_text().strip()
    assert ada.site.stored() == before
