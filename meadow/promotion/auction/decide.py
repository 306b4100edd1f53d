"""One decision: who of the campaigns whose audience this person is in, and at what price."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.promotion.auction.field import MONEY_MOST, Field, Places

Mask = NDArray[np.bool_]
FIRST_LOOK: Final = 64
# Bounds are products of floats in another order than the bids; scores above are whole numbers below them.
SLACK: Final = 1.0 + 1e-9
_MIX: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_STEP: Final = 0x9E3779B97F4A7C15


class Why(StrEnum):
    """Why a campaign that was looked at did not take part."""

    OWN = "own"
    BLOCKED = "blocked"
    CAPPED = "capped"
    HELD_OUT = "held_out"
    BELOW_RESERVE = "below_reserve"


@dataclass(frozen=True, slots=True)
class Reader:
    """The person and the moment of one request.

    seed: 64 bits drawn for this request, salted. affinity: factor on the predicted response by topic.
    most: what an impression may cost at most, in micro units. seen: times shown, by campaign number.
    held_out: of campaign numbers, which hold this person out.
    """

    person: int
    seed: int
    affinity: NDArray[np.float64]
    most: int = MONEY_MOST
    blocked: frozenset[int] = frozenset()
    seen: Mapping[int, int] = field(default_factory=dict)
    held_out: Callable[[NDArray[np.int64]], Mask] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who won, or nobody (`place` None). Prices and bids are whole micro units for one impression.

    ghosts: numbers of campaigns that hold this person out and would have won. matched: campaigns whose
    audience the person is in; looked_at: of these, how many were weighed one by one; out: why some of
    them did not take part.
    """

    place: int | None
    number: int | None
    price: int
    bid: int
    runner_up: int | None
    ghosts: tuple[int, ...]
    matched: int
    looked_at: int
    out: Mapping[Why, int]


def decide(*, live: Field, candidates: Places, reader: Reader, reserve: int) -> Outcome:
    """Return the outcome among `candidates` (places), looking one by one only at those that can still matter.

    Same answer as `decide_by_all`: campaigns are looked at from the highest bound of their score on, until
    two that take part are above the bound of all the rest.
    """
    topics = live.columns["topic"][candidates]
    bound = live.bound[candidates] * reader.affinity[topics]
    look = FIRST_LOOK
    while look < len(candidates):
        first = np.argpartition(bound, len(bound) - look)
        rest = float(bound[first[: len(bound) - look]].max()) * SLACK
        found, second = _weigh(live, candidates[first[-look:]], reader, reserve, len(candidates))
        if second > rest or rest <= 0:
            return found
        look *= 4
    return _weigh(live, candidates, reader, reserve, len(candidates))[0]


def decide_by_all(*, live: Field, candidates: Places, reader: Reader, reserve: int) -> Outcome:
    """Return the outcome by weighing every candidate: what `decide` is held against."""
    return _weigh(live, candidates, reader, reserve, len(candidates))[0]


