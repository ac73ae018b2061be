"""The example as its users see it: two customers, two browsers, real clusters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Request, Response, expect

from example_saas.demo.clip import SIZE, frame, webm
from tests.browser.files import large
from tests.browser.vault import Vault, running
from tests.browser.visitor import DESKTOP, PHONE, Visit, Visitor, visiting
from tests.browser.widget import Widget

NOT_FOUND = "the server responded with a status of 404"


@pytest.fixture(scope="module")
def vault() -> Iterator[Vault]:
    with running() as vault:
        yield vault


@pytest.fixture
def visit(browser: Browser, vault: Vault) -> Iterator[Visit]:
    """``visit("acme")`` is somebody who is signed in there."""
    with visiting(browser, vault) as visit:
        yield visit


def open_document(visitor: Visitor, title: str) -> str:
    """Open a document's page from the list, and say its path."""
    visitor.go()
    visitor.page.get_by_role("link", name=title, exact=True).click()
    visitor.page.get_by_role("heading", name=title, exact=True).wait_for()
    return visitor.page.url.removeprefix(visitor.site.url(visitor.tenant, ""))


def upload(visitor: Visitor, file: Path) -> str:
    """Upload a file by the form, and say the path of its page."""
    visitor.go("/upload/")
    widget = Widget.of(visitor)
    widget.choose(file)
    widget.wait(file.name, "done")
    visitor.page.get_by_role("button", name="Add to the vault").click()
    visitor.page.get_by_role("heading", name=file.name, exact=True).wait_for()
    return visitor.page.url.removeprefix(visitor.site.url(visitor.tenant, ""))


def status(visitor: Visitor, path: str) -> int:
    """What the browser gets at a path, with the visitor's cookies."""
    code: int = visitor.page.evaluate("path => fetch(path).then(answer => answer.status)", path)
    if code == 404:
        visitor.forgive(NOT_FOUND)
    return code


def is_shown(page: Page, selector: str) -> bool:
    """Whether a picture has arrived and can be seen."""
    shown: bool = page.locator(selector).evaluate(
        "image => image.complete && image.naturalWidth > 0"
    )
    return shown


def test_a_picture_is_previewed_and_has_a_thumbnail(visit: Visit) -> None:
    ada = visit("acme")
    thumbnail = "tr:has-text('Logo') img.badge"
    ada.wait_until(lambda: is_shown(ada.page, thumbnail))
    assert "/thumbnails/" in str(ada.page.locator(thumbnail).get_attribute("src"))
    path = open_document(ada, "Logo")
    ada.wait_until(lambda: is_shown(ada.page, ".preview img"))
    assert ada.page.locator(".preview img").get_attribute("src") == f"{path}file/"


def test_a_video_is_sought_by_parts(visit: Visit, tmp_path: Path) -> None:
    """Far ahead of what the browser has loaded, it asks for the part from there on."""
    noise = [frame(Image.effect_noise(SIZE, 90 + tone).convert("RGB"), 95) for tone in range(10)]
    film = tmp_path / "film.webm"
    film.write_bytes(webm(noise * 120, SIZE))  # a minute, of some 60 MB
    ada = visit("acme")
    upload(ada, film)
    parts: list[tuple[int, str]] = []

    def note(answer: Response) -> None:
        if answer.url.endswith("/file/"):
            parts.append((answer.status, answer.headers.get("content-range", "")))

    ada.page.on("response", note)
    open_document(ada, "film.webm")
    video = ada.page.locator("video")
    ada.wait_until(lambda: video.evaluate("video => video.readyState >= 1"))
    assert video.evaluate("video => video.duration") == 60
    video.evaluate("video => { video.currentTime = 50; }")
    ada.wait_until(lambda: video.evaluate("video => !video.seeking && video.readyState >= 2"))
    assert video.evaluate("video => video.currentTime") == 50
    assert {code for code, _ in parts} == {206}
    starts = [int(re.findall(r"\d+", told)[0]) for _, told in parts]
    assert max(starts) > film.stat().st_size / 2


def test_a_link_opens_one_file_for_a_stranger_and_nothing_elsewhere(
    visit: Visit, browser: Browser, vault: Vault
) -> None:
    ada, grace = visit("acme"), visit("globex")
    open_document(ada, "Logo")
    ada.page.get_by_role("link", name="Share").click()
    ada.page.get_by_label("an hour").check()
    ada.page.get_by_role("button", name="Make a link").click()
    link = ada.page.get_by_label("Anyone with this link").input_value()
    assert link.startswith(vault.url("acme", "/shared/"))
    context = browser.new_context()
    stranger = context.new_page()
    answer = stranger.goto(link)
    assert answer is not None
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    assert is_shown(stranger, "img")
    for changed in (f"{link}x", link.replace("acme.", "globex."), f"{link.rpartition(':')[0]}:x"):
        answer = stranger.goto(changed)
        assert answer is not None
        assert answer.status == 404
    context.close()
    assert status(grace, link.removeprefix(vault.url("acme", ""))) == 404


