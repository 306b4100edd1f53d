"""Everybody by what is known of them: a compressed set of people for each value, kept as people change.

A person is a number below 2^32: the id of `accounts`, dense enough as it is. Nothing is kept here of
somebody who may not be targeted (under 18, or without consent) but that they are there.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from meadow.promotion.audiences.definition import SINGLE, Dimension, is_value

Numbers = NDArray[np.uint32]
Segment = tuple[Dimension, str]
_NOBODY = BitMap()


@dataclass(slots=True)
class AudienceIndex:
    """People as bitmaps; one writer at a time, and no reader meanwhile.

    Every set but `present` lies inside `may_be_targeted`, whatever is called in which order.
    """

    present: BitMap = field(default_factory=BitMap)
    may_be_targeted: BitMap = field(default_factory=BitMap)
    segments: dict[Segment, BitMap] = field(default_factory=dict)

    def of(self, dimension: Dimension, value: str) -> BitMap:
        """Return who has this value; not to be changed."""
        return self.segments.get((dimension, value), _NOBODY)

    def anybody(self, dimension: Dimension) -> BitMap:
        """Return who has any value of this dimension."""
        return BitMap().union(
            *(people for (name, _), people in self.segments.items() if name == dimension)
        )

    def put(
        self,
        *,
        person: int,
        may_be_targeted: bool,
        values: Mapping[Dimension, Collection[str]],
    ) -> None:
        """Keep somebody who arrived, or who changed as a whole, consent taken back included."""
        self._forget(person)
        self.present.add(person)
        if may_be_targeted:
            self.may_be_targeted.add(person)
            for dimension, each in values.items():
                self._give(person, dimension, each)

    def change(self, *, person: int, dimension: Dimension, values: Collection[str]) -> None:
        """Keep what somebody now has in one dimension instead of what they had."""
        if person in self.may_be_targeted:
            for (name, _), people in self.segments.items():
                if name == dimension:
                    people.discard(person)
            self._give(person, dimension, values)

    def add(self, *, person: int, dimension: Dimension, value: str) -> None:
        """Keep one more value of somebody: one more account they follow, say."""
        if dimension in SINGLE:
            self.change(person=person, dimension=dimension, values=[value])
        elif person in self.may_be_targeted:
            self._give(person, dimension, [value])

    def remove(self, *, person: int, dimension: Dimension, value: str) -> None:
        """Take one value from somebody."""
        self.of(dimension, value).discard(person)

    def erase(self, *, person: int) -> None:
        """Forget somebody altogether: their number is in no set from here on."""
        self._forget(person)
        self.present.discard(person)

    def fill(self, *, dimension: Dimension, value: str, people: Iterable[int] | Numbers) -> int:
        """Make `people` everybody who has a value (a list, a look-alike, a load); return how many count.

        A single-valued dimension is filled value by value; the caller gives everybody once.
        """
        _check(dimension, value)
        given = people if isinstance(people, BitMap) else BitMap(people)
        kept = given & self.may_be_targeted
        kept.run_optimize()
        self.segments[dimension, value] = kept
        return len(kept)

    def drop(self, *, dimension: Dimension, value: str) -> None:
        """Forget a value: a list that its owner deleted."""
        self.segments.pop((dimension, value), None)

    def values_of(self, *, person: int, among: Iterable[Segment]) -> list[Segment]:
        """Return which of these values somebody has."""
        return [one for one in among if person in self.segments.get(one, _NOBODY)]

    def size_in_bytes(self) -> int:
        """Return how many bytes the people's sets take, without Python's own of each."""
        return sum(_bytes(one) for one in self._all())

    def _all(self) -> list[BitMap]:
        return [self.present, self.may_be_targeted, *self.segments.values()]

    def _forget(self, person: int) -> None:
        self.may_be_targeted.discard(person)
        for people in self.segments.values():
            people.discard(person)

    def _give(self, person: int, dimension: Dimension, values: Collection[str]) -> None:
        if dimension in SINGLE and len(values) > 1:
            raise ValueError(f"a person has one {dimension}, not {len(values)}")
        for value in values:
            if (dimension, value) not in self.segments:
                _check(dimension, value)
                self.segments[dimension, value] = BitMap()
            self.segments[dimension, value].add(person)


def _check(dimension: Dimension, value: str) -> None:
    if not is_value(dimension, value):
        raise ValueError(f"{value!r} is no {dimension}")


def _bytes(people: BitMap) -> int:
    told = people.get_statistics()
    return (
        told["n_bytes_array_containers"]
        + told["n_bytes_run_containers"]
        + told["n_bytes_bitset_containers"]
    )
