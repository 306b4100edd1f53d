"""The wall in a real browser: nothing moves, nothing is cut off, order is reading order."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, sync_playwright

from meadow.web.tests.style import build_style
from tests.browser import CHROMIUM, CHROMIUM_FLAGS

pytestmark = pytest.mark.browser

SHAPES = [(1200, 1600), (1600, 1200), (1200, 1200), (1080, 1350), (3000, 1000), (800, 3000)]
TITLES = [
    "Persimmons",
    "What I pack for four days on the coast path and what stays at home",
    "柿子",
]


@dataclass
class Author:
    handle: str = "ann"
    name: str = "Ann with a name that is far too long for any card"
    avatar: None = None


@dataclass
class Photo:
    width: int
    height: int
    src: str = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
    srcset: str = ""
    placeholder: str = ""


@dataclass
class Card:
    public_id: str
    title: str
    cover: Photo
    author: Author
    photo_count: int = 3
    like_count: int = 12_345


def make_cards(first: int, count: int) -> list[dict[str, object]]:
    return [
        {
            "card": Card(
                public_id=f"n{number}",
                title=TITLES[number % len(TITLES)],
                cover=Photo(*SHAPES[number % len(SHAPES)]),
                author=Author(),
            ),
            "token": "",
            "liked": False,
        }
        for number in range(first, first + count)
    ]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    style = build_style(tmp_path_factory.mktemp("style"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        page = browser.new_page()
        show(page, style)
        yield page
        browser.close()


def show(page: Page, style: Path) -> None:
    wall = render_to_string(
        "components/wall.html", {"label": "Notes", "cards": make_cards(0, 30), "next_url": "/?x"}
    )
    page.set_content(f'<html data-theme="meadow"><main class="page">{wall}</main></html>')
    page.add_style_tag(path=str(style))


PLACES = """() => [...document.querySelectorAll('article')].map(card => {
    const box = card.getBoundingClientRect();
    return [card.id, Math.round(box.left), Math.round(box.top + scrollY), Math.round(box.height)];
})"""

CUT_OFF = """() => [...document.querySelectorAll('article')].filter(card => {
    const words = card.querySelector('.note-card-words');
    return words.scrollHeight > words.clientHeight + 1;
}).map(card => card.id)"""


@pytest.mark.parametrize(
    ("width", "columns"), [(320, 2), (390, 2), (600, 3), (900, 4), (1280, 5), (1440, 6), (1920, 6)]
)
def test_the_wall_has_as_many_columns_as_fit_and_cuts_no_words(
    page: Page, width: int, columns: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})

    lefts = {left for _, left, _, _ in page.evaluate(PLACES)}

    assert len(lefts) == columns
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_more_notes_move_none_that_are_there(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    before = page.evaluate(PLACES)
    more = render_to_string(
        "components/wall_page.html", {"cards": make_cards(30, 20), "next_url": ""}
    )

    page.evaluate("html => { document.querySelector('[data-more]').outerHTML = html }", more)
    after = page.evaluate(PLACES)

    assert len(after) == 50
    assert after[:30] == before


def test_cards_stand_in_the_order_they_are_read(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})

    tops = [top for _, _, top, _ in page.evaluate(PLACES)]

    # A card never starts above one that comes before it: each takes the shortest column.
    assert tops == sorted(tops)


def test_columns_have_no_holes(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    columns: dict[int, list[tuple[int, int]]] = {}

    for _, left, top, height in page.evaluate(PLACES):
        columns.setdefault(left, []).append((top, top + height))

    gaps = {
        later[0] - earlier[1]
        for spans in columns.values()
        for earlier, later in zip(sorted(spans), sorted(spans)[1:], strict=False)
    }
    assert gaps <= {15, 16, 17}
