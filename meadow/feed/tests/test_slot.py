"""A page's slot: who may stand there, how often, and that nobody else's page changes by it."""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meadow.accounts.models import Block, Person
from meadow.accounts.testing import make_person
from meadow.core.testing import somebody_waits
from meadow.core.transactions import transaction
from meadow.feed.models import HiddenAuthor, HiddenNote, LessTopic
from meadow.feed.models import Served as ServedRow
from meadow.feed.queries import Served, SlotAsked, serve_live_cards, serving
from meadow.notes.models import Note
from meadow.notes.testing import make_note, make_topic
from meadow.promotion.models import AdChoice, Met, Order
from meadow.promotion.testing import make_order

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
SITTING = dt.timedelta(hours=2)


@dataclass(frozen=True)
class MadeBid:
    order_id: int
    note_id: int
    cap: int = 0
    held_out: bool = False
    targeted: bool = False


def make_bid(
    author: Person, *, cap: int = 0, held_out: bool = False, targeted: bool = False
) -> MadeBid:
    note = make_note(author.pk, title="Bought", now=NOW)
    order = make_order(buyer=author, note_id=note.pk, now=NOW)
    return MadeBid(order.pk, note.pk, cap=cap, held_out=held_out, targeted=targeted)


def serve(
    reader: Person,
    wanted: list[int],
    *bids: MadeBid,
    size: int = 5,
    one_in: int = 5,
    least: int = 5,
    now: dt.datetime = NOW,
    enough: int = 100,
) -> Served:
    slot = SlotAsked(bids=bids, one_in=one_in, least=least, enough=enough) if bids else None
    return serve_live_cards(
        viewer_id=reader.pk, note_ids=wanted, size=size, since=now - SITTING, now=now, slot=slot
    )


@pytest.fixture
def wanted() -> list[int]:
    author = make_person().pk
    return [make_note(author, now=NOW).pk for _ in range(12)]


def met_by(reader: Person) -> list[tuple[int, bool]]:
    rows = Met.objects.filter(person=reader).order_by("pk")
    return list(rows.values_list("order_id", "held_out"))


def test_the_first_that_is_able_stands_among_a_page_of_the_same_length(wanted: list[int]) -> None:
    reader, buyer = make_person(), make_person()
    first, second = make_bid(buyer), make_bid(buyer)

    served = serve(reader, wanted, first, second)

    assert served.sponsored is not None
    assert (served.sponsored.note_id, served.able) == (first.note_id, [0, 1])
    assert sorted(served.live) == sorted([first.note_id, *wanted[:4]])
    assert met_by(reader) == [(first.order_id, False)]
    [row] = ServedRow.objects.filter(person_id=reader.pk)
    assert sorted(row.note_ids) == sorted(served.live)


def test_no_more_are_looked_for_than_are_enough_and_they_are_the_first(wanted: list[int]) -> None:
    reader, buyer = make_person(), make_person()
    bids = [make_bid(buyer) for _ in range(6)]
    HiddenNote.objects.create(person=reader, note_id=bids[1].note_id, at=NOW)

    served = serve(reader, wanted, *bids, enough=3)

    assert served.able == [0, 2, 3]
    assert served.sponsored is not None
    assert served.sponsored.note_id == bids[0].note_id


def test_what_was_bought_is_left_out_of_the_cards_around_it(wanted: list[int]) -> None:
    reader, buyer = make_person(), make_person()
    bid = make_bid(buyer)

    served = serve(reader, [wanted[0], bid.note_id, *wanted[1:]], bid)

    assert served.sponsored is not None
    assert list(served.live) == [*wanted[:4], bid.note_id]


def test_who_is_held_out_sees_what_they_would_have_seen_and_is_counted(wanted: list[int]) -> None:
    ann, ben, buyer = make_person(), make_person(), make_person()
    bid = make_bid(buyer, held_out=True)
    mixed = [wanted[0], bid.note_id, *wanted[1:]]

    with_it, without = serve(ann, mixed, bid), serve(ben, mixed)

    assert (with_it.sponsored, with_it.able) == (None, [0])
    assert list(with_it.live) == list(without.live) == mixed[:5]
    assert met_by(ann) == [(bid.order_id, True)]


