"""The search page and its API: what is shown, kept, told on, and how often PostgreSQL is asked."""

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meadow.accounts.services import block_person, follow_person
from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.analytics.tokens import open_token
from meadow.core.clock import now
from meadow.notes.testing import make_note, make_topic
from meadow.search.highlights import Marker
from meadow.search.models import PopularSearch, RecentSearch
from meadow.search.services.indexing import index_notes, index_person

pytestmark = pytest.mark.django_db
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0"}


def make_indexed(title: str, body: str = "", *, author: int | None = None, count: int = 1) -> Any:
    person = author or make_person().pk
    made = [make_note(person, title=title, body=body, now=now()) for _ in range(count)]
    index_notes(note_ids=[note.pk for note in made], now=now() - dt.timedelta(minutes=1))
    return made[0] if count == 1 else made


def told() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = 'search.tell' ORDER BY id"
        )
        return [json.loads(row[0]) for row in cursor.fetchall()]


def test_words_are_marked_and_everything_else_is_escaped(client: Client) -> None:
    make_indexed("<b>Fern</b> & ferns", "Nothing")
    make_indexed("Something else", "Under <b> a fern grows")

    html = client.get("/search", {"q": "fern"}).content.decode()

    assert "&lt;b&gt;<mark>Fern</mark>&lt;/b&gt; &amp; <mark>ferns</mark>" in html
    assert "Under &lt;b&gt; a <mark>fern</mark> grows" in html
    assert "<script> a" not in html


def test_words_are_marked_in_the_characters_they_are_written_in(client: Client) -> None:
    make_indexed("臺北的雨天")

    html = client.get("/search", {"q": "台北"}).content.decode()

    assert "<mark>臺北</mark>的雨天" in html


def test_kinds_are_chosen_on_the_page_and_over_the_api(client: Client) -> None:
    make_indexed("Fern")

    page = client.get("/search", {"q": "fern", "kind": "video"}).content.decode()
    found = [
        client.get("/api/v1/search/notes", {"q": "fern", "kind": kind}).json()["total"]
        for kind in ("any", "photo", "video")
    ]

    assert "Nothing with these filters" in page
    assert "/search?q=fern&amp;kind=photo" in page
    assert found == [1, 1, 0]


def test_where_nothing_is_found_real_searches_are_offered(client: Client) -> None:
    PopularSearch.objects.create(text="ivy walks", people=9)
    PopularSearch.objects.create(text="银杏", people=5, is_rising=True)

    html = client.get("/search", {"q": "nothing like it"}).content.decode()
    offered = client.get("/api/v1/search/suggest").json()

    assert "No notes for “nothing like it” yet" in html
    assert html.index('href="/search?q=%E9%93%B6%E6%9D%8F"') < html.index("/search?q=ivy+walks")
    assert [(one["kind"], one["text"]) for one in offered] == [
        ("rising", "银杏"),
        ("popular", "ivy walks"),
    ]


def test_a_card_carries_the_token_of_search(client: Client) -> None:
    note = make_indexed("Fern")

    page = client.get("/api/v1/search/notes", {"q": "fern"}).json()

    token = open_token(page["items"][0]["token"], now=now())
    assert token is not None
    assert (token.note_id, token.surface, token.slot) == (note.pk, "search", 0)


def test_a_handle_or_topic_leads_there_and_a_tab_does_not(client: Client) -> None:
    person = make_person("fern_keeper")
    index_person(person_id=person.pk)
    make_topic("fern", make_indexed("Fern", author=person.pk))

    assert client.get("/search", {"q": "@Fern_Keeper"}).headers["Location"] == "/@fern_keeper"
    assert client.get("/search", {"q": "#Fern#"}).headers["Location"] == "/t/fern"
    assert client.get("/search", {"q": "@nobody_here"}).status_code == 200
    assert client.get("/search", {"q": "@fern_keeper", "tab": "people"}).status_code == 200


def test_pages_of_the_api_and_of_the_page_go_on_the_same_way(client: Client) -> None:
    made = make_indexed("Fern", count=25)

    first = client.get("/api/v1/search/notes", {"q": "fern"}).json()
    second = client.get(
        "/api/v1/search/notes", {"q": "fern", "cursor": first["next_cursor"]}
    ).json()
    more = client.get(
        "/search", {"q": "fern", "after": first["next_cursor"]}, headers={"HX-Request": "true"}
    ).content.decode()

    ids = [one["note"]["id"] for one in first["items"] + second["items"]]
    assert sorted(ids) == sorted(note.public_id for note in made)
    assert (first["total"], second["next_cursor"], second["items"][0]["slot"]) == (25, None, 20)
    assert more.count("<article") == 5
    assert "<html" not in more


def test_a_page_of_results_takes_so_many_queries_however_many_notes() -> None:
    reader = sign_in(make_person())
    make_indexed("Fern", "with moss", count=20)
    reader.get("/search", {"q": "fern"}, headers=BROWSER)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = reader.get("/search", {"q": "fern"}, headers=BROWSER)

    assert answer.content.decode().count("<article") == 20
    assert len(asked) <= 24


def test_searches_are_kept_for_their_person_alone_and_go_when_they_say() -> None:
    person, other = make_person(), make_person()
    mine, theirs = sign_in(person), sign_in(other)
    for text in ("Fern", "moss", "fern"):
        mine.get("/search", {"q": text}, headers=BROWSER)

    assert [one.text for one in RecentSearch.objects.order_by("-at")] == ["fern", "moss"]
    assert "moss" in mine.get("/search").content.decode()
    assert "moss" not in theirs.get("/search").content.decode()

    mine.post("/search/recent/forget", {"text": "MOSS"})
    assert [one.text for one in RecentSearch.objects.all()] == ["fern"]
    mine.post("/search/recent/keep", {"keep": "0"})
    mine.get("/search", {"q": "ivy"}, headers=BROWSER)
    assert RecentSearch.objects.count() == 0


