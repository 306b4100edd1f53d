"""A decision in two parts: the best of the live campaigns now, the winner once it is known who may be shown.

Whether somebody may be shown a campaign (blocked, capped, shown already) is known to the database alone. So
the auction first says who leads, those that hold the person out among them, and settles among those that
turn out to be *able*.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.promotion.auction.decide import (
    FIRST_LOOK,
    SLACK,
    Reader,
    best_first,
    bids_of,
    held_out_of,
    taking_part,
)
from meadow.promotion.auction.field import Field, Places

# Held-out ones come along beside those that may be shown: so many times as many at most.
WITH_HELD_OUT: Final = 4
# So few are weighed one by one in less time than it takes to find out which of them matter.
AT_ONCE: Final = 4 * FIRST_LOOK


@dataclass(frozen=True, slots=True)
class Standing:
    """One campaign of a shortlist; `score` is bid times quality, `bid` in micro units."""

    place: int
    number: int
    bid: int
    score: int
    quality: int
    held_out: bool


@dataclass(frozen=True, slots=True)
class Settlement:
    """Who is shown (None: nobody) at which price, the runner-up, and who would have been shown."""

    winner: Standing | None
    price: int
    runner_up: Standing | None
    ghosts: tuple[Standing, ...]


def shortlist(
    *, live: Field, candidates: Places, reader: Reader, reserve: int, size: int
) -> tuple[Standing, ...]:
    """Return the best `size` that may be shown, best first, and every held-out one that stands among them.

    Own, blocked, capped (as far as `reader` says so) and those below the reserve do not take part. A
    held-out one stands where it would stand if it held nobody out: equals are ordered by the request's
    hash, whether they do or not. At most WITH_HELD_OUT times `size` in all.
    """
    if len(candidates) <= AT_ONCE:
        return _best(live, candidates, reader, reserve, size)[0]
    topics = live.columns["topic"][candidates]
    bound = live.bound[candidates] * reader.affinity[topics]
    look = FIRST_LOOK
    while look < len(candidates):
        first = np.argpartition(bound, len(bound) - look)
        rest = float(bound[first[: len(bound) - look]].max()) * SLACK
        found, last = _best(live, candidates[first[-look:]], reader, reserve, size)
        if last > rest or rest <= 0:
            return found
        look *= 4
    return _best(live, candidates, reader, reserve, size)[0]


def settle(*, listed: Sequence[Standing], able: Collection[int], reserve: int) -> Settlement:
    """Return the outcome among those of a shortlist whose `number` is able to be shown.

    What `decide_by_all` says of the able ones, as far as the shortlist reaches: exactly so while at
    least two of it that may be shown are able, or it was not full. Otherwise the price may be lower (the
    reserve, where nobody else is left) than campaigns beyond the list would have made it.
    """
    left = [each for each in listed if each.number in able]
    shown = [each for each in left if not each.held_out]
    if not shown:
        return Settlement(None, 0, None, tuple(left))
    winner = shown[0]
    runner_up = shown[1] if len(shown) > 1 else None
    needed = -(-runner_up.score // winner.quality) if runner_up else 0
    ghosts = tuple(left[: left.index(winner)])
    return Settlement(winner, max(needed, reserve, 1), runner_up, ghosts)


def _best(
    live: Field, places: Places, reader: Reader, reserve: int, size: int
) -> tuple[tuple[Standing, ...], int]:
    """Return the shortlist among `places`, and the score it ends with (-1 where it is not full)."""
    columns = live.columns
    number = columns["number"][places].astype(np.int64)
    bid = bids_of(live, places, reader, number)
    quality = columns["quality"][places].astype(np.int64)
    score = bid * quality
    stays, _ = taking_part(live, places, reader, number, bid, reserve)
    rows = best_first(np.flatnonzero(stays), score, number, reader.seed)
    taken, least = _until_full(rows, score, number, reader, size)
    listed = tuple(
        Standing(
            place=int(places[row]),
            number=int(number[row]),
            bid=int(bid[row]),
            score=int(score[row]),
            quality=int(quality[row]),
            held_out=held_out,
        )
        for row, held_out in taken[: WITH_HELD_OUT * size]
    )
    return listed, least


def _until_full(
    rows: list[int], score: NDArray[np.int64], number: NDArray[np.int64], reader: Reader, size: int
) -> tuple[list[tuple[int, bool]], int]:
    """Return the best of `rows` with whether they hold the person out, and the score of the last.

    The draw is asked for no more of them than it takes: it costs more than all else of a row.
    """
    taken: list[tuple[int, bool]] = []
    left, at = size, 0
    while left and at < len(rows):
        part = rows[at : at + left]
        drawn = list(zip(part, held_out_of(reader, number[part]), strict=True))
        taken += drawn
        left -= sum(not held_out for _, held_out in drawn)
        at += len(part)
    return taken, int(score[taken[-1][0]]) if not left else -1
