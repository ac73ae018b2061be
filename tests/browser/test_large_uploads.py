"""Large files in parts: the bar, cancel, what breaks off, and what outlives a reload."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, expect

from tests.browser.files import MIB, digest, large, stored_digest
from tests.browser.site import Site
from tests.browser.visitor import Visit, Visitor
from tests.browser.widget import Widget

SLOW = 4000  # KB/s of one connection
# What Chromium says of requests that break off, here on purpose.
CUT = r"net::ERR_|blocked by CORS"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return large(tmp_path_factory.mktemp("films") / "film.mp4", 64)


@contextmanager
def slow(site: Site) -> Iterator[None]:
    """Little gets to the cluster in a second, until the block ends, which cuts what is open."""
    site.proxy.add("bandwidth", stream="upstream", rate=SLOW)
    try:
        yield
    finally:
        site.proxy.heal()


def begin(visitor: Visitor, film: Path, *, percent: int = 10) -> Widget:
    widget = Widget.of(visitor)
    widget.choose(str(film))
    widget.wait_for_percent(percent)
    return widget


def test_300_mib_with_the_bar_seen_moving(visit: Visit, tmp_path: Path) -> None:
    """The bar only grows; Django is sent words, not bytes."""
    ada = visit("acme")
    film = large(tmp_path / "long.mp4", 300)
    to_django: list[int] = []
    ada.page.on(
        "request",
        lambda request: (
            to_django.append(len(request.post_data_buffer or b""))
            if f":{ada.site.port}/" in request.url
            else None
        ),
    )
    ada.site.proxy.add("bandwidth", stream="upstream", rate=40_000)
    try:
        widget = Widget.of(ada)
        widget.choose(str(film))
        seen: list[float] = []
        while not widget.at.locator("li[data-state='done']").count():
            if (percent := widget.percent()) is not None:
                seen.append(percent)
            assert not widget.at.locator("li[data-state='failed']").count(), widget.at.inner_text()
            ada.page.wait_for_timeout(50)
    finally:
        ada.site.proxy.heal()
    assert seen == sorted(seen)
    assert len(set(seen)) >= 5
    ada.save("Long")
    assert ada.site.stored()["tenants/acme/docs/long.mp4"] == 300 * MIB
    assert stored_digest(ada.site, "tenants/acme/docs/long.mp4") == digest(film)
    assert sum(to_django) < MIB


def test_a_cancelled_upload_leaves_nothing(visit: Visit, film: Path) -> None:
    ada = visit("acme")
    before, open_before = ada.site.stored(), ada.site.open_uploads()
    with slow(ada.site):
        widget = begin(ada, film)
        assert ada.site.open_uploads() == open_before + 1
        widget.row("film.mp4").get_by_role("button", name="Cancel").click()
        expect(widget.row("film.mp4")).to_have_count(0)
        expect(widget.input).to_be_focused()
        ada.wait_until(lambda: ada.site.open_uploads() == open_before)
    assert ada.site.stored() == before
    ada.forgive(CUT)


def test_a_cut_connection_is_tried_again(visit: Visit, film: Path) -> None:
    """The cluster is gone for a moment in the middle of it, and nobody has to do anything."""
    ada = visit("acme")
    with slow(ada.site):
        widget = begin(ada, film, percent=20)
        ada.site.proxy.end()
        try:
            expect(widget.row("film.mp4")).to_contain_text("being tried again")
            ada.page.wait_for_timeout(300)
        finally:
            ada.site.proxy.begin()
        widget.wait("film.mp4", "done")
    ada.save("Cut")
    assert stored_digest(ada.site, "tenants/acme/docs/film.mp4") == digest(film)
    assert ada.forgive(CUT) > 0


def test_a_form_of_a_small_file_is_tried_again_by_hand(visit: Visit, tmp_path: Path) -> None:
    """Where all tries in a row fail, the button does one more round."""
    ada = visit("acme")
    small = tmp_path / "small.txt"
    small.write_bytes(b"a plan")
    ada.page.clock.install()
    widget = Widget.of(ada)
    ada.site.proxy.end()
    try:
        widget.choose(str(small))
        expect(widget.row("small.txt")).to_contain_text("being tried again")
        while not widget.at.locator("li[data-state='failed']").count():
            ada.page.clock.run_for(16_000)  # the longest pause between two tries
            ada.page.wait_for_timeout(50)
    finally:
        ada.site.proxy.begin()
    ada.page.clock.resume()
    row = widget.wait("small.txt", "failed")
    expect(row).to_contain_text("broke off")
    row.get_by_role("button", name="Try again").click()
    widget.wait("small.txt", "done")
    ada.save("Tried by hand")
    assert ada.site.content("tenants/acme/docs/small.txt") == b"a plan"
    assert ada.forgive(CUT) > 0


def test_an_upload_goes_on_after_a_reload(visit: Visit, film: Path) -> None:
    """The page warns before it is left; parts that are stored are not sent again."""
    ada = visit("acme")
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    ada.page.on("dialog", accept)
    parts: list[str] = []
    ada.page.on(
        "response",
        lambda answer: (
            parts.append(answer.url)
            if (answer.request.method, answer.status) == ("PUT", 200)
            else 0
        ),
    )
    with slow(ada.site):
        widget = begin(ada, film)
        ada.wait_until(lambda: len(parts) >= 2)
        ada.page.reload()
        row = widget.wait("film.mp4", "interrupted")
        expect(row).to_contain_text("Choose the same file again")
    assert asked == ["beforeunload"]
    before = len(parts)
    widget.choose(str(film))
    widget.wait("film.mp4", "done")
    expect(widget.row("film.mp4")).to_have_count(1)
    numbers = [url.partition("partNumber=")[2].partition("&")[0] for url in parts]
    assert set(numbers[:before]).isdisjoint(numbers[before:])
    ada.save("Resumed")
    newest = max(ada.site.stored("tenants/acme/docs/film"), key=len)
    assert stored_digest(ada.site, newest) == digest(film)
    ada.forgive(CUT)


def test_an_interrupted_upload_is_thrown_away_by_hand(visit: Visit, film: Path) -> None:
    ada = visit("acme")
    ada.page.on("dialog", lambda dialog: dialog.accept())
    open_before = ada.site.open_uploads()
    with slow(ada.site):
        widget = begin(ada, film)
        ada.page.reload()
        row = widget.wait("film.mp4", "interrupted")
    row.get_by_role("button", name="Remove").click()
    ada.wait_until(lambda: ada.site.open_uploads() == open_before)
    ada.page.reload()
    widget.at.get_by_text("or drop a file here").wait_for()
    ada.page.wait_for_timeout(200)
    expect(widget.row("film.mp4")).to_have_count(0)
    ada.forgive(CUT)


def test_no_other_tab_offers_an_upload_that_is_under_way(visit: Visit, film: Path) -> None:
    ada = visit("acme")
    with slow(ada.site):
        widget = begin(ada, film)
        other = ada.page.context.new_page()
        other.goto(ada.site.url("acme"))
        other.locator("tm-direct-upload[data-ready]").wait_for()
        other.wait_for_timeout(300)
        assert other.locator("tm-direct-upload li").count() == 0
        other.close()
        widget.row("film.mp4").get_by_role("button", name="Cancel").click()
        expect(widget.row("film.mp4")).to_have_count(0)
    ada.forgive(CUT)


def test_it_waits_while_the_browser_is_offline(visit: Visit, film: Path) -> None:
    ada = visit("acme")
    with slow(ada.site):
        widget = begin(ada, film)
        ada.page.context.set_offline(True)
        expect(widget.row("film.mp4")).to_contain_text("No connection")
        ada.page.context.set_offline(False)
        widget.wait("film.mp4", "done")
    ada.forgive(CUT)


def test_a_form_that_is_sent_meanwhile_waits(visit: Visit, film: Path) -> None:
    """It says so, and goes by itself when the file is there."""
    ada = visit("acme")
    with slow(ada.site):
        widget = begin(ada, film)
        ada.page.get_by_label("Title").fill("Patient")
        ada.page.get_by_role("button", name="Save").click()
        expect(widget.notice).to_contain_text("as soon as the uploads are done")
        ada.wait_for_document("Patient")
    assert ada.page.get_by_role("link", name="Patient").count() == 1
    assert ada.page.get_by_text(str(64 * MIB)).count() >= 1


def test_a_form_that_waits_is_not_sent_without_its_file(visit: Visit, film: Path) -> None:
    ada = visit("acme")
    with slow(ada.site):
        widget = begin(ada, film)
        ada.page.get_by_label("Title").fill("Given up")
        ada.page.get_by_role("button", name="Save").click()
        expect(widget.notice).to_contain_text("as soon as")
        widget.row("film.mp4").get_by_role("button", name="Cancel").click()
        expect(widget.row("film.mp4")).to_have_count(0)
        ada.page.wait_for_timeout(300)
    assert ada.page.get_by_label("Title").input_value() == "Given up"
    ada.go()
    assert ada.page.get_by_role("link", name="Given up").count() == 0
    ada.forgive(CUT)
