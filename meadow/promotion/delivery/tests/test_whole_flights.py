"""Whole flights through the real tick, loans and decision: what can be spent is spent, never more."""

import datetime as dt
import math
from collections.abc import Sequence
from itertools import accumulate

import pytest

from meadow.accounts.testing import make_person
from meadow.promotion.delivery.tests.simulated import START, World, make_running
from meadow.promotion.models import InventoryHour, Order, Pace

pytestmark = pytest.mark.django_db
FEN = 10_000
COARSE = 54.0  # a process that was not heard for a minute serves no more
USED = 0.995


def pages_an_hour(at: dt.datetime, *, mean: float) -> float:
    """Return a day's rhythm: four times as much in the early afternoon (UTC) as in the early morning."""
    return mean * (1 + 0.6 * math.sin((at.hour + at.minute / 60 - 8) / 12 * math.pi))


def know_the_week(*, mean: float) -> None:
    """Keep a week of hours of that rhythm."""
    for hours in range(1, 24 * 7 + 1):
        at = START - dt.timedelta(hours=hours)
        middle = at + dt.timedelta(minutes=30)
        InventoryHour.objects.create(hour=at, pages=round(pages_an_hour(middle, mean=mean)))


def fly(world: World, *, hours: float, mean: float, fine: float, end: float) -> None:
    """Let a flight go by in coarse steps, its last `end` seconds in `fine` ones, and the facts come in."""
    flight = hours * 3600.0
    while world.seconds < flight:
        seconds = COARSE if world.seconds < flight - end else fine
        pages = pages_an_hour(world.now, mean=mean) * seconds / 3600.0
        world.step(pages=int(world.luck.poisson(pages)), seconds=seconds)
    world.steps(9, pages=0)


def used(order: Order) -> float:
    charged: int = Pace.objects.get(order=order).purse["charged"]
    return charged / (order.budget * FEN)


def never_over(world: World, orders: Sequence[Order]) -> None:
    for order in orders:
        pace, budget = Pace.objects.get(order=order), order.budget * FEN
        assert pace.served == world.price(order)
        assert pace.purse["absorbed"] == 0
        assert pace.purse["charged"] == order.delivered.price <= budget
        assert (pace.purse["lent"], pace.purse["under_way"], pace.open) == ({}, 0, False)


def unevenness(order: Order) -> tuple[float, float]:
    """Return the mean error of a slot, and how far spend was from traffic at most, of what was served."""
    course = Pace.objects.get(order=order).course
    spent = [slot["spent"] / sum(one["spent"] for one in course) for slot in course]
    came = [slot["opportunities"] / sum(one["opportunities"] for one in course) for slot in course]
    errors = [abs(mine / due - 1) for mine, due in zip(spent, came, strict=True)]
    gaps = [abs(mine - due) for mine, due in zip(accumulate(spent), accumulate(came), strict=True)]
    return sum(errors) / len(errors), max(gaps)


def test_hours_of_unknown_traffic_are_used_whole() -> None:
    ann = make_person()
    world = World(processes=4)
    orders = [make_running(world, buyer=ann, hours=5, budget=fen) for fen in (1_000, 2_000)]

    fly(world, hours=5, mean=900, fine=4, end=400)

    never_over(world, orders)
    assert [used(order) > USED for order in orders] == [True, True], list(map(used, orders))


@pytest.mark.slow
def test_a_day_is_used_whole_and_evenly() -> None:
    """Of a budget for ten showings as much as whole showings allow."""
    ann = make_person()
    know_the_week(mean=900)
    world = World(processes=2)
    budgets = (1_000, 3_000, 5_000, 20)
    orders = [make_running(world, buyer=ann, hours=24, budget=fen) for fen in budgets]

    fly(world, hours=24, mean=900, fine=2, end=600)

    never_over(world, orders)
    *ordinary, small = orders
    assert min(map(used, ordinary)) >= USED, list(map(used, ordinary))
    assert used(small) >= 0.8
    for order in ordinary:
        error, gap = unevenness(order)
        # As even as cards are: an hour of the night has a handful.
        assert error < 0.15
        assert gap < 0.02
