"""What orders were delivered reaches PostgreSQL as it is counted: once, never backward, whatever fails."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from meadow.accounts.testing import make_person
from meadow.analytics.facts import Verdict
from meadow.analytics.testing import wait_for
from meadow.analytics.verdicts import publish_verdicts
from meadow.analytics.warehouse import client as warehouse_client
from meadow.core import clock, realtime
from meadow.core.ids import new_id
from meadow.core.testing import count_waiting, race
from meadow.core.transactions import transaction
from meadow.ledger.testing import wallet
from meadow.notes.testing import make_note
from meadow.promotion.models import Delivered, Order
from meadow.promotion.queries.delivered import DeliveredRecord, get_delivered, list_counted
from meadow.promotion.services.charging import charge_due
from meadow.promotion.services.projecting import (
    FIGURES,
    Projector,
    project_authors,
    reconcile_orders,
)
from meadow.promotion.testing import make_order
from meadow.promotion.tests.paying import FEN, NOW, count, place, stands
from meadow.promotion.tests.showing import PRICE, did, ghost, paid, tell
from meadow.runtime import processes
from meadow.runtime.testing import RunningEngines

HOUR = dt.timedelta(hours=1)


def running_order(**given: Any) -> Order:
    buyer = make_person()
    now = clock.now()
    return make_order(
        buyer=buyer, now=now - 3 * HOUR, note_id=buyer.pk, **({"state": "running"} | given)
    )


def figures(order: Order) -> dict[str, int]:
    found = get_delivered(order.pk)
    return {name: getattr(found, name) for name in FIGURES if getattr(found, name)}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Whose open pages were told, a list a time."""
    heard: list[list[int]] = []
    monkeypatch.setattr(
        realtime, "publish_many", lambda *, person_ids, kind, payload: heard.append([*person_ids])
    )
    return heard


@pytest.mark.django_db
def test_what_was_counted_is_written_and_its_buyer_told_once(
    warehouse: RunningEngines, told: list[list[int]]
) -> None:
    order, other = running_order(), running_order()
    at = clock.now() - HOUR
    tell(
        [
            *(paid("impression", order, one, at=at) for one in (1, 2, 3)),
            paid("impression", order, 3, at=at, provenance="invalid", reason="token_reused"),
            paid("impression", order, 4, at=at, signed_in=False),
            *(paid("open", order, 1, at=at), paid("read", order, 1, at=at)),
            *(did("like", order, 1, at=at), did("follow", order, 2, at=at)),
            *(ghost(order, 5, at=at), ghost(order, 5, at=at)),
        ]
    )

    moved = project_authors([order.author_id, other.author_id], now=clock.now())

    expected = {
        **{"raw_impressions": 5, "impressions": 3, "invalid": 1, "price": 3 * PRICE, "people": 3},
        **{"opens": 1, "reads": 1, "interactions": 1, "follows": 1, "ghosts": 1},
    }
    assert (moved, figures(order), figures(other)) == ([order.pk, other.pk], expected, {})
    assert told == [sorted([order.author_id, other.author_id])]
    assert project_authors([order.author_id, other.author_id], now=clock.now()) == []
    assert told[1:] == [[]]


@pytest.mark.django_db
def test_what_was_counted_earlier_never_replaces_what_was_counted_later(
    warehouse: RunningEngines,
) -> None:
    order = running_order()
    tell([paid("impression", order, 1, at=clock.now() - HOUR)])
    later = clock.now() + dt.timedelta(days=1)
    Delivered.objects.create(order=order, as_of=later, impressions=7, price=9)

    assert project_authors([order.author_id], now=clock.now()) == []

    assert figures(order) == {"impressions": 7, "price": 9}
    assert get_delivered(order.pk).as_of == later


@pytest.mark.django_db
def test_a_later_verdict_takes_showings_back_and_leaves_what_was_settled(
    warehouse: RunningEngines,
) -> None:
    order = running_order()
    facts = [paid("impression", order, one, at=clock.now() - HOUR) for one in (1, 2)]
    tell(facts)
    project_authors([order.author_id], now=clock.now())
    Delivered.objects.filter(order=order).update(settled_price=2 * PRICE)
    publish_verdicts([verdict_on(facts[0].id, order)])

    assert wait_for(lambda: reconcile_orders(now=clock.now()) == [order.pk])

    found = get_delivered(order.pk)
    assert (found.impressions, found.invalid, found.price) == (1, 1, PRICE)
    assert found.settled_price == 2 * PRICE


def verdict_on(fact_id: str, order: Order) -> Verdict:
    return Verdict(
        id=new_id("v"),
        fact_id=fact_id,
        author_id=order.author_id,
        note_id=order.note_id,
        provenance="invalid",
        reason="clockwork",
        case_id="case",
        at=int(clock.now().timestamp() * 1000),
    )


