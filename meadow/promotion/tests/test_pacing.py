"""A campaign spends its whole budget evenly, at the lowest bid, and says when it cannot."""

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from meadow.promotion.pacing import Decision, Pacer, Plan, Settings

Floats = NDArray[np.float64]
SLOTS = 6
STEP = 20


def plan_of(count: int, budget: int) -> Plan:
    edges = np.linspace(0, count, SLOTS + 1)
    return Plan(budget=budget, edges=edges.tolist(), traffic=np.diff(edges).tolist())


def market(count: int, *, seed: int = 3) -> tuple[Floats, Floats]:
    luck = np.random.default_rng(seed)
    taste = luck.normal(size=count)
    price = np.ceil(20_000 * np.exp(0.3 * taste + 0.6 * luck.normal(size=count)))
    return price, 0.02 * np.exp(0.7 * taste)


def spend(pacer: Pacer, price: Floats, value: Floats, *, restart_at: int = -1) -> Floats:
    luck = np.random.default_rng(5).random(len(price))
    cost = np.zeros(len(price))
    spent = 0.0
    for first in range(0, len(price), STEP):
        if first == restart_at:
            fresh = Pacer(plan=pacer.plan, ceiling=pacer.ceiling)
            fresh.restore(json.loads(json.dumps(pacer.state())))
            pacer = fresh
        bid = pacer.decide(now=float(first), spent=spent)
        span = slice(first, first + STEP)
        level = np.where(luck[span] < bid.share, bid.high, bid.low)
        wins = (price[span] <= level * value[span]) & (level > 0)
        wins &= spent + np.cumsum(price[span] * wins) <= pacer.plan.budget
        cost[span] = price[span] * wins
        spent += float(cost[span].sum())
        pacer.learn(prices=price[span], values=value[span])
    return cost


def test_the_budget_is_spent_whole_and_evenly() -> None:
    price, value = market(12_000)
    budget = int(price.sum() / 8)

    cost = spend(Pacer(plan=plan_of(12_000, budget)), price, value)

    by_slot = cost.reshape(SLOTS, -1).sum(axis=1) / (budget / SLOTS)
    assert cost.sum() <= budget
    assert cost.sum() >= 0.995 * budget
    assert np.abs(by_slot - 1).max() < 0.05


def test_it_buys_nearly_what_hindsight_would() -> None:
    price, value = market(12_000)
    budget = int(price.sum() / 8)
    order = np.argsort(price / value)
    best = value[order[np.cumsum(price[order]) <= budget]].sum()
    pacer = Pacer(plan=plan_of(12_000, budget))
    pacer.expect(prices=market(1_000, seed=4)[0], values=market(1_000, seed=4)[1])

    cost = spend(pacer, price, value)

    assert value[cost > 0].sum() >= 0.97 * best


def test_a_price_that_is_always_the_same_is_taken_part_of_the_time() -> None:
    price, value = np.full(6_000, 10_000.0), np.full(6_000, 0.05)
    budget = 6_000 * 10_000 // 4

    cost = spend(Pacer(plan=plan_of(6_000, budget)), price, value)

    by_slot = cost.reshape(SLOTS, -1).sum(axis=1) / (budget / SLOTS)
    assert np.abs(by_slot - 1).max() < 0.1
    assert cost.sum() >= 0.995 * budget


def test_after_a_restart_it_goes_on_as_if_it_had_never_stopped() -> None:
    price, value = market(3_000)
    budget = int(price.sum() / 8)

    whole = spend(Pacer(plan=plan_of(3_000, budget)), price, value)
    killed = spend(Pacer(plan=plan_of(3_000, budget)), price, value, restart_at=1_500)

    assert (whole == killed).all()


def test_its_state_is_a_few_kilobytes_of_json() -> None:
    price, value = market(3_000)
    pacer = Pacer(plan=plan_of(3_000, 1_000_000))

    pacer.learn(prices=price, values=value)

    assert len(json.dumps(pacer.state())) < 8_000


def test_a_budget_beyond_reach_is_never_called_feasible() -> None:
    price, value = market(4_000)
    pacer = Pacer(plan=plan_of(4_000, int(price.sum() * 1.2)))
    claims: list[bool | None] = []
    for first in range(0, 4_000, STEP):
        claims.append(pacer.decide(now=float(first), spent=0.0).feasible)
        pacer.learn(prices=price[first : first + STEP], values=value[first : first + STEP])
    claims.append(pacer.decide(now=4_000.0, spent=float(price.sum())).feasible)

    assert set(claims[:10]) == {None}
    assert set(claims[10:]) == {False}


