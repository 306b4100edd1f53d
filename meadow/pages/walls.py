"""A wall of cards outside the feed: the cards with their tokens and the reader's likes."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from meadow.analytics.tokens import seal_token
from meadow.core.clock import now
from meadow.core.problems import wants_fragment
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


def answer_wall(
    request: HttpRequest,
    cards: Sequence[NoteCard],
    *,
    template: str,
    context: Mapping[str, object],
    surface: str,
    next_url: str,
) -> HttpResponse:
    """Answer with the page, or with the next cards alone when htmx asks for more."""
    shown = {
        **context,
        "cards": make_entries(cards, viewer_id=request.user.pk, surface=surface, now=now()),
        "next_url": next_url,
        "first": not request.GET.get("cursor"),
    }
    if wants_fragment(request):
        template = "components/wall_page.html"
    return render(request, template, shown)
