"""What an order is charged: what it was delivered, never more than its budget, and back what was invalid."""

import datetime as dt

import pytest
from django.utils.translation import override

from meadow.accounts.testing import make_person
from meadow.core.transactions import transaction
from meadow.ledger.checking import check_books
from meadow.ledger.queries import list_entries, read_funds
from meadow.ledger.reasons import link_reason, say_reason
from meadow.ledger.services import void_hold
from meadow.ledger.testing import wallet
from meadow.notifications.models import Notification
from meadow.payments.limit_queries import read_spending
from meadow.promotion.models import Delivered, Order, OrderStep
from meadow.promotion.services.charging import charge_delivered, charge_due
from meadow.promotion.services.ending import end_order, finish_due, settle_due
from meadow.promotion.services.holding import hold_budget
from meadow.promotion.tests.paying import FEN, NOW, count, funds, place, platform, stands

pytestmark = pytest.mark.django_db
SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(hours=24)


def charge(order: Order, price: int, *, now: dt.datetime = NOW) -> None:
    count(order, price)
    charge_delivered(order_id=order.pk, now=now)


def steps(order: Order) -> list[tuple[str, dict[str, object]]]:
    return list(order.steps.order_by("pk").values_list("kind", "params"))


def settle(order: Order, *, state: str = "finished") -> dt.datetime:
    """End an order at NOW, have late impressions counted, settle it; returns when."""
    with transaction():
        end_order(order=Order.objects.get(pk=order.pk), state=state, by=None, now=NOW)
    later = NOW + 10 * MINUTE
    Delivered.objects.filter(pk=order.pk).update(as_of=later)
    assert settle_due(now=later) == 1
    return later


def test_an_order_is_charged_whole_minor_units_of_what_it_was_delivered() -> None:
    person = make_person()
    wallet(str(person.pk), 5_000)
    order = place(person, budget=1_000)

    charge(order, 250 * FEN + 9_999)

    assert stands(order) == (250, 0, 0)
    assert funds(order) == (4_750, 750)
    assert platform("promotion") == 250
    assert list(check_books()) == []


def test_charging_again_changes_nothing_and_finds_nothing_due() -> None:
    person = make_person()
    wallet(str(person.pk), 5_000)
    order = place(person)
    charge(order, 250 * FEN)

    assert charge_due(now=NOW) == 0
    charge_delivered(order_id=order.pk, now=NOW)

    assert (stands(order), funds(order)) == ((250, 0, 0), (4_750, 750))


def test_many_orders_are_charged_in_one_posting_each_its_own() -> None:
    orders = []
    for number in range(3):
        person = make_person()
        wallet(str(person.pk), 1_000)
        orders.append(place(person))
        count(orders[-1], (number + 1) * 100 * FEN)

    assert charge_due(now=NOW) == 3

    assert [stands(one)[0] for one in orders] == [100, 200, 300]
    assert [funds(one) for one in orders] == [(900, 900), (800, 800), (700, 700)]


def test_beyond_the_budget_the_platform_bears_it() -> None:
    person = make_person()
    wallet(str(person.pk), 5_000)
    order = place(person, budget=1_000)

    charge(order, 1_007 * FEN)

    assert stands(order) == (1_000, 0, 7 * FEN)
    assert funds(order) == (4_000, 0)


def test_a_coupon_pays_first_and_the_oldest_hold_after_it() -> None:
    person = make_person()
    wallet(str(person.pk), 5_000)
    order = place(person, budget=1_000, discount=300)
    with transaction():
        hold_budget(order=order, amount=500, key="more", now=NOW)
    Order.objects.filter(pk=order.pk).update(budget=1_500)

    charge(order, 200 * FEN)
    assert (funds(order), platform("promotion coupons")) == ((5_000, 1_200), -200)
    charge(order, 1_100 * FEN)

    assert (funds(order), platform("promotion coupons")) == ((4_200, 400), -300)
    assert list(order.holds.order_by("pk").values_list("captured", flat=True)) == [700, 100]
    assert platform("promotion") == 1_100


