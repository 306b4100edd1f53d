"""From the warehouse to orders: what each was delivered, written as soon as it is counted."""

import datetime as dt
import logging
import threading
from collections.abc import Collection, Sequence
from typing import Any, Final

from django.db import connection

from meadow.analytics.campaigns import count_delivered, list_moved
from meadow.analytics.couriers import is_all_stored
from meadow.analytics.questions import ask_as_of
from meadow.core import clock, realtime
from meadow.core.database import LOST, forget_dead_connections
from meadow.core.errors import EngineUnavailable
from meadow.core.transactions import transaction, transaction_required
from meadow.promotion.queries.delivered import CountedOrder, list_counted

log = logging.getLogger(__name__)

FIGURES_MOVED: Final = "promotion.figures"
# The process that counts all figures waits while orders are counted: so many authors at a time, the
# others with its next pass.
AUTHORS_AT_ONCE: Final = 200
ORDERS_AT_ONCE: Final = 500
# What was marked as stored a moment before it was seen is looked at once more.
OVERLAP: Final = dt.timedelta(seconds=10)
FIGURES: Final = (
    *("raw_impressions", "impressions", "invalid", "price", "people", "opens", "reads", "clicks"),
    *("interactions", "follows", "ghosts"),
)
_COLUMNS: Final = ", ".join(FIGURES)
_WRITE: Final = f"""
INSERT INTO promotion_delivered AS known (order_id, as_of, {_COLUMNS}, settled_price)
SELECT *, 0 FROM unnest(%s::bigint[], %s::timestamptz[], {", ".join(["%s::bigint[]"] * len(FIGURES))})
ON CONFLICT (order_id) DO UPDATE SET (as_of, {_COLUMNS}) =
    (EXCLUDED.as_of, {", ".join(f"EXCLUDED.{name}" for name in FIGURES)})
WHERE known.as_of <= EXCLUDED.as_of AND ({", ".join(f"known.{name}" for name in FIGURES)})
    IS DISTINCT FROM ({", ".join(f"EXCLUDED.{name}" for name in FIGURES)})
RETURNING order_id
"""  # noqa: S608 - names of columns
# Everybody locks orders before what was delivered of them, and both by number. A first count locks its
# order when it commits, for the foreign key, and would do so in no order.
_ALONE: Final = "SELECT pg_advisory_xact_lock(hashtextextended('promotion.project', 0))"
_LOCK_ORDERS: Final = """
SELECT FROM promotion_order AS o WHERE id = ANY(%(ids)s)
    AND NOT EXISTS (SELECT FROM promotion_delivered AS d WHERE d.order_id = o.id)
ORDER BY id FOR KEY SHARE
"""
_LOCK_DELIVERED: Final = """
SELECT FROM promotion_delivered WHERE order_id = ANY(%(ids)s) ORDER BY order_id FOR NO KEY UPDATE
"""
_ADVANCE: Final = """
UPDATE promotion_delivered SET as_of = %s WHERE order_id = ANY(%s) AND as_of < %s
"""


class Projector:
    """Hears in the warehouse's process whose figures moved; what it cannot do now it owes.

    What is owed when the process dies, `reconcile_orders` finds.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owed: dict[int, None] = {}

    def hear(self, author_ids: Collection[int]) -> None:
        """Count the orders of these authors' notes, and of those that are owed, the longest owed first."""
        with self._lock:
            self._owed |= dict.fromkeys(sorted(author_ids))
            taken = list(self._owed)[:AUTHORS_AT_ONCE]
            try:
                project_authors(taken, now=clock.now())
            except EngineUnavailable:
                log.warning("the warehouse does not answer: %d authors wait", len(self._owed))
                return
            except LOST as away:
                log.warning("PostgreSQL is away: %s", away)
                forget_dead_connections()
                return
            for author in taken:
                del self._owed[author]

    def forget(self) -> None:
        """Owe nothing: for tests, whose databases come and go."""
        with self._lock:
            self._owed.clear()


