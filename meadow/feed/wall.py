"""One reader's way down a wall: ranked notes, every n-th slot explored, nothing twice, no memory kept."""

import datetime as dt
import math
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from meadow.feed.ranking import Ids

_SPREAD = 0x9E3779B97F4A7C15  # 2^64 / golden ratio: makes neighbouring seeds far apart
_MASK = (1 << 64) - 1
_NOTHING: Ids = np.empty(0, np.int64)


@dataclass(frozen=True)
class RankedWall:
    """A wall as a web process holds it, best first; the pool is least shown first."""

    version: int
    explore_every: int
    newcomer_minutes: int
    session_minutes: int
    note_ids: list[int]
    author_ids: list[int]
    pool_ids: list[int]
    pool_author_ids: list[int]
    rank_of: dict[int, int] = field(repr=False)
    pool_place_of: dict[int, int] = field(repr=False)


def make_wall(
    *,
    version: int,
    explore_every: int,
    newcomer_minutes: int,
    session_minutes: int = 120,
    note_ids: Ids,
    author_ids: Ids,
    pool_ids: Ids,
    pool_author_ids: Ids,
) -> RankedWall:
    """Index the arrays of a wall so that each step of a walk takes constant time."""
    return RankedWall(
        version=version,
        explore_every=explore_every,
        newcomer_minutes=newcomer_minutes,
        session_minutes=session_minutes,
        note_ids=note_ids.tolist(),
        author_ids=author_ids.tolist(),
        pool_ids=pool_ids.tolist(),
        pool_author_ids=pool_author_ids.tolist(),
        rank_of={note_id: place for place, note_id in enumerate(note_ids.tolist())},
        pool_place_of={note_id: place for place, note_id in enumerate(pool_ids.tolist())},
    )


EMPTY_WALL = make_wall(
    version=0,
    explore_every=5,
    newcomer_minutes=10,
    note_ids=np.empty(0, np.int64),
    author_ids=np.empty(0, np.int64),
    pool_ids=np.empty(0, np.int64),
    pool_author_ids=np.empty(0, np.int64),
)


@dataclass(frozen=True)
class Arrival:
    """A note that was published moments ago; `mark` grows with each."""

    mark: int
    note_id: int
    author_id: int
    published_at: dt.datetime


@dataclass(frozen=True)
class Position:
    """How far one session has come down one wall: all that a cursor has to carry.

    `seed` fixes the order of exploration, `newcomers_from < mark <= newcomers_to` the arrivals that
    belong to the session, so that the same position always continues in the same way. `personal` is
    the reader's own list, 0 without one: it stands before the wall. `paid` sponsored cards stood among
    the `slot` cards of the walk.
    """

    version: int
    seed: int
    newcomers_from: int = 0
    newcomers_to: int = 0
    ranked: int = 0
    explored: int = 0
    slot: int = 0
    last_author: int = 0
    personal: int = 0
    paid: int = 0


@dataclass(frozen=True)
class OwnList:
    """Notes ranked for one reader, best first: what stands before the wall, and the wall of nearby topics."""

    version: int
    note_ids: list[int]
    author_ids: list[int]
    place_of: dict[int, int] = field(repr=False)
    near_note_ids: list[int] = field(default_factory=list)


def make_own_list(
    *, version: int, note_ids: Ids, author_ids: Ids, near_note_ids: Ids = _NOTHING
) -> OwnList:
    """Index a reader's list."""
    notes = note_ids.tolist()
    return OwnList(
        version=version,
        note_ids=notes,
        author_ids=author_ids.tolist(),
        place_of={note_id: place for place, note_id in enumerate(notes)},
        near_note_ids=near_note_ids.tolist(),
    )


NO_LIST = OwnList(version=0, note_ids=[], author_ids=[], place_of={})


class Pick(NamedTuple):
    """One note of the walk; the last three say how far both streams have come with it."""

    note_id: int
    author_id: int
    exploring: bool
    ranked: int
    explored: int
    slot: int

    def after(self, start: Position, *, last_author: int) -> Position:
        """Return the position right behind this pick, in the session that began at `start`."""
        return replace(
            start,
            ranked=self.ranked,
            explored=self.explored,
            slot=self.slot,
            last_author=last_author,
        )


# A page makes a hundred: by its name each takes twice as long.
_new_pick = tuple.__new__


class Shuffle:
    """A seeded permutation of range(n) that needs no array: `place * step + start (mod n)`.

    `start` is uniform, so every note is equally likely to be explored first.
    """

    def __init__(self, *, seed: int, size: int) -> None:
        mixed = (seed * _SPREAD + size) & _MASK
        mixed ^= mixed >> 29
        mixed = (mixed * 0xBF58476D1CE4E5B9) & _MASK
        mixed ^= mixed >> 32
        self.size = size
        self.start = mixed % size if size else 0
        step = (mixed >> 20) % size if size else 0
        while size and math.gcd(step, size) != 1:
            step += 1
        self.step = step
        self.inverse = pow(step, -1, size) if size > 1 else 0

    def at(self, place: int) -> int:
        """Return which item comes at `place`."""
        return (place * self.step + self.start) % self.size

    def place_of(self, item: int) -> int:
        """Return at which place `item` comes."""
        return (item - self.start) * self.inverse % self.size


