"""Placing an order: every row has its exact values, and a refusal leaves none."""

import datetime as dt
from typing import Any

import pytest
from django.utils.formats import date_format

from meadow.accounts.testing import make_person
from meadow.core.errors import MeadowError
from meadow.ledger.checking import check_books
from meadow.notes.testing import make_note
from meadow.payments.services import set_spending
from meadow.promotion.audiences.definition import from_json
from meadow.promotion.audiences.errors import AudienceInvalid
from meadow.promotion.errors.audiences import AudienceMissing
from meadow.promotion.errors.coupons import (
    CouponEarly,
    CouponForLarger,
    CouponOfOtherUnit,
    CouponOver,
    CouponUnusable,
    CouponUsed,
    CouponUsedUp,
)
from meadow.promotion.errors.money import BudgetNotCovered
from meadow.promotion.errors.orders import (
    AudienceBelowFloor,
    BudgetOutOfBounds,
    DurationOutOfBounds,
    GoalUnknown,
    NoteNotPromotable,
    OrderKeyTaken,
    PromotionOff,
    StartOutOfBounds,
    UnitNotSold,
)
from meadow.promotion.models import CouponUse, Order, OrderHold, OrderStep, Switch
from meadow.promotion.services.audiences import save_audience
from meadow.promotion.services.ordering import foresee_order
from meadow.promotion.tests.buying import (
    HOUR,
    NOW,
    draft_of,
    everything,
    funds,
    make_buyer,
    make_coupon,
    order,
)

pytestmark = pytest.mark.django_db
TOWN = {"all": [{"in": "region", "values": ["CN"]}]}


def test_an_order_is_held_noted_and_told_as_it_was_asked_for() -> None:
    buyer, note = make_buyer(5_000)

    placed = order(buyer, note, goal="follows", budget=3_000, hours=48)

    row = Order.objects.get(public_id=placed.public_id)
    assert (row.buyer_id, row.author_id, row.note_id) == (buyer.pk, buyer.pk, note.pk)
    assert (row.key, row.goal, row.audience, row.saved_audience) == (
        "one",
        "follows",
        {"all": []},
        None,
    )
    assert (row.unit, row.budget, row.discount, row.charged, row.returned) == (
        "CNY",
        3_000,
        0,
        0,
        0,
    )
    assert (row.placed_at, row.starts_at, row.ends_at) == (NOW, NOW, NOW + 48 * HOUR)
    assert row.rule.number == 1
    assert len(row.salt) == 32
    assert row.holdout == row.forecast["holdout"]
    assert placed.forecast == row.forecast
    hold = OrderHold.objects.get(order=row)
    assert (hold.amount, hold.captured, hold.key, hold.held_at) == (3_000, 0, "one", NOW)
    step = OrderStep.objects.filter(order=row).order_by("pk")[0]
    assert (step.kind, step.by, step.at, step.params["amount"]) == ("placed", buyer.pk, NOW, 3_000)
    assert funds(buyer) == (5_000, 3_000)
    assert list(check_books()) == []


def test_what_was_told_before_paying_is_what_the_order_keeps() -> None:
    buyer, note = make_buyer()

    told = foresee_order(buyer_id=buyer.pk, draft=draft_of(note), now=NOW)
    before = everything(buyer)
    placed = order(buyer, note)

    assert before == ([], [], [], [], [], (100_000, 0))
    assert placed.forecast == told.forecast.to_json()
    assert (told.held, told.discount) == (1_000, 0)


def test_a_start_ahead_moves_the_end_along() -> None:
    buyer, note = make_buyer()

    placed = order(buyer, note, starts_at=NOW + 5 * HOUR, hours=6)

    assert (placed.starts_at, placed.ends_at) == (NOW + 5 * HOUR, NOW + 11 * HOUR)


def test_a_coupon_pays_its_part_and_is_used_once_by_a_person() -> None:
    buyer, note = make_buyer()
    coupon = make_coupon()

    placed = order(buyer, note, coupon="spring ")

    coupon.refresh_from_db()
    use = CouponUse.objects.get(coupon=coupon)
    assert (placed.budget, placed.discount, placed.paid) == (1_000, 200, 800)
    assert (use.person_id, use.order_id, use.used_at) == (buyer.pk, placed.id, NOW)
    assert coupon.uses_left == 4
    assert funds(buyer) == (100_000, 800)
    before = everything(buyer)
    with pytest.raises(CouponUsed):
        order(buyer, note, key="two", coupon="SPRING")
    assert everything(buyer) == before


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"uses_left": 0}, CouponUsedUp),
        ({"ends_at": NOW}, CouponOver),
        ({"starts_at": NOW + dt.timedelta(minutes=1)}, CouponEarly),
        ({"unit": "USD"}, CouponOfOtherUnit),
        ({"least": 1_001}, CouponForLarger),
        ({"code": "OTHER"}, CouponUnusable),
    ],
)
def test_a_coupon_that_does_not_hold_leaves_the_order_unplaced(
    given: dict[str, Any], refused: type[MeadowError]
) -> None:
    buyer, note = make_buyer()
    make_coupon(**given)
    before = everything(buyer)

    with pytest.raises(refused) as why:
        order(buyer, note, coupon="SPRING")

    assert why.type is refused
    assert everything(buyer) == before


