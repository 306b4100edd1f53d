"""Paces as rows: all of a tick in one statement."""

import datetime as dt
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

import orjson
from django.db import connection

from meadow.core.transactions import transaction_required
from meadow.promotion.delivery.flights import Flight
from meadow.promotion.queries.pacing import Paced

# A row that nothing happened to is bid for anew, and written, after so long.
QUIET: Final = dt.timedelta(seconds=10)
_COLUMNS: Final = {
    "order_id": "bigint",
    "low": "float",
    "high": "float",
    "share": "float",
    "loans": "jsonb",
    "served": "bigint",
    "served_count": "bigint",
    "ghosts": "bigint",
    "opportunities": "float",
    "pacer": "jsonb",
    "purse": "jsonb",
    "course": "jsonb",
    "feasible": "boolean",
    "attainable": "bigint",
    "scarce": "boolean",
    "open": "boolean",
}
_NAMES: Final = ", ".join(f'"{name}"' for name in _COLUMNS)
# A version says that web processes have something to take over, and is drawn for those rows alone. One
# document for all rows: arrays of JSON are escaped by the client, which took longer than all else of a tick.
_KEEP: Final = f"""
INSERT INTO promotion_pace AS kept ({_NAMES}, version, paced_at)
SELECT {_NAMES}, nextval('promotion_pace_versions'), %s
FROM jsonb_to_recordset(%s::jsonb)
     AS made ({", ".join(f'"{name}" {kind}' for name, kind in _COLUMNS.items())})
ON CONFLICT (order_id) DO UPDATE SET
    {", ".join(f'"{name}" = excluded."{name}"' for name in _COLUMNS if name != "order_id")},
    version = CASE
        WHEN (kept.low, kept.high, kept.share, kept.loans, kept.scarce)
             IS DISTINCT FROM
             (excluded.low, excluded.high, excluded.share, excluded.loans, excluded.scarce)
        THEN excluded.version ELSE kept.version END,
    paced_at = excluded.paced_at
"""  # noqa: S608 - fixed parts


@dataclass(slots=True)
class Sums:
    """What processes reported of an order since it began."""

    served: int
    cards: int
    ghosts: int


@transaction_required
def keep_paces(
    found: Sequence[tuple[Paced, Flight, Sums]], *, moved: Set[int], now: dt.datetime
) -> None:
    """Write the orders that something happened to, in one statement. One caller at a time: the tick."""
    rows = [
        _values(row, flight, sums)
        for row, flight, sums in found
        if row.order_id in moved or _differs(row, flight) or is_stale(row, now=now)
    ]
    if rows:
        document = orjson.dumps(rows, option=orjson.OPT_SERIALIZE_NUMPY)
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [now, document.decode()])


def is_stale(row: Paced, *, now: dt.datetime) -> bool:
    """Whether nothing was written for so long that time alone has moved the bid."""
    return row.paced_at is None or now - row.paced_at >= QUIET


def _differs(row: Paced, flight: Flight) -> bool:
    bid = flight.bid
    return (
        (row.low, row.high, row.share, row.loans, row.scarce, row.open)
        != (bid.low, bid.high, bid.share, flight.loans, flight.scarce, flight.is_open)
        or row.purse != flight.purse_state()
        or row.feasible != flight.feasible
    )


def _values(row: Paced, flight: Flight, sums: Sums) -> dict[str, Any]:
    bid = flight.bid
    return {
        "order_id": row.order_id,
        "low": bid.low,
        "high": bid.high,
        "share": bid.share,
        "loans": flight.loans,
        "served": sums.served,
        "served_count": sums.cards,
        "ghosts": sums.ghosts,
        "opportunities": row.opportunities + flight.learnt,
        "pacer": flight.pacer_state(),
        "purse": flight.purse_state(),
        "course": flight.course,
        "feasible": flight.feasible,
        "attainable": flight.attainable,
        "scarce": flight.scarce,
        "open": flight.is_open,
    }
