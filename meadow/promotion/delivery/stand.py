"""The live orders of one web process: the auction's columns, the audiences and the draws, by place.

Whoever calls holds the keeper's lock: columns, places and money change together.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from meadow.promotion.auction import Entry, Field
from meadow.promotion.audiences.definition import Dimension, from_json
from meadow.promotion.audiences.index import AudienceIndex, Segment
from meadow.promotion.audiences.membership import Membership, Places, Traits
from meadow.promotion.delivery.matching import Kind, Matches
from meadow.promotion.lift.holdout import HELD_OUT, Draw, arm_of
from meadow.promotion.queries.live import Live, Mark, PaceRow


@dataclass(frozen=True, slots=True)
class Placed:
    """A live order at its place; `targeted` asks for something that is known of a person."""

    live: Live
    place: int
    targeted: bool
    draw: Draw


class Stand:
    """What is on offer in this process."""

    def __init__(self) -> None:
        self.field = Field()
        self.audiences = Membership()
        self.matches = Matches()
        self._kinds: dict[int, Kind] = {}
        self._placed: dict[int, Placed] = {}
        self._asked: list[Segment] | None = None
        self._spare: deque[int] = deque()
        self._next = 0

    def __len__(self) -> int:
        """Return how many orders are live."""
        return len(self._placed)

    def __contains__(self, order_id: int) -> bool:
        """Whether an order is live."""
        return order_id in self._placed

    def placed(self, order_id: int) -> Placed:
        """Return a live order."""
        return self._placed[order_id]

    def enter(self, live: Live, mark: Mark) -> None:
        """Let an order take part, or change; its bid and its money come by `pace`. Raises AudienceInvalid."""
        known = self._placed.get(live.order_id)
        if known is None or known.live.audience != live.audience:
            definition = from_json(orjson.loads(live.audience))
            place = known.place if known is not None else self._place()
            self.audiences.enter(place=place, definition=definition)
            self._asked = None
            self._placed[live.order_id] = Placed(
                live=live,
                place=place,
                targeted=not definition.is_everyone,
                draw=Draw(order=str(live.order_id), salt=live.salt, share=live.holdout),
            )
            if known is None:
                entry = Entry(
                    number=live.order_id,
                    author=live.author_id,
                    topic=self._join(mark),
                    rate=mark.rate,
                    quality=mark.quality,
                )
                self.field.enter(place=place, entry=entry)

    def expect(self, mark: Mark) -> None:
        """Take in another prediction of an order, or other topics of its note."""
        columns, place = self.field.columns, self._placed[mark.order_id].place
        columns["rate"][place], columns["quality"][place] = mark.rate, mark.quality
        before = self._kinds[mark.order_id]
        columns["topic"][place] = self._join(mark)
        self.matches.leave(before)
        self._bound(np.array([place]))

    def leave(self, order_id: int) -> None:
        """Let an order take part no longer."""
        gone = self._placed.pop(order_id)
        self.audiences.leave(place=gone.place)
        self._asked = None
        self.field.leave(place=gone.place)
        self.matches.leave(self._kinds.pop(order_id))
        self._spare.append(gone.place)

    def pace(self, rows: list[PaceRow], money: list[int]) -> None:
        """Take in bids, and what may be served for."""
        if not rows:
            return
        self.field.pace(
            places=np.array([self._placed[row.order_id].place for row in rows], np.uint32),
            low=np.array([row.low for row in rows]),
            high=np.array([row.high for row in rows]),
            share=np.array([row.share for row in rows]),
            money=np.array(money, np.int64),
        )

    def money(self, order_id: int) -> int:
        """Return what may still be served for, 0 for an order that is not live."""
        placed = self._placed.get(order_id)
        return int(self.field.columns["money"][placed.place]) if placed is not None else 0

    def take(self, order_id: int, amount: int) -> None:
        """Take served or returned money off."""
        self.field.spend(place=self._placed[order_id].place, amount=amount)

    def eligible(self, traits: Traits) -> Places:
        """Return the places of the orders whose audience somebody is of."""
        return self.audiences.eligible(traits=traits)

    def traits_of(self, person_id: int, index: AudienceIndex) -> Traits:
        """Return what live orders ask for and this person has, who may be targeted."""
        if self._asked is None:
            named = self.audiences.named()
            self._asked = [(name, value) for name, values in named.items() for value in values]
        found: dict[Dimension, set[str]] = {}
        for dimension, value in index.values_of(person=person_id, among=self._asked):
            found.setdefault(dimension, set()).add(value)
        return Traits.of(found)

    def holds_out(self, numbers: NDArray[np.int64], pseudonym: str) -> NDArray[np.bool_]:
        """Return which of these orders hold somebody out; one that is live no more shows nobody anything."""
        drawn = [self._holds_out(number, pseudonym) for number in numbers.tolist()]
        return np.array(drawn, bool)

    def order_ids(self) -> list[int]:
        """Return the live orders."""
        return list(self._placed)

    def column(self, name: str, places: Places) -> NDArray[Any]:
        """Return one column of the auction at these places."""
        return self.field.columns[name][places]

    def _holds_out(self, order_id: int, pseudonym: str) -> bool:
        placed = self._placed.get(order_id)
        return placed is None or arm_of(placed.draw, person=pseudonym) == HELD_OUT

    def _join(self, mark: Mark) -> int:
        self._kinds[mark.order_id] = kind = Kind(mark.goal, mark.topics)
        return self.matches.join(kind)

    def _place(self) -> int:
        if self._spare:
            return self._spare.popleft()
        self._next += 1
        return self._next - 1

    def _bound(self, places: NDArray[np.intp]) -> None:
        columns = self.field.columns
        self.field.pace(
            places=places.astype(np.uint32),
            low=columns["low"][places],
            high=columns["high"][places],
            share=columns["share"][places],
            money=columns["money"][places],
        )