def test_addresses_of_another_customer_give_nothing(visit: Visit, tmp_path: Path) -> None:
    ada, grace = visit("acme"), visit("globex")
    picture = tmp_path / "secret.png"
    Image.new("RGB", (600, 400), "teal").save(picture)
    page = upload(ada, picture)
    paths = [page, f"{page}file/", f"{page}share/", f"{page}delete/"]
    assert [status(ada, path) for path in paths] == [200] * len(paths)
    assert [status(grace, path) for path in [*paths, f"{page}download/"]] == [404] * 5
    grace.go()
    assert "secret.png" not in grace.page.inner_text("main")


def test_pages_are_accessible_on_phones_and_desktops(visit: Visit) -> None:
    """axe-core finds no serious fault, and nothing is wider than the screen."""
    for size in (PHONE, DESKTOP):
        ada = visit("acme", size=size)
        pages = ["/", "/upload/"]
        for title in ("Logo", "The first launch", "notes.txt"):
            path = open_document(ada, title)
            pages += [path, f"{path}share/", f"{path}delete/"]
        for path in pages:
            ada.go(path)
            assert ada.faults_of_access() == [], path
            width = ada.page.evaluate("document.documentElement.scrollWidth")
            assert width <= size["width"], path


def test_300_mib_go_past_the_site_while_the_bar_moves(visit: Visit, tmp_path: Path) -> None:
    film = large(tmp_path / "film.bin", 300)
    ada = visit("acme")
    sent: list[int] = []
    ada.page.on("request", lambda request: sent.append(_size_sent_to(ada, request)))
    ada.go("/upload/")
    widget = Widget.of(ada)
    widget.choose(film)
    seen: list[float] = []

    def looked_until_done() -> bool:
        if (percent := widget.percent()) is not None:
            seen.append(percent)
        return bool(widget.values())

    ada.wait_until(looked_until_done, seconds=120)
    assert len(set(seen)) > 5, seen
    ada.page.get_by_role("button", name="Add to the vault").click()
    ada.page.get_by_role("heading", name="film.bin").wait_for(timeout=60_000)
    expect(ada.page.locator(".facts")).to_contain_text("300.0 MB")
    assert max(sent) < 10_000
    last = ada.page.evaluate(
        """path => fetch(path, { headers: { Range: "bytes=-64" } })
             .then(answer => answer.bytes()).then(bytes => Array.from(bytes))""",
        f"{ada.page.url}file/",
    )
    assert bytes(last) == film.read_bytes()[-64:]


def _size_sent_to(visitor: Visitor, request: Request) -> int:
    """The bytes of a request to the site; none for one to a cluster."""
    to_site = request.url.startswith(visitor.site.url(visitor.tenant))
    return len(request.post_data_buffer or b"") if to_site else 0


def test_an_upload_of_another_customer_is_refused(visit: Visit, tmp_path: Path) -> None:
    """The value that one page got is worth nothing in a page of the other."""
    file = large(tmp_path / "stolen.bin", 1)
    ada, grace = visit("acme"), visit("globex")
    values = []
    for visitor in (ada, grace):
        visitor.go("/upload/")
        widget = Widget.of(visitor)
        widget.choose(file)
        widget.wait(file.name, "done")
        values.append(widget.values()[0])
    grace.page.locator("input[type=hidden][name=file]").evaluate(
        "(input, value) => { input.value = value; }", values[0]
    )
    grace.page.get_by_role("button", name="Add to the vault").click()
    grace.page.get_by_role("alert").filter(has_text="not in the vault yet").wait_for()
    assert grace.forgive("status of 422") == 1
    grace.go()
    assert "stolen.bin" not in grace.page.inner_text("main")


def test_uploads_need_no_script(visit: Visit, tmp_path: Path) -> None:
    file = large(tmp_path / "plain.bin", 1)
    ada = visit("acme", java_script_enabled=False)
    ada.go("/upload/")
    ada.page.get_by_label("File").set_input_files(file)
    ada.page.get_by_role("button", name="Add to the vault").click()
    ada.page.get_by_role("heading", name="plain.bin").wait_for()
    expect(ada.page.locator(".facts")).to_contain_text("1.0 MB")


def test_the_admin_uploads_directly(visit: Visit, tmp_path: Path) -> None:
    """And Django's own pages keep the policy: no style and no script stands in them."""
    picture = tmp_path / "by-the-admin.png"
    Image.new("RGB", (600, 400), "teal").save(picture)
    ada = visit("acme")
    ada.go("/admin/")
    ada.page.locator("#content").get_by_role("link", name="Documents", exact=True).click()
    ada.page.get_by_role("link", name="Add document").click()
    ada.page.wait_for_load_state()
    widget = Widget.of(ada)
    widget.choose(picture)
    widget.wait(picture.name, "done")
    assert ada.faults_of_access(within="#content") == []
    ada.page.get_by_label("Title").fill("From the admin")
    ada.page.get_by_role("button", name="Save", exact=True).click()
    ada.page.get_by_text("was added successfully").wait_for()
    open_document(ada, "From the admin")
    ada.wait_until(lambda: is_shown(ada.page, ".preview img"))
    ada.wait_until(lambda: is_shown(ada.page, "img.badge"))