@pytest.mark.django_db
def test_what_nobody_told_is_found_and_quiet_orders_are_said_to_be_quiet(
    warehouse: RunningEngines,
) -> None:
    quiet, untold = running_order(), running_order()
    assert reconcile_orders(now=clock.now()) == [quiet.pk, untold.pk]
    before = get_delivered(quiet.pk).as_of
    assert before is not None
    tell([paid("impression", untold, 1, at=clock.now() - HOUR)])

    def is_later() -> bool:
        reconcile_orders(now=clock.now())
        return (get_delivered(quiet.pk).as_of or before) > before

    # How far it was counted is the mark of the roll-up, which comes a moment after the facts.
    assert wait_for(is_later)

    assert (figures(quiet), figures(untold)["impressions"]) == ({}, 1)
    assert reconcile_orders(now=clock.now(), whole=True) == []


@pytest.mark.django_db
def test_orders_are_counted_from_their_start_until_nothing_is_given_back_any_more() -> None:
    now = clock.now()
    buyer = make_person()
    days = make_order(buyer=buyer, now=now).rule.credit_days
    over: dict[str, Any] = {"state": "finished", "starts_at": now - dt.timedelta(days=200)}
    settled = over | {"settled_at": now}
    long_ago = now - dt.timedelta(days=days)
    credited = make_order(buyer=buyer, now=now, **settled, ended_at=long_ago + HOUR)
    make_order(buyer=buyer, now=now, **settled, ended_at=long_ago)
    late = make_order(buyer=buyer, now=now, **over, ended_at=long_ago)
    make_order(buyer=buyer, now=now, state="rejected", ended_at=now, settled_at=now)
    make_order(buyer=buyer, now=now, state="running", starts_at=now + HOUR)
    paused = make_order(buyer=buyer, now=now, state="paused")

    found = [one.id for one in list_counted(now=now, author_ids=[buyer.pk])]

    assert found == [credited.pk - 1, credited.pk, late.pk, paused.pk]
    assert list_counted(now=now, author_ids=[buyer.pk + 1]) == []


@pytest.mark.django_db
def test_while_the_warehouse_is_away_authors_are_owed(
    warehouse: RunningEngines, settings: Any
) -> None:
    order = running_order()
    tell([paid("impression", order, 1, at=clock.now() - HOUR)])
    projector, here = Projector(), settings.ENVIRONMENT
    nowhere = f"http://meadow:x@127.0.0.1:{processes.free_port()}"
    settings.ENVIRONMENT = dataclasses.replace(here, clickhouse_url=nowhere)
    warehouse_client._local.client = None

    projector.hear([order.author_id])
    assert get_delivered(order.pk) == DeliveredRecord()

    settings.ENVIRONMENT = here
    warehouse_client._local.client = None
    projector.hear([])
    assert figures(order)["impressions"] == 1


@pytest.mark.django_db(transaction=True)
def test_an_order_projected_by_many_at_once_has_one_count(warehouse: RunningEngines) -> None:
    order = running_order()
    tell([paid("impression", order, one, at=clock.now() - HOUR) for one in range(5)])

    outcomes = race(lambda _number: project_authors([order.author_id], now=clock.now()), runners=6)

    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert (figures(order)["impressions"], figures(order)["price"]) == (5, 5 * PRICE)


@pytest.mark.django_db(transaction=True)
def test_charging_and_projecting_never_wait_for_each_other(warehouse: RunningEngines) -> None:
    buyer = make_person()
    wallet(str(buyer.pk), 5_000)
    first, second = place(buyer), place(buyer)
    # An update by itself would take the later one first: its figures lie first in the table.
    for order in (second, first):
        count(order, 4 * FEN)
    tell([paid("impression", running_order(), 1, at=clock.now() - HOUR)])

    def run(work: Callable[[], Any]) -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=2) as pool:
        with transaction():
            Delivered.objects.select_for_update().get(pk=first.pk)
            charging = pool.submit(run, lambda: charge_due(now=NOW))
            assert wait_for(lambda: count_waiting() == 1)
            projecting = pool.submit(run, lambda: reconcile_orders(now=clock.now()))
            assert wait_for(lambda: count_waiting() == 2)
        charging.result(timeout=30)
        projecting.result(timeout=30)

    assert [stands(order)[0] for order in (first, second)] == [4, 4]
    assert Delivered.objects.filter(pk__in=[first.pk, second.pk], as_of__gt=NOW).count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_warehouse_itself_writes_what_it_counted(warehouse: RunningEngines) -> None:
    buyer = make_person()
    note = make_note(buyer.pk, photos=0)
    order = make_order(buyer=buyer, now=clock.now() - HOUR, note_id=note.pk, state="running")
    tell([paid("impression", order, 1, at=clock.now()), did("follow", order, 1, at=clock.now())])

    assert wait_for(lambda: figures(order).get("follows") == 1)

    assert figures(order)["impressions"] == 1
