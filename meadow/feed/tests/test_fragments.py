"""Spliced pages are the very pages that the templates render, and nothing stale is ever spliced."""

import datetime as dt
import re
from typing import Any

import pytest
from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation
from django.utils.safestring import mark_safe

from meadow.accounts.models import Follow, Person
from meadow.accounts.testing import make_person, sign_in
from meadow.feed.fragments import Reader, render_frame
from meadow.feed.recent import Recent
from meadow.feed.splicing import cut
from meadow.feed.testing import rank_now
from meadow.notes.models import Like, Note
from meadow.notes.queries import get_checked_cards
from meadow.notes.records import NoteCard
from meadow.notes.services.visibility import change_visibility
from meadow.notes.testing import make_note

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)


def without_masks(html: str) -> str:
    """Blank what differs between any two renderings: masked CSRF tokens and fact tokens."""
    return re.sub(r"[A-Za-z0-9_-]{64,}", "?", html)


def rendered_in_full(template: str, person: Any, *, cards: str, nav: str, theme: str) -> str:
    request: Any = RequestFactory().get("/?after=x&y=1")
    request.user = person
    request.theme = theme
    request.session = {}
    request._messages = []
    context = {"cards": mark_safe(cards), "nav": nav}  # noqa: S308
    return render_to_string(template, context, request=request)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
@pytest.mark.parametrize(
    ("template", "nav"), [("feed/hot.html", "home"), ("feed/follow.html", "follow")]
)
@pytest.mark.parametrize("name", ["", "Ann <b>", "安妮", "ßeta", "'quote"])
@pytest.mark.parametrize("role", ["member", "operator"])
def test_a_spliced_frame_is_the_rendered_page(
    language: str, theme: str, template: str, nav: str, name: str, role: str
) -> None:
    person = make_person("ann_42", name=name, theme=theme, role=role)
    person.beside = {"unread": 3}
    cards = '<article id="x">& more</article>'

    with translation.override(language):
        full = rendered_in_full(template, person, cards=cards, nav=nav, theme=theme)
        reader = Reader(
            language=language,
            theme=theme,
            handle=person.handle,
            name=person.name,
            csrf="m" * 64,
            path="/?after=x&y=1",
            unread=3,
            role=role,
        )
        spliced = render_frame(template, reader, cards=cards.encode(), nav=nav).decode()

    assert without_masks(spliced) == without_masks(full)


def test_a_spliced_frame_for_a_stranger_is_the_rendered_page() -> None:
    from django.contrib.auth.models import AnonymousUser

    full = rendered_in_full(
        "feed/hot.html", AnonymousUser(), cards="<p>1</p>", nav="home", theme="auto"
    )
    reader = Reader("en", "auto", "", "", "m" * 64, "/?after=x&y=1")
    spliced = render_frame("feed/hot.html", reader, cards=b"<p>1</p>", nav="home").decode()

    assert without_masks(spliced) == without_masks(full)


@pytest.mark.parametrize("column", ["suspended_at", "hidden_at"])
@pytest.mark.parametrize("path", ["/", "/follow"])
def test_whoever_is_restricted_reads_it_above_their_feed(path: str, column: str) -> None:
    ann, ben = make_person("ann"), make_person("ben")
    Person.objects.filter(pk=ann.pk).update(**{column: NOW})

    pages = [sign_in(one).get(path).content.decode() for one in (ann, ben)]

    assert [page.count('class="hidden-banner"') for page in pages] == [1, 0]


def test_a_slot_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        cut("<p>\ue000</p>").fill({})


def first_card(client: Client) -> str:
    found = re.search(r"<article.*?</article>", client.get("/").content.decode(), re.DOTALL)
    assert found is not None
    return found.group(0)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_spliced_card_is_the_rendered_card(language: str) -> None:
    ann = make_person("ann", name="Ann <b>", language=language)
    notes = [make_note(make_person().pk, title=f"No. {n} & <more>", now=NOW) for n in range(6)]
    Like.objects.create(note=notes[0], person=ann, created_at=NOW)
    for number, note in enumerate(notes):
        Note.objects.filter(pk=note.pk).update(like_count=number * 1234)
    rank_now(now=NOW)
    of_ann, of_ben = sign_in(ann), sign_in(make_person("ben", language=language))

    # The second reader gets what was rendered for the first, at other places and with other marks.
    for reader, fan in ((of_ann, ann), (of_ben, None)):
        html = reader.get("/").content.decode()
        spliced = [without_masks(card) for card in re.findall(r"<article.*?</article>", html, re.S)]
        ids = re.findall(r'data-note="([^"]+)"', html)
        with translation.override(language):
            cards = {card.public_id: card for card in get_checked_cards([n.pk for n in notes])}
            full = [
                rendered_card(
                    cards[public_id],
                    liked=bool(fan) and public_id == notes[0].public_id,
                    eager=place < 4,
                )
                for place, public_id in enumerate(ids)
            ]
        assert spliced == full


