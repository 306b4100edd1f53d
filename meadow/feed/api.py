"""The feed part of the API: the same walls as the pages, with the same cursors."""

from collections.abc import Sequence
from dataclasses import replace

from django.http import HttpRequest
from ninja import Router, Schema

from meadow.accounts.api_auth import open_to_all, scoped
from meadow.accounts.permissions import require_person
from meadow.analytics.tokens import seal_token
from meadow.core.clock import now
from meadow.feed.reading import FeedPage, Placed, read_follow, read_hot
from meadow.notes.queries import get_checked_cards
from meadow.notes.schemas import CardOut, describe_card

router = Router(tags=["feed"])


class FeedCard(Schema):
    """A note at its place; send `token` to POST /e when the card has been seen."""

    note: CardOut
    slot: int
    is_liked: bool
    token: str


class FeedCardPage(Schema):
    """One page of a feed; `next_cursor` is null at its end."""

    items: list[FeedCard]
    next_cursor: str | None


@router.get("/feed/hot", response=FeedCardPage, summary="Read Hot", **open_to_all("notes:read"))
def list_hot(request: HttpRequest, cursor: str = "") -> FeedCardPage:
    """Return what the community likes most just now; no note comes twice while you follow cursors.

    A cursor lasts two hours, then it is answered 410 `feed.wall_expired`: start again without one.
    """
    page = read_hot(viewer_id=request.user.pk, cursor=cursor, now=now())
    return _describe(page, surface="hot")


@router.get("/feed/follow", response=FeedCardPage, summary="Read Follow", **scoped("notes:read"))
def list_follow(request: HttpRequest, cursor: str = "") -> FeedCardPage:
    """Return the notes of people you follow, newest first."""
    person = require_person(request.user)
    return _describe(read_follow(viewer_id=person.pk, cursor=cursor), surface="follow")


def _describe(page: FeedPage, *, surface: str) -> FeedCardPage:
    return FeedCardPage(
        items=_cards(page.cards, surface=surface), next_cursor=page.next_cursor or None
    )


def _cards(placed: Sequence[Placed], *, surface: str) -> list[FeedCard]:
    at = now()
    cards = {card.id: card for card in get_checked_cards([one.card.note_id for one in placed])}
    return [
        FeedCard(
            note=describe_card(replace(cards[one.card.note_id], like_count=one.card.like_count)),
            slot=one.slot,
            is_liked=one.card.liked,
            token=seal_token(
                note_id=one.card.note_id,
                author_id=one.card.author_id,
                slot=one.slot,
                surface=surface,
                now=at,
            ),
        )
        for one in placed
        if one.card.note_id in cards
    ]
