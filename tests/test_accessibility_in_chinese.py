"""axe on every page in Chinese, in both themes: what words and looks decide.

A file of its own, for a process of its own.
"""

import pytest
from playwright.sync_api import Browser

from meadow.runtime.testing import LiveStack
from tests.browser import DESKTOP, PHONE
from tests.every_page import inspect_kept_pages, inspect_pages, make_author

pytestmark = pytest.mark.browser

# Each page is loaded once a language and looked at twice: nothing but style sheets knows the look.
LOOKS = (("light", PHONE), ("dark", DESKTOP))


@pytest.fixture(scope="module")
def author(browser: Browser, live_stack: LiveStack) -> dict[str, str]:
    return make_author(browser, live_stack)


def test_axe_finds_nothing_on_any_page_in_chinese(
    browser: Browser, live_stack: LiveStack, author: dict[str, str]
) -> None:
    found, too_wide = inspect_pages(browser, live_stack, author, language="zh-CN", looks=LOOKS)

    assert "\n".join(found) == ""
    assert too_wide == []


def test_axe_finds_nothing_where_order_is_kept_in_chinese(
    browser: Browser, live_stack: LiveStack, author: dict[str, str]
) -> None:
    found, too_wide = inspect_kept_pages(browser, live_stack, author, language="zh-CN", looks=LOOKS)

    assert "\n".join(found) == ""
    assert too_wide == []
