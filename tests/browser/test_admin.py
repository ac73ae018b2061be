"""Django's admin, whose file inputs upload directly."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.files import small
from tests.browser.visitor import Visit, Visitor
from tests.browser.widget import Widget

ADD = "/admin/library/document/add/"


def add(visitor: Visitor, title: str, name: str) -> None:
    """Add a document and open its page."""
    visitor.go(ADD)
    visitor.page.get_by_label("Title").fill(title)
    upload(visitor, name)
    visitor.page.get_by_role("button", name="Save and continue editing").click()
    visitor.page.get_by_text("was added successfully").wait_for()


def upload(visitor: Visitor, name: str, field: str = "file") -> Widget:
    widget = Widget.of(visitor, field)
    widget.choose(small(name, name.encode()))
    widget.wait(name, "done")
    return widget


def save(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name="Save and continue editing").click()
    visitor.page.get_by_text("was changed successfully").wait_for()


def stored(visitor: Visitor, beginning: str) -> set[str]:
    prefix = "tenants/acme/docs/"
    return {key.removeprefix(prefix) for key in visitor.site.stored(prefix + beginning)}


def current(visitor: Visitor) -> str:
    return visitor.page.locator(".file-upload a").inner_text()


def test_a_file_is_added_kept_replaced_and_cleared(visit: Visit) -> None:
    """As with Django's own input; the button that was pressed is the one that counts."""
    ada = visit("acme")
    add(ada, "Admin", "admin-1.txt")
    assert current(ada) == "docs/admin-1.txt"
    ada.page.get_by_label("Title").fill("Admin, kept")
    save(ada)
    assert current(ada) == "docs/admin-1.txt"
    upload(ada, "admin-2.txt")
    save(ada)
    assert current(ada) == "docs/admin-2.txt"
    assert ada.site.content("tenants/acme/docs/admin-2.txt") == b"admin-2.txt"
    ada.page.get_by_label("Clear").check()
    save(ada)
    assert ada.page.locator(".file-upload").count() == 0


def test_clearing_and_choosing_contradict_each_other_and_lose_nothing(visit: Visit) -> None:
    ada = visit("acme")
    add(ada, "Contradiction", "contradiction-1.txt")
    widget = upload(ada, "contradiction-2.txt")
    ada.page.get_by_label("Clear").check()
    ada.page.get_by_role("button", name="Save and continue editing").click()
    ada.page.get_by_text("not both").wait_for()
    widget.wait("contradiction-2.txt", "done")
    ada.page.get_by_label("Clear").uncheck()
    save(ada)
    assert current(ada) == "docs/contradiction-2.txt"


def test_inlines_upload_also_those_that_are_added(visit: Visit) -> None:
    """The empty row stays an ordinary one, since the admin copies it."""
    ada = visit("acme")
    ada.go("/admin/library/folder/add/")
    ada.page.get_by_label("Name").fill("Plans")
    ada.page.get_by_role("button", name="Add another Document").click()
    for number in range(2):
        ada.page.locator(f"[name=document_set-{number}-title]").fill(f"Inline {number}")
        upload(ada, f"inline-{number}.txt", f"document_set-{number}-file")
    template = Widget.of(ada, "document_set-__prefix__-file")
    expect(template.at).not_to_have_attribute("data-ready", "")
    ada.page.get_by_role("button", name="Save and continue editing").click()
    ada.page.get_by_text("was added successfully").wait_for()
    assert stored(ada, "inline-") == {"inline-0.txt", "inline-1.txt"}


def test_a_row_that_is_removed_takes_its_upload_with_it(visit: Visit) -> None:
    """The rows behind it are given other numbers, and keep their files."""
    ada = visit("acme")
    ada.go("/admin/library/folder/add/")
    ada.page.get_by_label("Name").fill("Fewer plans")
    for _ in range(2):
        ada.page.get_by_role("button", name="Add another Document").click()
    for number in (1, 2):
        ada.page.locator(f"[name=document_set-{number}-title]").fill(f"Row {number}")
        upload(ada, f"row-{number}.txt", f"document_set-{number}-file")
    ada.page.locator("#document_set-1 .inline-deletelink").click()
    Widget.of(ada, "document_set-1-file").wait("row-2.txt", "done")
    ada.page.get_by_role("button", name="Save and continue editing").click()
    ada.page.get_by_text("was added successfully").wait_for()
    assert stored(ada, "row-") == {"row-2.txt"}


def test_the_widget_has_no_fault_of_access(visit: Visit) -> None:
    ada = visit("acme")
    for scheme in ("light", "dark"):
        ada.page.emulate_media(color_scheme=scheme)
        add(ada, "Access", "access.txt")
        upload(ada, "access-2.txt")
        assert ada.faults_of_access("tm-direct-upload") == []
