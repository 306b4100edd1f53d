"""The sponsored place of one page of Hot: asked for with its cards, and settled by what was answered."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import HttpRequest

from meadow.analytics.readers import asks_not_to_be_tracked
from meadow.feed.queries import LiveCard, Served, SlotAsked
from meadow.promotion.delivery.serving import (
    Offer,
    SlotBid,
    SlotCard,
    SlotReader,
    offer_slot,
    settle_offer,
)

# A page of one card would be nothing but the sponsored one.
SHORTEST: Final = 2


def slot_reader(request: HttpRequest) -> SlotReader | None:
    """Return who may be shown a sponsored card: somebody signed in, who is not suspended.

    Nor somebody who asks not to be tracked: a showing that must not be counted cannot be paid for.
    """
    person: Any = request.user
    if not person.is_authenticated or person.suspended_at is not None:
        return None
    if asks_not_to_be_tracked(request):
        return None
    return SlotReader(
        person_id=person.pk, pseudonym=str(person.pseudonym), birth_year=person.birth_year
    )


@dataclass(frozen=True)
class Taken:
    """What stands at a page's sponsored place: the card number `place` of the page.

    `order_id` 0: an organic card, which is there instead of `ghosts` alone. `price` in millionths of the
    unit, for one valid impression; `match_class` as `SlotBid` says it.
    """

    place: int
    order_id: int = 0
    price: int = 0
    match_class: int = 0
    ghosts: tuple[SlotCard, ...] = ()


@dataclass
class Slot:
    """The place as a page is put together; without an offer, or once it is decided, it asks for nothing."""

    offer: Offer | None
    card: LiveCard | None = None
    bid: SlotBid | None = None
    price: int = 0
    ghosts: tuple[SlotCard, ...] = ()
    decided: bool = field(default=False)

    @classmethod
    def of(cls, reader: SlotReader | None, *, now: dt.datetime) -> "Slot":
        """Return the place of this reader's page; nobody signed out has one."""
        return cls(offer=offer_slot(reader=reader, now=now) if reader is not None else None)

    @property
    def cards(self) -> int:
        """How many of the page's cards are sponsored."""
        return int(self.card is not None)

    def ask(
        self, *, length: int, already: int, looks: Callable[[Sequence[int]], Sequence[int]]
    ) -> SlotAsked | None:
        """Return what the page's statement has to know."""
        if self.offer is None or self.decided:
            return None
        return SlotAsked(
            bids=self.offer.bids,
            one_in=self.offer.one_in,
            # Where fewer than one in so many cards may be sponsored as a page has, it takes several pages.
            least=max(min(self.offer.one_in, length), SHORTEST),
            enough=self.offer.enough,
            already=already,
            looks=looks([bid.note_id for bid in self.offer.bids]),
        )

    def settle(self, served: Served, *, now: dt.datetime) -> None:
        """Take in who could be shown, and have it priced."""
        if self.offer is None or not served.able:
            return
        self.decided = True
        bids = [self.offer.bids[place] for place in served.able]
        outcome = settle_offer(offer=self.offer, able=[bid.order_id for bid in bids], now=now)
        self.ghosts = outcome.ghosts if outcome is not None else ()
        self.card = served.sponsored
        self.bid = next((bid for bid in bids if not bid.held_out), None)
        winner = outcome.winner if outcome is not None else None
        # It is counted as shown already: where its money was used up in this instant, it costs nothing.
        if winner is not None and self.bid is not None and winner.order_id == self.bid.order_id:
            self.price = winner.price

    def place(self, *, cards: int) -> int:
        """Return at which place of a page of so many cards it stands."""
        return min(self.offer.place, cards - 1) if self.offer is not None else 0

    def taken(self, *, cards: int) -> Taken | None:
        """Return what the cards' tokens have to say, None for nothing."""
        if not self.decided:
            return None
        return Taken(
            place=self.place(cards=cards),
            order_id=self.bid.order_id if self.bid is not None else 0,
            price=self.price,
            match_class=self.bid.match_class if self.bid is not None else 0,
            ghosts=self.ghosts,
        )
