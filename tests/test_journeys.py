"""An author and a reader meet, in Chinese on a phone by night and in English at a desk by day."""

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from meadow.core.clock import now
from meadow.media.video.testing import make_clip
from meadow.runtime.testing import LiveStack
from tests.axe import findings
from tests.browser import DESKTOP, FIXTURES, PHONE, Visitor, expect, sign_up, visit

pytestmark = pytest.mark.browser

ZONE, AHEAD = "Asia/Shanghai", dt.timedelta(hours=8)
# Everything that a page must say here, by its English.
CHINESE = {
    "Search": "搜索",
    "Search notes, people and topics": "搜索笔记、用户和话题",
    "Topics": "话题",
    "Clear": "清空",
    "Why am I seeing this?": "为什么我会看到它？",
    "Nothing about you went into it": "没有用到任何关于你的信息",
    "You follow its author": "你关注了作者",
    "Save to a board": "保存到收藏夹",
    "A new board": "新收藏夹",
    "Make it and save": "新建并保存",
    "Follow this topic": "关注话题",
    "Reply": "回复",
    "Pin comment": "置顶评论",
    "Pinned": "置顶",
    "The author likes this": "作者赞过",
    "Show 1 more reply": "展开 1 条回复",
    "Draft saved": "草稿保存于",
    "Published. Everybody can see it now.": "已发布，现在所有人都能看到。",
    "Planned. Until then only you see it.": "已定时。在那之前只有你能看到。",
    "Photo, enlarged": "放大的照片",
}
# The minute of a planned note is here: the worker is told of it as each minute tells it.
COME_DUE = """
from meadow.core.clock import now
from meadow.notes.models import Note
from meadow.notes.services import enqueue_due
at = now().replace(second=0, microsecond=0)
planned = Note.objects.filter(public_id="{note_id}", state="scheduled")
print("due", planned.update(publish_at=at))
enqueue_due(now=now())
"""


@dataclass
class Look:
    """One language on one screen by one light, with words that are found nowhere else."""

    language: str
    theme: str
    viewport: dict[str, int]
    title: str
    planned: str
    film: str
    board: str
    topic: str
    found: list[str] = field(default_factory=list)

    def say(self, english: str) -> str:
        """Return what the page says for this, in the language of the look."""
        return CHINESE[english] if self.language == "zh-CN" else english

    def measure(self, page: Page, where: str, *, within: str = "html") -> None:
        """Add what axe finds here, and whether the page is wider than its window."""
        self.found += findings(page, where, within=within)
        over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        if page.evaluate(over) > 0:
            self.found.append(f"{where} is wider than the window")


LOOKS = [
    Look("zh-CN", "dark", PHONE, "周末去露营", "清晨的湖边", "安静的早晨", "露营地", "露营日记"),
    Look(
        "en-US", "light", DESKTOP, "Lighthouse", "By the lake", "A quiet morning", "Coasts", "piers"
    ),
]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A film of two seconds."""
    path = tmp_path / "morning.mp4"
    path.write_bytes(make_clip())
    return path


def post_photos(author: Visitor, look: Look) -> str:
    """Publish two photos, pressing the button while the last words are still unsaved."""
    page = author.open("/new")
    page.locator("#photo-input").set_input_files(
        [FIXTURES / "camera-gps.jpg", FIXTURES / "photo.webp"]
    )
    expect(page.locator("#photos .photo-tile img")).to_have_count(2)
    page.locator("input[name=title]").fill(look.title)
    expect(page.locator("#save-state")).to_contain_text(look.say("Draft saved"))
    look.measure(page, "the editor")
    body = page.locator("textarea[name=body]")
    body.press_sequentially(f"带上帐篷，看星星。Slow shutter photography. #{look.topic}")
    page.locator("button[value=publish]").click()
    page.wait_for_url(lambda url: "/n/" in url and "/edit" not in url)
    expect(page.locator("#toasts")).to_contain_text(
        look.say("Published. Everybody can see it now.")
    )
    return page.url.removeprefix(author.base_url)


def plan_one(author: Visitor, look: Look) -> str:
    """Plan a note for tomorrow on the author's own clock; returns its path."""
    page = author.open("/new")
    page.locator("#photo-input").set_input_files(FIXTURES / "photo.png")
    expect(page.locator("#photos .photo-tile img").first).to_be_visible()
    page.locator("input[name=title]").fill(look.planned)
    page.locator(".plan-summary").click()
    expect(page.locator("[data-zone-name]")).to_have_text(ZONE)
    there = now().astimezone(dt.timezone(AHEAD)) + dt.timedelta(days=1)
    page.locator("#publish-at").fill(there.strftime("%Y-%m-%dT09:30"))
    page.locator("button[value=schedule]").click()
    page.wait_for_url("**/me/drafts")
    expect(page.locator("#toasts")).to_contain_text(
        look.say("Planned. Until then only you see it.")
    )
    expect(page.locator(".draft", has_text=look.planned)).to_contain_text("9:30")
    look.measure(page, "drafts")
    page.locator(".draft-link", has_text=look.planned).click()
    page.wait_for_url("**/edit")
    assert page.locator("#publish-at").input_value() == there.strftime("%Y-%m-%dT09:30")
    return page.url.removeprefix(author.base_url).removesuffix("/edit")