def test_a_search_is_told_by_a_pseudonym_or_by_nobody(client: Client) -> None:
    person = make_person()
    make_indexed("Fern")

    sign_in(person).get("/search", {"q": " Ｆern "}, headers=BROWSER)
    sign_in(person).get("/search", {"q": "fern"}, headers=BROWSER | {"DNT": "1"})
    client.get("/search", {"q": "moss"}, headers=BROWSER)
    client.get("/search", {"q": "ivy"}, headers={"User-Agent": "curl/8"})
    client.get("/search", {"q": "ivy"}, headers=BROWSER | {"Sec-Purpose": "prefetch"})

    assert [(one["term"], one["found"], one["person"]) for one in told()] == [
        ("fern", 1, person.pseudonym),
        ("fern", 1, ""),
        ("moss", 0, ""),
    ]


def test_suggestions_finish_words_and_name_topics_and_people() -> None:
    person = make_person("fernanda", name="Fern Anda")
    index_person(person_id=person.pk)
    notes = [make_indexed("Ferns 露营", "alone 12345"), make_indexed("Ferns 露营", "12345")]
    make_topic("fernery", *notes)
    index_notes(note_ids=[note.pk for note in notes], now=now())
    ask = Client()

    def offered(text: str) -> list[tuple[str, str]]:
        return [
            (one["kind"], one["text"])
            for one in ask.get("/api/v1/search/suggest", {"q": text}).json()
        ]

    assert offered("fer") == [
        ("word", "fernery"),
        ("word", "ferns"),
        ("topic", "#fernery"),
        ("person", "Fern Anda"),
    ]
    assert offered("moss 露") == [("word", "moss 露营")]
    assert offered("alon") == []
    assert offered("123") == []


def test_mentions_offer_whom_the_writer_may_name_and_knows() -> None:
    me = make_person("fern_me")
    stranger, friend, exact = make_person("fern_a"), make_person("fern_b"), make_person("fern")
    blocked, blocks_me, hidden = (make_person(f"fern_{name}") for name in "cde")
    stranger.follower_count = 9
    stranger.save()
    hidden.hidden_at = now()
    hidden.save()
    for person in (me, stranger, friend, exact, blocked, blocks_me, hidden):
        index_person(person_id=person.pk)
    follow_person(follower_id=me.pk, followed_id=friend.pk, now=now())
    block_person(blocker_id=me.pk, blocked_id=blocked.pk, now=now())
    block_person(blocker_id=blocks_me.pk, blocked_id=me.pk, now=now())
    mine = sign_in(me)

    def offered(text: str) -> list[str]:
        return [one["handle"] for one in mine.get("/api/v1/search/mentions", {"q": text}).json()]

    assert offered("fern") == ["fern", "fern_b", "fern_a"]
    assert offered("f") == []
    page = mine.get("/search/mentions", {"q": "fern"}).content.decode()
    assert re.findall(r'data-handle="(\w+)"', page) == ["fern", "fern_b", "fern_a"]
    assert mine.get("/search/mentions", {"q": "moss"}).content.strip() == b""


def test_for_nothing_typed_own_searches_come_before_popular_ones() -> None:
    mine = sign_in(make_person())
    mine.get("/search", {"q": "moss"}, headers=BROWSER)
    PopularSearch.objects.create(text="fern", people=9)
    PopularSearch.objects.create(text="moss", people=7)

    offered = mine.get("/api/v1/search/suggest").json()

    assert [(one["kind"], one["text"]) for one in offered] == [
        ("recent", "moss"),
        ("popular", "fern"),
    ]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("q=" + "a" * 101, 422, "invalid_input"),
        ("q=a&time=never", 422, "invalid_input"),
        ("q=a&cursor=none", 400, "invalid_cursor"),
        ("q=", 422, "invalid_input"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    client: Client, query: str, status: int, code: str
) -> None:
    answer = client.get(f"/api/v1/search/notes?{query}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_question_that_is_too_long_is_said_so_on_the_page(client: Client) -> None:
    answer = client.get("/search", {"q": "长" * 101})

    assert answer.status_code == 422
    assert "100 characters at most" in answer.content.decode()


def test_a_filter_that_does_not_exist_is_named(client: Client) -> None:
    answer = client.get("/search", {"q": "fern", "time": "never"})

    assert answer.status_code == 422
    assert "There is no choice “never” here." in answer.content.decode()


def test_own_searches_over_the_api() -> None:
    person = make_person()
    token = make_token(person, "notes:read", "profile:read", "profile:write")
    ask = Client(headers={"Authorization": f"Bearer {token}", "User-Agent": "Chrome/150"})
    ask.get("/api/v1/search/notes", {"q": "fern"})

    assert ask.get("/api/v1/search/recent").json() == {"keeps": True, "items": ["fern"]}
    kept = ask.put("/api/v1/search/recent", {"keep": False}, content_type="application/json").json()
    assert kept == {"keeps": False, "items": []}
    assert ask.delete("/api/v1/search/recent").status_code == 204


def test_what_was_found_stands_near_the_start_of_its_line() -> None:
    latin = "We walked to the far left corner of the garden and sat down."
    chinese = "走进云杉林，声音一下子被关掉，只剩下脚步，后来才看到露营的人。"

    said = [
        str(Marker([word], [text]).excerpt(text))
        for word, text in (("garden", latin), ("露营", chinese))
    ]

    assert said == [
        "…of the <mark>garden</mark> and sat down.",
        "…后来才看到<mark>露营</mark>的人。",
    ]
