"""One decision among 10,000 and 100,000 live campaigns, beside weighing all of them in numpy.

As a page takes it: a shortlist in memory, and, once the database has said who of it may be shown (here a
few sets), the winner and its price.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from meadow.bench.framework import AT_LEAST, AT_MOST, Bench, Bound, Row, Steps
from meadow.promotion.auction import (
    Entry,
    Field,
    Outcome,
    Reader,
    Settlement,
    decide_by_all,
    settle,
    shortlist,
)
from meadow.promotion.audiences.definition import Definition, Group, Term
from meadow.promotion.audiences.membership import Membership, Traits

GOALS: Final = {10_000: (1.0, 0.5), 100_000: (3.0, 1.5)}
REQUESTS: Final = 2_000
BRUTE: Final = 200
TOPICS: Final = 40
REGIONS: Final = 31
RESERVE: Final = 2_000
SEED: Final = 5
AGES: Final = ("18-24", "25-34", "35-44", "45-54")
EVERYWHERE: Final = 0.02
SHORTLIST: Final = 8
CAP: Final = 3


@dataclass(frozen=True)
class Timings:
    """Processor time in ms: the whole decision, of it the audience, and numpy over all campaigns."""

    whole: list[float]
    audience: list[float]
    brute: list[float]
    matched: float
    won: float
    pace: float


def bench() -> Bench:
    """Return the bench."""
    about = "targeting, frequency cap, pacing and second price in one process"
    return Bench(name="auction", about=about, steps=2 * len(GOALS), run=run)


def run(steps: Steps) -> Sequence[Row]:
    """Measure each size and return its rows."""
    rows: list[Row] = []
    for count, (goal, stretch) in GOALS.items():
        steps.start(f"entering {count:,} campaigns")
        world = World(count)
        steps.start(f"deciding among {count:,}")
        rows += rows_of(count, world.measure(), goal=goal, stretch=stretch)
    return rows


def rows_of(count: int, found: Timings, *, goal: float, stretch: float) -> list[Row]:
    """Return p99 of the decision, and how it compares with weighing everybody."""
    whole, audience, brute = (sorted(each) for each in (found.whole, found.audience, found.brute))
    return [
        Row(
            f"one decision among {count:,}, p99 of processor time",
            "ms",
            Bound(AT_MOST, goal),
            Bound(AT_MOST, stretch),
            ours=round(_at(whole, 0.99), 3),
            beside={"numpy over all campaigns, p99": round(_at(brute, 0.99), 3)},
            ratio=_at(brute, 0.99) / _at(whole, 0.99),
            note=f"p50 {_at(whole, 0.5):.3f} ms, of it the audience {_at(audience, 0.5):.3f}; a person is"
            f" in {found.matched:,.0f} audiences on average and {found.won:.0%} of requests have a winner;"
            f" taking in all paces anew {found.pace:.1f} ms",
        ),
        Row(
            f"one decision among {count:,} against numpy over all, p50",
            "x faster",
            Bound(AT_LEAST, 1.0),
            ours=round(_at(brute, 0.5) / _at(whole, 0.5), 2),
            beside={"numpy over all campaigns, p50 ms": round(_at(brute, 0.5), 3)},
            note=f"same winner, price and runner-up in each of {len(brute)} requests",
        ),
    ]


class World:
    """Live campaigns with audiences over three dimensions, and people who ask."""

    def __init__(self, count: int) -> None:
        luck = np.random.default_rng(SEED)
        self.count, self.luck = count, luck
        self.live, self.audiences = Field(), Membership()
        self.asked: list[dict[Any, set[str]]] = []
        for place in range(count):
            self.live.enter(place=place, entry=self._entry(place))
            wanted = self._wanted()
            self.asked.append(wanted)
            terms = tuple(Term(name, tuple(sorted(each))) for name, each in wanted.items())
            self.audiences.enter(place=place, definition=Definition(Group("all", terms)))
        self.everybody = np.arange(count, dtype=np.uint32)

    def _entry(self, place: int) -> Entry:
        luck = self.luck
        high = 150_000.0 * float(np.exp(0.6 * luck.normal()))
        return Entry(
            number=1_000_000 + place,
            author=int(luck.integers(1, 50_000)),
            topic=int(luck.integers(0, TOPICS)),
            rate=min(0.05 * float(np.exp(0.5 * luck.normal())), 1.0),
            quality=int(luck.integers(700, 1_400)),
            cap=CAP,
            low=0.95 * high,
            high=high,
            share=float(luck.random()),
            money=10**8,
        )

    def _wanted(self) -> dict[Any, set[str]]:
        """Most campaigns ask for interests and ages, some for regions, a few for nobody in particular."""
        luck = self.luck
        wanted: dict[Any, set[str]] = {}
        if luck.random() < EVERYWHERE:
            return wanted
        wanted["interest"] = {f"topic{each}" for each in luck.choice(TOPICS, luck.integers(1, 6))}
        if luck.random() < 0.5:
            wanted["age"] = set(luck.choice(AGES, luck.integers(1, 4)).tolist())
        if luck.random() < 0.3:
            wanted["region"] = {
                f"CN-{each:02}" for each in luck.choice(REGIONS, luck.integers(1, 8))
            }
        return wanted

    def _reader(self, request: int) -> tuple[Reader, dict[Any, set[str]]]:
        luck = self.luck
        has: dict[Any, set[str]] = {
            "interest": {f"topic{each}" for each in luck.choice(TOPICS, 5, replace=False)},
            "age": {str(luck.choice(AGES))},
            "region": {f"CN-{luck.integers(0, REGIONS):02}"},
        }
        seen = {1_000_000 + int(each): CAP for each in luck.integers(0, self.count, 40)}
        reader = Reader(
            person=int(luck.integers(1, 50_000)),
            seed=request * 7_919 + 1,
            affinity=np.exp(0.5 * luck.normal(size=TOPICS)),
            blocked=frozenset(luck.integers(1, 50_000, 20).tolist()),
            seen=seen,
            held_out=_tenth,
        )
        return reader, has

    def measure(self) -> Timings:
        """Time requests; hold some of them against numpy over every campaign, targeting included."""
        whole, audience, brute, matched, won = [], [], [], 0, 0
        compare = _by_columns(self.asked)
        for request in range(REQUESTS):
            reader, has = self._reader(request)
            began = time.thread_time()
            candidates = self.audiences.eligible(traits=Traits.of(has))
            found_audience = time.thread_time()
            outcome, is_whole = self._settle(reader, candidates)
            ended = time.thread_time()
            whole.append(1e3 * (ended - began))
            audience.append(1e3 * (found_audience - began))
            matched += len(candidates)
            won += outcome.winner is not None
            if request % (REQUESTS // BRUTE) == 0:
                began = time.thread_time()
                mask = compare(has)
                other = decide_by_all(
                    live=self.live, candidates=self.everybody[mask], reader=reader, reserve=RESERVE
                )
                brute.append(1e3 * (time.thread_time() - began))
                if is_whole:
                    _must_agree(outcome, other)
        return Timings(
            *(whole, audience, brute), matched / REQUESTS, won / REQUESTS, pace=self._pace()
        )

    def _settle(self, reader: Reader, candidates: NDArray[np.uint32]) -> tuple[Settlement, bool]:
        """Return the outcome, and whether the list reached far enough to be that of weighing all."""
        listed = shortlist(
            live=self.live,
            candidates=candidates,
            reader=replace(reader, blocked=frozenset(), seen={}),
            reserve=RESERVE,
            size=SHORTLIST,
        )
        authors = self.live.columns["author"]
        able = {
            each.number
            for each in listed
            if reader.seen.get(each.number, 0) < CAP
            and int(authors[each.place]) not in reader.blocked
        }
        found = settle(listed=listed, able=able, reserve=RESERVE)
        return found, found.runner_up is not None or len(listed) < SHORTLIST

    def _pace(self) -> float:
        columns = self.live.columns
        began = time.thread_time()
        self.live.pace(
            places=self.everybody,
            low=columns["low"][: self.count].astype(np.float64),
            high=columns["high"][: self.count].astype(np.float64),
            share=columns["share"][: self.count].astype(np.float64),
            money=columns["money"][: self.count].astype(np.int64),
        )
        return 1e3 * (time.thread_time() - began)


def _tenth(numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray(numbers % 10 == 3, bool)


def _by_columns(
    asked: list[dict[Any, set[str]]],
) -> Callable[[dict[Any, set[str]]], NDArray[np.bool_]]:
    """Return what numpy does without an index: one bit a value, 64 to a word, tested for each campaign."""
    values = {
        name: sorted({value for each in asked for value in each.get(name, ())})
        for name in ("interest", "age", "region")
    }
    bit = {
        name: {value: np.uint64(1 << place) for place, value in enumerate(known)}
        for name, known in values.items()
    }
    words = {
        name: np.array([_word(bit[name], each.get(name, ())) for each in asked], np.uint64)
        for name in values
    }

    def mask(has: dict[Any, set[str]]) -> NDArray[np.bool_]:
        found = np.ones(len(asked), bool)
        for name, column in words.items():
            found &= (column == 0) | ((column & np.uint64(_word(bit[name], has[name]))) != 0)
        return found

    return mask


def _word(bits: dict[str, np.uint64], values: Any) -> int:
    word = 0
    for value in values:
        word |= int(bits.get(value, 0))
    return word


def _must_agree(ours: Settlement, other: Outcome) -> None:
    winner = ours.winner.number if ours.winner is not None else None
    runner_up = ours.runner_up.number if ours.runner_up is not None else None
    if (winner, ours.price, runner_up) != (other.number, other.price, other.runner_up):
        raise AssertionError(f"the index and numpy disagree: {ours} and {other}")


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