projector = Projector()


def project_authors(author_ids: Collection[int], now: dt.datetime) -> list[int]:
    """Write what the orders on these authors' notes were delivered; return those whose figures moved.

    Their buyers' open pages are told. May be run by many at once and as often as one likes: what was
    counted earlier never replaces what was counted later. Raises EngineUnavailable.
    """
    orders = list_counted(now=now, author_ids=author_ids)
    return _project(orders)


def reconcile_orders(*, now: dt.datetime, whole: bool = False) -> list[int]:
    """Bring every order that is still counted up to what the warehouse has; return those that moved.

    Counts those of whose authors anything was stored since they were looked at last, or all (`whole`);
    of the others it only says that nothing came. Raises EngineUnavailable.
    """
    orders = list_counted(now=now)
    as_of = ask_as_of() if orders else None
    if as_of is None:
        return []
    known = [order.as_of for order in orders if order.as_of is not None]
    moved = list_moved(since=min(known) - OVERLAP) if known and not whole else set()
    due = [one for one in orders if whole or one.as_of is None or one.author_id in moved]
    quiet = {one.id for one in orders} - {one.id for one in due}
    told: list[int] = []
    for start in range(0, len(due), ORDERS_AT_ONCE):
        told += _project(due[start : start + ORDERS_AT_ONCE])
    with transaction():
        _lock(quiet)
        _advance(sorted(quiet), as_of=as_of)
    return told


def find_quiet() -> dt.datetime | None:
    """Return up to when the warehouse has counted where it has counted all there is, else None."""
    # Asked first: what is told after it is too late for an order that has waited.
    if not is_all_stored():
        return None
    try:
        as_of = ask_as_of()
        return as_of if as_of is not None and not list_moved(since=as_of) else None
    except EngineUnavailable:
        return None


def _project(orders: Sequence[CountedOrder]) -> list[int]:
    # Asked first: whatever is counted after it holds at least that.
    as_of = ask_as_of() if orders else None
    if as_of is None:
        return []
    notes = sorted({(order.author_id, order.note_id) for order in orders})
    found = {one.campaign_id: one for one in count_delivered(notes=notes)}
    nothing = dict.fromkeys(FIGURES, 0)
    rows = [
        (order.id, as_of, nothing)
        if (one := found.get(order.id)) is None
        else (order.id, max(as_of, one.as_of), {name: getattr(one, name) for name in FIGURES})
        for order in orders
    ]
    with transaction():
        _lock([order.id for order in orders])
        moved = _write(rows)
        _advance([order.id for order in orders], as_of=as_of)
        buyers = {one.buyer_id for one in orders if one.id in moved and one.buyer_id is not None}
        realtime.publish_many(person_ids=sorted(buyers), kind=FIGURES_MOVED, payload={})
    return sorted(moved)


@transaction_required
def _lock(order_ids: Collection[int]) -> None:
    """Keep other projections out, and these orders' figures as they are, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_ALONE)
        cursor.execute(_LOCK_ORDERS, {"ids": list(order_ids)})
        cursor.execute(_LOCK_DELIVERED, {"ids": list(order_ids)})


@transaction_required
def _write(rows: Sequence[tuple[int, dt.datetime, dict[str, int]]]) -> set[int]:
    """Write figures that are not older than those known; return whose differ from them."""
    ordered = sorted(rows, key=lambda row: row[0])
    values: list[Any] = [[row[0] for row in ordered], [row[1] for row in ordered]]
    values += [[row[2][name] for row in ordered] for name in FIGURES]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)
        return {order for (order,) in cursor.fetchall()}


@transaction_required
def _advance(order_ids: list[int], *, as_of: dt.datetime) -> None:
    """Note that nothing of these orders was stored up to a moment that is not in their figures."""
    if order_ids:
        with connection.cursor() as cursor:
            cursor.execute(_ADVANCE, [as_of, order_ids, as_of])