def test_a_coupon_for_somebody_is_unknown_to_everybody_else() -> None:
    buyer, note = make_buyer()
    make_coupon(person=make_person(), ends_at=NOW)

    with pytest.raises(CouponUnusable) as why:
        order(buyer, note, coupon="SPRING")

    assert why.type is CouponUnusable


def test_a_coupon_that_is_over_says_since_when() -> None:
    buyer, note = make_buyer()
    make_coupon(ends_at=NOW)

    with pytest.raises(CouponOver) as why:
        order(buyer, note, coupon="SPRING")

    assert date_format(NOW, "DATETIME_FORMAT") in why.value.text()


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"note": "nNone"}, NoteNotPromotable),
        ({"goal": "sales"}, GoalUnknown),
        ({"unit": "USD"}, UnitNotSold),
        ({"budget": 999}, BudgetOutOfBounds),
        ({"budget": 10_000_001}, BudgetOutOfBounds),
        ({"hours": 0}, DurationOutOfBounds),
        ({"hours": 24 * 30 + 1}, DurationOutOfBounds),
        ({"starts_at": NOW - dt.timedelta(seconds=1)}, StartOutOfBounds),
        ({"starts_at": NOW + dt.timedelta(days=30, seconds=1)}, StartOutOfBounds),
        ({"audience": {"every": []}}, AudienceInvalid),
        ({"saved_audience": "dNone"}, AudienceMissing),
        ({"audience": TOWN}, AudienceBelowFloor),
        ({"budget": 100_001}, BudgetNotCovered),
    ],
)
def test_what_is_refused_changes_nothing(given: dict[str, Any], refused: type[MeadowError]) -> None:
    buyer, note = make_buyer()
    before = everything(buyer)

    with pytest.raises(refused):
        order(buyer, note, **given)

    assert everything(buyer) == before


@pytest.mark.parametrize("visibility", ["private", "followers"])
def test_only_an_own_public_published_note_is_promoted(visibility: str) -> None:
    buyer, _note = make_buyer()
    closed = make_note(buyer.pk, photos=0)
    type(closed).objects.filter(pk=closed.pk).update(visibility=visibility)
    draft, other = make_note(buyer.pk, published=False), make_note(make_person().pk, photos=0)

    for note in (closed, draft, other):
        with pytest.raises(NoteNotPromotable):
            order(buyer, note)
    assert not Order.objects.filter(buyer=buyer).exists()


def test_nothing_is_ordered_while_promotion_is_off() -> None:
    buyer, note = make_buyer()
    Switch.objects.create(on=False, reason="Prices are wrong.", set_by=1, set_at=NOW)

    with pytest.raises(PromotionOff):
        order(buyer, note)

    assert funds(buyer) == (100_000, 0)


def test_what_somebody_lets_go_out_in_a_day_holds_for_orders_too() -> None:
    buyer, note = make_buyer()
    set_spending(person_id=buyer.pk, unit="CNY", per_day=1_500, per_month=None, now=NOW)
    order(buyer, note)
    before = everything(buyer)

    with pytest.raises(MeadowError) as refused:
        order(buyer, note, key="two")

    assert refused.value.code == "payments.spending_of_day_used"
    assert everything(buyer) == before


def test_a_saved_audience_is_copied_and_named() -> None:
    buyer, note = make_buyer()
    name = save_audience(person_id=buyer.pk, name="All", definition=from_json({"all": []}), now=NOW)

    placed = order(buyer, note, saved_audience=name)

    row = Order.objects.select_related("saved_audience").get(pk=placed.id)
    assert row.saved_audience is not None
    assert (row.saved_audience.public_id, row.audience) == (name, {"all": []})


def test_a_key_is_one_order_and_another_body_is_refused() -> None:
    buyer, note = make_buyer()
    first = order(buyer, note)
    before = everything(buyer)

    again = order(buyer, note)
    with pytest.raises(OrderKeyTaken):
        order(buyer, note, budget=1_001)
    with pytest.raises(OrderKeyTaken):
        order(buyer, note, starts_at=NOW + HOUR)

    assert again.public_id == first.public_id
    assert everything(buyer) == before
    other, theirs = make_buyer()
    assert order(other, theirs).public_id != first.public_id
