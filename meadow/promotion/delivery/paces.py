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
# A version says that web processes have something to take over, and is drawn for those rows alone.
_KEEP: Final = f"""
INSERT INTO promotion_pace AS kept ({_NAMES}, version, paced_at)
SELECT {_NAMES}, nextval('promotion_pace_versions'), %s
FROM unnest({", ".join(f"%s::{kind}[]" for kind in _COLUMNS.values())}) AS made ({_NAMES})
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

    @property
    def usual_price(self) -> int:
        """What a card cost on average, 0 where none was served."""
        return self.served // self.cards if self.cards else 0


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
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [now, *map(list, zip(*rows, strict=True))])


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


def _values(row: Paced, flight: Flight, sums: Sums) -> tuple[Any, ...]:
    bid = flight.bid
    return (
        row.order_id,
        *(bid.low, bid.high, bid.share),
        _json(flight.loans),
        *(sums.served, sums.cards, sums.ghosts),
        row.opportunities + flight.learnt,
        _json(flight.pacer_state()),
        _json(flight.purse_state()),
        _json(flight.course),
        *(flight.feasible, flight.attainable, flight.scarce, flight.is_open),
    )


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY).decode()
