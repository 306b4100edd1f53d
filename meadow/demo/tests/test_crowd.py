"""The crowd: what it sees, what it says, and how patient it is."""

import asyncio
import random
import re
from collections import Counter

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from meadow.accounts.testing import make_person, sign_in
from meadow.analytics.beacon import FACT_ID
from meadow.core.clock import now
from meadow.demo.crowd.browser import Browser, Refused, SignedOut
from meadow.demo.crowd.pages import Card, Page, read_page
from meadow.demo.crowd.readers import MOST_COMMENTS, Pacer, Reader
from meadow.demo.crowd.words import choose_comment, find_theme, language_of, read_themes
from meadow.demo.texts import note_id, read_crowd, read_notes, read_people
from meadow.notes.limits import COMMENT_LENGTH
from meadow.notes.services import add_comment
from meadow.notes.testing import make_note

CHANCE = random.Random(7)


@pytest.mark.django_db
def test_reader_sees_the_parts_of_a_note_page() -> None:
    author, reader = make_person(handle="author"), make_person(handle="visitor")
    note = make_note(author.pk, title="一片叶子", body="捡到一片。\n\n#秋天 #落叶", published=True)
    add_comment(public_id=note.public_id, author_id=author.pk, body="第一条", now=now())
    browser = sign_in(reader)

    page = read_page(browser.get(f"/n/{note.public_id}").content.decode())

    assert page.title == "一片叶子"
    assert page.author == "author"
    assert page.topics == ["秋天", "落叶"]
    assert "捡到一片。" in page.body
    assert page.comments == [("author", "第一条")]
    assert not page.has_more_comments
    assert page.note_token
    assert page.csrf
    assert {
        f"/n/{note.public_id}/like",
        f"/n/{note.public_id}/save",
        f"/n/{note.public_id}/comments/add",
        "/@author/follow",
    } <= page.actions


def test_reader_sees_cards_and_where_they_go_on() -> None:
    page = read_page(
        '<article data-note="n1" data-fact-token="t1"><img src="x"></article>'
        '<article data-note="n2" data-fact-token="t2"></article>'
        '<div data-more><a rel="next" href="/?after=abc&amp;x=1">More</a></div>'
    )

    assert [(card.note_id, card.token) for card in page.cards] == [("n1", "t1"), ("n2", "t2")]
    assert page.next_url == "/?after=abc&x=1"


def test_more_comments_are_not_more_notes() -> None:
    page = read_page('<a rel="next" href="/n/n1/comments?cursor=abc">More</a>')

    assert page.has_more_comments
    assert page.next_url == ""


def test_every_line_is_short_and_said_in_one_place_only() -> None:
    lines = [line for theme in read_themes() for said in theme.lines.values() for line in said]

    assert all(0 < len(line) <= COMMENT_LENGTH for line in lines)
    assert [line for line, times in Counter(lines).items() if times > 1] == []
    assert read_themes()[-1].words == frozenset()
    for theme in read_themes():
        assert all(re.search(r"[\u4e00-\u9fff]", line) for line in theme.lines["zh-hans"])
        assert not any(re.search(r"[\u4e00-\u9fff]", line) for line in theme.lines["en"])


def test_every_note_of_the_demo_has_a_theme_of_its_own() -> None:
    languages = {person.handle: person.language for person in read_people()}

    for note in read_notes():
        page = Page(title=note.title, body=note.body, topics=list(note.topics))
        assert find_theme(page).words, note.key
        assert language_of(page) == languages[note.author], note.key


def test_comment_fits_topic_and_language() -> None:
    page = Page(title="My cat", body="asleep", topics=["cat"])

    said = choose_comment(page, language="en", said=(), chance=CHANCE)

    assert said in read_themes()[0].lines["en"]
    assert choose_comment(page, language="zh-hans", said=(), chance=CHANCE) is None


def test_a_note_without_topics_is_known_by_its_title() -> None:
    assert find_theme(Page(title="隔壁的猫")).words == read_themes()[0].words
    assert find_theme(Page(title="A category of things")) == read_themes()[-1]


def test_nothing_is_said_twice_until_there_is_nothing_left() -> None:
    page = Page(title="My cat", topics=["cat"])
    said: list[str] = []

    while words := choose_comment(page, language="en", said=said, chance=CHANCE):
        said.append(words)

    everything = read_themes()[0].lines["en"] + read_themes()[-1].lines["en"]
    assert sorted(said) == sorted(everything)


