"""A sponsored place of one page: who could be shown, and, once it is known who may be, who is."""

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.promotion.auction import Reader, Settlement, Standing, settle, shortlist
from meadow.promotion.audiences.membership import Places, Traits
from meadow.promotion.delivery.keeper import Keeper, keeper
from meadow.promotion.delivery.matching import Match
from meadow.promotion.delivery.stand import Placed
from meadow.promotion.delivery.tally import Sample

ADULT_YEARS: Final = 18
SHORTLIST: Final = 8
NOBODY: Final = Traits()


@dataclass(frozen=True, slots=True)
class SlotReader:
    """Who reads the page: signed in, and not suspended. `birth_year` None: not known."""

    person_id: int
    pseudonym: str
    birth_year: int | None


@dataclass(frozen=True, slots=True)
class SlotBid:
    """One order that could be shown, best first in `Offer.bids`.

    cap: how often at most within 24 h; 0 is no cap. held_out: this person must not be shown it.
    match_class: how it goes together with what is known of them, 0 for nothing known. targeted: what is
    known of them chose it or its bid, so that their consent must still stand.
    """

    order_id: int
    note_id: int
    author_id: int
    cap: int
    held_out: bool
    targeted: bool
    match_class: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """What the page's statement chooses from: the first of `bids` that is able and not held out.

    The card stands at `place` (from 0) of a page of at least `one_in` cards.
    """

    bids: list[SlotBid]
    place: int
    one_in: int
    reader: SlotReader
    listed: tuple[Standing, ...]
    candidates: Places
    match: Match
    reserve: int
    most: int

    @property
    def enough(self) -> int:
        """How many able ones, the best first, surely decide: two may be shown then, whoever is held out."""
        return 2 + sum(bid.held_out for bid in self.bids)


@dataclass(frozen=True, slots=True)
class SlotCard:
    """A card of an order, or a ghost of one: what its token says. `price` in micro units, 0 for a ghost."""

    order_id: int
    note_id: int
    author_id: int
    price: int = 0
    match_class: int = 0


@dataclass(frozen=True, slots=True)
class SlotOutcome:
    """Who is shown (None: nobody), and who would have been had they not been held out."""

    winner: SlotCard | None
    ghosts: tuple[SlotCard, ...]


def offer_slot(
    *, reader: SlotReader, now: dt.datetime, by: Keeper = keeper, seed: int | None = None
) -> Offer | None:
    """Return who could be shown at the sponsored place of a page, or None where nobody bids.

    In memory alone. What each order's showing is worth goes by how its note's topics go together with what
    is known of the reader. Never the reader's own notes; those chosen by what is known of somebody only to
    grown-ups who agreed. Orders that hold the reader out are among the bids, and say so. `seed` stands
    for the request in the lotteries; drawn where it is not given.
    """
    by.catch_up(now=now)
    with by.lock:
        rule = by.rule
        if rule is None or not by.on or not by.is_leased():
            return None
        known = _known(reader, by, now)
        candidates = by.stand.eligible(_traits(known, by))
        match = by.stand.matches.of(known)
        most = rule.most_reserves * rule.reserve
        listed = shortlist(
            live=by.stand.field,
            candidates=candidates,
            reader=Reader(
                person=reader.person_id,
                seed=secrets.randbits(64) if seed is None else seed,
                affinity=match.factors,
                most=most,
                held_out=lambda numbers: by.stand.holds_out(numbers, reader.pseudonym),
            ),
            reserve=rule.reserve,
            size=SHORTLIST,
        )
        placed = [by.stand.placed(each.number) for each in listed]
        offer = Offer(
            bids=[
                _bid(one, each, cap=rule.cap, match_class=int(match_class))
                for one, each, match_class in zip(
                    placed, listed, _classes(listed, match, by), strict=True
                )
            ],
            place=rule.place,
            one_in=rule.one_in,
            reader=reader,
            listed=listed,
            candidates=candidates,
            match=match,
            reserve=rule.reserve,
            most=most,
        )
        if not listed:
            _note(offer, Settlement(None, 0, None, ()), (), by, now)
            return None
    return offer


def settle_offer(
    *, offer: Offer, able: Sequence[int], now: dt.datetime, by: Keeper = keeper
) -> SlotOutcome | None:
    """Return who is shown and at which price among the orders in `able`, and who would have been.

    `able` are all that are, or the first `offer.enough` of them.

    None where neither is. Nobody is shown whose order ended meanwhile, or whose loan another page of
    this process has just used up: what the page's statement noted for the cap stands then.
    """
    found = settle(listed=offer.listed, able=set(able), reserve=offer.reserve)
    bids = {bid.order_id: bid for bid in offer.bids}
    with by.lock:
        _note(offer, found, able, by, now)
        winner = found.winner
        if winner is not None and not by.spend(winner.number, price=found.price):
            winner = None
        for ghost in found.ghosts:
            by.tally.ghost(ghost.number)
    if winner is None and not found.ghosts:
        return None
    return SlotOutcome(
        winner=_card(bids[winner.number], price=found.price) if winner is not None else None,
        ghosts=tuple(_card(bids[ghost.number], price=0) for ghost in found.ghosts),
    )


def _known(reader: SlotReader, by: Keeper, now: dt.datetime) -> int | None:
    """Return the reader's id where what is known of them may be used: they are grown up, and agreed."""
    # Who is younger, or of unknown age, is not chosen by what is known of them, whatever the index says.
    if reader.birth_year is None or now.year - reader.birth_year <= ADULT_YEARS:
        return None
    return reader.person_id if reader.person_id in by.index.may_be_targeted else None


def _traits(known: int | None, by: Keeper) -> Traits:
    return NOBODY if known is None else by.stand.traits_of(known, by.index)


def _classes(listed: Sequence[Standing], match: Match, by: Keeper) -> NDArray[np.uint8]:
    places = np.array([each.place for each in listed], np.uint32)
    classes: NDArray[np.uint8] = match.classes[by.stand.column("topic", places)]
    return classes


def _looked_at(offer: Offer, able: Sequence[int]) -> list[int]:
    """Return the orders of which it is known whether they are able."""
    numbers = [each.number for each in offer.listed]
    return numbers if len(able) < offer.enough else numbers[: 1 + max(map(numbers.index, able))]


def _note(
    offer: Offer, found: Settlement, able: Sequence[int], by: Keeper, now: dt.datetime
) -> None:
    """Keep what this page teaches about prices."""
    winner, runner_up = found.winner, found.runner_up
    sample = Sample(
        person_id=offer.reader.person_id,
        pseudonym=offer.reader.pseudonym,
        candidates=offer.candidates,
        factors=offer.match.factors,
        reserve=offer.reserve,
        most=offer.most,
        winner=winner.number if winner is not None else 0,
        needed=winner.score if winner is not None else 0,
        second=runner_up.score if runner_up is not None else 0,
        unable=frozenset(_looked_at(offer, able)).difference(able),
    )
    by.tally.page(sample, now=now)


def _bid(placed: Placed, standing: Standing, *, cap: int, match_class: int) -> SlotBid:
    live = placed.live
    return SlotBid(
        order_id=live.order_id,
        note_id=live.note_id,
        author_id=live.author_id,
        cap=cap,
        held_out=standing.held_out,
        targeted=placed.targeted or match_class > 0,
        match_class=match_class,
    )


def _card(bid: SlotBid, *, price: int) -> SlotCard:
    return SlotCard(
        order_id=bid.order_id,
        note_id=bid.note_id,
        author_id=bid.author_id,
        price=price,
        match_class=bid.match_class,
    )
