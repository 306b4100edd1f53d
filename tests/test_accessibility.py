"""axe on every page in English, in both themes; beside it another process does so in Chinese."""

import pytest
from playwright.sync_api import Browser

from meadow.runtime.testing import LiveStack
from tests.axe import ASK_OPENED, FIRST_OF_ITS_BUILD, change, findings
from tests.browser import DESKTOP, PHONE, visit
from tests.every_page import inspect_kept_pages, inspect_pages, make_author

pytestmark = pytest.mark.browser

# Each page is loaded once a language and looked at twice: nothing but style sheets knows the look.
LOOKS = (("light", DESKTOP), ("dark", PHONE))


@pytest.fixture(scope="module")
def author(browser: Browser, live_stack: LiveStack) -> dict[str, str]:
    return make_author(browser, live_stack)


def test_axe_finds_nothing_on_any_page_in_english(
    browser: Browser, live_stack: LiveStack, author: dict[str, str]
) -> None:
    found, too_wide = inspect_pages(browser, live_stack, author, language="en-US", looks=LOOKS)

    assert "\n".join(found) == ""
    assert too_wide == []


def test_axe_finds_nothing_where_order_is_kept_in_english(
    browser: Browser, live_stack: LiveStack, author: dict[str, str]
) -> None:
    found, too_wide = inspect_kept_pages(browser, live_stack, author, language="en-US", looks=LOOKS)

    assert "\n".join(found) == ""
    assert too_wide == []


def test_axe_would_notice(browser: Browser, live_stack: LiveStack) -> None:
    with visit(browser, live_stack.base_url) as visitor:
        visitor.open("/accounts/login/")
        visitor.page.evaluate("document.querySelector('main').innerHTML += '<img src=\"/x\">'")

        found = findings(visitor.page, "here")

        assert [one for one in found if "image-alt" in one] == [
            'here image-alt: [\'img[src="/x"]\'] <img src="/x">'
        ]
        visitor.faults.clear()


def test_a_look_that_is_changed_to_is_the_one_that_is_measured(browser: Browser) -> None:
    page = browser.new_page(color_scheme="light", viewport=DESKTOP)  # type: ignore[arg-type]
    page.set_content(
        """<html lang="en"><title>One</title><style>p { transition: color 9s; color: #111 }
        @media (prefers-color-scheme: dark) and (max-width: 400px) { p { color: #eee } }
        </style><main><h1>One</h1><p>Two</p></main></html>"""
    )

    for look, ids in ((("light", DESKTOP), []), (("dark", PHONE), ["color-contrast"])):
        change(page, look)
        assert [one.split()[1] for one in findings(page, "/", within="html")] == [
            f"{name}:" for name in ids
        ]
    page.close()


def test_a_page_that_renews_itself_is_measured_as_it_stands(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<main><details open></details></main>")
    page.evaluate(
        """async () => {
          const renew = () => document.querySelector('details').innerHTML =
            '<summary>One</summary><p><img src="data:,"></p>';
          renew();
          setInterval(renew, 1);
        }"""
    )

    found = findings(page, "/", within="details", ask=ASK_OPENED)

    page.close()
    assert [one.split()[1] for one in found] == ["image-alt:"]


def test_of_what_is_built_alike_the_first_is_measured(browser: Browser) -> None:
    parts = (
        *("<p class='text-muted'>one</p>", "<p class='text-muted' id='a'>two</p>"),
        *("<p class='text-link'>three</p>", "<p class='text-muted'>four <b>five</b></p>"),
        *("<ul><li>6</li></ul>", "<ul><li>7</li><li>8</li></ul>", "<p class='text-muted'> </p>"),
    )
    page = browser.new_page()
    page.set_content("".join(f"<details open><div>{part}</div></details>" for part in parts))

    count = page.evaluate(FIRST_OF_ITS_BUILD, "details")

    measured = page.locator("[data-measured]").all_inner_texts()
    page.close()
    assert count == len(measured) == 5
    assert [text.strip() for text in measured] == ["one", "three", "four five", "6", ""]