def test_a_visitors_new_note_is_read_before_the_demos_own() -> None:
    cards = [Card(note_id=note_id(note.key), token=note.key) for note in read_notes()[:20]]
    page = Page(cards=[*cards, Card(note_id="nVisitorsOwnNote", token="t")])

    async def choose() -> list[list[str]]:
        async with Browser("http://127.0.0.1:9", chance=CHANCE) as browser:
            reader = Reader(
                person=read_crowd()[0],
                browser=browser,
                pacer=Pacer(CHANCE),
                crowd=frozenset(),
                chance=CHANCE,
            )
            first = [card.note_id for card in reader.choose(page)]
            reader.read.update(card.note_id for card in page.cards)
            return [first, [card.note_id for card in reader.choose(page)]]

    first, later = asyncio.run(choose())

    assert first[0] == "nVisitorsOwnNote"
    assert 1 <= len(first) <= 3
    assert later == []


@pytest.mark.parametrize(
    ("comments", "more", "speaks"),
    [
        ([], False, True),
        ([("crowd_june", "Lovely light in this one.")], False, False),
        ([(f"crowd_{n}", str(n)) for n in range(MOST_COMMENTS - 1)], False, True),
        ([(f"crowd_{n}", str(n)) for n in range(MOST_COMMENTS)], False, False),
        ([("somebody", "hello")], True, False),
    ],
)
def test_crowd_speaks_once_each_and_not_without_end(
    comments: list[tuple[str, str]], more: bool, speaks: bool
) -> None:
    page = Page(title="A walk", comments=comments, has_more_comments=more)
    june = next(person for person in read_crowd() if person.handle == "crowd_june")

    async def say() -> str | None:
        async with Browser("http://127.0.0.1:9", chance=CHANCE) as browser:
            reader = Reader(
                person=june,
                browser=browser,
                pacer=Pacer(CHANCE),
                crowd=frozenset(
                    {"crowd_june", *(handle for handle, _ in comments if "crowd" in handle)}
                ),
                chance=CHANCE,
            )
            return reader.words_for("nWalk", page)

    assert (asyncio.run(say()) is not None) is speaks


def test_nobody_says_what_another_is_about_to_say() -> None:
    page = Page(title="A walk")
    june = next(person for person in read_crowd() if person.handle == "crowd_june")
    promised: dict[str, set[str]] = {"nWalk": set()}

    async def say_all() -> list[str]:
        said: list[str] = []
        async with Browser("http://127.0.0.1:9", chance=CHANCE) as browser:
            reader = Reader(
                person=june,
                browser=browser,
                pacer=Pacer(CHANCE),
                crowd=frozenset({"crowd_june"}),
                chance=CHANCE,
                promised=promised,
            )
            while words := reader.words_for("nWalk", page):
                promised["nWalk"].add(words)
                said.append(words)
        return said

    said = asyncio.run(say_all())

    assert len(said) == len(set(said)) > 1


def test_facts_are_named_as_the_browser_names_them() -> None:
    token = "AbC" + "123456789abcdef" + "rest"

    async def make() -> tuple[str, str, str]:
        async with Browser("http://127.0.0.1:9", chance=CHANCE) as browser:
            return (
                browser.fact("read", token)["id"],
                browser.fact("read", token)["id"],
                browser.fact("dwell", token)["id"],
            )

    first, again, dwell = asyncio.run(make())

    assert first == again == "er123456789abcdef"
    assert FACT_ID.fullmatch(first)
    assert FACT_ID.fullmatch(dwell)


def test_browser_waits_for_a_site_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meadow.demo.crowd.browser.FIRST_PAUSE", 0.01)
    answers = [503, 502, 429, 200]
    asked: list[int] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(answers[len(asked)])
        return web.Response(status=asked[-1], text="<h1>Here</h1>", content_type="text/html")

    async def visit() -> Page:
        app = web.Application()
        app.router.add_get("/", answer)
        async with (
            TestServer(app) as server,
            Browser(str(server.make_url("")), chance=CHANCE) as browser,
        ):
            return await browser.open("/")

    page = asyncio.run(visit())

    assert page.title == "Here"
    assert asked == answers


def test_what_may_have_arrived_is_not_pressed_again() -> None:
    pressed = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal pressed
        pressed += 1
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def press() -> None:
        app = web.Application()
        app.router.add_post("/say", answer)
        async with (
            TestServer(app) as server,
            Browser(str(server.make_url("")), chance=CHANCE) as browser,
        ):
            await browser.press("/say", Page(title="A walk"), body="Lovely")

    with pytest.raises(Refused, match="the answer was lost"):
        asyncio.run(press())
    assert pressed == 1


@pytest.mark.parametrize(("status", "failure"), [(404, Refused), (403, Refused), (401, SignedOut)])
def test_browser_does_not_insist_on_what_is_refused(status: int, failure: type[Exception]) -> None:
    asked = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.Response(status=status)

    async def visit() -> None:
        app = web.Application()
        app.router.add_get("/", answer)
        async with (
            TestServer(app) as server,
            Browser(str(server.make_url("")), chance=CHANCE) as browser,
        ):
            await browser.open("/")

    with pytest.raises(failure):
        asyncio.run(visit())
    assert asked == 1
