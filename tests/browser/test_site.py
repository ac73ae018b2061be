"""The site itself, with ordinary uploads: what the other tests stand on."""

from __future__ import annotations

from tests.browser.visitor import Visit


def upload(visitor, title: str, content: bytes) -> None:
    visitor.page.get_by_label("Title").fill(title)
    visitor.page.get_by_label("File").set_input_files(
        {"name": "plan.txt", "mimeType": "text/plain", "buffer": content}
    )
    visitor.page.get_by_role("button", name="Save").click()
    visitor.page.get_by_role("link", name=title, exact=True).wait_for()


def test_each_tenant_sees_its_own_documents(visit: Visit) -> None:
    """Two tenants upload a file of one name; each is under its own prefix and seen by its own."""
    ada, grace = visit("acme"), visit("globex")
    upload(ada, "Plan of Acme", b"acme's plan")
    upload(grace, "Plan of Globex", b"globex's plan")
    for visitor, other in ((ada, "Globex"), (grace, "Acme")):
        visitor.go()
        assert other not in visitor.page.inner_text("main")
        place = f"tenants/{visitor.tenant}/docs/plan.txt"
        assert visitor.site.content(place) == f"{visitor.tenant}'s plan".encode()


def test_pages_have_no_fault_of_access(visit: Visit) -> None:
    ada = visit("acme")
    assert ada.faults_of_access() == []


def test_a_violation_of_the_policy_is_noticed(visit: Visit) -> None:
    """What the other tests rely on: the browser refuses, and the visitor hears of it."""
    ada = visit("acme")
    ada.page.evaluate("document.body.setAttribute('style', 'color: red')")
    ada.page.evaluate("fetch('http://127.0.0.1:1/').catch(() => {})")
    ada.wait_until(lambda: any("CSP: connect-src" in one for one in ada.complaints))
    assert ada.forgive("CSP: style-src") == 1
    assert ada.forgive("CSP: connect-src") == 1
    assert ada.forgive("Content Security Policy") > 0
