"""Operators' pages of promotion, without scripts: reviews, prices, coupons, the switch, figures."""

import datetime as dt
import re
from typing import Any

import numpy as np
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core import clock
from meadow.notes.testing import make_note
from meadow.promotion.models import Coupon, InventoryHour, Order, Pace, PromotionRule, ResponseModel
from meadow.promotion.operator_forms import GROUPS, NAMES, typed_rule
from meadow.promotion.prediction import Affinity
from meadow.promotion.queries.rules import is_on, newest_rule
from meadow.promotion.testing import make_order

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
PAGES = ("", "/rules", "/coupons", "/switch", "/inventory", "/pacing", "/predictions")
WHY = "It promises that ten people will win."


@pytest.fixture
def operator() -> Client:
    return sign_in(make_person(role="operator"))


def order_of(**given: Any) -> Order:
    buyer = make_person()
    note = make_note(buyer.pk, photos=0, title="Ten ways to win")
    return make_order(buyer=buyer, note_id=note.pk, now=clock.now(), **({"budget": 60_000} | given))


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize("page", PAGES)
def test_each_page_says_what_will_be_there(operator: Client, page: str) -> None:
    said = text_of(operator.get(f"/operator/promotion{page}"))

    assert {
        "": "No order waits",
        "/rules": "as Meadow ships",
        "/coupons": "No coupons yet",
        "/switch": "Nobody has switched it yet.",
        "/inventory": "No page had a sponsored place yet",
        "/pacing": "No order is live",
        "/predictions": "Nothing was learnt for this goal yet",
    }[page] in said


def test_an_operator_approves_from_the_queue(operator: Client) -> None:
    order = order_of()
    queue = text_of(operator.get("/operator/promotion"))
    assert "Ten ways to win" in queue
    page = text_of(operator.get(f"/operator/promotion/orders/{order.public_id}"))
    for words in (
        "Order of ¥600.00",
        "Its budget of ¥600.00 is more than ¥500.00, above which a person looks.",
        "24 hours",
    ):
        assert words in page

    answer = operator.post(f"/operator/promotion/orders/{order.public_id}", {"verdict": "approve"})

    assert (answer.status_code, answer["Location"]) == (302, "/operator/promotion")
    order.refresh_from_db()
    assert order.state == "running"
    answered = text_of(operator.get("/operator/promotion?which=answered"))
    assert "Ten ways to win" in answered
    assert "Running" in answered


def test_an_operator_rejects_with_a_reason_and_words(operator: Client) -> None:
    order = order_of()
    page = f"/operator/promotion/orders/{order.public_id}"

    without = operator.post(page, {"verdict": "misleading"})
    assert without.status_code == 422
    assert "Choose a reason, and say in at most 500 characters what this is about." in text_of(
        without
    )
    assert operator.post(page, {"verdict": "misleading", "words": WHY}).status_code == 302

    order.refresh_from_db()
    assert order.state == "rejected"
    buyer = sign_in(Person.objects.get(pk=order.author_id))
    receipt = text_of(buyer.get(f"/decisions/{order.decision}"))
    for words in ("Not approved", WHY, "Say what can be shown to be true, then order again."):
        assert words in receipt
    again = operator.post(page, {"verdict": "approve"})
    assert "does not wait for a review any more" in text_of(again)


def test_nobody_answers_their_own_order() -> None:
    order = order_of()
    own = Person.objects.get(pk=order.author_id)
    own.role = "operator"
    own.save()
    browser, page = sign_in(own), f"/operator/promotion/orders/{order.public_id}"

    assert 'name="verdict"' not in browser.get(page).content.decode()
    assert browser.post(page, {"verdict": "approve"}).status_code == 422
    order.refresh_from_db()
    assert order.state == "review"


