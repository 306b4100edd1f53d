"""A web process hears of what changed, and reads nothing else."""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from meadow.accounts.testing import make_person
from meadow.core.clock import now
from meadow.core.transactions import transaction
from meadow.promotion.delivery.keeper import SECONDS_BETWEEN_WHOLE_LOOKS, Keeper
from meadow.promotion.delivery.testing import make_live_order, repace
from meadow.promotion.models import Order, Prediction, Switch
from meadow.promotion.queries import live as queries

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = dt.timedelta(hours=1)


class Seen:
    """A process with a clock of its own, and how many orders its looks read: all, or by their mark."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 0.0
        self.keeper = Keeper(clock=lambda: self.seconds)
        self.read: list[tuple[str, int]] = []
        for name in ("read_running", "read_changed"):
            monkeypatch.setattr(queries, name, self._counting(name))

    def look(self, *, at: dt.datetime | None = None, after: float = 1.0) -> list[int]:
        """Look so many seconds later; return the orders on offer then."""
        self.seconds += after
        self.keeper.look(now=at or now())
        return sorted(self.keeper.stand.order_ids())

    def _counting(self, name: str) -> Callable[..., Any]:
        read = getattr(queries, name)

        def counting(**given: Any) -> Any:
            found = read(**given)
            self.read.append((name, len(found)))
            return found

        return counting


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    return Seen(monkeypatch)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have looks take it that nobody else writes: tests beside this one hold the server's horizon back."""
    read = queries.read_standing

    def read_standing() -> queries.Standing:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            return replace(read(), horizon=cursor.fetchone()[0])

    monkeypatch.setattr(queries, "read_standing", read_standing)


@pytest.fixture
def ann() -> Any:
    return make_person("ann")


def order_of(ann: Any, seen: Seen, **given: Any) -> Order:
    return make_live_order(buyer=ann, now=given.pop("at", now()), lent_to=[seen.keeper], **given)


@pytest.mark.usefixtures("alone")
def test_a_quiet_second_reads_no_order(ann: Any, seen: Seen) -> None:
    orders = [order_of(ann, seen).pk for _ in range(3)]

    assert [seen.look() for _ in range(3)] == [orders] * 3
    assert seen.read == [("read_running", 3), ("read_changed", 0), ("read_changed", 0)]


@pytest.mark.usefixtures("alone")
def test_of_many_orders_the_one_that_changed_is_read(ann: Any, seen: Seen) -> None:
    first, second, third = (order_of(ann, seen) for _ in range(3))
    seen.look()

    Order.objects.filter(pk=first.pk).update(state=Order.State.PAUSED)
    paused = seen.look()
    Order.objects.filter(pk=first.pk).update(state=Order.State.RUNNING)
    resumed = seen.look()
    Order.objects.filter(pk=second.pk).update(state=Order.State.CANCELLED, ended_at=now())
    ended = seen.look()
    Prediction.objects.filter(order=third).update(rate=0.02)
    seen.look()

    assert paused == [second.pk, third.pk]
    assert resumed == [first.pk, second.pk, third.pk]
    assert ended == [first.pk, third.pk]
    place = seen.keeper.stand.placed(third.pk).place
    assert seen.keeper.stand.field.columns["rate"][place] == 0.02
    assert seen.keeper.stand.money(first.pk) == 0  # given back with the pause, and not lent since
    assert seen.read == [("read_running", 3)] + [("read_changed", 1)] * 4


@pytest.mark.usefixtures("alone")
def test_what_is_charged_is_no_change(ann: Any, seen: Seen) -> None:
    order = order_of(ann, seen)
    seen.look()

    Order.objects.filter(pk=order.pk).update(charged=7)

    assert seen.look() == [order.pk]
    assert seen.read[-1] == ("read_changed", 0)


