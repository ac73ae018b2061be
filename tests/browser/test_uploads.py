"""Small files, from the page straight to the cluster."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.files import small
from tests.browser.visitor import Visit, Visitor
from tests.browser.widget import Widget


def test_two_tenants_upload_past_django(visit: Visit) -> None:
    """Each file lands below its own tenant's prefix, and no request to Django held it."""
    for tenant in ("acme", "globex"):
        visitor = visit(tenant)
        content = f"the plan of {tenant}".encode()
        bodies: list[bytes] = []
        visitor.page.on(
            "request", lambda request, bodies=bodies: bodies.append(request.post_data_buffer or b"")
        )
        widget = Widget.of(visitor)
        widget.choose(small("past.txt", content))
        widget.wait("past.txt", "done")
        visitor.save("Past Django")
        assert visitor.site.content(f"tenants/{tenant}/docs/past.txt") == content
        to_django = [body for body in bodies if b"csrfmiddlewaretoken" in body]
        assert to_django
        assert not any(content in body for body in to_django)


def test_a_file_is_saved_once_and_nothing_is_left_of_its_upload(visit: Visit) -> None:
    ada = visit("acme")
    before = ada.site.stored()
    widget = Widget.of(ada)
    widget.choose(small("once.txt"))
    widget.wait("once.txt", "done")
    ada.save("Once")
    new = ada.site.stored().keys() - before.keys()
    assert new == {"tenants/acme/docs/once.txt"}


def test_a_form_is_not_sent_twice_by_a_double_click(visit: Visit) -> None:
    """The second request would find the upload saved, and its answer is what would be seen."""
    ada = visit("acme")
    sent: list[str] = []
    ada.page.on(
        "request",
        lambda request: sent.append(request.url) if request.is_navigation_request() else None,
    )
    widget = Widget.of(ada)
    widget.choose(small("double.txt"))
    widget.wait("double.txt", "done")
    ada.page.get_by_label("Title").fill("Double")
    sent.clear()
    ada.page.get_by_role("button", name="Save").dblclick()
    ada.wait_for_document("Double")
    assert len(sent) == 2  # the form, and where it led
    assert set(ada.site.stored("tenants/acme/docs/double")) == {"tenants/acme/docs/double.txt"}


def test_files_are_dropped(visit: Visit) -> None:
    ada = visit("acme")
    widget = Widget.of(ada)
    dropped = ada.page.evaluate_handle(
        """() => {
          const carried = new DataTransfer();
          carried.items.add(new File(["a plan"], "dropped.txt", { type: "text/plain" }));
          return carried;
        }"""
    )
    widget.at.dispatch_event("dragover", {"dataTransfer": dropped})
    expect(widget.at).to_have_attribute("data-over", "")
    widget.at.dispatch_event("drop", {"dataTransfer": dropped})
    widget.wait("dropped.txt", "done")
    expect(widget.at).not_to_have_attribute("data-over", "")
    ada.save("Dropped")
    assert ada.site.content("tenants/acme/docs/dropped.txt") == b"a plan"


def test_several_files_in_one_form(visit: Visit) -> None:
    ada = visit("acme")
    ada.go("/several/")
    widget = Widget.of(ada, "files")
    names = [f"several-{number}.txt" for number in range(5)]
    widget.choose(*(small(name, name.encode()) for name in names))
    for name in names:
        widget.wait(name, "done")
    widget.row(names[2]).get_by_role("button", name="Remove").click()
    assert len(widget.values()) == 4
    ada.page.get_by_role("button", name="Save").click()
    ada.wait_for_document(names[0])
    stored = ada.site.stored("tenants/acme/docs/several-")
    assert set(stored) == {f"tenants/acme/docs/{name}" for name in names if name != names[2]}


def test_another_choice_replaces_the_first(visit: Visit) -> None:
    ada = visit("acme")
    widget = Widget.of(ada)
    widget.choose(small("first.txt"))
    widget.wait("first.txt", "done")
    widget.choose(small("second.txt"))
    widget.wait("second.txt", "done")
    expect(widget.row("first.txt")).to_have_count(0)
    ada.save("Second")
    assert ada.site.stored("tenants/acme/docs/first") == {}
    assert set(ada.site.stored("tenants/acme/docs/second")) == {"tenants/acme/docs/second.txt"}


