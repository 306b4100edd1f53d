"""A forecast keeps to its bounds, grows with budget and time, and in small cases is what a hand computes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meadow.promotion.forecasts import Note, Range
from meadow.promotion.forecasts.method import Ask, Friction, Market, draw, forecast
from meadow.promotion.forecasts.prices import Prices
from meadow.promotion.forecasts.reach import Crowd, fit_crowd, reached, tabulate
from meadow.promotion.forecasts.supply import Profile, draw_traffic, fit_profile

# A Monday, 00:00.
START = 24.0 * (7 * 2_950 + 4)
STEADY = Profile(
    by_hour=np.full(24, 1_000.0),
    by_weekday=np.ones(7),
    level_spread=0.0,
    day_spread=0.0,
    stretch_spread=0.0,
)
FREE = Prices(prices=np.zeros(1), pages=np.ones(1), spread=0.0, demand=0.0, spent=0.0)
MARKET = Market(
    profile=STEADY,
    hours=672,
    crowd=Crowd(people=1e6, sittings=1_000.0, pages=1.0, shape=10.0),
    prices=FREE,
    valid=1.0,
    friction=Friction(
        slots=0.0, evenness_spread=0.0, pennies=0.0, last=0.0, prices=0.0, crowd=0.0, chance=0.0
    ),
)
ASK = Ask(
    budget=200_000,
    starts=START,
    ends=START + 24,
    share=1.0,
    reserve=20,
    most=200,
    cap=0,
    quality=1000,
    rate=0.1,
    low=0.1,
    high=0.1000001,
    known=True,
    micro_of_minor=10,
)


def test_where_nothing_varies_a_budget_buys_what_it_costs() -> None:
    told = forecast(MARKET, ASK, holdout=1_000)

    # 200,000 at 20 each; nine of ten people are shown it, 21,600 pages: enough.
    assert told.impressions == Range(10_000, 10_000, 10_000)
    assert told.cost == Range(2_000, 2_000, 2_000)
    # Of a million people, 900,000 are not held out: hardly anybody is met twice.
    assert told.people == Range(*[9_939] * 3)
    assert told.results is not None
    # 1,000 expected, by chance 1,000 +- 1.2816 x sqrt(1,000).
    assert told.results == pytest.approx((960, 1_000, 1_041), abs=4)
    assert told.notes == ()


def test_a_budget_beyond_the_traffic_is_said_and_not_promised() -> None:
    told = forecast(MARKET, replace(ASK, budget=10_000_000), holdout=1_000)

    # 24,000 sittings of a page each, of which 90 % are not held out.
    assert told.impressions is not None
    assert told.impressions.high == 21_600
    assert Note.BUDGET_TOO_LARGE in told.notes


def test_dearer_pages_are_bought_last() -> None:
    prices = Prices(np.array([0.0, 40.0]), np.array([1.0, 3.0]), 0.0, 0.0, 0.0)
    market = replace(MARKET, prices=prices)

    told = forecast(market, replace(ASK, budget=216_000), holdout=1_000)

    # 5,400 of 21,600 pages at the reserve of 20, the other 108,000 buy 2,700 at 40.
    assert told.impressions is not None
    assert told.impressions.middle == pytest.approx(8_100, rel=0.001)
    assert told.cost is not None
    assert told.cost.middle == pytest.approx(216_000 / 8_100 * 100, rel=0.001)


def test_a_better_note_pays_less_and_one_too_dear_is_not_bought() -> None:
    prices = Prices(np.array([40.0, 500.0]), np.array([1.0, 1.0]), 0.0, 0.0, 0.0)
    market = replace(MARKET, prices=prices)
    ask = replace(ASK, budget=40_000)

    usual = forecast(market, ask, holdout=1_000)
    better = forecast(market, replace(ask, quality=2000), holdout=1_000)
    all_of_it = forecast(market, replace(ask, budget=10**9), holdout=1_000)

    assert (usual.impressions, better.impressions) == (Range(*[1_000] * 3), Range(*[2_000] * 3))
    assert all_of_it.cost == Range(4_000, 4_000, 4_000)


def test_what_others_ordered_takes_its_part() -> None:
    market = replace(MARKET, prices=replace(FREE, demand=1e9))

    told = forecast(market, replace(ASK, budget=10_000_000), holdout=1_000)
    alone = forecast(MARKET, replace(ASK, budget=10_000_000), holdout=1_000)

    assert told.impressions is not None
    assert alone.impressions is not None
    assert told.impressions.high < 0.01 * alone.impressions.low


def markets() -> st.SearchStrategy[Market]:
    rates = st.floats(1, 5_000)
    return st.builds(
        lambda hour, day, level, people, pages, shape, price, valid: Market(
            profile=Profile(np.full(24, hour), np.ones(7), level, day, day / 2),
            hours=600,
            crowd=Crowd(people, max(hour / pages, 0.1), pages, shape),
            prices=Prices(np.array([0.0, price, 2 * price]), np.array([2.0, 1, 1]), day, price, 0),
            valid=valid,
        ),
        rates,
        st.floats(0, 0.6),
        st.floats(0, 0.5),
        st.floats(50, 1e6),
        st.floats(1, 10),
        st.floats(0.1, 10),
        st.floats(10, 300),
        st.floats(0.5, 1),
    )


ASKS = st.builds(
    lambda budget, hours, share, cap, quality, rate, width: replace(
        ASK,
        budget=budget,
        ends=START + hours,
        share=share,
        cap=cap,
        quality=quality,
        rate=rate,
        low=rate / width,
        high=min(rate * width, 1.0),
    ),
    st.integers(100, 10**8),
    st.integers(1, 400),
    st.floats(0.01, 1),
    st.integers(0, 4),
    st.integers(500, 2000),
    st.floats(0.001, 0.5),
    st.floats(1.01, 3),
)


@given(market=markets(), ask=ASKS, holdout=st.integers(100, 5_000))
def test_no_forecast_goes_beyond_its_bounds(market: Market, ask: Ask, holdout: int) -> None:
    told = forecast(market, ask, holdout=holdout)
    drawn = draw(market, ask, holdout=holdout)

    for found in (told.people, told.impressions, told.results):
        assert found is not None
        assert 0 <= found.low <= found.middle <= found.high
    assert told.people is not None
    assert told.impressions is not None
    for people, impressions in zip(told.people, told.impressions, strict=True):
        assert impressions <= ask.budget / ask.reserve
        assert people <= impressions
        assert not ask.cap or impressions <= people * ask.cap * ask.days
    assert (drawn.spent <= ask.budget * (1 + 1e-9)).all()
    if told.cost is not None:
        floor = ask.reserve * 1000 // ask.micro_of_minor
        assert floor <= told.cost.low <= told.cost.middle <= told.cost.high


@given(market=markets(), ask=ASKS, more=st.integers(1, 10**8), hours=st.integers(1, 300))
def test_more_money_or_more_time_is_never_less(
    market: Market, ask: Ask, more: int, hours: int
) -> None:
    before = draw(market, ask, holdout=1_000).impressions

    richer = draw(market, replace(ask, budget=ask.budget + more), holdout=1_000).impressions

    assert (richer >= before).all()
    # Where others do not begin to spend more: they too would have more time to.
    quiet = replace(market, prices=replace(market.prices, demand=0.0))
    before = draw(quiet, ask, holdout=1_000).impressions
    longer = draw(quiet, replace(ask, ends=ask.ends + hours), holdout=1_000).impressions
    assert (longer >= before).all()


def test_a_cap_leaves_what_a_count_by_hand_leaves() -> None:
    # 100 people, 200 contacts in a day, geometric (shape 1): P(at least one) = 2/3. A second showing comes
    # after a sitting of 2 h: of a mean of 2 x 22/24, P(at least two) = (11/17)^2.
    contacts = np.array([200.0])

    def left(cap: int, hours: float) -> float:
        shown = tabulate(people=100.0, shape=1.0, cap=cap, hours=hours)
        return float(shown.within_cap(contacts)[0])

    assert left(1, 24) == pytest.approx(200 / 3, rel=0.005)
    assert left(2, 24) == pytest.approx(100 * (2 / 3 + (11 / 17) ** 2), rel=0.005)
    assert left(0, 24) == 200
    assert reached(contacts, people=100.0, shape=1.0)[0] == pytest.approx(200 / 3)


def test_later_days_pass_what_a_loss_system_passes() -> None:
    # Nearly equal people (shape 1,000) with one contact a day: of a cap of 1, the first day 1 - 1/e, each
    # of nine later days a half (Erlang B of one server and one call).
    shown = tabulate(people=1_000.0, shape=1_000.0, cap=1, hours=240)

    left = shown.within_cap(np.array([10_000.0]))

    assert left[0] == pytest.approx(1_000 * (1 - np.exp(-1.0) + 9 * 0.5), rel=0.005)
    # And who was shown it in ten days: all but one of e^10.
    assert shown.reached(left)[0] == pytest.approx(1_000 * (1 - np.exp(-10.0)), rel=0.005)


def test_a_crowd_is_found_from_the_windows_it_makes() -> None:
    people, sittings, shape = 4_000.0, 250.0, 0.5
    within = {
        hours: float(reached(np.array([sittings * hours]), people=people, shape=shape)[0])
        for hours in (24, 72, 168, 672)
    } | {2: 2 * sittings}

    found = fit_crowd(pages=750.0, within=within)

    assert found.people == pytest.approx(people, rel=0.05)
    assert (found.sittings, found.shape) == (sittings, shape)
    assert found.pages == pytest.approx(3.0)


def test_hours_and_weekdays_are_found_and_a_steady_traffic_strays_little() -> None:
    hours = np.arange(28 * 24)
    wave = 300.0 + 200.0 * np.sin(hours / 24 * 2 * np.pi)
    weekday = np.where((hours // 24) % 7 == 5, 1.5, 1.0)

    profile = fit_profile(first=int(START), pages=wave * weekday)
    drawn = draw_traffic(
        profile,
        starts=START + 5 * 24,
        ends=START + 6 * 24,
        luck=np.random.default_rng(1),
        draws=2_000,
    )

    # The truth of a day of 1.5: 10,800; weekdays are pulled to each other, so a little less.
    assert np.median(drawn) == pytest.approx(10_800, rel=0.08)
    assert profile.day_spread < 0.12
    little = fit_profile(first=int(START), pages=wave[:24])
    assert little.day_spread > 0.2
    assert little.level_spread > 0.2
