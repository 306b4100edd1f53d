"""How often each wall asks PostgreSQL beyond the session and its person: never more than twice."""

import datetime as dt

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meadow.accounts.models import Follow, Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core.clock import now
from meadow.feed.keeper import keeper
from meadow.feed.models import PersonalList, ReaderChoice
from meadow.feed.queries import newest_personal_rule, pack_ids
from meadow.feed.reading import read_hot
from meadow.feed.testing import forget_feed, rank_now, reader_of
from meadow.notes.models import Note
from meadow.notes.queries import get_checked_cards
from meadow.notes.testing import make_note
from meadow.promotion.delivery.testing import make_live_order
from meadow.promotion.models import Order

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
# The session with its person, and the keepers' looks: a thread's work in a server.
OF_OTHERS = (
    *("django_session", "FROM feed_wall", "promotion_switch", '"promotion_promotionrule"'),
    *("promotion_responsemodel", "FROM promotion_order", "FROM promotion_pace"),
)


@pytest.fixture
def notes() -> list[Note]:
    people = [make_person().pk for _ in range(5)]
    made = [make_note(people[number % 5], now=NOW) for number in range(60)]
    rank_now(now=NOW)
    return made


def ask(reader: Client, path: str, *, cards: int = 20) -> int:
    """Return how many statements a page took, which has so many cards."""
    with CaptureQueriesContext(connection) as asked:
        html = reader.get(path).content.decode()
    assert html.count("<article") == cards
    return sum(
        not any(mark in query["sql"] for mark in OF_OTHERS) for query in asked.captured_queries
    )


def reader_with_list(notes: list[Note], *, person: Person | None = None) -> Client:
    ids, authors = (
        np.array([getattr(note, name) for note in notes]) for name in ("pk", "author_id")
    )
    person = person or make_person("ann")
    made = PersonalList.objects.create(
        person=person,
        rule=newest_personal_rule(),
        made_at=NOW,
        note_ids=pack_ids(ids),
        author_ids=pack_ids(authors),
        near_note_ids=pack_ids(ids),
        near_author_ids=pack_ids(authors),
    )
    ReaderChoice.objects.create(person=person, personal=True, list_id=made.pk, at=NOW)
    return sign_in(person)


def forget_all_but_the_wall() -> None:
    forget_feed()
    keeper.look()


def test_hot_asks_once_even_for_cards_never_rendered(notes: list[Note]) -> None:
    reader = sign_in(make_person("reader"))

    assert [ask(reader, "/") for _ in range(3)] == [1, 1, 1]


def test_hot_of_ones_own_asks_once_more_for_a_list_not_met(notes: list[Note]) -> None:
    reader = reader_with_list(notes)

    assert [ask(reader, "/"), ask(reader, "/")] == [2, 1]
    forget_all_but_the_wall()
    assert ask(reader, "/") == 2


def test_much_that_another_process_has_shown_takes_no_third_statement(notes: list[Note]) -> None:
    for _ in range(4):
        notes += [make_note(notes[0].author_id, now=NOW) for _ in range(50)]
    rank_now(now=NOW)
    reader = reader_with_list(notes)
    for _ in range(6):
        ask(reader, "/")  # more than a process looks ahead for somebody it does not know

    forget_all_but_the_wall()

    assert ask(reader, "/") == 2


def test_what_changed_since_it_was_rendered_comes_along_with_a_list_not_met(
    notes: list[Note],
) -> None:
    reader = reader_with_list(notes)
    ask(sign_in(make_person("other")), "/")  # has this process render what stands first for both
    Note.objects.update(title="Changed", edited_at=NOW + dt.timedelta(minutes=1))

    with CaptureQueriesContext(connection) as asked:
        html = reader.get("/").content.decode()

    assert html.count("<article") == html.count(">Changed</a>") == 20
    assert (
        len([1 for q in asked.captured_queries if not any(m in q["sql"] for m in OF_OTHERS)]) == 2
    )


def test_cards_that_changed_since_they_were_rendered_take_one_more_statement(
    notes: list[Note],
) -> None:
    other, reader = sign_in(make_person("other")), sign_in(make_person("reader"))
    for _ in range(3):
        ask(other, "/")  # has this process render all
    Note.objects.update(title="Changed", edited_at=NOW + dt.timedelta(minutes=1))

    asked = [ask_for_more(reader, "/") for _ in range(2)]

    assert [statements for statements, _ in asked] == [2, 2]
    assert all(html.count(">Changed</a>") == 20 for _, html in asked)


def test_nearby_asks_once_more_for_a_list_not_met(notes: list[Note]) -> None:
    reader = reader_with_list(notes)

    assert [ask(reader, "/nearby"), ask(reader, "/nearby")] == [2, 1]


def test_follow_asks_once_and_once_more_for_cards_not_rendered(notes: list[Note]) -> None:
    person = make_person("reader")
    for author_id in {note.author_id for note in notes}:
        Follow.objects.create(follower=person, followed_id=author_id, created_at=NOW)
    reader = sign_in(person)

    assert [ask(reader, "/follow"), ask(reader, "/follow")] == [2, 1]


def test_a_page_takes_one_statement_wherever_a_reader_has_read_before(notes: list[Note]) -> None:
    reader = sign_in(make_person("reader"))
    ask(reader, "/")

    forget_all_but_the_wall()  # another web process, which has not shown this reader anything

    assert [ask(reader, "/"), ask(reader, "/")] == [1, 1]


def test_cards_that_come_along_are_those_asked_for_alone(notes: list[Note]) -> None:
    page = read_hot(viewer_id=make_person("reader").pk, cursor="", now=NOW)

    assert len(page.whole) == 20
    assert list(page.whole.values()) == get_checked_cards(list(page.whole))


@pytest.fixture
def order(notes: list[Note]) -> Order:
    """Return a live order of reach for a note that stands on no wall yet."""
    buyer = make_person("buyer")
    note = make_note(buyer.pk, title="Bought", now=NOW)
    return make_live_order(buyer=buyer, note_id=note.pk, holdout=100, now=now())


def ask_for_more(reader: Client, path: str) -> tuple[int, str]:
    """Return how many statements a page took, and the page."""
    with CaptureQueriesContext(connection) as asked:
        html = reader.get(path).content.decode()
    ours = [q for q in asked.captured_queries if not any(mark in q["sql"] for mark in OF_OTHERS)]
    return len(ours), html


def test_a_sponsored_card_costs_no_further_statement(order: Order) -> None:
    cold, warm = sign_in(reader_of(order)), sign_in(reader_of(order))

    asked = [ask_for_more(reader, "/") for reader in (cold, warm)]

    assert [statements for statements, _ in asked] == [1, 1]
    assert [html.count("<article") for _, html in asked] == [20, 20]
    assert [html.count('class="sponsored-label"') for _, html in asked] == [1, 1]


def test_with_a_list_not_met_a_sponsored_card_comes_in_the_second_statement(
    notes: list[Note], order: Order
) -> None:
    reader = reader_with_list(notes, person=reader_of(order))

    asked = [ask_for_more(reader, "/"), ask_for_more(reader, "/")]

    assert [statements for statements, _ in asked] == [2, 1]
    assert asked[0][1].count('class="sponsored-label"') == 1