def test_figures_are_tried_before_they_are_set(operator: Client) -> None:
    order_of()
    rule = newest_rule()
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    InventoryHour.objects.create(hour=now, pages=7, filled=2, people=5, wins={"160": 4, "180": 3})
    form = typed_rule(rule) | {"seen": "1", "note": "Traffic is scarce.", "reserve": "25"}

    tried = text_of(operator.post("/operator/promotion/rules", form | {"largest_budget": "500"}))
    assert "Of 1 order of the last 90 days, 1 would have been too small" in tried
    assert "0 would have waited for a person by their budget; 1 did." in tried
    assert "On 4 of 7 pages of the last week, less than the new least price was enough." in tried
    assert PromotionRule.objects.count() == 1

    wrong = operator.post("/operator/promotion/rules", form | {"packs": "10, x", "act": "set"})
    assert wrong.status_code == 422
    assert "Write numbers with commas in between." in text_of(wrong)
    operator.post("/operator/promotion/rules", form | {"act": "set"})

    made = newest_rule()
    assert (made.number, made.reserve, made.packs) == (2, 25_000, [1_000, 3_000, 10_000, 50_000])
    shown = text_of(operator.get("/operator/promotion/rules"))
    assert "Least price of 1,000 impressions: 20.00 → 25.00" in shown
    rows = operator.get("/operator/promotion/rules.csv").content.decode().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["2", "1"]


def test_a_coupon_is_made_for_one_person(operator: Client) -> None:
    ann = make_person()
    form = {
        "code": "ann-5",
        "amount": "5",
        "least": "30",
        "uses": "1",
        "handle": f"@{ann.handle}",
        "days": "7",
        "note": "A late start.",
    }

    assert (
        operator.post("/operator/promotion/coupons", form | {"handle": "nobody"}).status_code == 422
    )
    operator.post("/operator/promotion/coupons", form)

    coupon = Coupon.objects.get()
    assert (coupon.code, coupon.amount, coupon.least, coupon.person_id) == (
        "ANN-5",
        500,
        3_000,
        ann.pk,
    )
    page = text_of(operator.get("/operator/promotion/coupons"))
    assert f"¥5.00 of orders of ¥30.00 or more · only for @{ann.handle}" in page
    assert "used 0 times, 1 left" in page


def test_the_switch_is_turned_only_once_one_saw_what_it_does(operator: Client) -> None:
    order_of(state="running", reviewed_at=clock.now())
    page = "/operator/promotion/switch"

    asked = text_of(operator.post(page, {"turn": "off", "reason": "A wrong price."}))
    assert "1 order runs or is scheduled, with ¥600.00 not spent yet." in asked
    assert "Switch all promotion off?" in asked
    assert is_on()
    operator.post(page, {"turn": "off", "reason": "A wrong price.", "act": "sure"})

    assert not is_on()
    assert "A wrong price." in text_of(operator.get(page))
    assert "nobody is shown a promoted note" in text_of(operator.get("/operator/promotion"))
    again = operator.post(page, {"turn": "off", "reason": "Again.", "act": "sure"})
    assert again.status_code == 422


def test_inventory_shows_places_prices_and_demand(operator: Client) -> None:
    order_of()
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    wins = {"160": 5, "192": 5}
    InventoryHour.objects.create(hour=now, pages=10, filled=4, people=6, wins=wins, spent=90_000)

    page = text_of(operator.get("/operator/promotion/inventory"))

    assert "40.0% of the places were sold" in page
    assert "Half of the pages took ¥16.83 or less for 1,000 impressions" in page
    assert "¥0.09" in page
    assert "In review 1 ¥600.00" in page
    rows = operator.get("/operator/promotion/inventory.csv").content.decode().splitlines()
    assert rows[1].split(",")[1:] == ["10", "4", "6", "90000", "16822"]
    prices = operator.get("/operator/promotion/prices.csv").content.decode().splitlines()
    assert [row.split(",")[2] for row in prices[1:]] == ["5", *["0"] * 7, "5"]


