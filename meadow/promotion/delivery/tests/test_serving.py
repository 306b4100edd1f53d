"""Who is offered a sponsored place, who gets it, and who never does."""

import datetime as dt
from typing import Any

import pytest

from meadow.accounts.testing import make_person
from meadow.core.clock import now
from meadow.promotion.audiences.index import AudienceIndex
from meadow.promotion.audiences.snapshot import to_bytes
from meadow.promotion.delivery.keeper import Keeper, keeper
from meadow.promotion.delivery.serving import SlotOutcome, SlotReader, offer_slot, settle_offer
from meadow.promotion.delivery.testing import make_live_order, new_reader_name, repace
from meadow.promotion.lift.holdout import HELD_OUT, Draw, arm_of
from meadow.promotion.models import AudienceSnapshot, Order, Pace, PromotionRule, Switch

pytestmark = pytest.mark.django_db
RESERVE = 20_000
TEA = {"in": "interest", "values": ["tea"]}


def reader(person_id: int = 900_001, **given: Any) -> SlotReader:
    values: dict[str, Any] = {"pseudonym": "somebody", "birth_year": 1990}
    return SlotReader(person_id=person_id, **(values | given))


def serve(who: SlotReader, *, able: set[int] | None = None, by: Keeper = keeper) -> Any:
    at = now()
    offer = offer_slot(reader=who, now=at, by=by, seed=7)
    if offer is None:
        return None
    numbers = {bid.order_id for bid in offer.bids}
    return settle_offer(offer=offer, able=sorted(numbers & (able or numbers)), now=at, by=by)


def look() -> None:
    keeper.look(now=now())


def holds_out(order: Order, pseudonym: str) -> bool:
    draw = Draw(order=str(order.pk), salt=order.salt, share=order.holdout)
    return arm_of(draw, person=pseudonym) == HELD_OUT


def a_reader_of(*orders: Order, held_out: bool = False) -> SlotReader:
    """Return somebody whom each of these orders holds out, or none does."""
    while True:
        name = new_reader_name()
        if all(holds_out(order, name) == held_out for order in orders):
            return reader(pseudonym=name)


def test_the_best_bid_is_shown_and_pays_what_the_second_would_have() -> None:
    ann = make_person()
    first = make_live_order(buyer=ann, now=now(), note_id=11, high=4_000_000.0)
    second = make_live_order(buyer=ann, now=now(), note_id=12, high=3_000_000.0)
    who = a_reader_of(first, second)

    offer = offer_slot(reader=who, now=now())
    assert offer is not None
    outcome = settle_offer(offer=offer, able=[first.pk, second.pk], now=now())

    rule = PromotionRule.objects.get()
    assert (offer.place, offer.one_in) == (rule.place, rule.one_in)
    assert [(bid.order_id, bid.note_id, bid.author_id, bid.cap) for bid in offer.bids] == [
        (first.pk, 11, ann.pk, rule.cap),
        (second.pk, 12, ann.pk, rule.cap),
    ]
    assert outcome is not None
    assert outcome.winner is not None
    assert (outcome.winner.order_id, outcome.winner.note_id) == (first.pk, 11)
    assert outcome.winner.price == 150_000
    assert keeper.stand.money(first.pk) == 10_000_000 - 150_000


def test_who_is_not_able_gives_way_and_alone_the_reserve_is_paid() -> None:
    ann = make_person()
    first = make_live_order(buyer=ann, now=now(), high=4_000_000.0)
    second = make_live_order(buyer=ann, now=now(), high=3_000_000.0)
    who = a_reader_of(first, second)

    outcome = serve(who, able={second.pk})
    nobody = settle_offer(offer=offer_slot(reader=who, now=now()), able=[], now=now())  # type: ignore[arg-type]

    assert (outcome.winner.order_id, outcome.winner.price) == (second.pk, RESERVE)
    assert nobody is None


def test_of_whom_nobody_asked_whether_they_are_able_it_is_not_said_that_they_are_not() -> None:
    ann = make_person()
    orders = [make_live_order(buyer=ann, now=now(), high=4e6 - at * 1e5) for at in range(5)]
    offer = offer_slot(reader=a_reader_of(*orders), now=now())
    assert offer is not None
    assert offer.enough == 2
    first, second, third, *_ = (order.pk for order in orders)

    def unable(*able: int) -> frozenset[int]:
        keeper.tally.take()
        settle_offer(offer=offer, able=able, now=now())
        return keeper.tally.take().samples[0].unable

    assert unable(first, third) == {second}
    assert unable(first, second) == frozenset()
    assert unable(third) == {order.pk for order in orders} - {third}


