"""The protocol of reports and ticks: taken once, one tick at a time, whole or not at all."""

import datetime as dt
from typing import Any

import numpy as np
import pytest
from django.db import OperationalError
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.accounts.testing import make_person
from meadow.core.testing import race, together
from meadow.promotion.delivery import reporting, tally, ticking
from meadow.promotion.delivery.reporting import Letter
from meadow.promotion.delivery.reports import Report, pack, unpack
from meadow.promotion.delivery.tally import Pairs, Told
from meadow.promotion.delivery.testing import make_live_order
from meadow.promotion.delivery.tests.simulated import START, Process, World, make_running
from meadow.promotion.delivery.ticking import forget_old_meetings, pace_orders
from meadow.promotion.models import InventoryHour, Met, Order, Pace, ServedReport, WebServer
from meadow.promotion.services.ruling import LISTS, NUMBERS, set_rule
from meadow.promotion.testing import ensure_rule

ids = st.integers(1, 2**40)
amounts = st.integers(0, 2**50)


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(ids, st.tuples(amounts, amounts), max_size=5),
    st.dictionaries(ids, amounts, max_size=5),
    st.lists(st.tuples(ids, amounts, st.floats(0, 1)), max_size=20),
    st.booleans(),
)
def test_a_report_comes_back_as_it_was(
    served: dict[int, tuple[int, int]],
    counts: dict[int, int],
    pairs: list[tuple[int, int, float]],
    ended: bool,
) -> None:
    told = Told(served=served, returned=counts, pages=5, filled=4, people=3, spent=2)
    told.ghosts.update(counts)
    told.wins.update({3: 5})
    columns = list(zip(*pairs, strict=True)) or [(), (), ()]
    given_pairs = Pairs(
        orders=np.array(columns[0], np.int64),
        prices=np.array(columns[1], np.int64),
        values=np.array(columns[2], np.float64),
        stands_for=2.5,
    )

    found = unpack(pack(Report(told=told, pairs=given_pairs, ended=ended)))

    assert found.told == told
    assert (found.ended, found.pairs.stands_for) == (ended, 2.5)
    for name in ("orders", "prices", "values"):
        assert np.array_equal(getattr(found.pairs, name), getattr(given_pairs, name))