def test_a_held_out_one_gives_way_and_those_behind_the_winner_are_not_counted(
    wanted: list[int],
) -> None:
    reader, buyer = make_person(), make_person()
    ghost, winner, late = (make_bid(buyer, held_out=held_out) for held_out in (True, False, True))

    served = serve(reader, wanted, ghost, winner, late)

    assert served.sponsored is not None
    assert (served.sponsored.note_id, served.able) == (winner.note_id, [0, 1, 2])
    assert met_by(reader) == [(ghost.order_id, True), (winner.order_id, False)]


def hide_note(reader: Person, note: Note) -> None:
    HiddenNote.objects.create(person=reader, note_id=note.pk, at=NOW)


def hide_author(reader: Person, note: Note) -> None:
    HiddenAuthor.objects.create(person=reader, author_id=note.author_id, at=NOW)


def want_less(reader: Person, note: Note) -> None:
    topic = make_topic("coats", note)
    LessTopic.objects.get_or_create(person=reader, topic=topic, defaults={"at": NOW})


def block(reader: Person, note: Note) -> None:
    Block.objects.create(blocker=reader, blocked_id=note.author_id, created_at=NOW)


def be_blocked(reader: Person, note: Note) -> None:
    Block.objects.create(blocker_id=note.author_id, blocked=reader, created_at=NOW)


def make_private(reader: Person, note: Note) -> None:
    Note.objects.filter(pk=note.pk).update(visibility="private")


def moderate(reader: Person, note: Note) -> None:
    Note.objects.filter(pk=note.pk).update(hidden_at=NOW)


def delete(reader: Person, note: Note) -> None:
    Note.objects.filter(pk=note.pk).update(state="deleted", deleted_at=NOW)


def suspend(reader: Person, note: Note) -> None:
    Person.objects.filter(pk=note.author_id).update(is_active=False)


def be_its_author(reader: Person, note: Note) -> None:
    Note.objects.filter(pk=note.pk).update(author_id=reader.pk)


def see_it_before(reader: Person, note: Note) -> None:
    ServedRow.objects.create(person_id=reader.pk, at=NOW - SITTING / 2, note_ids=[note.pk])


@pytest.mark.parametrize(
    "act",
    [
        *(hide_note, hide_author, want_less, block, be_blocked, make_private, moderate, delete),
        *(suspend, be_its_author, see_it_before),
    ],
)
def test_who_must_not_be_shown_it_is_not_and_nothing_is_counted(
    act: Callable[[Person, Note], None], wanted: list[int]
) -> None:
    reader = make_person()
    bid, ghost = make_bid(make_person()), make_bid(make_person(), held_out=True)
    for one in (bid, ghost):
        act(reader, Note.objects.get(pk=one.note_id))

    served = serve(reader, wanted, bid, ghost)

    assert (served.sponsored, served.able, list(served.live)) == (None, [], wanted[:5])
    assert met_by(reader) == []


def test_an_order_is_met_once_a_sitting_and_as_often_a_day_as_its_cap_says() -> None:
    reader, author, buyer = make_person(), make_person().pk, make_person()
    notes = [make_note(author, now=NOW).pk for _ in range(60)]
    twice, held_out = make_bid(buyer, cap=2), make_bid(buyer, cap=2, held_out=True)
    at = [NOW + dt.timedelta(hours=hours) for hours in (0, 1, 3, 6, 25)]

    served = [serve(reader, notes, twice, now=now).sponsored is not None for now in at]
    ghosts = [serve(reader, notes, held_out, now=now).able == [0] for now in at]

    assert served == ghosts == [True, False, True, False, True]


@pytest.mark.parametrize(("choice", "able"), [(None, []), (False, []), (True, [0])])
def test_who_did_not_agree_is_not_chosen_by_what_they_do(
    choice: bool | None, able: list[int], wanted: list[int]
) -> None:
    reader, buyer = make_person(), make_person()
    if choice is not None:
        AdChoice.objects.create(person=reader, by_interest=choice, at=NOW)

    served = serve(reader, wanted, make_bid(buyer, targeted=True))

    assert served.able == able


def test_a_page_that_is_too_short_has_none(wanted: list[int]) -> None:
    reader, buyer = make_person(), make_person()

    short = serve(reader, wanted[:4], make_bid(buyer))
    full = serve(reader, wanted[4:], make_bid(buyer))

    assert (short.sponsored, list(short.live), short.able) == (None, wanted[:4], [])
    assert full.sponsored is not None


