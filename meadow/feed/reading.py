"""Reading a feed page by page: the walk down Hot, and the notes of people one follows."""

import datetime as dt
from array import array
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

from meadow.core.pagination import InvalidCursor, decode_cursor, encode_cursor
from meadow.feed import queries
from meadow.feed.keeper import keeper
from meadow.feed.queries import LiveCard, Served, SlotAsked
from meadow.feed.recent import Recent
from meadow.feed.slots import Slot, Taken
from meadow.feed.wall import OwnList, Pick, Position, spread_authors, walk
from meadow.feed.ways import EXPLORED, FOLLOWED, NEAR, OWN, PAID, RANKED
from meadow.notes.records import NoteCard
from meadow.promotion.delivery.serving import SlotReader

# The looks of the cards of notes that whoever shows the page can show without being told what they say; 0 for
# the others.
Looks = Callable[[Sequence[int]], Sequence[int]]

PAGE_LENGTH = 20
# Picked beyond a page, so that a few blocked or deleted notes do not cost a second round trip.
SPARE = 4
# Picked beyond the first page of a sitting, for what another process may have shown this reader since; the
# statement looks no further than the last card it takes, and a step of the walk is under a microsecond.
AHEAD = 80
# A batch after one that gave too little grows so many times: who has seen much is led past it soon.
GROWTH, LARGEST_BATCH = 5, 2000
READERS_REMEMBERED = 20_000  # about a kilobyte each after a hundred notes
_SHORT_NAMES = {
    "version": "v",
    "seed": "s",
    "personal": "p",
    "newcomers_from": "f",
    "newcomers_to": "t",
    "ranked": "r",
    "explored": "e",
    "slot": "n",
    "last_author": "a",
    "paid": "c",
}
_FAR_FUTURE = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


class Placed(NamedTuple):
    """A card at its place: `slot` counts from 0 at the top of the session, `way` is how it came there."""

    card: LiveCard
    slot: int
    way: int = RANKED


@dataclass(frozen=True)
class FeedPage:
    """One page of a feed; `next_cursor` is empty at its end, `at_top` on its first page.

    `ranking` and `personal` are the wall and the reader's list it was taken from, 0 for none;
    `all_seen` says of an empty page that there are notes, all of which this reader was shown. `whole` are
    the cards by note that came along, since they were unknown or look different now. `taken` says what
    stands at the page's sponsored place, None where it has none.
    """

    cards: list[Placed]
    next_cursor: str
    at_top: bool
    ranking: int = 0
    personal: int = 0
    all_seen: bool = False
    whole: dict[int, NoteCard] = field(default_factory=dict)
    taken: Taken | None = None


def knows_none(note_ids: Sequence[int]) -> list[int]:
    """Of whoever keeps no cards."""
    return [0] * len(note_ids)


@dataclass
class _Passed:
    """What need not be asked about again: notes that a reader was shown, from when on.

    It is a hint that saves round trips; what decides is the statement that serves the cards.
    """

    since: dt.datetime
    # Packed: a set takes ten times as much and is made in microseconds.
    note_ids: "array[int]" = field(default_factory=lambda: array("q"))


_passed: Recent[int, _Passed] = Recent(READERS_REMEMBERED)


def forget_passed(*, viewer_id: int | None = None) -> None:
    """Drop the hints of a reader who takes something back, or of everybody."""
    if viewer_id is None:
        _passed.clear()
    else:
        _passed.drop(viewer_id)