def test_pacing_shows_the_stale_first_and_then_the_furthest_off(operator: Client) -> None:
    now = clock.now()
    began = now - 12 * HOUR
    given = {
        "state": "running",
        "reviewed_at": began,
        "starts_at": began,
        "ends_at": began + 24 * HOUR,
        "budget": 10_000,
    }
    orders = [order_of(**given) for _one in range(3)]
    for version, (order, spent, paced_at) in enumerate(
        zip(orders, (50, 90, 50), (now, now, now - HOUR), strict=True)
    ):
        slot = {"began": began.timestamp(), "opportunities": 0}
        course = [{**slot, "planned": 100_000_000, "spent": spent * 1_000_000}]
        Pace.objects.create(order=order, version=version, course=course, paced_at=paced_at)

    page = text_of(operator.get("/operator/promotion/pacing"))
    rows = operator.get("/operator/promotion/pacing.csv").content.decode().splitlines()

    worst_first = [orders[place].public_id for place in (2, 1, 0)]
    assert [row.split(",")[0] for row in rows[1:]] == worst_first
    assert "+40.0%" in page
    assert "1 live order was not paced for more than a minute: is a worker running?" in page


def test_predictions_show_a_plot_and_the_ratio(operator: Client) -> None:
    ResponseModel.objects.create(
        goal="reads",
        base=0.05,
        prior=100,
        calibrator={},
        plot=[[0.04, 0.05, 0.06, 900.0], [0.09, 0.10, 0.11, 100.0]],
        facts=1_000,
        predicted=55.0,
        observed=65,
        made_at=clock.now(),
    )

    page = text_of(operator.get("/operator/promotion/predictions"))

    assert "Predicted 0.85 times what was observed" in page
    assert "4.00% (900 impressions)" in page
    rows = operator.get("/operator/promotion/predictions.csv?goal=reads").content.decode()
    assert rows.splitlines()[1].split(",")[2:] == ["0.04", "0.05", "0.06", "900"]


def test_predictions_tell_classes_of_readers_apart(operator: Client) -> None:
    affinity = Affinity(known=200.0, shown=np.array([600.0, 250.0, 100.0, 50.0]))
    model = ResponseModel.objects.create(
        goal="reads",
        base=0.05,
        prior=100,
        calibrator={},
        plot=[],
        affinity=affinity.state(),
        classes=[[600, 30.0, 31], [250, 12.5, 8], [100, 5.0, 0], [50, 2.5, 6]],
        facts=1_000,
        predicted=50.0,
        observed=45,
        made_at=clock.now(),
    )

    page = text_of(operator.get("/operator/promotion/predictions"))
    rows = operator.get("/operator/promotion/predictions.csv?goal=reads&of=classes")
    ResponseModel.objects.filter(pk=model.pk).update(classes=[[1_000, 50.0, 45]] + 3 * [[0, 0, 0]])
    before = text_of(operator.get("/operator/promotion/predictions"))

    assert "No topic in common 1.00 250 12.5 8 1.562" in page
    assert "One topic in common 1.00 100 5.0 0 none observed" in page
    assert [line.split(",")[2:] for line in rows.content.decode().splitlines()[1:]] == [
        ["unknown", "1.0", "600", "30.0", "31"],
        ["none", "1.0", "250", "12.5", "8"],
        ["one", "1.0", "100", "5.0", "0"],
        ["several", "1.0", "50", "2.5", "6"],
    ]
    assert "so every factor is 1" in before


def test_a_long_queue_takes_as_many_queries_as_a_short_one(
    operator: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    order_of()
    operator.get("/operator/promotion")
    with django_assert_num_queries(9):
        operator.get("/operator/promotion")
    for _one in range(5):
        order_of()
    with django_assert_num_queries(9):
        operator.get("/operator/promotion")


def test_every_figure_of_a_rule_stands_in_one_group_of_the_form() -> None:
    grouped = [name for _heading, names in GROUPS for name in names]

    assert sorted(grouped) == sorted(NAMES)
