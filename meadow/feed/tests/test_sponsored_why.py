"""Why a sponsored card was shown: who paid, why to this reader, and what can be chosen about it."""

import re
from typing import Any

import pytest
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core.clock import now
from meadow.feed.testing import rank_now, reader_of
from meadow.notes.models import NoteTopic, Topic
from meadow.notes.testing import make_note
from meadow.promotion.audiences.index import AudienceIndex
from meadow.promotion.audiences.snapshot import to_bytes
from meadow.promotion.delivery.keeper import keeper
from meadow.promotion.delivery.testing import make_live_order
from meadow.promotion.models import AudienceSnapshot, Order
from meadow.promotion.services.choices import choose_promoted

pytestmark = pytest.mark.django_db
OWN = "Its author paid for this place, so that more people meet the note."
EVERYBODY = "It was ordered for everybody here. Nothing about you went into it."
FORGOTTEN = "What of that is true of you is not known any more."
SCARCE = "at most one card in 20 that you are shown is sponsored."
BY_TOPICS = "how well its topics go together with what you read and liked"
CHOICE = 'href="/settings/promoted"'


@pytest.fixture
def wall() -> None:
    author = make_person().pk
    for _ in range(30):
        make_note(author, now=now())
    rank_now(now=now())


@pytest.fixture
def order(wall: None) -> Order:
    return promote(make_person())


def promote(buyer: Person, **given: Any) -> Order:
    """Return a live order of somebody for their own note, or one by the `author_id` that is given."""
    note = make_note(given.get("author_id", buyer.pk), title="Bought", now=now())
    return make_live_order(buyer=buyer, note_id=note.pk, now=now(), **given)


def meet(order: Order) -> tuple[Client, str, str]:
    """Return a reader who was shown the order's card, and the tokens of that card and of an organic one."""
    reader = sign_in(reader_of(order))
    html = reader.get("/").content.decode()
    cards = re.findall(r"<article.*?</article>", html, re.DOTALL)
    tokens: dict[bool, str] = {}
    for card in cards:
        [token] = re.findall(r'data-fact-token="([^"]+)"', card)
        tokens.setdefault("sponsored-label" in card, token)
    return reader, tokens[True], tokens[False]


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_page_and_the_dialog_say_who_paid_why_you_and_where_to_choose(order: Order) -> None:
    reader, sponsored, organic = meet(order)

    page = reader.get(f"/why/{sponsored}").content.decode()
    dialog = reader.get(f"/why/{sponsored}", headers={"HX-Request": "true"}).content.decode()
    other = reader.get(f"/why/{organic}").content.decode()

    for html in (page, dialog):
        assert [said in words(html) for said in (OWN, EVERYBODY, SCARCE)] == [True] * 3
        assert 'class="sponsored-label">Sponsored<' in html
        assert 'href="/promotion/about"' in html
        assert CHOICE in html
    assert "<table" not in page
    assert CHOICE not in other
    assert "paid for this place" not in other


def test_somebody_else_who_paid_is_named_while_they_are_here(wall: None) -> None:
    order = promote(make_person("patron"), author_id=make_person().pk)
    reader, sponsored, _ = meet(order)

    said = words(reader.get(f"/why/{sponsored}").content.decode())
    Order.objects.filter(pk=order.pk).update(buyer_id=None)
    gone = words(reader.get(f"/why/{sponsored}").content.decode())

    assert "@patron paid for this place, so that more people meet the note." in said
    assert "Somebody whose account is gone paid for this place." in gone


def test_what_is_not_known_any_more_is_not_made_up(order: Order) -> None:
    reader, sponsored, _ = meet(order)
    Order.objects.filter(pk=order.pk).update(audience={"in": "gender", "values": ["female"]})

    said = words(reader.get(f"/why/{sponsored}").content.decode())

    assert FORGOTTEN in said
    assert EVERYBODY not in said


def meet_by_topics(order: Order) -> tuple[Client, str]:
    """Return a reader who agreed and was shown the order's card, chosen by what they read, and its token."""
    topic = Topic.objects.create(slug="tea", name="Tea")
    NoteTopic.objects.create(note_id=order.note_id, topic=topic)
    person = reader_of(order)
    Person.objects.filter(pk=person.pk).update(birth_year=1990)
    choose_promoted(person_id=person.pk, by_interest=True, now=now())
    index = AudienceIndex()
    index.put(person=person.pk, may_be_targeted=True, values={"interest": ["tea"]})
    body = to_bytes(index, watermark=0)
    AudienceSnapshot.objects.create(made_at=now(), people=1, body=body)
    keeper.look(now=now())
    reader = sign_in(person)
    [card] = re.findall(
        r"<article(?:(?!</article>).)*sponsored-label.*?</article>",
        reader.get("/").content.decode(),
        re.DOTALL,
    )
    [sponsored] = re.findall(r'data-fact-token="([^"]+)"', card)
    return reader, sponsored


def test_interests_that_were_asked_are_said_with_where_to_turn_them_off(order: Order) -> None:
    reader, sponsored = meet_by_topics(order)

    page = reader.get(f"/why/{sponsored}").content.decode()
    said: dict[str, Any] = reader.get("/api/v1/feed/why", {"token": sponsored}).json()

    assert "It was ordered for everybody here." in words(page)
    assert EVERYBODY not in words(page)
    assert BY_TOPICS in words(page)
    assert page.count(CHOICE) == 2
    assert (said["is_personal"], said["paid"]["by_topics"]) == (True, True)


def test_whoever_was_passed_the_address_is_not_told_that_its_reader_agreed(order: Order) -> None:
    _, sponsored = meet_by_topics(order)
    friend, address = sign_in(make_person()), f"/why/{sponsored}"

    pages = [client.get(address).content.decode() for client in (friend, Client())]
    said: dict[str, Any] = friend.get("/api/v1/feed/why", {"token": sponsored}).json()

    for page in pages:
        assert EVERYBODY in words(page)
        assert BY_TOPICS not in words(page)
    assert (said["is_personal"], said["paid"]["by_topics"]) == (False, False)


def test_the_api_says_the_same(order: Order) -> None:
    reader, sponsored, _ = meet(order)

    said: dict[str, Any] = reader.get("/api/v1/feed/why", {"token": sponsored}).json()

    assert said["way"] == "paid"
    assert said["paid"]["for_everyone"] is True
    assert (said["is_personal"], said["paid"]["by_topics"]) == (False, False)
    assert said["paid"]["one_in"] == 20