def read_hot(
    *,
    viewer_id: int | None,
    cursor: str,
    now: dt.datetime,
    personal: int = 0,
    length: int = PAGE_LENGTH,
    looks: Looks = knows_none,
    reader: SlotReader | None = None,
) -> FeedPage:
    """Return the page of Hot at `cursor` (empty: a new session) for a reader whose own list is `personal`.

    What somebody signed in was shown in the last `session_minutes` does not come again, also when they begin
    anew. It takes a round trip, and one more where this process has not met the reader's list. Cards whose
    `looks` are unknown come along whole. One of a `reader`'s cards may be a sponsored one.
    Raises InvalidCursor, WallExpired.
    """
    start = _unpack(cursor) if cursor else keeper.begin(now=now, personal=personal)
    wall, arrivals = keeper.wall(version=start.version), keeper.arrivals(start)
    since = now - dt.timedelta(minutes=wall.session_minutes)
    own, told = keeper.own_list(version=start.personal, viewer_id=viewer_id, since=since)
    passed = _hints(viewer_id, now=now, since=since, told=told or ())
    steps = walk(wall, start, arrivals, own=own, skip=passed)
    shown: list[Pick] = []
    asked_before = told is not None
    live: dict[int, LiveCard] = {}
    whole: dict[int, NoteCard] = {}
    batch, over, all_seen = length + SPARE, False, False
    if viewer_id is not None and not cursor:
        batch += AHEAD
    slot = Slot.of(reader, now=now)
    while (lacking := length - slot.cards - len(shown)) > 0:
        if over:
            if not passed:
                break
            # Before it says that there is no more, it asks about all that this process remembers.
            passed = frozenset()
            steps = walk(wall, start, arrivals, own=own)
        wanted = max(batch, lacking + SPARE)
        picks = list(islice(steps, wanted))
        over = len(picks) < wanted
        asked = slot.ask(length=length, already=len(shown), looks=looks)
        served = _serve(
            picks,
            viewer_id=viewer_id,
            size=lacking,
            since=since,
            now=now,
            looks=looks([pick.note_id for pick in picks]),
            alone=not asked_before,
            slot=asked,
        )
        asked_before = True
        slot.settle(served, now=now)
        live |= served.live
        whole |= served.whole
        bought = slot.card.note_id if slot.card is not None else 0
        visible = [pick for pick in picks if pick.note_id in served.live and pick.note_id != bought]
        if visible and len(shown) + len(visible) == length - slot.cards:
            # What comes behind the last card of a full page was not looked at.
            over = over and visible[-1] is picks[-1]
        if viewer_id is not None:
            _remember(viewer_id, [*served.live, *served.seen])
        all_seen = all_seen or bool(served.seen)
        shown += visible
        batch = min(batch * GROWTH, LARGEST_BATCH)
    cards, last_author = _arrange(shown, live, slot, start=start, own=own)
    next_cursor = ""
    if shown and not over:
        after = shown[-1].after(start, last_author=last_author)
        next_cursor = encode_cursor(_pack(replace(after, paid=start.paid + slot.cards)))
    return FeedPage(
        cards=cards,
        next_cursor=next_cursor,
        at_top=not cursor,
        ranking=start.version,
        personal=own.version,
        all_seen=all_seen and not shown,
        whole=whole,
        taken=slot.taken(cards=len(cards)),
    )


def _arrange(
    shown: Sequence[Pick],
    live: Mapping[int, LiveCard],
    slot: Slot,
    *,
    start: Position,
    own: OwnList,
) -> tuple[list[Placed], int]:
    """Return the page's cards at their places, and the author of the last one."""
    place, bought = slot.place(cards=len(shown) + slot.cards), slot.card
    guest = (place, bought.author_id) if bought is not None else None
    ordered = spread_authors(shown, last_author=start.last_author, guest=guest)
    cards = [(live[pick.note_id], _way(pick, own)) for pick in ordered]
    if bought is not None:
        cards.insert(place, (bought, PAID))
    first = start.slot + start.paid
    placed = [
        Placed(card=card, slot=first + number, way=way) for number, (card, way) in enumerate(cards)
    ]
    return placed, placed[-1].card.author_id if placed else start.last_author


def read_again(
    *, viewer_id: int, now: dt.datetime, length: int = PAGE_LENGTH, looks: Looks = knows_none
) -> FeedPage:
    """Return the top of Hot for somebody who was shown all of it: what they saw, as what it is.

    That it is shown again is noted as of the beginning of the sitting, so that it keeps nothing from
    coming back as new afterwards.
    """
    start = keeper.begin(now=now, personal=0)
    wall, arrivals = keeper.wall(version=start.version), keeper.arrivals(start)
    note_ids = [pick.note_id for pick in islice(walk(wall, start, arrivals), length + AHEAD)]
    if not note_ids:
        return FeedPage(cards=[], next_cursor="", at_top=True)
    served = queries.serve_live_cards(
        viewer_id=viewer_id,
        note_ids=note_ids,
        size=length,
        since=now + dt.timedelta(seconds=1),
        now=now - dt.timedelta(minutes=wall.session_minutes),
        looks=_looks_to_send(looks(note_ids), alone=True),
    )
    shown = [note_id for note_id in note_ids if note_id in served.live]
    return FeedPage(
        cards=[Placed(card=served.live[one], slot=slot) for slot, one in enumerate(shown)],
        next_cursor="",
        at_top=True,
        ranking=start.version,
        whole=served.whole,
    )


