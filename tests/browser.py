"""What every browser test needs: Chromium, a person's own context, and a page that tells its errors."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
PASSWORD = "a-long-quiet-meadow-7"


@dataclass
class Visitor:
    """One person's browser: its context, its page, and what went wrong in it."""

    context: BrowserContext
    page: Page
    base_url: str
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a path of the site."""
        self.page.goto(self.base_url + path)
        return self.page


@contextmanager
def visit(browser: Browser, base_url: str, **options: Any) -> Iterator[Visitor]:
    """Open a fresh context; console errors, page errors and 5xx answers fail the test at the end."""
    options.setdefault("viewport", DESKTOP)
    options.setdefault("locale", "en-US")
    context = browser.new_context(**options)
    context.set_default_timeout(15_000)
    visitor = Visitor(context=context, page=context.new_page(), base_url=base_url)

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            visitor.faults.append(f"console: {message.text}")

    visitor.page.on("console", hear)
    visitor.page.on("pageerror", lambda error: visitor.faults.append(f"page: {error}"))
    try:
        yield visitor
    finally:
        context.close()
    assert visitor.faults == []


def sign_up(visitor: Visitor, handle: str | None = None) -> str:
    """Make an account through the form; returns the handle."""
    handle = handle or f"t{secrets.token_hex(5)}"
    page = visitor.open("/accounts/signup/")
    page.locator("input[name=email]").fill(f"{handle}@example.org")
    page.locator("input[name=username]").fill(handle)
    page.locator("input[name=password1]").fill(PASSWORD)
    page.locator("form[action*=signup] button[type=submit], main form button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/accounts/signup" not in url)
    return handle


__all__ = ["CHROMIUM", "DESKTOP", "PASSWORD", "PHONE", "Visitor", "expect", "sign_up", "visit"]