def rendered_card(card: NoteCard, *, liked: bool, eager: bool) -> str:
    context = {"card": card, "token": "t" * 90, "liked": liked, "eager": eager, "why": True}
    return without_masks(render_to_string("components/note_card.html", context).strip())


def test_an_edit_shows_on_the_very_next_page(client: Client) -> None:
    note = make_note(make_person().pk, title="Before", now=NOW)
    rank_now(now=NOW)
    assert "Before" in first_card(client)

    Note.objects.filter(pk=note.pk).update(title="After", edited_at=NOW + dt.timedelta(minutes=1))

    assert "After" in first_card(client)
    assert "Before" not in first_card(client)


def test_a_like_shows_on_the_very_next_page(client: Client) -> None:
    note = make_note(make_person().pk, now=NOW)
    rank_now(now=NOW)
    first_card(client)

    Note.objects.filter(pk=note.pk).update(like_count=41)

    assert ">41<" in re.sub(r"\s+", "", first_card(client))


def test_a_new_name_shows_on_the_very_next_page(client: Client) -> None:
    author = make_person("ann", name="Ann")
    make_note(author.pk, now=NOW)
    rank_now(now=NOW)
    assert "Ann" in first_card(client)

    Person.objects.filter(pk=author.pk).update(name="Anneliese")

    assert "Anneliese" in first_card(client)


def test_a_note_that_became_one_for_followers_says_so_on_the_very_next_page() -> None:
    author, fan = make_person("ann"), make_person("ben")
    note = make_note(author.pk, now=NOW)
    Follow.objects.create(follower=fan, followed=author, created_at=NOW)
    reader = sign_in(fan)
    before = reader.get("/follow").content.decode()

    change_visibility(
        public_id=note.public_id, author_id=author.pk, visibility="followers", now=NOW
    )

    assert before.count("<article") == 1
    assert "note-card-audience" not in before
    assert "note-card-audience" in reader.get("/follow").content.decode()


def test_a_like_is_marked_for_its_reader_only() -> None:
    note = make_note(make_person().pk, now=NOW)
    ann, ben = make_person("ann"), make_person("ben")
    Like.objects.create(note=note, person=ann, created_at=NOW)
    rank_now(now=NOW)

    assert "is-liked" in first_card(sign_in(ann))
    assert "is-liked" not in first_card(sign_in(ben))


def test_each_page_has_a_csrf_token_that_the_server_accepts() -> None:
    make_note(make_person().pk, now=NOW)
    rank_now(now=NOW)
    reader = sign_in(make_person("ann"), enforce_csrf_checks=True)

    html = reader.get("/").content.decode()
    token = re.search(r'"X-CSRFToken": "([^"]+)"', html)

    assert token is not None
    refused = reader.post("/preferences", {"theme": "dark", "next": "/"})
    accepted = reader.post(
        "/preferences", {"theme": "dark", "next": "/", "csrfmiddlewaretoken": token.group(1)}
    )
    assert refused.status_code == 403
    assert accepted.status_code == 302


def test_a_signed_in_page_is_not_for_shared_caches() -> None:
    make_note(make_person().pk, now=NOW)
    rank_now(now=NOW)

    answer = sign_in(make_person("ann")).get("/")

    assert "Cookie" in answer.headers["Vary"]
    assert "private" in answer.headers["Cache-Control"]


def test_a_message_is_shown_once_and_reaches_nobody_else() -> None:
    make_note(make_person().pk, now=NOW)
    rank_now(now=NOW)
    ann, ben = sign_in(make_person("ann")), sign_in(make_person("ben"))
    ben.get("/")
    request: Any = RequestFactory().get("/")
    request.session = ann.session
    storage = CookieStorage(request)
    storage.add(messages.SUCCESS, "Your note is published.")
    cookies = HttpResponse()
    storage.update(cookies)
    ann.cookies["messages"] = cookies.cookies["messages"].value

    told = ann.get("/").content.decode()

    assert "Your note is published." in told
    assert told.count("<article") == 1
    assert "Your note is published." not in ann.get("/").content.decode()
    assert "Your note is published." not in ben.get("/").content.decode()


def test_recent_forgets_the_least_recently_used() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    recent.get("a")

    recent.put("c", 3)

    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (1, None, 3)