WALKS = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 170)), min_size=1, max_size=12)


def walk(walks: list[tuple[int, int]], *, one_in: int) -> tuple[int, int]:
    """Have somebody ask for pages of these lengths after so many minutes; return cards and sponsored."""
    reader, author, buyer = make_person(), make_person().pk, make_person()
    notes = [make_note(author, photos=0, now=NOW).pk for _ in range(110)]
    bids = [make_bid(buyer) for _ in range(8)]
    now, cards, sponsored = NOW, 0, 0
    for size, minutes in walks:
        now += dt.timedelta(minutes=minutes)
        served = serve(reader, notes, *bids, size=size, one_in=one_in, least=1, now=now)
        cards += len(served.live)
        sponsored += served.sponsored is not None
        if minutes % 7 == 0:
            ServedRow.objects.filter(person_id=reader.pk).delete()  # they begin Hot from its top
    return cards, sponsored


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(walks=WALKS, one_in=st.integers(5, 12))
def test_at_most_one_card_in_so_many_is_sponsored_whatever_a_reader_does(
    walks: list[tuple[int, int]], one_in: int
) -> None:
    cards, sponsored = walk(walks, one_in=one_in)

    assert sponsored * one_in <= cards


def test_control_without_the_share_there_are_more(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = "AND (SELECT count(*) FROM before) + (SELECT count(*) FROM shown)"
    statement = serving._WITH_A_SLOT
    assert guard in statement
    monkeypatch.setattr(serving, "_WITH_A_SLOT", statement.replace(guard, "AND %(one_in)s * 99"))
    monkeypatch.setattr(serving, "_with_a_slot", serving._with_a_slot.__wrapped__)

    cards, sponsored = walk([(3, 1)] * 8, one_in=5)

    assert (cards, sponsored) == (24, 8)


def open_two_pages(reader: Person, wanted: list[int], bid: MadeBid) -> tuple[int, bool]:
    """Ask for the second page while the first has not committed; return how many had the sponsored card."""
    won: list[bool] = []

    def open_page(notes: list[int]) -> None:
        won.append(serve(reader, notes, bid).sponsored is not None)

    def open_other() -> None:
        open_page(wanted[6:])
        connection.close()

    other = threading.Thread(target=open_other)
    with transaction():
        open_page(wanted[:6])
        other.start()
        waited = False
        while other.is_alive() and not (waited := somebody_waits()):
            other.join(timeout=0.02)
    other.join()
    return sum(won), waited


@pytest.mark.django_db(transaction=True)
def test_two_pages_in_the_same_instant_have_an_order_once(wanted: list[int]) -> None:
    reader, buyer = make_person(), make_person()

    assert open_two_pages(reader, wanted, make_bid(buyer, cap=1)) == (1, True)
    assert len(met_by(reader)) == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_it_is_met_twice(
    wanted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = "feed_shown_since(%(viewer)s, %(since)s)"
    met = "feed_met_since(%(viewer)s, %(met_since)s)"
    unguarded = """ARRAY(SELECT unnest(note_ids) FROM feed_served
                    WHERE person_id = %(viewer)s AND at > %(since)s)"""
    statement = serving._WITH_A_SLOT
    assert shown in statement
    assert met in statement
    statement = statement.replace(shown, unguarded).replace(
        met, "promotion_met WHERE person_id = %(viewer)s AND at > %(met_since)s"
    )
    monkeypatch.setattr(serving, "_WITH_A_SLOT", statement)
    monkeypatch.setattr(serving, "_with_a_slot", serving._with_a_slot.__wrapped__)
    reader, buyer = make_person(), make_person()

    assert open_two_pages(reader, wanted, make_bid(buyer, cap=1)) == (2, False)
    assert len(met_by(reader)) == 2


def test_orders_of_a_reader_are_of_nobody_else(wanted: list[int]) -> None:
    ann, ben, buyer = make_person(), make_person(), make_person()
    bid = make_bid(buyer, cap=1)

    assert serve(ann, wanted, bid).sponsored == serve(ben, wanted, bid).sponsored
    assert Order.objects.get(pk=bid.order_id).note_id == bid.note_id
    assert len(met_by(ann)) == len(met_by(ben)) == 1
