"""Results as they are shown: cards with their tokens, words marked, in the order they were ranked."""

import datetime as dt
from dataclasses import dataclass

from django.utils.safestring import SafeString

from meadow.analytics.tokens import seal_token
from meadow.notes.queries import NoteCard, get_checked_cards, liked_ids
from meadow.search.highlights import Marker
from meadow.search.queries.notes import bodies_of
from meadow.search.searching import Found


@dataclass(frozen=True)
class Result:
    """A note as one search shows it once; `title_html` and `excerpt` are escaped and marked.

    The excerpt is there where the title alone does not say why the note was found.
    """

    card: NoteCard
    slot: int
    token: str
    liked: bool
    title_html: SafeString
    excerpt: SafeString


def make_results(found: Found, *, viewer_id: int | None, now: dt.datetime) -> list[Result]:
    """Return the notes of a page of results, in three queries however many they are."""
    cards = get_checked_cards(found.notes.note_ids)
    ids = [card.id for card in cards]
    liked = liked_ids(viewer_id, ids)
    bodies = bodies_of(ids) if ids else {}
    titles = [card.title for card in cards]
    marker = Marker(found.question.words, [*titles, *bodies.values()])
    return [
        Result(
            card=card,
            slot=found.notes.start + place,
            token=seal_token(
                note_id=card.id,
                author_id=card.author.id,
                surface="search",
                slot=found.notes.start + place,
                now=now,
            ),
            liked=card.id in liked,
            title_html=marker.mark(card.title),
            excerpt=SafeString("")
            if marker.spans(card.title)
            else marker.excerpt(bodies.get(card.id, "")),
        )
        for place, card in enumerate(cards)
    ]