def test_no_bid_is_made_after_the_end_or_without_money() -> None:
    pacer = Pacer(plan=plan_of(600, 1_000))
    pacer.learn(prices=[10.0] * 300, values=[0.1] * 300)

    ended = pacer.decide(now=600.0, spent=0.0)
    empty = pacer.decide(now=300.0, spent=1_000.0)

    assert ended == Decision(0.0, 0.0, 1.0, attainable=0, feasible=False)
    assert empty == Decision(0.0, 0.0, 1.0, attainable=1_000, feasible=True)


def test_no_bid_goes_beyond_the_ceiling() -> None:
    price, value = market(2_000)
    pacer = Pacer(plan=plan_of(4_000, int(price.sum() * 2)), ceiling=300_000.0)

    pacer.learn(prices=price, values=value)
    bid = pacer.decide(now=2_000.0, spent=0.0)

    assert (bid.low, bid.high) == (300_000.0, 300_000.0)
    assert bid.feasible is False


def test_the_first_bid_comes_from_what_the_platform_knows() -> None:
    price, value = market(2_000, seed=9)
    pacer = Pacer(plan=plan_of(4_000, 4_000 * 1_000))

    pacer.expect(prices=price, values=value)
    bid = pacer.decide(now=0.0, spent=0.0)

    cost = (price * (price <= bid.high * value)).mean()
    assert 900 <= cost <= 1_200


def test_dearer_bids_follow_from_more_budget() -> None:
    price, value = market(2_000)
    bids = []
    for part in (32, 8, 2):
        pacer = Pacer(plan=plan_of(4_000, int(price.sum() * 2 / part)))
        pacer.learn(prices=price, values=value)
        bids.append(pacer.decide(now=2_000.0, spent=float(price.sum() / part)).high)

    assert bids == sorted(bids)
    assert bids[0] < bids[-1]


@pytest.mark.parametrize(
    ("surprise", "off"), [(Settings().surprise, (0.75, 1.25)), (1e12, (0, 0.7))]
)
def test_a_market_that_breaks_is_noticed_at_once(surprise: float, off: tuple[float, float]) -> None:
    """The control, which notices nothing, spends too little for a long time."""
    price, value = market(8_000)
    budget = int(price.sum() / 4)
    pacer = Pacer(plan=plan_of(16_000, budget), settings=Settings(surprise=surprise))
    pacer.learn(prices=price, values=value)
    pacer.decide(now=8_000.0, spent=budget / 2)

    dear = 3 * price[:2_000]
    pacer.learn(prices=dear, values=value[:2_000])
    bid = pacer.decide(now=10_000.0, spent=budget * 10 / 16)

    cost = (dear * (dear <= bid.high * value[:2_000])).mean()
    assert off[0] <= cost / (budget / 16_000) <= off[1]


def test_more_traffic_than_forecast_is_spent_over_alike() -> None:
    price, value = market(15_600)
    budget = int(price.sum() / 8)
    plan = Plan(
        budget=budget,
        edges=np.linspace(0, 15_600, SLOTS + 1).tolist(),
        traffic=[2_000.0] * SLOTS,
    )

    cost = spend(Pacer(plan=plan), price, value)

    by_slot = cost.reshape(SLOTS, -1).sum(axis=1) / (budget / SLOTS)
    assert np.abs(by_slot - 1).max() < 0.08
    assert cost.sum() >= 0.995 * budget


@pytest.mark.parametrize(
    ("edges", "traffic", "budget"),
    [
        ([0, 1], [1.0, 1.0], 5),
        ([0, 0], [1.0], 5),
        ([0, 1], [0.0], 5),
        ([0, 1, 2], [3.0, -1.0], 5),
        ([0, 1], [1.0], -1),
        ([0], [], 5),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(
    edges: list[float], traffic: list[float], budget: int
) -> None:
    with pytest.raises(ValueError, match=r"plan|budget"):
        Plan(budget=budget, edges=edges, traffic=traffic)


def test_a_plan_that_leads_its_traffic_is_done_before_it_ends() -> None:
    price, value = market(12_000)
    budget = int(price.sum() / 8)
    edges = np.linspace(0, 12_000, SLOTS + 1).tolist()
    traffic = np.diff(edges).tolist()

    cost = spend(
        Pacer(plan=Plan(budget=budget, edges=edges, traffic=traffic, ahead=0.02)), price, value
    )

    # All but the price of a card, when a hundredth of the traffic is still to come.
    assert cost[:11_880].sum() >= 0.999 * budget
    shares = np.cumsum(cost) / budget
    assert np.abs(shares - np.arange(1, 12_001) / 12_000).max() < 0.03
