"""What a buyer changes of an order: exact rows when it is done, none when it is refused."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.core.errors import MeadowError
from meadow.ledger.checking import check_books
from meadow.notes.models import Note
from meadow.promotion.audiences.definition import from_json
from meadow.promotion.drafts import OrderChange
from meadow.promotion.errors.money import BudgetNotCovered
from meadow.promotion.errors.orders import (
    AudienceBelowFloor,
    DurationOutOfBounds,
    EndOutOfBounds,
    GoalUnknown,
    NoteGone,
    NothingToChange,
    OrderElsewhere,
    OrderKeyTaken,
    OrderMissing,
    StartedAlready,
    StartOutOfBounds,
    TopUpOutOfBounds,
)
from meadow.promotion.models import Order, OrderHold, OrderStep, Pace
from meadow.promotion.records import OrderRecord
from meadow.promotion.services.audiences import save_audience
from meadow.promotion.services.changing import (
    cancel_order,
    edit_order,
    pause_order,
    resume_order,
    top_up_order,
)
from meadow.promotion.tests.buying import (
    HOUR,
    NOW,
    everything,
    funds,
    make_buyer,
    make_coupon,
    order,
)

pytestmark = pytest.mark.django_db
LATER = NOW + HOUR
EVERYONE: dict[str, Any] = {"all": []}


def start(**given: Any) -> tuple[Person, Note, OrderRecord]:
    """Return a buyer, their note and their order of ¥10, which runs."""
    buyer, note = make_buyer()
    placed = order(buyer, note, **given)
    Order.objects.filter(pk=placed.id, state="review").update(state="running", reviewed_at=NOW)
    approved = OrderStep.Kind.APPROVED
    if not OrderStep.objects.filter(order_id=placed.id, kind=approved).exists():
        OrderStep.objects.create(order_id=placed.id, kind=approved, at=NOW)
    return buyer, note, placed


def kinds(placed: OrderRecord) -> list[str]:
    """Return what happened to an order, oldest first."""
    steps = OrderStep.objects.filter(order_id=placed.id).order_by("pk")
    return list(steps.values_list("kind", flat=True))


def states(*placed: OrderRecord) -> list[str]:
    """Return the states of orders."""
    return [Order.objects.get(pk=one.id).state for one in placed]


def to(state: str, placed: OrderRecord) -> None:
    """Put an order into a state."""
    over = state in ("cancelled", "finished", "rejected")
    Order.objects.filter(pk=placed.id).update(state=state, ended_at=NOW if over else None)


def test_a_running_order_is_paused_and_goes_on() -> None:
    buyer, _note, placed = start()

    paused = pause_order(order=placed.public_id, buyer_id=buyer.pk, now=LATER)
    resumed = resume_order(order=placed.public_id, buyer_id=buyer.pk, now=LATER)

    assert (paused.state, resumed.state) == ("paused", "running")
    assert resumed.ends_at == placed.ends_at
    assert kinds(placed)[-2:] == ["paused", "resumed"]
    assert funds(buyer) == (100_000, 1_000)


def test_a_paused_order_whose_note_is_no_longer_public_stays_paused() -> None:
    buyer, note, placed = start()
    pause_order(order=placed.public_id, buyer_id=buyer.pk, now=LATER)
    Note.objects.filter(pk=note.pk).update(visibility="private")
    before = everything(buyer)

    with pytest.raises(NoteGone):
        resume_order(order=placed.public_id, buyer_id=buyer.pk, now=LATER)

    assert everything(buyer) == before


def test_goal_and_end_of_a_running_order_change_at_once() -> None:
    buyer, _note, placed = start()
    change = OrderChange(goal="follows", ends_at=NOW + 48 * HOUR)

    changed = edit_order(order=placed.public_id, buyer_id=buyer.pk, change=change, now=LATER)

    assert (changed.goal, changed.ends_at, changed.state) == (
        "follows",
        NOW + 48 * HOUR,
        "running",
    )
    step = OrderStep.objects.filter(order_id=placed.id).latest("pk")
    assert (step.kind, step.by, step.at) == ("edited", buyer.pk, LATER)
    assert step.params == {"changed": ["goal", "ends_at"], "look": False}


def test_another_audience_is_reviewed_before_it_is_shown() -> None:
    buyer, _note, placed = start()
    Order.objects.filter(pk=placed.id).update(audience={"in": "region", "values": ["CN"]})
    name = save_audience(person_id=buyer.pk, name="All", definition=from_json(EVERYONE), now=NOW)
    change = OrderChange(saved_audience=name)

    edit_order(order=placed.public_id, buyer_id=buyer.pk, change=change, now=LATER)

    row = Order.objects.select_related("saved_audience").get(pk=placed.id)
    assert row.audience == EVERYONE
    assert row.saved_audience is not None
    assert row.saved_audience.public_id == name
    steps = list(OrderStep.objects.filter(order_id=placed.id).order_by("pk"))
    edited = next(one for one in steps if one.kind == "edited")
    assert edited.params == {"changed": ["audience"], "look": True}
    # It was looked at anew: let through by the rules, or waiting for a person.
    assert (row.state == "review") != (
        "approved" in [one.kind for one in steps if one.pk > edited.pk]
    )


def test_what_was_changed_while_paused_is_looked_at_when_it_goes_on() -> None:
    buyer, _note, placed = start()
    Order.objects.filter(pk=placed.id).update(audience={"in": "region", "values": ["CN"]})
    pause_order(order=placed.public_id, buyer_id=buyer.pk, now=LATER)

    change = OrderChange(audience=EVERYONE)
    edited = edit_order(order=placed.public_id, buyer_id=buyer.pk, change=change, now=LATER)
    resume_order(order=placed.public_id, buyer_id=buyer.pk, now=LATER)

    assert edited.state == "paused"
    said = kinds(placed)[2:]
    assert said == ["paused", "edited", "resumed", "approved"]
    assert states(placed) == ["running"]


def test_the_start_moves_until_it_has_come() -> None:
    buyer, _note, placed = start(starts_at=NOW + 5 * HOUR)
    early = OrderChange(starts_at=NOW + 2 * HOUR, ends_at=NOW + 26 * HOUR)

    moved = edit_order(order=placed.public_id, buyer_id=buyer.pk, change=early, now=LATER)

    assert (moved.starts_at, moved.ends_at) == (NOW + 2 * HOUR, NOW + 26 * HOUR)
    before = everything(buyer)
    for now, refused, change in (
        (NOW + 3 * HOUR, StartedAlready, OrderChange(starts_at=NOW + 4 * HOUR)),
        (LATER, StartOutOfBounds, OrderChange(starts_at=NOW)),
        (LATER, StartOutOfBounds, OrderChange(starts_at=NOW + dt.timedelta(days=31))),
    ):
        with pytest.raises(refused):
            edit_order(order=placed.public_id, buyer_id=buyer.pk, change=change, now=now)
    assert everything(buyer) == before


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        (OrderChange(), NothingToChange),
        (OrderChange(goal="reads", ends_at=NOW + 24 * HOUR), NothingToChange),
        (OrderChange(goal="sales"), GoalUnknown),
        (OrderChange(ends_at=LATER), EndOutOfBounds),
        (OrderChange(ends_at=NOW + dt.timedelta(days=31)), DurationOutOfBounds),
        (OrderChange(audience={"in": "region", "values": ["CN"]}), AudienceBelowFloor),
    ],
)
def test_a_change_that_cannot_be_changes_nothing(
    change: OrderChange, refused: type[MeadowError]
) -> None:
    buyer, _note, placed = start()
    before = everything(buyer)

    with pytest.raises(refused):
        edit_order(order=placed.public_id, buyer_id=buyer.pk, change=change, now=LATER)

    assert everything(buyer) == before


def test_a_top_up_is_held_and_added_once_a_key() -> None:
    buyer, _note, placed = start()

    for _ in range(2):
        topped = top_up_order(
            order=placed.public_id, buyer_id=buyer.pk, amount=500, key="one", now=LATER
        )

    assert topped.budget == 1_500
    holds = list(OrderHold.objects.filter(order_id=placed.id).order_by("pk"))
    assert [(one.amount, one.held_at) for one in holds] == [(1_000, NOW), (500, LATER)]
    step = OrderStep.objects.filter(order_id=placed.id).latest("pk")
    assert (step.kind, step.params) == ("topped_up", {"amount": 500, "look": False})
    assert funds(buyer) == (100_000, 1_500)
    before = everything(buyer)
    for amount, key, refused in (
        (501, "one", OrderKeyTaken),
        (0, "two", TopUpOutOfBounds),
        (10_000_000, "two", TopUpOutOfBounds),
        (98_501, "two", BudgetNotCovered),
    ):
        with pytest.raises(refused):
            top_up_order(
                order=placed.public_id, buyer_id=buyer.pk, amount=amount, key=key, now=LATER
            )
    assert everything(buyer) == before


def test_a_top_up_over_what_a_person_looks_at_goes_back_to_review() -> None:
    buyer, _note, placed = start()

    top_up_order(order=placed.public_id, buyer_id=buyer.pk, amount=49_001, key="k", now=LATER)

    assert states(placed) == ["review"]
    assert Order.objects.get(pk=placed.id).budget == 50_001


def test_what_is_cancelled_before_it_was_shown_goes_back_whole_with_its_coupon() -> None:
    buyer, note = make_buyer()
    coupon = make_coupon()
    placed = order(buyer, note, coupon="SPRING", starts_at=NOW + 5 * HOUR)

    for _ in range(2):
        ended = cancel_order(order=placed.public_id, buyer_id=buyer.pk, now=LATER)

    assert (ended.state, ended.ended_at, ended.settled_at) == ("cancelled", LATER, LATER)
    assert funds(buyer) == (100_000, 0)
    coupon.refresh_from_db()
    assert coupon.uses_left == 5
    assert kinds(placed).count("cancelled") == 1
    again = order(buyer, note, key="two", coupon="SPRING")
    assert again.discount == 200
    assert list(check_books()) == []


def test_a_coupon_stays_used_once_its_order_may_have_been_shown() -> None:
    buyer, note = make_buyer()
    coupon = make_coupon()
    placed = order(buyer, note, coupon="SPRING")
    Pace.objects.create(order_id=placed.id, version=1, loans={"web": 10_000})

    cancel_order(order=placed.public_id, buyer_id=buyer.pk, now=LATER)

    coupon.refresh_from_db()
    assert coupon.uses_left == 4


@pytest.mark.parametrize("state", ["review", "paused", "cancelled", "finished", "rejected"])
def test_only_what_runs_is_paused(state: str) -> None:
    buyer, _note, placed = start()
    if state == "rejected":
        to("review", placed)
    to(state, placed)
    before = everything(buyer)

    with pytest.raises(OrderElsewhere):
        pause_order(order=placed.public_id, buyer_id=buyer.pk, now=LATER)

    assert everything(buyer) == before


@pytest.mark.parametrize("state", ["finished", "rejected"])
def test_what_is_over_stays_as_it_is(state: str) -> None:
    buyer, _note, placed = start()
    to("review" if state == "rejected" else "running", placed)
    to(state, placed)
    before = everything(buyer)
    named: dict[str, Any] = {"order": placed.public_id, "buyer_id": buyer.pk, "now": LATER}

    acts: list[Callable[[], OrderRecord]] = [
        lambda: resume_order(**named),
        lambda: cancel_order(**named),
        lambda: top_up_order(**named, amount=500, key="k"),
        lambda: edit_order(**named, change=OrderChange(goal="follows")),
    ]
    for act in acts:
        with pytest.raises(OrderElsewhere):
            act()

    assert everything(buyer) == before


def test_at_its_end_nothing_but_cancelling_is_left() -> None:
    buyer, _note, placed = start()
    named: dict[str, Any] = {
        "order": placed.public_id,
        "buyer_id": buyer.pk,
        "now": placed.ends_at,
    }

    acts: list[Callable[[], OrderRecord]] = [
        lambda: pause_order(**named),
        lambda: top_up_order(**named, amount=500, key="k"),
        lambda: edit_order(**named, change=OrderChange(goal="follows")),
    ]
    for act in acts:
        with pytest.raises(OrderElsewhere):
            act()
    assert cancel_order(**named).state == "cancelled"


def test_nobody_else_changes_an_order() -> None:
    buyer, _note, placed = start()
    other = make_person()
    named: dict[str, Any] = {"order": placed.public_id, "buyer_id": other.pk, "now": LATER}
    before = everything(buyer)

    acts: list[Callable[[], OrderRecord]] = [
        lambda: pause_order(**named),
        lambda: resume_order(**named),
        lambda: cancel_order(**named),
        lambda: top_up_order(**named, amount=500, key="k"),
        lambda: edit_order(**named, change=OrderChange(goal="follows")),
    ]
    for act in acts:
        with pytest.raises(OrderMissing):
            act()

    assert everything(buyer) == before


def test_a_note_changed_while_its_order_was_paused_is_looked_at_when_it_goes_on() -> None:
    buyer, note, placed = start()
    OrderStep.objects.create(order_id=placed.id, kind="approved", by=1, at=NOW)
    pause_order(order=placed.public_id, buyer_id=buyer.pk, now=LATER)
    Note.objects.filter(pk=note.pk).update(edited_at=LATER)

    resumed = resume_order(order=placed.public_id, buyer_id=buyer.pk, now=LATER)

    assert resumed.state == "review"