def test_an_author_is_never_shown_their_own() -> None:
    ann = make_person()
    make_live_order(buyer=ann, now=now())

    assert offer_slot(reader=reader(ann.pk), now=now()) is None


def test_who_is_held_out_is_not_shown_and_the_ghost_is_said() -> None:
    ann = make_person()
    first = make_live_order(buyer=ann, now=now(), note_id=11, high=4_000_000.0, holdout=5_000)
    second = make_live_order(buyer=ann, now=now(), note_id=12, high=3_000_000.0, holdout=5_000)
    while True:
        name = new_reader_name()
        if holds_out(first, name) and not holds_out(second, name):
            break

    outcome = serve(reader(pseudonym=name))

    assert (outcome.winner.order_id, outcome.winner.price) == (second.pk, RESERVE)
    assert [(ghost.order_id, ghost.note_id, ghost.price) for ghost in outcome.ghosts] == [
        (first.pk, 11, 0)
    ]


def test_where_all_hold_somebody_out_there_are_ghosts_and_no_winner() -> None:
    ann = make_person()
    orders = [make_live_order(buyer=ann, now=now(), holdout=5_000) for _ in range(2)]

    outcome = serve(a_reader_of(*orders, held_out=True))

    assert isinstance(outcome, SlotOutcome)
    assert outcome.winner is None
    assert {ghost.order_id for ghost in outcome.ghosts} == {order.pk for order in orders}


def snapshot_of(**people: Any) -> None:
    index = AudienceIndex()
    for name, values in people.items():
        agreed = values is not None
        index.put(person=int(name[1:]), may_be_targeted=agreed, values=values or {})
    AudienceSnapshot.objects.create(
        made_at=now(), people=len(people), body=to_bytes(index, watermark=0)
    )


def test_who_agreed_is_chosen_by_what_is_known_and_others_meet_orders_for_everyone() -> None:
    ann = make_person()
    snapshot_of(p901={"interest": ["tea"]}, p902={"interest": ["cats"]}, p903=None)
    open_to_all = make_live_order(buyer=ann, now=now())
    for_tea = make_live_order(buyer=ann, now=now(), audience=TEA, high=3_000_000.0)
    name = a_reader_of(open_to_all, for_tea).pseudonym
    this_year = now().year

    def offered(person_id: int, birth_year: int | None = 1990) -> list[tuple[int, bool]]:
        who = reader(person_id, pseudonym=name, birth_year=birth_year)
        offer = offer_slot(reader=who, now=now())
        return [(bid.order_id, bid.targeted) for bid in offer.bids] if offer else []

    everyone = [(open_to_all.pk, False)]
    assert offered(901) == [(for_tea.pk, True), *everyone]
    assert offered(902) == everyone
    assert offered(903) == everyone
    assert offered(904) == everyone
    assert offered(901, this_year - 18) == everyone
    assert offered(901, None) == everyone


def test_a_newer_snapshot_is_taken_over_and_a_damaged_one_is_not() -> None:
    ann = make_person()
    for_tea = make_live_order(buyer=ann, now=now(), audience=TEA)
    who = reader(901, pseudonym=a_reader_of(for_tea).pseudonym)
    assert offer_slot(reader=who, now=now()) is None

    snapshot_of(p901={"interest": ["tea"]})
    look()
    assert offer_slot(reader=who, now=now()) is not None

    AudienceSnapshot.objects.create(made_at=now(), people=0, body=b"x" * 100)
    look()
    assert offer_slot(reader=who, now=now()) is not None


def test_what_ends_an_order_is_heard_by_the_next_look() -> None:
    ann, at = make_person(), now()
    order = make_live_order(buyer=ann, now=at)
    who = a_reader_of(order)

    def offered() -> bool:
        look()
        return offer_slot(reader=who, now=now()) is not None

    assert offered()
    Order.objects.filter(pk=order.pk).update(state=Order.State.PAUSED)
    assert not offered()
    Order.objects.filter(pk=order.pk).update(state=Order.State.RUNNING)
    repace(order, loans={keeper.name: 20_000_000})
    assert offered()
    Switch.objects.create(on=False, reason="Stop.", set_by=ann.pk, set_at=at)
    assert not offered()
    Switch.objects.create(on=True, reason="Go on.", set_by=ann.pk, set_at=at)
    repace(order, loans={keeper.name: 30_000_000})
    assert offered()
    Order.objects.filter(pk=order.pk).update(ends_at=at + dt.timedelta(microseconds=1))
    assert not offered()


