"""Forecasts rest on what is kept of traffic, and where that is nothing they say so."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from meadow.accounts.testing import make_person
from meadow.promotion.audiences.definition import Definition, from_json
from meadow.promotion.forecasts import Forecast, Note
from meadow.promotion.models import (
    AudienceSnapshot,
    InventoryHour,
    PeopleWithin,
    PromotionRule,
)
from meadow.promotion.pacing.market import EDGES
from meadow.promotion.queries import predictions
from meadow.promotion.queries.predictions import Predicted
from meadow.promotion.queries.rules import newest_rule
from meadow.promotion.services import forecasting
from meadow.promotion.services.forecasting import forecast_order
from meadow.promotion.testing import make_order

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 30, 12, 30, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
EVERYONE = from_json({"all": []})
WOMEN = from_json({"in": "gender", "values": ["female"]})


@pytest.fixture(autouse=True)
def expected(monkeypatch: pytest.MonkeyPatch) -> None:
    """The warehouse is not asked: every showing is read one time in ten."""
    usual = Predicted(rate=0.1, low=0.08, high=0.125, known=True)
    monkeypatch.setattr(forecasting, "predict_lately", lambda **given: usual)


def make_history(*, days: int = 14, pages: int = 120, people: int = 60, **given: Any) -> None:
    """Keep as many days of steady traffic; `given` goes into each hour."""
    until = NOW.replace(minute=0)
    InventoryHour.objects.bulk_create(
        InventoryHour(hour=until - back * HOUR, pages=pages, people=people, **given)
        for back in range(1, days * 24 + 1)
    )
    windows = {2: 100.0, 24: 800.0, 72: 1_600.0, 168: 2_400.0}
    PeopleWithin.objects.bulk_create(
        PeopleWithin(hours=hours, people=count, pages=pages, made_at=NOW)
        for hours, count in windows.items()
    )


def ask(
    *,
    budget: int = 1_000,
    hours: int = 24,
    definition: Definition = EVERYONE,
    audience_size: int = 0,
    **given: Any,
) -> Forecast:
    return forecast_order(
        note_id=1,
        author_id=2,
        goal="reads",
        definition=definition,
        audience_size=audience_size,
        budget=budget,
        unit="CNY",
        starts_at=NOW,
        ends_at=NOW + hours * HOUR,
        rule=given.get("rule") or newest_rule(),
        now=NOW,
    )


def test_an_installation_without_a_history_says_so_and_makes_nothing_up() -> None:
    assert ask() == Forecast(None, None, None, None, holdout=1_000, notes=(Note.NOTHING_KNOWN,))

    InventoryHour.objects.create(hour=NOW.replace(minute=0) - HOUR, pages=40, people=9)
    assert not ask().is_known


def test_ten_yuan_buy_what_they_cost_where_nobody_else_bids() -> None:
    make_history()

    told = ask()

    # ¥10 at 2 fen an impression, but for the last pennies.
    assert told.impressions == pytest.approx((499, 499, 500), abs=1)
    assert told.cost == (2_000, 2_000, 2_000)
    assert told.results is not None
    assert told.results.middle == pytest.approx(50, abs=3)
    assert told.results.low < 42 < 59 < told.results.high
    assert told.people is not None
    assert 250 <= told.people.middle <= 500
    assert told.notes == (Note.LIFT_UNSURE,)
    assert told.holdout == 1_000


def test_few_days_of_history_are_said() -> None:
    make_history(days=2)

    assert Note.LITTLE_KNOWN in ask().notes


def test_a_budget_that_no_traffic_could_take_is_said() -> None:
    make_history()

    told = ask(budget=10_000_000)

    assert Note.BUDGET_TOO_LARGE in told.notes
    assert told.impressions is not None
    # 50 sittings an hour for a day, a tenth held out, nine of ten shown cards seen.
    assert told.impressions.high < 50 * 24 * 0.9 * 1.6


def test_an_audience_is_its_share_of_everybody() -> None:
    make_history()
    AudienceSnapshot.objects.create(made_at=NOW, people=10_000, body=b"")

    whole = ask(budget=10_000_000)
    quarter = ask(budget=10_000_000, definition=WOMEN, audience_size=2_500)
    nobody = ask(definition=WOMEN)

    assert whole.impressions is not None
    assert quarter.impressions is not None
    assert quarter.impressions.middle == pytest.approx(whole.impressions.middle / 4, rel=0.05)
    assert Note.AUDIENCE_SMALL in quarter.notes
    assert nobody.notes == (Note.AUDIENCE_SMALL,)
    assert not nobody.is_known


def test_what_pages_cost_lately_is_what_they_will() -> None:
    # A price of about 50,000 micro units for every page, spent on all of them.
    place = next(at for at, edge in enumerate(EDGES) if edge > 50_000)
    price = float((EDGES[place] * EDGES[place + 1]) ** 0.5)
    make_history(wins={str(place): 120}, filled=120, spent=int(120 * price))

    told = ask()

    assert told.cost is not None
    # In minor units for a thousand: micro / 10. All pages cost the same, so evenness costs nothing.
    assert told.cost.middle == pytest.approx(price / 10, rel=0.04)
    assert told.cost.low < 0.9 * told.cost.middle < 1.1 * told.cost.middle < told.cost.high


def test_what_is_ordered_already_takes_its_part() -> None:
    make_history()
    alone = ask(budget=10_000)
    for _ in range(3):
        make_order(buyer=make_person(), now=NOW, budget=1_000_000, state="running")

    told = ask(budget=10_000)

    assert alone.impressions is not None
    assert told.impressions is not None
    assert told.impressions.middle < 0.2 * alone.impressions.middle


def test_more_is_held_out_where_that_shows_what_was_added() -> None:
    make_history(pages=60_000, people=30_000)
    PeopleWithin.objects.all().delete()
    PeopleWithin.objects.bulk_create(
        PeopleWithin(hours=hours, people=count, pages=60_000, made_at=NOW)
        for hours, count in {2: 60_000.0, 24: 400_000.0, 168: 1_000_000.0}.items()
    )
    rule = newest_rule()
    PromotionRule.objects.create(
        **{
            field.name: getattr(rule, field.name)
            for field in PromotionRule._meta.fields
            if field.name not in ("id", "number", "smallest_effect")
        },
        number=rule.number + 1,
        smallest_effect=300,
    )

    small, large = ask(budget=20_000), ask(budget=400_000)

    assert small.holdout > 1_000 or Note.LIFT_UNSURE in small.notes
    assert large.holdout == 1_000
    assert Note.LIFT_UNSURE not in large.notes


def test_a_forecast_takes_the_same_round_trips_whatever_is_known(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    rule = newest_rule()
    make_history(days=1)
    # What there is, and what is ordered of it; once an hour also its hours, people, prices, what counts.
    with django_assert_num_queries(6):
        first = ask(rule=rule)
    with django_assert_num_queries(2):
        assert ask(rule=rule) == first
    make_order(buyer=make_person(), now=NOW, state="running")
    InventoryHour.objects.all().delete()
    PeopleWithin.objects.all().delete()
    make_history(days=28)

    with django_assert_num_queries(6):
        longer = ask(rule=rule)
    with django_assert_num_queries(2):
        ask(rule=rule, hours=72, budget=5_000)
    assert longer != first


def test_what_is_ordered_meanwhile_is_seen_at_once() -> None:
    make_history()
    alone = ask(budget=10_000)
    make_order(buyer=make_person(), now=NOW, budget=1_000_000, state="running")

    told = ask(budget=10_000)

    assert alone.impressions is not None
    assert told.impressions is not None
    assert told.impressions.middle < alone.impressions.middle


def test_a_note_is_asked_about_once_a_minute_and_again_where_nobody_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[dt.datetime] = []
    usual = Predicted(rate=0.1, low=0.08, high=0.125, known=True)

    def answer(*, now: dt.datetime, **given: Any) -> Predicted:
        asked.append(now)
        return replace(usual, is_asked=len(asked) > 1)

    monkeypatch.setattr(predictions, "predict", answer)
    minute = dt.timedelta(minutes=1)

    for later in (0 * minute, 0 * minute, 0.9 * minute, minute, 1.9 * minute):
        predictions.predict_lately(note_id=-1, author_id=-2, goal="reads", now=NOW + later)

    # The first time nobody answered; the second answer stands for a minute, and so does the third.
    assert asked == [NOW, NOW, NOW + minute]


def test_where_the_warehouse_is_away_a_note_is_received_as_is_usual(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from meadow.core.errors import EngineUnavailable

    def away(**given: Any) -> None:
        raise EngineUnavailable(engine="warehouse")

    monkeypatch.setattr(forecasting, "predict_lately", predictions.predict_lately)
    monkeypatch.setattr(predictions, "read_histories", away)
    make_history()

    told = ask()

    assert Note.RESPONSE_UNKNOWN in told.notes
    assert told.results is not None
    assert told.results.middle == pytest.approx(500 * 0.08, abs=3)