def test_invalid_traffic_found_while_it_runs_is_credited_and_held_for_the_rest() -> None:
    person = make_person()
    wallet(str(person.pk), 1_000)
    order = place(person, budget=1_000, discount=300)
    charge(order, 800 * FEN)

    charge(order, 200 * FEN)

    assert stands(order) == (200, 0, 0)
    assert funds(order) == (1_000, 700)
    assert platform("promotion coupons") == -200
    assert steps(order) == [
        ("credited", {"amount": 600, "wallet": 500, "unit": "CNY", "why": "invalid"})
    ]
    charge(order, 1_000 * FEN)
    assert (stands(order), funds(order)) == ((1_000, 0, 0), (300, 0))
    assert list(check_books()) == []


def test_settling_gives_back_the_rest_and_says_all_of_it() -> None:
    person = make_person()
    wallet(str(person.pk), 5_000)
    order = place(person, budget=1_000, discount=300)
    charge(order, 600 * FEN)
    charge(order, 450 * FEN)

    settle(order)

    assert funds(order) == (4_850, 0)
    assert steps(order)[-1] == (
        "settled",
        {
            "unit": "CNY",
            "budget": 1_000,
            "coupon": 300,
            "coupon_used": 300,
            "charged": 450,
            "credited": 150,
            "made_good": 0,
            "absorbed": 0,
            "amount": 550,
        },
    )
    assert read_spending(person.pk, unit="CNY", now=NOW).spent_day == 150
    told = Notification.objects.get(person=person, kind="promotion.settled")
    assert told.params["amount"] == 550


def test_nothing_is_settled_before_late_impressions_are_counted() -> None:
    person = make_person()
    wallet(str(person.pk), 5_000)
    order = place(person)
    with transaction():
        end_order(order=order, state="finished", by=None, now=NOW)
    count(order, 0, as_of=NOW + 9 * MINUTE)

    assert settle_due(now=NOW + DAY) == 0
    count(order, 120 * FEN, as_of=NOW + 10 * MINUTE)
    assert settle_due(now=NOW + DAY) == 1

    assert (stands(order), funds(order)) == ((120, 0, 0), (4_880, 0))


@pytest.mark.parametrize(
    ("quiet", "at", "settled"),
    [
        (9 * MINUTE, 10 * MINUTE, 1),
        (9 * MINUTE, 10 * MINUTE - SECOND, 0),
        # Something was stored since this order was counted.
        (9 * MINUTE + SECOND, 10 * MINUTE, 0),
        (None, 10 * MINUTE, 0),
    ],
)
def test_where_nobody_does_anything_an_order_is_settled_once_it_has_waited(
    quiet: dt.timedelta | None, at: dt.timedelta, settled: int
) -> None:
    person = make_person()
    wallet(str(person.pk), 5_000)
    order = place(person)
    with transaction():
        end_order(order=order, state="finished", by=None, now=NOW)
    count(order, 0, as_of=NOW + 9 * MINUTE)

    assert settle_due(now=NOW + at, quiet=None if quiet is None else NOW + quiet) == settled


def test_what_was_never_lent_to_anybody_goes_back_at_once() -> None:
    person = make_person()
    wallet(str(person.pk), 5_000)
    order = place(person, lent=False)

    with transaction():
        end_order(order=order, state="cancelled", by=person.pk, now=NOW)

    order.refresh_from_db()
    assert (order.settled_at, funds(order)) == (NOW, (5_000, 0))
    assert [kind for kind, _params in steps(order)] == ["cancelled", "settled"]


def test_invalid_traffic_found_after_the_end_is_credited_within_the_rule_s_days_and_told() -> None:
    person = make_person()
    wallet(str(person.pk), 5_000)
    order = place(person, budget=1_000, discount=300)
    charge(order, 900 * FEN)
    settle(order)

    charge(order, 700 * FEN, now=NOW + 29 * DAY)
    assert (stands(order), funds(order)) == ((700, 200, 0), (4_600, 0))
    # Valid again after all: it was given back, and stays so.
    charge(order, 800 * FEN, now=NOW + 29 * DAY)
    assert (stands(order), funds(order)) == ((700, 200, 100 * FEN), (4_600, 0))
    charge(order, 0, now=NOW + 31 * DAY)

    assert funds(order) == (4_600, 0)
    assert read_spending(person.pk, unit="CNY", now=NOW).spent_day == 400
    told = Notification.objects.filter(person=person, kind="promotion.credited")
    assert [one.params["amount"] for one in told] == [200]
    assert charge_due(now=NOW + 31 * DAY) == 0


