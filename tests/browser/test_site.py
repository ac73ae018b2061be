"""The site itself: what the other tests stand on."""

from __future__ import annotations

from tests.browser.visitor import Visit


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
