"""Fixtures of the whole-site tests: one Chromium, as long as they are run."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import CHROMIUM, CHROMIUM_FLAGS


# Playwright's event loop runs in this thread: tests of other folders could neither use Django's
# database nor a loop of their own beside it.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()
