"""The pacing tick: takes in what processes reported, follows the money, bids and lends anew."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.db import connection

from meadow.core.transactions import transaction, transaction_required
from meadow.promotion.delivery.flights import Flight, Known, Terms, is_overdue
from meadow.promotion.delivery.inventory import note_inventory
from meadow.promotion.delivery.paces import Sums, is_stale, keep_paces
from meadow.promotion.delivery.reports import Report, unpack
from meadow.promotion.models import Met, PromotionRule
from meadow.promotion.queries.live import read_standing
from meadow.promotion.queries.pacing import (
    Paced,
    Plans,
    read_hours,
    read_paced,
    read_plans,
    read_wins,
)
from meadow.promotion.queries.rules import newest_rule
from meadow.promotion.reckoning import micro_of_minor

# A process not heard for so long serves no more (`keeper.LEASE_SECONDS`): its loans go back.
SILENT_AFTER: Final = dt.timedelta(seconds=120)
# Its number stays known for longer, so that a report that comes late is still taken once.
NAMES_KEPT: Final = dt.timedelta(days=1)
# What one tick takes in at most; after an outage the next ones take the rest.
MOST_REPORTS: Final = 500
# A cap asks for a day.
MET_KEPT: Final = dt.timedelta(days=2)

NO_PLAN: Final = Plans({}, [])

_ALONE: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('promotion.tick', 0))"
_TAKE: Final = """
DELETE FROM promotion_servedreport
WHERE id IN (SELECT id FROM promotion_servedreport ORDER BY id LIMIT %s)
RETURNING id, process, body, at
"""
_SERVERS: Final = "SELECT name FROM promotion_webserver WHERE seen_at > %s ORDER BY name"
_ENDED: Final = "UPDATE promotion_webserver SET seen_at = %s WHERE name = ANY(%s)"
_FORGET: Final = "DELETE FROM promotion_webserver WHERE seen_at <= %s"


@dataclass(frozen=True, slots=True)
class Came:
    """A report, the process it is of, and when it was written."""

    process: str
    at: dt.datetime
    report: Report


def pace_orders(*, now: dt.datetime) -> bool:
    """Pace every live order anew; False, and nothing done, where another tick is at it.

    One transaction: a report is gone when what it said is kept, and otherwise it is still there.
    """
    with transaction():
        if not is_alone():
            return False
        came = _take_reports()
        alive = _follow_processes(came, now=now)
        note_inventory([(each.at, each.report.told) for each in came])
        _pace(came, alive, now=now)
    return True


def forget_old_meetings(*, now: dt.datetime) -> int:
    """Drop who met which order longer ago than any cap asks for; return how many rows."""
    gone, _ = Met.objects.filter(at__lt=now - MET_KEPT).delete()
    return gone


@transaction_required
def is_alone() -> bool:
    """Keep other ticks out until the transaction ends; False where one is at it."""
    with connection.cursor() as cursor:
        cursor.execute(_ALONE)
        alone: bool = cursor.fetchone()[0]
    return alone


def _take_reports() -> list[Came]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [MOST_REPORTS])
        rows = sorted(cursor.fetchall())
    return [Came(process, at, unpack(bytes(body))) for _, process, body, at in rows]


def _follow_processes(came: Sequence[Came], *, now: dt.datetime) -> list[str]:
    """Return the processes that live; one that said its last counts as silent from here on."""
    silent_since = now - SILENT_AFTER
    ended = [each.process for each in came if each.report.ended]
    with connection.cursor() as cursor:
        if ended:
            cursor.execute(_ENDED, [silent_since, ended])
        cursor.execute(_FORGET, [now - NAMES_KEPT])
        cursor.execute(_SERVERS, [silent_since])
        return [row[0] for row in cursor.fetchall()]


def _pace(came: Sequence[Came], alive: Sequence[str], *, now: dt.datetime) -> None:
    told = {
        order_id
        for each in came
        for part in (each.report.told.served, each.report.told.returned, each.report.told.ghosts)
        for order_id in part
    }
    rows = read_paced(told=sorted(told), on=read_standing().on, now=now)
    met = {order_id for each in came for order_id in each.report.pairs.orders.tolist()}
    due = [row for row in rows if row.order_id in told | met or is_due(row, alive, now=now)]
    if not due:
        return
    rule = newest_rule()
    known = _known(due, rule, now=now)
    plans = read_plans([row.order_id for row in due])
    flights = {
        row.order_id: _flight(row, plans.get(row.order_id, NO_PLAN), rule, known) for row in due
    }
    sums = {row.order_id: Sums(row.served, row.served_count, row.ghosts) for row in due}
    _take_in(came, flights, sums)
    _learn(came, flights, now=now)
    for flight in flights.values():
        for process in (flight.purse.lent.keys() | flight.loans.keys()).difference(alive):
            flight.take_back(process)
        flight.settle(now=now.timestamp())
        flight.decide(now=now.timestamp())
        flight.lend(processes=alive, now=now.timestamp())
    kept = [(row, flights[row.order_id], sums[row.order_id]) for row in due]
    keep_paces(kept, moved=told | met, now=now)


def is_due(row: Paced, alive: Sequence[str], *, now: dt.datetime) -> bool:
    """Whether an order of which no report tells has changed: it began, ended, was counted, lent, or waits."""
    purse = row.purse
    if not purse or is_stale(row, now=now):
        return True
    return (
        row.is_live == (row.rests is not False)
        or row.price != purse["charged"] + purse["absorbed"]
        or (purse["under_way"] > 0 and is_overdue(purse, now=now.timestamp()))
        or not row.loans.keys() <= set(alive)
        or (row.is_live and not set(alive) <= row.loans.keys())
    )


def _known(rows: Sequence[Paced], rule: PromotionRule, *, now: dt.datetime) -> Known:
    """Return what a plan is made from, where one may have to be made."""
    planned = all(row.rests is False and row.planned_to == row.ends_at.timestamp() for row in rows)
    if planned:
        return Known()
    return Known(hours=read_hours(now=now), unknown_hour=rule.unknown_hour, wins=read_wins(now=now))


def _flight(row: Paced, plans: Plans, rule: PromotionRule, known: Known) -> Flight:
    terms = Terms(
        order_id=row.order_id,
        budget=row.budget * micro_of_minor(row.unit),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        is_live=row.is_live,
        is_over=row.is_over,
        rate=row.rate,
        quality=row.quality,
        price=row.price,
        served=row.served,
        cards=row.served_count,
        reserve=rule.reserve,
        most=rule.most_reserves * rule.reserve,
    )
    return Flight(terms=terms, known=known, state=row._asdict() | plans._asdict())


def _take_in(came: Sequence[Came], flights: Mapping[int, Flight], sums: Mapping[int, Sums]) -> None:
    """Book what was served, and what came back."""
    for each in came:
        told, at = each.report.told, each.at.timestamp()
        for order_id, (amount, cards) in told.served.items():
            flights[order_id].serve(each.process, amount=amount, at=at)
            sums[order_id].served += amount
            sums[order_id].cards += cards
        for order_id, amount in told.returned.items():
            flights[order_id].take_back(each.process, amount=amount)
        for order_id, count in told.ghosts.items():
            sums[order_id].ghosts += count


def _learn(came: Sequence[Came], flights: Mapping[int, Flight], *, now: dt.datetime) -> None:
    """Tell each pacer of all its opportunities at once, oldest first."""
    told = [each.report.pairs for each in came]
    if not told:
        return
    orders = np.concatenate([pairs.orders for pairs in told])
    place = np.argsort(orders, kind="stable")
    prices = np.concatenate([pairs.prices for pairs in told])[place]
    values = np.concatenate([pairs.values for pairs in told])[place]
    many = np.repeat([pairs.stands_for for pairs in told], [len(pairs.orders) for pairs in told])
    many = many[place]
    ids, first = np.unique(orders[place], return_index=True)
    ends = np.append(first, len(orders)).tolist()[1:]
    for order_id, start, end in zip(ids.tolist(), first.tolist(), ends, strict=True):
        flight = flights.get(order_id)
        if flight is not None:
            flight.learn(
                prices=prices[start:end],
                values=values[start:end],
                stands_for=many[start:end],
                at=now.timestamp(),
            )