def _weigh(
    live: Field, places: Places, reader: Reader, reserve: int, matched: int
) -> tuple[Outcome, int]:
    """Return the outcome among `places`, and the second score that counts (-1 where there are not two)."""
    columns = live.columns
    number = columns["number"][places].astype(np.int64)
    bid = bids_of(live, places, reader, number)
    score = bid * columns["quality"][places].astype(np.int64)
    stays, out = taking_part(live, places, reader, number, bid, reserve)
    rows = best_first(np.flatnonzero(stays), score, number, reader.seed)
    apart = held_out_of(reader, number[rows])
    if any(apart):
        out[Why.HELD_OUT] = sum(apart)
    order = [row for row, held_out in zip(rows, apart, strict=True) if not held_out][:2]
    # Who stands before the winner and may not be shown would have been the winner.
    until = rows.index(order[0]) if order else len(rows)
    ghosts = tuple(number[rows[:until]].tolist())
    if not order:
        return Outcome(None, None, 0, 0, None, ghosts, matched, len(places), out), -1
    winner = order[0]
    runner = order[1] if len(order) > 1 else None
    quality = int(columns["quality"][places[winner]])
    needed = -(-int(score[runner]) // quality) if runner is not None else 0
    outcome = Outcome(
        place=int(places[winner]),
        number=int(number[winner]),
        price=max(needed, reserve, 1),
        bid=int(bid[winner]),
        runner_up=int(number[runner]) if runner is not None else None,
        ghosts=ghosts,
        matched=matched,
        looked_at=len(places),
        out=out,
    )
    return outcome, int(score[runner]) if runner is not None else -1


def taking_part(
    live: Field,
    places: Places,
    reader: Reader,
    number: NDArray[np.int64],
    bid: NDArray[np.int64],
    reserve: int,
) -> tuple[Mask, dict[Why, int]]:
    """Return who of `places` takes part, those that hold the person out among them, and why others do not."""
    out: dict[Why, int] = {}
    stays = np.ones(len(places), bool)

    def drop(why: Why, gone: Mask) -> None:
        gone = gone & stays
        if gone.any():
            out[why] = int(gone.sum())
            stays[gone] = False

    author = live.columns["author"][places]
    drop(Why.BELOW_RESERVE, bid < max(reserve, 1))
    drop(Why.OWN, author == reader.person)
    if reader.blocked:
        drop(Why.BLOCKED, _among(author, reader.blocked))
    if reader.seen:
        drop(Why.CAPPED, _capped(number, live.columns["cap"][places], reader.seen))
    return stays, out


def bids_of(
    live: Field, places: Places, reader: Reader, number: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return whole micro units an impression: the pacer's lottery times the prediction, within its bounds."""
    columns = live.columns
    luck = hashes(number, reader.seed) / 2.0**64
    level = np.where(
        luck < columns["share"][places], columns["high"][places], columns["low"][places]
    )
    value = np.minimum(columns["rate"][places] * reader.affinity[columns["topic"][places]], 1.0)
    money = columns["money"][places].astype(np.int64)
    worth = np.minimum(level * value, float(reader.most)).astype(np.int64)
    bid: NDArray[np.int64] = np.minimum(worth, money)
    return bid


def _among(author: NDArray[np.int64], blocked: frozenset[int]) -> Mask:
    """Return which authors are blocked; a set is asked, for a few rows `np.isin` costs more than all else."""
    return np.fromiter((each in blocked for each in author.tolist()), np.bool_, len(author))


def _capped(number: NDArray[np.int64], cap: NDArray[np.generic], seen: Mapping[int, int]) -> Mask:
    shown = np.fromiter((seen.get(each, 0) for each in number.tolist()), np.int64, len(number))
    limit = cap.astype(np.int64)
    return np.asarray((limit > 0) & (shown >= limit), bool)


def held_out_of(reader: Reader, number: NDArray[np.int64]) -> list[bool]:
    """Return of each campaign number whether it holds the reader out."""
    if reader.held_out is None or not len(number):
        return [False] * len(number)
    held: list[bool] = reader.held_out(number).tolist()
    return held


def best_first(
    rows: NDArray[np.intp], score: NDArray[np.int64], number: NDArray[np.int64], seed: int
) -> list[int]:
    """Return `rows` by score; among equal scores the request's hash decides."""
    if not len(rows):
        return []
    ties = hashes(number[rows], seed ^ 0x5DEECE66D)
    ordered: list[int] = rows[np.lexsort((ties, -score[rows]))].tolist()
    return ordered


def hashes(number: NDArray[np.int64], seed: int) -> NDArray[np.uint64]:
    """Return 64 well mixed bits of each campaign number and the request (SplitMix64's finaliser)."""
    start = np.uint64((seed * _STEP) & 0xFFFFFFFFFFFFFFFF)
    bits = number.astype(np.uint64) * np.uint64(_STEP) + start
    bits = (bits ^ (bits >> np.uint64(30))) * _MIX[0]
    bits = (bits ^ (bits >> np.uint64(27))) * _MIX[1]
    return bits ^ (bits >> np.uint64(31))