@pytest.mark.parametrize(
    ("high", "charged", "impressions", "back"),
    # At worst 30 minor units for 1,000: 10,000 impressions cost 300, and 200 are excess.
    [(30, 500, 10_000, 200), (50, 500, 10_000, 0), (30, 500, 0, 500)],
)
def test_what_impressions_cost_above_the_worst_of_the_forecast_is_made_good(
    high: int, charged: int, impressions: int, back: int
) -> None:
    person = make_person()
    wallet(str(person.pk), 5_000)
    told = {"people": None, "impressions": None, "results": None, "cost": [10, 20, high]}
    order = place(person, forecast=told | {"holdout": 1_000, "method": 1, "notes": []})
    count(order, charged * FEN, impressions=impressions)
    charge_delivered(order_id=order.pk, now=NOW)

    settle(order)

    assert stands(order) == (charged, back, 0)
    assert funds(order) == (5_000 - charged + back, 0)
    assert ("made_good" in [kind for kind, _params in steps(order)]) is (back > 0)
    # All of it found invalid later: what was made good is not given back twice.
    charge(order, 0, now=NOW + DAY)
    assert (stands(order), funds(order)) == ((0, charged, 0), (5_000, 0))


def test_a_hold_that_is_gone_costs_the_buyer_nothing_and_ends_the_order() -> None:
    person = make_person()
    wallet(str(person.pk), 5_000)
    order = place(person, budget=1_000, discount=300)
    charge(order, 400 * FEN)
    with transaction():
        void_hold(hold_id=order.holds.get().hold_id, now=NOW)

    charge(order, 600 * FEN)

    assert (stands(order), funds(order)) == ((400, 0, 200 * FEN), (4_900, 0))
    assert finish_due(now=NOW) == 1
    order.refresh_from_db()
    assert order.state == "finished"


def test_an_order_finishes_when_its_time_is_over_or_less_is_left_than_an_impression_costs() -> None:
    person = make_person()
    wallet(str(person.pk), 9_000)
    spent, running, over, paused, unseen = (
        place(person),
        place(person),
        place(person, starts_at=NOW - DAY, ends_at=NOW),
        place(person, state="paused", starts_at=NOW - DAY, ends_at=NOW),
        place(person, state="review", starts_at=NOW - DAY, ends_at=NOW, lent=False),
    )
    reserve = spent.rule.reserve
    count(spent, 1_000 * FEN - reserve + 1)
    count(running, 1_000 * FEN - reserve)

    assert finish_due(now=NOW) == 4
    assert finish_due(now=NOW) == 0

    states = []
    for order in (spent, running, over, paused, unseen):
        order.refresh_from_db()
        states.append((order.state, order.ended_at == NOW))
    assert states == [
        *(("finished", True), ("running", False), ("finished", True), ("finished", True)),
        ("cancelled", True),
    ]
    first = OrderStep.objects.filter(order=unseen).order_by("pk")[0]
    assert (first.kind, first.params) == ("cancelled", {"why": "not_reviewed"})


def test_an_order_whose_buyer_is_gone_is_charged_and_settled_all_the_same() -> None:
    person = make_person()
    account = wallet(str(person.pk), 5_000)
    order = place(person)
    Order.objects.filter(pk=order.pk).update(buyer=None)
    charge(order, 400 * FEN)

    settle(order)
    charge(order, 300 * FEN, now=NOW + DAY)

    assert stands(order) == (300, 100, 0)
    assert (read_funds(account).posted, read_funds(account).held) == (4_700, 0)


@pytest.mark.usefixtures("words")
def test_every_line_of_a_wallet_says_what_it_was_for_in_both_languages_and_leads_to_its_order() -> (
    None
):
    person = make_person()
    account = wallet(str(person.pk), 5_000)
    order = place(person)
    charge(order, 400 * FEN)
    charge(order, 300 * FEN)
    said = {}
    for language in ("en", "zh-hans"):
        with override(language):
            lines = list_entries(account).items
            said[language] = [say_reason(one.reason, one.params) for one in lines[:2]]

    assert said == {
        "en": [
            "Credited: traffic that was charged and found invalid",
            "Promoted a note, as far as it was shown",
        ],
        "zh-hans": ["退还：扣款后判定为无效的流量", "推广笔记，按实际展示扣款"],
    }
    page = f"/promote/{order.public_id}"
    assert {link_reason(one.reason, one.reference) for one in lines[:2]} == {page}
