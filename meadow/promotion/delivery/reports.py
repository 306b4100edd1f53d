"""What a web process reports, as bytes and back."""

import struct
import zlib
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import orjson

from meadow.promotion.delivery.tally import Pairs, Told

# How long the list of sums is; it is followed by orders, prices and values of the pairs.
_HEAD: Final = struct.Struct(">I")
_QUICK: Final = 1


@dataclass(frozen=True, slots=True)
class Report:
    """One report of one process. `told` comes back without its samples; `ended`: it was the last."""

    told: Told = field(default_factory=Told)
    pairs: Pairs = field(default_factory=Pairs)
    ended: bool = False


def pack(report: Report) -> bytes:
    """Return a report as bytes."""
    told, pairs = report.told, report.pairs
    sums = {
        "served": [[key, *value] for key, value in told.served.items()],
        "returned": list(told.returned.items()),
        "ghosts": list(told.ghosts.items()),
        "wins": list(told.wins.items()),
        "counts": [told.pages, told.filled, told.people, told.spent],
        "stands_for": pairs.stands_for,
        "ended": report.ended,
    }
    head = orjson.dumps(sums)
    columns = (
        pairs.orders.astype("<i8").tobytes(),
        pairs.prices.astype("<i8").tobytes(),
        pairs.values.astype("<f8").tobytes(),
    )
    return zlib.compress(b"".join([_HEAD.pack(len(head)), head, *columns]), _QUICK)


def unpack(body: bytes) -> Report:
    """Return the report that `pack` made bytes of."""
    plain = zlib.decompress(body)
    end = _HEAD.size + _HEAD.unpack_from(plain)[0]
    sums: dict[str, Any] = orjson.loads(plain[_HEAD.size : end])
    count = (len(plain) - end) // 24
    orders, prices, values = (
        np.frombuffer(plain, kind, count, end + 8 * count * place)
        for place, kind in enumerate(("<i8", "<i8", "<f8"))
    )
    pages, filled, people, spent = sums["counts"]
    told = Told(
        served={key: (amount, cards) for key, amount, cards in sums["served"]},
        returned=dict(sums["returned"]),
        pages=pages,
        filled=filled,
        people=people,
        spent=spent,
    )
    told.ghosts.update(dict(sums["ghosts"]))
    told.wins.update(dict(sums["wins"]))
    pairs = Pairs(orders=orders, prices=prices, values=values, stands_for=sums["stands_for"])
    return Report(told=told, pairs=pairs, ended=sums["ended"])