def test_a_fault_elsewhere_in_the_form_keeps_the_file(visit: Visit) -> None:
    """The form comes back with its value, and what was uploaded is not asked for again."""
    ada = visit("acme")
    widget = Widget.of(ada)
    widget.choose(small("kept.txt"))
    widget.wait("kept.txt", "done")
    ada.page.get_by_label("Title").fill("wrong")
    ada.page.get_by_role("button", name="Save").click()
    ada.page.get_by_text("There is a fault in the title.").wait_for()
    widget.wait("kept.txt", "done")
    ada.save("Right")
    assert ada.site.content("tenants/acme/docs/kept.txt") == b"a plan"


def test_a_finished_upload_outlives_a_reload(visit: Visit) -> None:
    ada = visit("acme")
    widget = Widget.of(ada)
    widget.choose(small("reloaded.txt"))
    widget.wait("reloaded.txt", "done")
    ada.page.reload()
    widget.wait("reloaded.txt", "done")
    ada.save("Reloaded")
    assert ada.site.content("tenants/acme/docs/reloaded.txt") == b"a plan"
    ada.go()
    expect(widget.row("reloaded.txt")).to_have_count(0)


def test_a_browser_that_keeps_nothing_uploads_all_the_same(visit: Visit) -> None:
    """Where a user allows no storage, asking for it is an error already."""
    ada = visit("acme")
    ada.page.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"]) {
          Object.defineProperty(window, name, {
            get() { throw new DOMException("not allowed", "SecurityError"); },
          });
        }"""
    )
    ada.go()
    widget = Widget.of(ada)
    widget.choose(small("unkept.txt"))
    widget.wait("unkept.txt", "done")
    ada.save("Unkept")
    assert ada.site.content("tenants/acme/docs/unkept.txt") == b"a plan"


def test_what_the_server_refuses_is_said_in_words(visit: Visit) -> None:
    """The target's types are held to before a byte is sent; the form is not sent without it."""
    ada = visit("acme")
    ada.go("/several/")
    widget = Widget.of(ada, "files")
    widget.choose(small("virus.exe"))
    row = widget.wait("virus.exe", "failed")
    assert len(row.locator(".tm-upload-words").inner_text()) > 10
    expect(row.get_by_role("button", name="Try again")).to_have_count(0)
    ada.page.get_by_role("button", name="Save").click()
    expect(widget.notice).to_contain_text("not finished")
    expect(row.get_by_role("button", name="Remove")).to_be_focused()
    row.get_by_role("button", name="Remove").click()
    expect(widget.notice).to_be_empty()
    assert ada.forgive("status of 4") == 1  # Chromium notes each such answer


def test_the_value_of_another_tenant_is_refused(visit: Visit) -> None:
    ada, grace = visit("acme"), visit("globex")
    widget = Widget.of(ada)
    widget.choose(small("secret.txt", b"acme's secret"))
    widget.wait("secret.txt", "done")
    before = grace.site.stored("tenants/globex/")
    _send_value(grace, widget.values()[0])
    assert grace.page.locator(".errorlist").inner_text().strip()
    assert grace.site.stored("tenants/globex/") == before
    ada.save("Secret")
    assert ada.site.content("tenants/acme/docs/secret.txt") == b"acme's secret"


def test_a_value_that_was_saved_is_refused(visit: Visit) -> None:
    ada = visit("acme")
    widget = Widget.of(ada)
    widget.choose(small("twice.txt"))
    widget.wait("twice.txt", "done")
    value = widget.values()[0]
    ada.save("Saved once")
    _send_value(ada, value)
    assert ada.page.locator(".errorlist").inner_text().strip()
    assert set(ada.site.stored("tenants/acme/docs/twice")) == {"tenants/acme/docs/twice.txt"}


def _send_value(visitor: Visitor, value: str) -> None:
    """Send the form with a value of the visitor's own making."""
    visitor.go()
    visitor.page.get_by_label("Title").fill("Forged")
    visitor.page.locator("form").evaluate(
        """(form, value) => {
          const forged = document.createElement("input");
          Object.assign(forged, { type: "hidden", name: "file", value });
          form.append(forged);
        }""",
        value,
    )
    visitor.page.get_by_role("button", name="Save").click()
    visitor.page.locator(".errorlist").wait_for()
