"""How well the notes of live orders go together with one reader's interests, in a few classes.

Orders of one goal whose notes have the same topics are one kind, the auction's `topic`. Nothing is known
of whoever did not agree, or is known by no interest: they are of class 0 with every note, and of factor 1.
"""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from meadow.promotion.audiences.index import AudienceIndex
from meadow.promotion.prediction.affinities import COUNT
from meadow.promotion.prediction.learning import WINDOWS

START: Final = 64
GOALS: Final = {goal: place for place, goal in enumerate(WINDOWS)}


class Kind(NamedTuple):
    """What an order is promoted for, and the names of its note's topics, ascending."""

    goal: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """One reader and all kinds: the factor on each kind's rate, and its class of match."""

    factors: NDArray[np.float64]
    classes: NDArray[np.uint8]


class Spare:
    """Numbers from `first` on, those given back before new ones; all are below `upto`."""

    def __init__(self, *, first: int) -> None:
        self.upto = first
        self._given: deque[int] = deque()

    def take(self) -> int:
        """Return a number that nobody has."""
        if self._given:
            return self._given.popleft()
        self.upto += 1
        return self.upto - 1

    def give(self, number: int) -> None:
        """Take a number back."""
        self._given.append(number)


class Matches:
    """The kinds of the live orders, by number. Whoever calls holds the keeper's lock."""

    def __init__(self) -> None:
        self._numbers: dict[Kind, int] = {}
        self._spare_numbers = Spare(first=0)
        self._spare_names = Spare(first=1)
        self._orders: Counter[Kind] = Counter()
        self._goal = np.zeros(START, np.intp)
        # A column a kind: the numbers of its topics, filled up with 0, which is nobody's interest.
        self._topics: NDArray[np.intp] = np.zeros((1, START), np.intp)
        self._names: dict[str, int] = {}
        self._kinds_of: Counter[str] = Counter()
        self._index: AudienceIndex | None = None
        self._known = BitMap()
        self._people: dict[int, BitMap] = {}
        self._factors = np.ones((len(GOALS), COUNT))
        self._nobody = _alike(START)

    def learn(self, factors: Mapping[str, Sequence[float]]) -> None:
        """Take over the factors of each class, by goal."""
        for goal, each in factors.items():
            self._factors[GOALS[goal]] = each

    def take(self, index: AudienceIndex, *, known: BitMap) -> None:
        """Go by another building of the audiences, in which `known` are all who have an interest."""
        self._index, self._known = index, known
        self._people = {}
        for name, number in self._names.items():
            self._look_up(name, number)

    def join(self, kind: Kind) -> int:
        """Return the number of a kind that an order is of from now on."""
        self._orders[kind] += 1
        if kind not in self._numbers:
            number = self._spare_numbers.take()
            self._numbers[kind] = number
            self._make_room(number, len(kind.topics))
            self._goal[number] = GOALS[kind.goal]
            self._topics[:, number] = 0
            for place, name in enumerate(kind.topics):
                self._topics[place, number] = self._name(name)
        return self._numbers[kind]

    def leave(self, kind: Kind) -> None:
        """Let an order be of a kind no longer."""
        self._orders[kind] -= 1
        if self._orders[kind]:
            return
        del self._orders[kind]
        number = self._numbers.pop(kind)
        self._spare_numbers.give(number)
        self._topics[:, number] = 0
        for name in kind.topics:
            self._kinds_of[name] -= 1
            if not self._kinds_of[name]:
                del self._kinds_of[name]
                freed = self._names.pop(name)
                self._spare_names.give(freed)
                self._people.pop(freed, None)

    def of(self, person_id: int | None) -> Match:
        """Return how well each kind goes together with somebody; None: nothing may be known of them."""
        if person_id is None or person_id not in self._known:
            return self._nobody
        interests = np.zeros(self._spare_names.upto, np.uint8)
        interests[[number for number, people in self._people.items() if person_id in people]] = 1
        # No topic in common is class 1; of a note without topics there is nothing to say.
        classes: NDArray[np.uint8] = (self._topics[0] != 0).astype(np.uint8)
        for topics in self._topics:
            classes += interests.take(topics)
        np.minimum(classes, COUNT - 1, out=classes)
        return Match(factors=self._factors.take(self._goal * COUNT + classes), classes=classes)

    def _name(self, name: str) -> int:
        self._kinds_of[name] += 1
        if name not in self._names:
            number = self._spare_names.take()
            self._names[name] = number
            self._look_up(name, number)
        return self._names[name]

    def _look_up(self, name: str, number: int) -> None:
        people = self._index.of("interest", name) if self._index is not None else None
        if people:
            self._people[number] = people

    def _make_room(self, number: int, topics: int) -> None:
        most, kinds = self._topics.shape
        if number >= kinds or topics > most:
            larger = np.zeros((max(most, topics), kinds if number < kinds else 2 * kinds), np.intp)
            larger[:most, :kinds] = self._topics
            self._topics = larger
            self._goal = np.resize(self._goal, larger.shape[1])
            self._nobody = _alike(larger.shape[1])


def _alike(kinds: int) -> Match:
    """Return how so many kinds go together with somebody of whom nothing is known."""
    return Match(factors=np.ones(kinds), classes=np.zeros(kinds, np.uint8))