@pytest.mark.django_db
def test_a_report_sent_again_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database has it, and the process was not told so."""
    ann = make_person()
    world = World(processes=1)
    order = make_running(world, buyer=ann, hours=1, budget=1_000)
    world.steps(4, pages=8)
    (process,) = world.processes
    for _ in range(30):
        world._read()
    post = process.reporter._post

    def post_and_hear_nothing(letter: Letter) -> None:
        post(letter)
        process.reporter._letter = letter
        raise OperationalError("the answer is lost")

    with monkeypatch.context() as patch:
        patch.setattr(process.reporter, "_post", post_and_hear_nothing)
        with pytest.raises(OperationalError):
            process.reporter.report(now=world.now)
    pace_orders(now=world.now)
    world.steps(3, pages=8)

    assert Pace.objects.get(order=order).served == world.price(order)
    assert InventoryHour.objects.get().pages == 7 * 8 + 30


@pytest.mark.django_db
def test_a_tick_that_breaks_off_has_done_nothing_and_the_next_does_it_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ann = make_person()
    world = World(processes=2)
    order = make_running(world, buyer=ann, hours=1, budget=1_000)
    world.steps(4, pages=8)
    world.step(pages=8, tick=False)
    before = Pace.objects.values().get(order=order)
    reports = ServedReport.objects.count()
    assert reports == 2

    def broken(*given: Any, **named: Any) -> None:
        raise OperationalError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(ticking, "keep_paces", broken)
        with pytest.raises(OperationalError):
            pace_orders(now=world.now)

    assert Pace.objects.values().get(order=order) == before
    assert ServedReport.objects.count() == reports
    assert pace_orders(now=world.now)
    assert Pace.objects.get(order=order).served == world.price(order)
    assert ServedReport.objects.count() == 0


@pytest.mark.django_db
def test_a_pace_resumed_is_the_pace_uninterrupted() -> None:
    """Every tick restores from rows: none of what decides stands in memory alone."""
    ann = make_person()
    world = World(processes=1)
    order = make_running(world, buyer=ann, hours=1, budget=1_000)
    world.steps(6, pages=8)
    world.step(pages=8, tick=False)
    kept: dict[str, Any] = {
        "paces": list(Pace.objects.values()),
        "reports": list(ServedReport.objects.values()),
        "hours": list(InventoryHour.objects.values()),
    }

    def tick() -> dict[str, Any]:
        pace_orders(now=world.now)
        row = Pace.objects.values().get(order=order)
        return {name: value for name, value in row.items() if name != "version"}

    first = tick()
    Pace.objects.all().delete()
    InventoryHour.objects.all().delete()
    Pace.objects.bulk_create(Pace(**row) for row in kept["paces"])
    InventoryHour.objects.bulk_create(InventoryHour(**row) for row in kept["hours"])
    ServedReport.objects.bulk_create(ServedReport(**row) for row in kept["reports"])

    assert tick() == first
    assert first["high"] > 0


@pytest.fixture
def two_ticks(transactional_db: None) -> tuple[World, Order]:
    world = World(processes=1)
    order = make_running(world, buyer=make_person(), hours=1, budget=1_000)
    world.steps(4, pages=8)
    world.step(pages=8, tick=False)
    return world, order


@pytest.mark.django_db(transaction=True)
def test_of_two_ticks_at_once_one_does_nothing(
    two_ticks: tuple[World, Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, order = two_ticks
    # Each holds what it got until both have asked.
    asked = together(lambda alone: alone, runners=2)
    real = ticking.is_alone
    monkeypatch.setattr(ticking, "is_alone", lambda: asked(real()))

    done = race(lambda _: pace_orders(now=world.now), runners=2)

    assert sorted(map(str, done)) == ["False", "True"]
    assert Pace.objects.get(order=order).served == world.price(order)


@pytest.mark.django_db(transaction=True)
def test_control_with_the_lock_off_both_ticks_are_at_it(
    two_ticks: tuple[World, Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, _ = two_ticks
    monkeypatch.setattr(ticking, "is_alone", together(lambda: True, runners=2))

    done = race(lambda _: pace_orders(now=world.now), runners=2)

    assert done == [True, True]


@pytest.mark.django_db
def test_an_order_that_is_over_is_followed_until_its_money_is_in() -> None:
    world = World(processes=1)
    order = make_running(world, buyer=make_person(), hours=1, budget=1_000)
    world.steps(10, pages=8)
    # Of what is shown last nothing becomes valid: it is under way for two minutes.
    world.valid = 0.0
    world.step(pages=40)
    Order.objects.filter(pk=order.pk).update(state=Order.State.FINISHED, ended_at=world.now)

    world.step(pages=0)
    pace = Pace.objects.get(order=order)
    assert (pace.high, pace.open) == (0.0, True)

    world.steps(8, pages=0)
    pace = Pace.objects.get(order=order)
    assert (pace.open, pace.purse["lent"], pace.purse["under_way"]) == (False, {}, 0)
    assert pace.purse["charged"] == order.delivered.price


@pytest.mark.django_db
def test_a_process_says_its_last_and_is_not_lent_to_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("meadow.promotion.delivery.reporting.connection.close", lambda: None)
    world = World(processes=1)
    order = make_running(world, buyer=make_person(), hours=1, budget=1_000)
    world.steps(3, pages=8)
    (process,) = world.processes
    name = process.keeper.name
    monkeypatch.setattr(reporting, "clock_now", lambda: world.now)

    process.reporter.finish()
    pace_orders(now=world.now)

    pace = Pace.objects.get(order=order)
    assert (pace.loans, pace.purse["lent"]) == ({}, {})
    assert pace.served == world.price(order)
    assert WebServer.objects.get(name=name).seen_at < world.now


@pytest.mark.django_db
def test_quiet_orders_are_left_alone() -> None:
    ann = make_person()
    world = World(processes=1)
    order = make_running(world, buyer=ann, hours=1, budget=1_000)
    world.steps(3, pages=0)
    before = Pace.objects.values().get(order=order)

    pace_orders(now=world.now + dt.timedelta(seconds=2))

    assert Pace.objects.values().get(order=order) == before


@pytest.mark.django_db
def test_who_met_an_order_is_forgotten_after_two_days() -> None:
    ann, bob = make_person(), make_person()
    order = make_live_order(buyer=ann, now=START)
    for hours in (1, 47, 49):
        at = START - dt.timedelta(hours=hours)
        Met.objects.create(order=order, person=bob, at=at, held_out=False)

    assert forget_old_meetings(now=START) == 1
    assert Met.objects.count() == 2


@pytest.mark.django_db
def test_what_is_told_of_opportunities_is_bounded_and_stands_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tally, "MOST_SAMPLES", 40)
    monkeypatch.setattr(tally, "MOST_PAIRS", 60)
    ann = make_person()
    world = World(processes=1)
    orders = [make_running(world, buyer=ann, hours=1, budget=1_000) for _ in range(5)]
    world.steps(1, pages=0)
    (process,) = world.processes

    for _ in range(400):
        world._read()
    told = process.keeper.tally.take()
    pairs = tally.pairs_of(
        told, stand=process.keeper.stand, luck=np.random.default_rng(3), now=world.now
    )

    assert (told.pages, len(told.samples)) == (400, 40)
    assert 40 <= len(pairs.orders) <= 80
    assert set(pairs.orders.tolist()) == {order.pk for order in orders}
    # 5 orders x 400 pages, within the luck of the draw.
    assert abs(len(pairs.orders) * pairs.stands_for / 2_000 - 1) < 0.3


def newer_rule(**figures: int) -> None:
    rule = ensure_rule()
    values = {name: getattr(rule, name) for name in (*NUMBERS, *LISTS)}
    set_rule(values=values | figures, note="Tried.", seen=rule.number, operator_id=1, now=START)


@pytest.mark.django_db
def test_an_order_is_planned_over_the_pages_that_the_rule_names_and_bids_no_more_than_it_says() -> (
    None
):
    newer_rule(unknown_hour=40, most_reserves=3)
    world = World(processes=1)
    # More than there is to buy.
    order = make_running(world, buyer=make_person(), hours=2, budget=100_000)
    world.steps(60, pages=8)

    pace = Pace.objects.get(order=order)
    assert pace.pacer["traffic"] == [40, 40]
    assert pace.high * 0.05 == pytest.approx(3 * 20_000)


@pytest.mark.django_db
def test_many_orders_are_told_of_in_turns_and_each_as_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tally, "MOST_TOLD", 2)
    ann = make_person()
    world = World(processes=2)
    orders = [make_running(world, buyer=ann, hours=1, budget=1_000) for _ in range(5)]
    world.steps(1, pages=0)
    told: list[set[int]] = []

    for _ in range(3):
        for _ in range(40):
            world._read()
        parts = [
            tally.pairs_of(
                process.keeper.tally.take(),
                stand=process.keeper.stand,
                luck=np.random.default_rng(3),
                now=world.now,
            )
            for process in world.processes
        ]
        told.append({order for pairs in parts for order in pairs.orders.tolist()})
        assert all(pairs.stands_for == 3 for pairs in parts)
        world.seconds += tally.SECONDS_A_TURN

    assert sorted(map(len, told)) == [1, 2, 2]
    assert set().union(*told) == {order.pk for order in orders}


def test_processes_have_names_of_their_own() -> None:
    world = World(processes=0)
    assert Process(world).keeper.name != Process(world).keeper.name