def test_an_order_begins_and_ends_by_the_clock_though_nothing_is_written(
    ann: Any, seen: Seen
) -> None:
    at = now()
    order = order_of(ann, seen, at=at + HOUR)
    over = Order.objects.get(pk=order.pk).ends_at

    assert seen.look(at=at) == []
    assert seen.look(at=at + HOUR) == [order.pk]
    assert seen.look(at=over - dt.timedelta(seconds=1)) == [order.pk]
    assert seen.look(at=over) == []
    assert [name for name, _ in seen.read] == ["read_running"] + ["read_changed"] * 3


def test_a_new_order_and_its_first_pace_are_heard_whichever_comes_first(
    ann: Any, seen: Seen
) -> None:
    seen.look()
    order = order_of(ann, seen)
    pace = order.pace
    pace.delete()
    assert seen.look() == []

    repace_anew(order, seen)

    assert seen.look() == [order.pk]
    assert seen.keeper.stand.money(order.pk) == 5_000_000


def repace_anew(order: Order, seen: Seen) -> None:
    type(order.pace).objects.create(order=order, version=0, low=1e6, high=1e6)
    repace(order, loans={seen.keeper.name: 5_000_000})


def test_the_switch_takes_everything_away_and_brings_it_back(ann: Any, seen: Seen) -> None:
    order, at = order_of(ann, seen), now()
    seen.look()

    Switch.objects.create(on=False, reason="Stop.", set_by=ann.pk, set_at=at)
    off = seen.look()
    Switch.objects.create(on=True, reason="Go on.", set_by=ann.pk, set_at=at)

    assert (off, seen.look()) == ([], [order.pk])


def pause_late(ann: Any, seen: Seen) -> tuple[list[int], list[int]]:
    """Pause an order in a transaction that commits after a younger one was seen; return it and the live."""
    old, young = order_of(ann, seen), order_of(ann, seen)
    seen.look()
    written, may_commit = threading.Event(), threading.Event()

    def pause_slowly() -> None:
        with transaction():
            Order.objects.filter(pk=old.pk).update(state=Order.State.PAUSED)
            written.set()
            may_commit.wait(60)
        connection.close()

    slow = threading.Thread(target=pause_slowly)
    slow.start()
    assert written.wait(60)
    Order.objects.filter(pk=young.pk).update(state=Order.State.PAUSED)
    between = [seen.look(), seen.look()]
    may_commit.set()
    slow.join()
    assert between == [[old.pk]] * 2
    return [old.pk], seen.look()


def test_a_change_that_commits_after_a_younger_one_was_seen_is_not_passed_over(
    ann: Any, seen: Seen
) -> None:
    _, live = pause_late(ann, seen)

    assert live == []
    assert {name for name, _ in seen.read[1:]} == {"read_changed"}


@pytest.mark.usefixtures("alone")
def test_control_without_the_horizon_it_is_passed_over(ann: Any, seen: Seen) -> None:
    paused, live = pause_late(ann, seen)

    assert live == paused


@pytest.mark.usefixtures("alone")
def test_once_a_minute_all_is_read_should_a_mark_be_missing(ann: Any, seen: Seen) -> None:
    order = order_of(ann, seen)
    seen.look()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE promotion_order DISABLE TRIGGER promotion_note_change")
        try:
            Order.objects.filter(pk=order.pk).update(state=Order.State.PAUSED)
        finally:
            cursor.execute("ALTER TABLE promotion_order ENABLE TRIGGER promotion_note_change")

    assert seen.look() == [order.pk]
    assert seen.look(after=SECONDS_BETWEEN_WHOLE_LOOKS) == []


def test_whoever_writes_a_row_whole_takes_no_mark_back(ann: Any) -> None:
    order = make_live_order(buyer=ann, now=now(), lent_to=())
    stale = Order.objects.get(pk=order.pk)
    Order.objects.filter(pk=order.pk).update(goal=Order.Goal.FOLLOWS)
    marked = Order.objects.get(pk=order.pk).changed

    stale.goal = Order.Goal.FOLLOWS
    stale.save()

    assert stale.changed < marked < Order.objects.get(pk=order.pk).changed
