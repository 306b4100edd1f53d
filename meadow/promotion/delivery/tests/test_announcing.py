"""A process is lent to before it has shown anybody anything."""

import threading

import pytest

from meadow.accounts.testing import make_person
from meadow.promotion.delivery.keeper import Keeper
from meadow.promotion.delivery.reporting import Reporter
from meadow.promotion.delivery.tests.simulated import World, make_running

SECOND = 1.0


@pytest.mark.django_db
def test_the_first_page_after_an_approval_has_the_card() -> None:
    world = World(processes=3)
    world.step(pages=0, seconds=2 * SECOND)
    order = make_running(world, buyer=make_person(), hours=24, budget=20_000, holdout=100)

    # A tick, and a look of every process.
    world.step(pages=0, seconds=2 * SECOND)

    assert [process.keeper.stand.money(order.pk) > 0 for process in world.processes] == [True] * 3
    for _ in range(20):
        world._read()
    assert world.served[order.pk]


@pytest.mark.django_db
def test_a_process_that_starts_is_lent_to_with_the_next_tick() -> None:
    world = World(processes=1)
    order = make_running(world, buyer=make_person(), hours=24, budget=20_000)
    world.step(pages=0)
    late = World(processes=1).processes[0]
    world.processes.append(late)

    world.step(pages=0)

    assert late.keeper.stand.money(order.pk) > 0


def test_a_process_s_thread_is_started_once() -> None:
    ran = threading.Semaphore(0)
    keeper = Keeper()
    keeper.begin()
    keeper.serve(watch=ran.release)

    Reporter(keeper).begin()
    Reporter(keeper).begin()

    assert ran.acquire(timeout=60)
    assert not ran.acquire(timeout=0.1)
