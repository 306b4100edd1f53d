"""A wall of cards outside the feed: the cards with their tokens and the reader's likes."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from meadow.analytics.tokens import seal_token
from meadow.notes.queries import NoteCard, liked_ids


@dataclass(frozen=True)
class Entry:
    """A card as it is shown to one reader, once."""

    card: NoteCard
    token: str
    liked: bool


def make_entries(
    cards: Sequence[NoteCard], *, viewer_id: int | None, surface: str, now: dt.datetime
) -> list[Entry]:
    """Give each card the token of this showing and whether the viewer likes it; one query."""
    liked = liked_ids(viewer_id, [card.id for card in cards])
    return [
        Entry(
            card=card,
            token=seal_token(
                note_id=card.id, author_id=card.author.id, surface=surface, slot=slot, now=now
            ),
            liked=card.id in liked,
        )
        for slot, card in enumerate(cards)
    ]