def post_film(author: Visitor, look: Look, film: Path) -> str:
    """Publish a film; returns its path. What may befall one on its way is in test_video.py."""
    page = author.open("/new")
    page.locator("#video-input").set_input_files(film)
    page.locator("input[name=title]").fill(look.film)
    expect(page.locator("[data-video-panel] video")).to_be_visible(timeout=60_000)
    expect(page.locator(".editor-photos")).to_be_hidden()
    expect(page.locator("#save-state")).to_contain_text(look.say("Draft saved"))
    look.measure(page, "the editor of a film")
    page.locator("button[value=publish]").click()
    page.wait_for_url(lambda url: "/n/" in url and "/edit" not in url)
    return page.url.removeprefix(author.base_url)


def ask_why(page: Page, look: Look, *, title: str, reason: str) -> None:
    """Open "Why am I seeing this?" on a card of the wall that is open."""
    page.locator("article.note-card", has_text=title).locator("a.note-card-why").first.click()
    dialog = page.get_by_role("dialog", name=look.say("Why am I seeing this?"))
    expect(dialog).to_contain_text(look.say(reason))
    look.measure(page, f"why: {reason}", within="dialog[open]")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def await_index(author: Visitor, handle: str) -> None:
    """Wait until the worker has put the note into the index: a page of answers does not renew itself."""
    for _ in range(240):
        found = author.context.request.get(f"{author.base_url}/search?q=photography").text()
        if f'class="note-card-author" href="/@{handle}"' in found:
            return
        author.page.wait_for_timeout(500)
    raise AssertionError(f"the note of {handle} is not found")


def find_by_slips(reader: Visitor, look: Look, handle: str) -> None:
    """Search in both languages, each with a slip; what was asked waits below the box."""
    page = reader.open("/")
    if look.viewport == DESKTOP:
        page.keyboard.press("/")
    else:
        page.get_by_role("link", name=look.say("Search")).click()
    page.wait_for_url("**/search")
    box = page.get_by_role("combobox", name=look.say("Search notes, people and topics"))
    expect(box).to_be_focused()
    for typed, meant in (("photograhpy", "photography"), ("帐蓬", "帐篷")):
        box.fill(typed)
        page.keyboard.press("Enter")
        expect(page.locator("#main").get_by_role("status")).to_contain_text(meant)
        card = page.locator("article.note-card", has_text=handle)
        expect(card.locator(".note-card-excerpt mark")).to_have_text(meant)
    look.measure(page, "search")

    page.goto(f"{reader.base_url}/search")
    expect(box).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option").first).to_contain_text("帐蓬")
    page.keyboard.press("Escape")
    page.goto(f"{reader.base_url}/search?q=photography&tab=topics")
    box.fill(look.topic[:-1])
    page.locator("[role=option][data-url^='/t/']", has_text=look.topic).click()
    page.wait_for_url("**/t/**")
    page.get_by_role("button", name=look.say("Follow this topic")).click()
    expect(page.locator("form[action$='/unfollow'] button")).to_be_visible()
    page.locator("article.note-card", has_text=handle).locator("a.note-card-link").click()
    page.wait_for_url("**/n/**")


