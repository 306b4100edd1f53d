"""Reading a feed page by page: the walk down Hot, and the notes of people one follows."""

import datetime as dt
from dataclasses import dataclass
from itertools import islice

from meadow.core.pagination import InvalidCursor, decode_cursor, encode_cursor
from meadow.feed import queries
from meadow.feed.keeper import keeper
from meadow.feed.queries import LiveCard
from meadow.feed.wall import Pick, Position, spread_authors, walk

PAGE_LENGTH = 20
# Picked beyond a page, so that a few blocked or deleted notes do not cost a second round trip.
SPARE = 4
_SHORT_NAMES = {
    "version": "v",
    "seed": "s",
    "newcomers_from": "f",
    "newcomers_to": "t",
    "ranked": "r",
    "explored": "e",
    "slot": "n",
    "last_author": "a",
}
_FAR_FUTURE = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Placed:
    """A card at its place: `slot` counts from 0 at the top of the session."""

    card: LiveCard
    slot: int


@dataclass(frozen=True)
class FeedPage:
    """One page of a feed; `next_cursor` is empty at its end, `at_top` on its first page."""

    cards: list[Placed]
    next_cursor: str
    at_top: bool


def read_hot(
    *, viewer_id: int | None, cursor: str, now: dt.datetime, length: int = PAGE_LENGTH
) -> FeedPage:
    """Return the page of Hot at `cursor` (empty: a new session). Raises InvalidCursor, WallExpired."""
    start = _unpack(cursor) if cursor else keeper.begin(now=now)
    wall, arrivals = keeper.wall(version=start.version), keeper.arrivals(start)
    steps = walk(wall, start, arrivals)
    shown: list[Pick] = []
    live: dict[int, LiveCard] = {}
    over = False
    while len(shown) < length and not over:
        wanted = length - len(shown) + SPARE
        picks = list(islice(steps, wanted))
        over = len(picks) < wanted
        found = queries.read_live_cards(
            viewer_id=viewer_id, note_ids=[pick.note_id for pick in picks]
        )
        live |= found
        visible = [pick for pick in picks if pick.note_id in found]
        over = over and len(shown) + len(visible) <= length
        shown += visible[: length - len(shown)]
    ordered = spread_authors(shown, last_author=start.last_author)
    next_cursor = ""
    if shown and not over:
        after = shown[-1].after(start, last_author=ordered[-1].author_id)
        next_cursor = encode_cursor(_pack(after))
    return FeedPage(
        cards=[
            Placed(card=live[pick.note_id], slot=start.slot + place)
            for place, pick in enumerate(ordered)
        ],
        next_cursor=next_cursor,
        at_top=not cursor,
    )


def read_follow(*, viewer_id: int, cursor: str, length: int = PAGE_LENGTH) -> FeedPage:
    """Return a page of the notes of people this viewer follows, newest first. Raises InvalidCursor."""
    before, before_id, slot = _FAR_FUTURE, 0, 0
    if cursor:
        position = decode_cursor(cursor)
        try:
            before = dt.datetime.fromisoformat(position["at"])
            before_id, slot = int(position["id"]), int(position["n"])
        except (KeyError, TypeError, ValueError) as broken:
            raise InvalidCursor from broken
    rows = queries.read_followed_cards(
        viewer_id=viewer_id, before=before, before_id=before_id, size=length + 1
    )
    next_cursor = ""
    if len(rows) > length:
        card, published_at = rows[length - 1]
        next_cursor = encode_cursor(
            {"at": published_at.isoformat(), "id": card.note_id, "n": slot + length}
        )
    return FeedPage(
        cards=[
            Placed(card=card, slot=slot + place) for place, (card, _) in enumerate(rows[:length])
        ],
        next_cursor=next_cursor,
        at_top=not cursor,
    )


def _pack(position: Position) -> dict[str, int]:
    return {short: getattr(position, name) for name, short in _SHORT_NAMES.items()}


def _unpack(cursor: str) -> Position:
    packed = decode_cursor(cursor)
    try:
        return Position(**{name: int(packed[short]) for name, short in _SHORT_NAMES.items()})
    except (KeyError, TypeError, ValueError) as broken:
        raise InvalidCursor from broken
