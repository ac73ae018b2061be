"""A person before the browser, and what the browser complains of meanwhile."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.site import Site
from tests.browser.vault import Vault

PHONE = {"width": 375, "height": 812}
DESKTOP = {"width": 1280, "height": 860}
# Chromium says a violation on the console too; the event says which rule.
WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI || event.sample}`);
});
"""


@dataclass
class Visitor:
    """One page of a browser, signed in as a tenant's user.

    Args:
        complaints: errors on the console, uncaught exceptions, violations of the policy.
    """

    site: Site | Vault
    tenant: str
    page: Page
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str = "/") -> None:
        self.page.goto(self.site.url(self.tenant, path))

    def sign_in(self) -> None:
        self.go("/sign-in/")
        user, password = self.site.logins[self.tenant]
        self.page.get_by_label("Username").fill(user)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(self.site.url(self.tenant))

    def save(self, title: str) -> None:
        """Fill in the title, send the form, and see the document in the list."""
        self.page.get_by_label("Title").fill(title)
        self.page.get_by_role("button", name="Save").click()
        self.wait_for_document(title)

    def wait_for_document(self, title: str) -> None:
        self.page.get_by_role("link", name=title, exact=True).wait_for()

    def watch(self) -> None:
        """Collect complaints from now on."""
        self.page.context.add_init_script(WATCH_POLICY)
        self.page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        self.page.on("console", self._take)

    def forgive(self, pattern: str) -> int:
        """Take complaints that a test has provoked off the list, and say how many."""
        kept = [one for one in self.complaints if not re.search(pattern, one)]
        forgiven = len(self.complaints) - len(kept)
        self.complaints[:] = kept
        return forgiven

    def wait_until(self, condition: Callable[[], bool], *, seconds: float = 20) -> None:
        """Let the browser go on until something is so. Raises AssertionError after ``seconds``."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not so within {seconds} s: {self.complaints}"
            self.page.wait_for_timeout(20)

    def faults_of_access(self, within: str | None = None) -> list[str]:
        """Serious and critical faults that axe-core finds on the page."""
        # Preloading would put styles into the page, which the policy refuses.
        found = Axe().run(self.page, context=within, options={"preload": False})
        return [
            f"{fault['id']}: {fault['help']}: {[node['html'] for node in fault['nodes']]}"
            for fault in found.response["violations"]
            if fault["impact"] in {"serious", "critical"}
        ]

    def _take(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} ({message.location.get('url')})")


Visit = Callable[..., Visitor]


@contextmanager
def visiting(browser: Browser, site: Site | Vault) -> Iterator[Visit]:
    """Make visitors; they leave at the end, and nothing may be left that the browser complains of.

    ``visit("acme", size=PHONE, java_script_enabled=False)``: the rest are options of a context.
    """
    met: list[tuple[BrowserContext, Visitor]] = []

    def visit(tenant: str, *, size: Any = DESKTOP, **options: Any) -> Visitor:
        context = browser.new_context(viewport=size, **options)
        context.set_default_timeout(20_000)
        visitor = Visitor(site, tenant, context.new_page())
        met.append((context, visitor))
        visitor.watch()
        visitor.sign_in()
        return visitor

    try:
        yield visit
    finally:
        for context, _visitor in met:
            context.close()
    for _context, visitor in met:
        assert visitor.complaints == [], visitor.complaints
