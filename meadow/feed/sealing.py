"""The sealed tokens of a page's cards: what was shown where, and who paid for it."""

import datetime as dt
from typing import NamedTuple

from meadow.analytics.tokens import HELD_OUT_ARM, SERVED_ARM, seal_token, token_sealer
from meadow.feed.reading import FeedPage


class Sealed(NamedTuple):
    """A token a card, in their order. At `place` (-1: nowhere) stands a sponsored card (`is_paid`), or
    one with which the places of `also` are seen: those of notes that are held back from this reader.
    """

    tokens: list[bytes]
    place: int = -1
    is_paid: bool = False
    also: tuple[str, ...] = ()


def seal_page(page: FeedPage, *, surface: str, now: dt.datetime) -> Sealed:
    """Return fresh tokens for one showing of a page."""
    ranking, personal = page.ranking, page.personal
    seal = token_sealer(surface=surface, now=now, ranking=ranking, personal=personal)
    tokens = [seal(one.card.note_id, one.card.author_id, one.slot, one.way) for one in page.cards]
    taken = page.taken
    if taken is None:
        return Sealed(tokens)
    here = page.cards[taken.place]
    if taken.order_id:
        tokens[taken.place] = token_sealer(
            surface=surface,
            now=now,
            campaign_id=taken.order_id,
            arm=SERVED_ARM,
            ranking=ranking,
            personal=personal,
            price=taken.price,
            match_class=taken.match_class,
        )(here.card.note_id, here.card.author_id, here.slot, here.way)
    also = tuple(
        seal_token(
            note_id=ghost.note_id,
            author_id=ghost.author_id,
            surface=surface,
            now=now,
            slot=here.slot,
            campaign_id=ghost.order_id,
            arm=HELD_OUT_ARM,
        )
        for ghost in taken.ghosts
    )
    return Sealed(tokens, place=taken.place, is_paid=bool(taken.order_id), also=also)