def _serve(
    picks: list[Pick],
    *,
    viewer_id: int | None,
    size: int,
    since: dt.datetime,
    now: dt.datetime,
    looks: Sequence[int],
    alone: bool,
    slot: SlotAsked | None,
) -> Served:
    note_ids = [pick.note_id for pick in picks]
    if not note_ids:
        return Served()
    if viewer_id is None:
        return Served(live=queries.read_live_cards(note_ids=note_ids, size=size))
    # As a rule the page is full before the rest is reached.
    likely = looks[: size + SPARE] if alone else looks
    known = [*likely, *slot.looks] if slot is not None else likely
    return queries.serve_live_cards(
        viewer_id=viewer_id,
        note_ids=note_ids,
        size=size,
        since=since,
        now=now,
        looks=looks if _looks_to_send(known, alone=alone) is not None else None,
        slot=slot,
    )


def _looks_to_send(looks: Sequence[int], *, alone: bool) -> Sequence[int] | None:
    """Return what says which cards to bring along, or None where none is likely to be needed.

    Where it is needed all the same, it takes one more round trip. Only a statement that is the page's first
    may leave that to chance: a page has no third one.
    """
    return None if alone and all(looks) else looks


def _hints(
    viewer_id: int | None, *, now: dt.datetime, since: dt.datetime, told: Sequence[int]
) -> Set[int]:
    """Return what this process knows that a reader was shown, with what it was told just now."""
    if viewer_id is None:
        return frozenset()
    known = _passed.get(viewer_id)
    # They grow old together: then the statement has to say again what was shown since.
    if known is None or known.since < since:
        known = _Passed(since=now)
        _passed.put(viewer_id, known)
    _remember(viewer_id, told)
    return frozenset(known.note_ids)


def _remember(viewer_id: int, note_ids: Sequence[int]) -> None:
    known = _passed.get(viewer_id)
    if known is not None:
        known.note_ids.extend(set(note_ids).difference(known.note_ids))


def _way(pick: Pick, own: OwnList) -> int:
    if pick.exploring:
        return EXPLORED
    return OWN if pick.note_id in own.place_of else RANKED


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
            Placed(card=card, slot=slot + place, way=FOLLOWED)
            for place, (card, _) in enumerate(rows[:length])
        ],
        next_cursor=next_cursor,
        at_top=not cursor,
    )


def read_nearby(
    *,
    viewer_id: int,
    personal: int,
    cursor: str,
    now: dt.datetime,
    length: int = PAGE_LENGTH,
    looks: Looks = knows_none,
) -> FeedPage:
    """Return a page of notes under topics near those a reader reads, none that they were shown.

    Raises InvalidCursor, WallExpired.
    """
    start, slot = 0, 0
    if cursor:
        position = decode_cursor(cursor)
        try:
            personal, start, slot = (int(position[key]) for key in ("p", "i", "n"))
        except (KeyError, TypeError, ValueError) as broken:
            raise InvalidCursor from broken
    if not personal:
        return FeedPage(cards=[], next_cursor="", at_top=not cursor)
    since = now - dt.timedelta(minutes=keeper.session_minutes())
    own, told = keeper.own_list(version=personal, viewer_id=viewer_id, since=since)
    left = own.near_note_ids[start:]
    served = queries.serve_live_cards(
        viewer_id=viewer_id,
        note_ids=left,
        size=length,
        since=since,
        now=now,
        looks=_looks_to_send(looks(left), alone=told is None),
    )
    shown = [note_id for note_id in left if note_id in served.live]
    next_cursor = ""
    if len(shown) == length and shown[-1] != left[-1]:
        after = start + left.index(shown[-1]) + 1
        next_cursor = encode_cursor({"p": personal, "i": after, "n": slot + length})
    return FeedPage(
        cards=[
            Placed(card=served.live[note_id], slot=slot + place, way=NEAR)
            for place, note_id in enumerate(shown)
        ],
        next_cursor=next_cursor,
        at_top=not cursor,
        personal=personal,
        all_seen=bool(served.seen) and not shown,
        whole=served.whole,
    )


def _pack(position: Position) -> dict[str, int]:
    return {short: getattr(position, name) for name, short in _SHORT_NAMES.items()}


def _unpack(cursor: str) -> Position:
    packed = {"c": 0} | decode_cursor(cursor)
    try:
        return Position(**{name: int(packed[short]) for name, short in _SHORT_NAMES.items()})
    except (KeyError, TypeError, ValueError) as broken:
        raise InvalidCursor from broken