def test_an_order_without_a_pace_or_before_its_time_or_of_another_unit_is_not_offered() -> None:
    ann, at = make_person(), now()
    unpaced = make_live_order(buyer=ann, now=at)
    Pace.objects.filter(order=unpaced).delete()
    make_live_order(buyer=ann, now=at + dt.timedelta(hours=1))
    make_live_order(buyer=ann, now=at, unit="USD")

    look()

    assert len(keeper.stand) == 0


def test_an_edit_is_taken_over_though_the_order_never_stopped() -> None:
    ann = make_person()
    order = make_live_order(buyer=ann, now=now())
    who = a_reader_of(order)
    assert offer_slot(reader=who, now=now()) is not None

    Order.objects.filter(pk=order.pk).update(audience=TEA)
    look()

    assert offer_slot(reader=who, now=now()) is None


def test_a_prediction_made_anew_changes_the_bid() -> None:
    ann = make_person()
    order = make_live_order(buyer=ann, now=now())
    who = a_reader_of(order)
    offer = offer_slot(reader=who, now=now())
    assert offer is not None
    assert offer.listed[0].bid == 50_000

    order.prediction.rate, order.prediction.quality = 0.04, 1_200
    order.prediction.save()
    look()

    offer = offer_slot(reader=who, now=now())
    assert offer is not None
    assert (offer.listed[0].bid, offer.listed[0].score) == (40_000, 48_000_000)


def test_without_a_prediction_the_shipped_rate_is_expected() -> None:
    ann = make_person()
    order = make_live_order(buyer=ann, now=now())
    order.prediction.delete()

    offer = offer_slot(reader=a_reader_of(order), now=now())

    assert offer is not None
    assert offer.listed[0].bid == 80_000


def test_two_pages_at_once_spend_no_more_than_was_lent() -> None:
    ann = make_person()
    order = make_live_order(buyer=ann, now=now(), money=30_000)
    who = a_reader_of(order)
    offers = [offer_slot(reader=who, now=now()) for _ in range(2)]

    outcomes = [settle_offer(offer=each, able=[order.pk], now=now()) for each in offers if each]

    assert [each is not None for each in outcomes] == [True, False]
    assert keeper.stand.money(order.pk) == 10_000


def test_an_order_that_ended_between_offer_and_settling_is_not_shown() -> None:
    ann = make_person()
    order = make_live_order(buyer=ann, now=now())
    offer = offer_slot(reader=a_reader_of(order), now=now())
    Order.objects.filter(pk=order.pk).update(state=Order.State.PAUSED)
    look()

    assert offer is not None
    assert settle_offer(offer=offer, able=[order.pk], now=now()) is None


def test_a_held_out_person_and_an_author_are_never_served_in_100_000_requests() -> None:
    ann, bob = make_person(), make_person()
    orders = [
        make_live_order(
            buyer=buyer, now=now(), note_id=note, money=10**13, high=high, holdout=3_000
        )
        for note, (buyer, high) in enumerate(
            [(ann, 9e5), (bob, 9.1e5), (ann, 9.2e5), (bob, 9.3e5), (ann, 9.4e5)]
        )
    ]
    draws = {order.pk: Draw(order=str(order.pk), salt=order.salt, share=3_000) for order in orders}
    look()
    names = [new_reader_name() for _ in range(500)]
    held = {
        (order_id, name): arm_of(draw, person=name) == HELD_OUT
        for order_id, draw in draws.items()
        for name in names
    }
    at, served, ghosts = now(), 0, 0

    for request in range(100_000):
        name = names[request % 500]
        person = (ann.pk, bob.pk, 900_003)[request % 3]
        offer = offer_slot(
            reader=SlotReader(person_id=person, pseudonym=name, birth_year=None),
            now=at,
            seed=request,
        )
        if offer is None:
            continue
        able = [bid.order_id for bid in offer.bids if (bid.order_id + request) % 4]
        outcome = settle_offer(offer=offer, able=able, now=at)
        if outcome is None:
            continue
        if outcome.winner is not None:
            served += 1
            assert not held[outcome.winner.order_id, name]
            assert outcome.winner.author_id != person
            assert outcome.winner.order_id in able
        for ghost in outcome.ghosts:
            ghosts += 1
            assert held[ghost.order_id, name]
            assert ghost.author_id != person

    assert served > 80_000
    assert ghosts > 20_000