def keep_it(reader: Visitor, look: Look, handle: str) -> None:
    """Like the open note, save it to a new board, follow its author, look closer."""
    page = reader.page
    page.locator("#like-button").click()
    expect(page.locator("#like-button")).to_have_attribute("aria-pressed", "true")
    page.locator("form.follow button").first.click()
    expect(page.locator("form.follow")).to_have_attribute("action", f"/@{handle}/unfollow")

    page.get_by_role("link", name=look.say("Save to a board")).click()
    sheet = page.get_by_role("dialog", name=look.say("Save to a board"))
    sheet.get_by_label(look.say("A new board")).fill(look.board)
    look.measure(page, "boards", within="dialog[open]")
    sheet.get_by_role("button", name=look.say("Make it and save")).click()
    expect(sheet.get_by_role("status")).to_contain_text(look.board)
    expect(sheet.get_by_role("button", name=look.board)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#save-button")).to_have_attribute("aria-pressed", "true")

    page.locator("[data-zoom]").first.focus()
    page.keyboard.press("Enter")
    enlarged = page.get_by_role("dialog", name=look.say("Photo, enlarged"))
    page.keyboard.press("+")
    page.keyboard.press("+")
    expect(enlarged.locator("[data-zoom-said]")).to_contain_text("225")
    page.keyboard.press("Escape")
    expect(enlarged).to_be_hidden()


def name_somebody(page: Page, look: Look, handle: str) -> None:
    """Name the author in the comment box by the first letters, with a press or with the keyboard."""
    box = page.locator("#comment-form textarea")
    box.press_sequentially(f" @{handle[:8]}")
    offered = page.get_by_role("option", name=f"@{handle}")
    expect(offered).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", offered.get_attribute("id") or "")
    look.measure(page, "whom to name", within=".mention-pop")
    if look.viewport == PHONE:
        offered.click()
    else:
        page.keyboard.press("Enter")
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(box).to_be_focused()


def talk(author: Visitor, reader: Visitor, look: Look, handle: str) -> None:
    """A comment reaches the author's open page, is answered, liked and pinned; the reader sees it."""
    page, other = author.page, reader.page
    words = f"{look.title} <b>!</b>"
    other.locator("#comment-form textarea").fill(words)
    name_somebody(other, look, handle)
    other.locator("#comment-form button[type=submit]").click()
    comment = page.locator("#comment-list > article")
    expect(comment).to_contain_text(f"{words} @{handle}")

    comment.locator("summary", has_text=look.say("Reply")).click()
    comment.locator("textarea").fill("Thank you 谢谢")
    comment.locator(".comment-reply-box button[type=submit]").click()
    expect(comment.locator(".comment-reply")).to_contain_text("Thank you 谢谢")
    comment.locator("button.comment-like").first.click()
    expect(comment.locator("button.comment-like").first).to_have_attribute("aria-pressed", "true")
    comment.locator("summary[aria-label]").first.click()
    comment.get_by_role("button", name=look.say("Pin comment")).click()
    expect(comment.locator(".comment-marks").first).to_contain_text(look.say("Pinned"))
    assert page.evaluate("window.sameDocument") is True

    thread = other.locator("#comment-list")
    expect(thread).to_contain_text(look.say("The author likes this"))
    other.get_by_text(look.say("Show 1 more reply")).click()
    expect(thread.locator(".comment-reply")).to_contain_text("Thank you 谢谢")
    look.measure(other, "a note with comments")


def watch(reader: Visitor, look: Look, address: str) -> None:
    """Play a film to its end by keys, without sound."""
    page = reader.open(address)
    video = page.locator("[data-player] video")
    expect(video).to_have_js_property("paused", True)
    look.measure(page, "a film")
    page.evaluate(
        "addEventListener('meadow:watched', () => (document.body.dataset.watched = 'yes'))"
    )
    video.focus()
    for key in "mk":
        page.keyboard.press(key)
    expect(page.locator("body")).to_have_attribute("data-watched", "yes")
    assert video.evaluate("video => video.muted") is True


@pytest.fixture
def people(browser: Browser, live_stack: LiveStack, look: Look) -> Iterator[list[Visitor]]:
    """An author and a reader, both signed out."""
    seen: dict[str, Any] = {
        **{"locale": look.language, "color_scheme": look.theme, "viewport": look.viewport},
        "timezone_id": ZONE,
    }
    with ExitStack() as both:
        yield [both.enter_context(visit(browser, live_stack.base_url, **seen)) for _ in range(2)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "look", LOOKS, ids=lambda look: f"{look.language}-{look.viewport['width']}"
)
def test_author_and_reader_do_all_that_notes_are_for(
    people: list[Visitor], live_stack: LiveStack, look: Look, film: Path
) -> None:
    author, reader = people
    handle = sign_up(author)
    note = post_photos(author, look)
    planned = plan_one(author, look)
    filmed = post_film(author, look, film)
    page = author.page
    # It asks once it hears what happens: from then on it is told of comments.
    with page.expect_response("**/comments/news"):
        author.open(note)
        page.evaluate("window.sameDocument = true")
        page.locator("html[data-live=on]").wait_for(state="attached")
        page.locator("#comments").scroll_into_view_if_needed()

    sign_up(reader)
    # Whoever has joined stands before Hot, which shows nothing twice.
    ask_why(reader.page, look, title="", reason="Nothing about you went into it")
    await_index(author, handle)
    find_by_slips(reader, look, handle)
    assert reader.page.url == live_stack.base_url + note
    keep_it(reader, look, handle)
    talk(author, reader, look, handle)
    watch(reader, look, filmed)
    ask_why(reader.open("/follow"), look, title=look.title, reason="You follow its author")

    # Its minute comes: from nobody's to everybody's, by the worker.
    asked, address = reader.context.request, live_stack.base_url + planned
    before = asked.get(address).status
    said = live_stack.manage(
        "manage", "shell", "-c", COME_DUE.format(note_id=planned.removeprefix("/n/"))
    )
    for _ in range(480):
        if asked.get(address).status == 200:
            break
        reader.page.wait_for_timeout(250)
    assert (before, said.strip().splitlines()[-1]) == (404, "due 1")
    expect(reader.open(planned).locator("h1")).to_have_text(look.planned)
    expect(author.page.locator("[data-reads-valid]")).to_have_attribute("data-reads-valid", "1")
    expect(author.open("/notifications").locator("main")).to_contain_text(look.planned)
    assert look.found == []