def walk(
    wall: RankedWall,
    position: Position,
    arrivals: Sequence[Arrival],
    *,
    own: OwnList = NO_LIST,
    skip: Container[int] = frozenset(),
) -> Iterator[Pick]:
    """Yield the notes that follow `position`; taken from the start, no note comes twice.

    The ranking is the reader's own list, then the wall. A slot explores when its number is the last of
    each `explore_every`; arrivals come before the pool. When one stream is used up, the other fills its
    slots. Whether a note was shown before is computed from how far both streams have come, so a
    position stays a handful of integers. Notes in `skip` are passed over.
    """
    fresh = [
        item for item in arrivals if position.newcomers_from < item.mark <= position.newcomers_to
    ]
    fresh_place_of = {item.note_id: place for place, item in enumerate(fresh)}
    fresh_order = Shuffle(seed=position.seed, size=len(fresh))
    pool_order = Shuffle(seed=position.seed, size=len(wall.pool_ids))
    newest, ahead = len(fresh), len(own.note_ids)
    explorable, rankable = newest + len(wall.pool_ids), ahead + len(wall.note_ids)
    ranked, explored, slot = position.ranked, position.explored, position.slot
    own_place, wall_place, pool_place = own.place_of, wall.rank_of, wall.pool_place_of

    def next_ranked() -> tuple[int, int] | None:
        nonlocal ranked
        while ranked < rankable:
            if ranked < ahead:
                note_id, author_id = own.note_ids[ranked], own.author_ids[ranked]
                passed_over = note_id in skip
            else:
                note_id = wall.note_ids[ranked - ahead]
                author_id = wall.author_ids[ranked - ahead]
                passed_over = note_id in skip or note_id in own_place
            ranked += 1
            if passed_over:
                continue
            # Whether it was explored before: it has a place among what is explored, and that was passed.
            if note_id in fresh_place_of:
                place = fresh_order.place_of(fresh_place_of[note_id])
            elif explored > newest and note_id in pool_place:
                place = newest + pool_order.place_of(pool_place[note_id])
            else:
                return note_id, author_id
            if place >= explored:
                return note_id, author_id
        return None

    def next_explored() -> tuple[int, int] | None:
        nonlocal explored
        while explored < explorable:
            if explored < newest:
                item = fresh[fresh_order.at(explored)]
                note_id, author_id, already = item.note_id, item.author_id, False
            else:
                place = pool_order.at(explored - newest)
                note_id, author_id = wall.pool_ids[place], wall.pool_author_ids[place]
                already = note_id in fresh_place_of
            explored += 1
            if already or note_id in skip:
                continue
            # Whether it was ranked before.
            if note_id in own_place:
                if own_place[note_id] < ranked:
                    continue
            elif note_id in wall_place and ahead + wall_place[note_id] < ranked:
                continue
            return note_id, author_id
        return None

    every, last = wall.explore_every, wall.explore_every - 1
    while True:
        exploring = slot % every == last
        found = next_explored() if exploring else next_ranked()
        if found is None:
            exploring = not exploring
            found = next_explored() if exploring else next_ranked()
        if found is None:
            return
        slot += 1
        yield _new_pick(Pick, (*found, exploring, ranked, explored, slot))


def spread_authors(
    picks: Sequence[Pick], *, last_author: int, guest: tuple[int, int] | None = None
) -> list[Pick]:
    """Reorder a page so that no author follows themselves, where its cards allow that.

    Takes the earliest card by another author, unless one author's cards would otherwise be left
    over: an author with more than half of what remains has to come now. `guest` is a card that will stand
    among them: at which place, and by whom.
    """
    at, guest_author = guest if guest is not None else (-1, 0)
    authors = [last_author, *(pick.author_id for pick in picks)]
    if guest is not None:
        authors.insert(at + 1, guest_author)
    if all(before != after for before, after in pairwise(authors)):
        return list(picks)
    left = list(picks)
    spread: list[Pick] = []
    while left:
        if len(spread) == at:
            last_author = guest_author
        # Whoever would stand beside themselves: after the card before, or before the guest.
        beside = {last_author, guest_author} if len(spread) == at - 1 else {last_author}
        counts: dict[int, int] = {}
        for pick in left:
            counts[pick.author_id] = counts.get(pick.author_id, 0) + 1
        crowded = max(counts, key=lambda author: counts[author])
        must = crowded if 2 * counts[crowded] > len(left) else None
        chosen = next(
            (
                place
                for place, pick in enumerate(left)
                if pick.author_id not in beside and must in (None, pick.author_id)
            ),
            None,
        )
        if chosen is None:
            chosen = next(
                (place for place, pick in enumerate(left) if pick.author_id not in beside), 0
            )
        pick = left.pop(chosen)
        last_author = pick.author_id
        spread.append(pick)
    return spread
