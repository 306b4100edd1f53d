"""Of which campaigns' audiences is this person? Asked at each feed request, of 100,000 live campaigns.

Audiences are sets of people; here they are turned around: each value has the set of *alternatives* that
a person with this value still meets, and a request intersects the sets of what the person has. A set over
100,000 alternatives takes at most 12.5 KB, so an answer is a few dozen passes over caches, whatever the
number of people. Exactly the members of `counting.people_of`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from meadow.promotion.audiences.alternatives import Alternative, alternatives_of
from meadow.promotion.audiences.definition import Definition, Dimension, Term

# Places are below this; what comes after a campaign's first alternative is numbered from here on.
MOST_PLACES: Final = 1 << 24

Places = NDArray[np.uint32]
# A dimension that one alternative asks for twice (interested in this, and also in that) has a slot each time.
Slot = tuple[Dimension, int]
_NOTHING: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of the person of one request; who is signed out, or may not be targeted, has none."""

    may_be_targeted: bool = False
    values: Mapping[Dimension, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Mapping[Dimension, Iterable[str]]) -> "Traits":
        """Return the traits of somebody who may be targeted."""
        found = {name: frozenset(each) for name, each in values.items()}
        return cls(may_be_targeted=True, values=found)


@dataclass(slots=True)
class Membership:
    """The live campaigns' audiences, turned around. One writer at a time, and no reader meanwhile.

    A campaign is known by its `place`, a number below MOST_PLACES that the auction gives it: the
    answer indexes the auction's own arrays of bids, paces and scores.
    """

    _everyone: BitMap = field(default_factory=BitMap)
    _all: BitMap = field(default_factory=BitMap)
    _free: dict[Slot, BitMap] = field(default_factory=dict)
    _wanting: dict[Slot, dict[str, BitMap]] = field(default_factory=dict)
    _avoiding: dict[Dimension, dict[str, BitMap]] = field(default_factory=dict)
    _named: dict[Dimension, dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    _at: dict[int, list[tuple[int, Alternative]]] = field(default_factory=dict)
    _owner: dict[int, int] = field(default_factory=dict)
    _spare: list[int] = field(default_factory=list)
    _next: int = MOST_PLACES

    def __len__(self) -> int:
        """Return how many campaigns are live."""
        return len(self._at)

    def enter(self, *, place: int, definition: Definition) -> None:
        """Let a campaign take part, or change its audience. Raises AudienceInvalid, ValueError."""
        if not 0 <= place < MOST_PLACES:
            raise ValueError(f"a place is from 0 to {MOST_PLACES - 1}, not {place}")
        found = alternatives_of(definition)
        self.leave(place=place)
        kept: list[tuple[int, Alternative]] = []
        for order, one in enumerate(found):
            number = place if order == 0 else self._extra(place)
            self._put(number, one)
            kept.append((number, one))
        self._at[place] = kept

    def leave(self, *, place: int) -> None:
        """Let a campaign take part no longer; one that does not is no error."""
        for number, one in self._at.pop(place, []):
            self._take(number, one)
            if number != place:
                del self._owner[number]
                self._spare.append(number)

    def eligible(self, *, traits: Traits, among: BitMap | None = None) -> Places:
        """Return the places whose audience this person is of, ascending; of `among` where given.

        `among` are places (those with budget left, say).
        """
        found = self._everyone.copy()
        if traits.may_be_targeted:
            found |= self._met(traits)
        if self._owner:
            extra = [self._owner[number] for number in found.iter_equal_or_larger(MOST_PLACES)]
            found.remove_range(MOST_PLACES, self._next)
            found.update(extra)
        if among is not None:
            found &= among
        return np.asarray(found.to_array())

    def named(self) -> Mapping[Dimension, Mapping[str, int]]:
        """Return the values that live campaigns name, and in how many alternatives.

        What a request looks up of a person need be no more than this.
        """
        return self._named

    def _met(self, traits: Traits) -> BitMap:
        found: BitMap | None = None
        for slot, free in self._free.items():
            wanting = self._wanting[slot]
            # Both are sets of hashed words: a person may follow thousands.
            hits = wanting.keys() & traits.values.get(slot[0], _NOTHING)
            open_to = BitMap.union(free, *(wanting[value] for value in hits)) if hits else free
            found = open_to if found is None else found & open_to
        if found is None:
            found = self._all
        avoided = [
            avoiding[value]
            for dimension, avoiding in self._avoiding.items()
            for value in avoiding.keys() & traits.values.get(dimension, _NOTHING)
        ]
        return found.difference(*avoided) if avoided else found

    def _put(self, number: int, one: Alternative) -> None:
        if not one.needs_profile:
            self._everyone.add(number)
            return
        wanted = _by_slot(one)
        for slot in wanted:
            if slot not in self._free:
                self._free[slot], self._wanting[slot] = self._all.copy(), {}
        self._all.add(number)
        for slot, free in self._free.items():
            if slot not in wanted:
                free.add(number)
        for slot, term in wanted.items():
            for value in term.values:
                self._wanting[slot].setdefault(value, BitMap()).add(number)
                self._named[term.dimension][value] += 1
        for term in one.avoids:
            for value in term.values:
                avoiding = self._avoiding.setdefault(term.dimension, {})
                avoiding.setdefault(value, BitMap()).add(number)
                self._named[term.dimension][value] += 1

    def _take(self, number: int, one: Alternative) -> None:
        self._everyone.discard(number)
        self._all.discard(number)
        for free in self._free.values():
            free.discard(number)
        for slot, term in _by_slot(one).items():
            for value in term.values:
                _discard(self._wanting[slot], value, number)
                self._unname(term.dimension, value)
        for term in one.avoids:
            for value in term.values:
                _discard(self._avoiding[term.dimension], value, number)
                self._unname(term.dimension, value)

    def _unname(self, dimension: Dimension, value: str) -> None:
        self._named[dimension][value] -= 1
        if not self._named[dimension][value]:
            del self._named[dimension][value]

    def _extra(self, place: int) -> int:
        if self._spare:
            number = self._spare.pop()
        else:
            number, self._next = self._next, self._next + 1
        self._owner[number] = place
        return number


def _by_slot(one: Alternative) -> dict[Slot, Term]:
    seen: dict[Dimension, int] = {}
    slots: dict[Slot, Term] = {}
    for term in one.wants:
        order = seen.get(term.dimension, 0)
        seen[term.dimension] = order + 1
        slots[term.dimension, order] = term
    return slots


def _discard(sets: dict[str, BitMap], value: str, number: int) -> None:
    sets[value].discard(number)
    if not sets[value]:
        del sets[value]
