"""Serving a page: one statement that says what its reader may be shown, and notes that they are."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Protocol

from meadow.core.database import fetch_prepared
from meadow.feed.queries.walls import LIVE_COLUMNS, LIVE_SQL, LiveCard, array_of
from meadow.notes.queries import CARD_COLUMNS, card_sql, listed, read_card
from meadow.notes.records import NoteCard

# Within which an order's cap is counted.
CAP: Final = dt.timedelta(hours=24)


class Bid(Protocol):
    """Who would pay for a page's slot: `cap` times a person within 24 h, 0 for once a sitting.

    A `targeted` one is for those alone who agreed to be chosen by what they do; of a `held_out` one the
    reader must not be shown it.
    """

    @property
    def order_id(self) -> int: ...
    @property
    def note_id(self) -> int: ...
    @property
    def cap(self) -> int: ...
    @property
    def held_out(self) -> bool: ...
    @property
    def targeted(self) -> bool: ...


@dataclass(frozen=True)
class SlotAsked:
    """A page's slot: its bids, best first, and what the page has to have for one of them to stand there.

    At most one card in `one_in` is sponsored; the page needs `least` cards, `already` of which it has. No
    more than the first `enough` that are able are looked for.
    """

    bids: Sequence[Bid]
    one_in: int
    least: int
    enough: int
    already: int = 0
    looks: Sequence[int] = ()


@dataclass(frozen=True)
class Served:
    """What a page was given: its live cards by note, which of the notes asked for had been shown before,
    and, where asked for, the whole cards of those that look other than the caller knows them.

    `able` are the places among the bids of those that could take the slot, best first, and `sponsored` is
    the card of the first of them that does not hold the reader out.
    """

    live: dict[int, LiveCard] = field(default_factory=dict)
    seen: list[int] = field(default_factory=list)
    whole: dict[int, NoteCard] = field(default_factory=dict)
    able: list[int] = field(default_factory=list)
    sponsored: LiveCard | None = None


# Not by somebody blocked either way, nor what the reader hides, of a note n.
_WELCOME = """n.author_id <> ALL (ARRAY(
            SELECT blocked_id FROM accounts_block WHERE blocker_id = %(viewer)s
            UNION ALL
            SELECT blocker_id FROM accounts_block WHERE blocked_id = %(viewer)s
            UNION ALL
            SELECT author_id FROM feed_hiddenauthor WHERE person_id = %(viewer)s))
      AND NOT EXISTS (
            SELECT FROM feed_lesstopic less
            JOIN notes_notetopic t ON t.topic_id = less.topic_id AND t.note_id = n.id
            WHERE less.person_id = %(viewer)s)"""
_LIKED = """EXISTS (SELECT FROM notes_like l
                   WHERE l.note_id = n.id AND l.person_id = %(viewer)s) AS liked"""
# What is shown is noted by the same statement, so that a page that goes on never repeats it: one round
# trip. feed_shown_since has another page of the same reader, asked for in the same instant, wait its turn.
# Notes are looked at in order and no further than the last one shown, so that many may be handed in.
_SHOWN = f"""
WITH before (id) AS MATERIALIZED (
    SELECT unnest(feed_shown_since(%(viewer)s, %(since)s))
),
shown AS MATERIALIZED (
    SELECT {LIVE_SQL}, {_LIKED}, wanted.place{{known}}
    FROM (SELECT w.* FROM unnest(%(wanted)s::bigint[]{{looks}}) WITH ORDINALITY w (id{{look}}, place)
          WHERE w.id NOT IN (SELECT id FROM before)
            AND w.id NOT IN (SELECT note_id FROM feed_hiddennote WHERE person_id = %(viewer)s)
          ORDER BY w.place) wanted
    JOIN notes_note n ON n.id = wanted.id
    JOIN accounts_person p ON p.id = n.author_id
    WHERE {listed()} AND p.is_active
      AND {_WELCOME}
    ORDER BY wanted.place LIMIT %(size)s
)"""  # noqa: S608 - fixed parts
# Of all that was asked for: what had been shown before, and which bids were able, in one row without a card.
_TOLD = """
UNION ALL
SELECT 0, 0, 0, 0, false, 0,
       ARRAY(SELECT id FROM unnest(%(wanted)s::bigint[]) wanted (id) WHERE id IN (SELECT id FROM before)),
       {able}{nothing}
"""
_FOR_A_READER = f"""{_SHOWN},
noted AS (
    INSERT INTO feed_served (person_id, at, note_ids)
    SELECT %(viewer)s, %(now)s, array_agg(id) FROM shown HAVING count(*) > 0
)
SELECT id, author_id, look, like_count, liked, 0, NULL::bigint[], NULL::bigint[]{{more}} FROM {{cards}}
{_TOLD.format(able="NULL", nothing="{nothing}")}"""  # noqa: S608 - fixed parts
# The page's slot, in the same round trip. Whoever is held out is dealt with as those who are not, up to the
# moment of showing: what they meet instead is what they would have met without the order. feed_met_since
# waits for another page of the same reader as feed_shown_since does: two pages pass neither cap nor share.
_WITH_A_SLOT = f"""{_SHOWN},
met AS MATERIALIZED (
    SELECT * FROM feed_met_since(%(viewer)s, %(met_since)s)
),
able AS MATERIALIZED (
    SELECT {LIVE_SQL}, {_LIKED}, b.order_id, b.held_out, b.place{{known_bid}}
    FROM (SELECT * FROM unnest(%(orders)s::bigint[], %(notes)s::bigint[], %(caps)s::int[],
                               %(held_out)s::int[]::bool[], %(targeted)s::int[]::bool[]{{bid_looks}})
                        WITH ORDINALITY b (order_id, note_id, cap, held_out, targeted{{look}}, place)
          ORDER BY place) b
    JOIN notes_note n ON n.id = b.note_id
    JOIN accounts_person p ON p.id = n.author_id
    WHERE (SELECT count(*) FROM shown) + %(already)s >= %(least)s
      AND (SELECT count(*) FROM before) + (SELECT count(*) FROM shown)
          >= %(one_in)s * (1 + (SELECT count(*) FROM met WHERE at > %(since)s AND NOT held_out))
      AND b.note_id NOT IN (SELECT id FROM before)
      AND b.note_id NOT IN (SELECT note_id FROM feed_hiddennote WHERE person_id = %(viewer)s)
      AND b.order_id NOT IN (SELECT order_id FROM met WHERE at > %(since)s)
      AND (b.cap = 0
           OR b.cap > (SELECT count(*) FROM met WHERE met.order_id = b.order_id AND met.at > %(of_cap)s))
      AND (NOT b.targeted
           OR EXISTS (SELECT FROM promotion_adchoice c WHERE c.person_id = %(viewer)s AND c.by_interest))
      AND n.author_id <> %(viewer)s AND {listed()} AND p.is_active
      AND {_WELCOME}
    ORDER BY b.place LIMIT %(enough)s
),
won AS MATERIALIZED (
    SELECT * FROM able WHERE NOT held_out ORDER BY place LIMIT 1
),
page AS MATERIALIZED (
    SELECT * FROM shown WHERE id NOT IN (SELECT id FROM won)
    ORDER BY place LIMIT %(size)s - (SELECT count(*) FROM won)
),
counted AS (
    INSERT INTO promotion_met (order_id, person_id, at, held_out)
    SELECT order_id, %(viewer)s, %(now)s, held_out FROM able
    WHERE place <= coalesce((SELECT place FROM won), place)
),
noted AS (
    INSERT INTO feed_served (person_id, at, note_ids)
    SELECT %(viewer)s, %(now)s, array_agg(id)
    FROM (SELECT id FROM page UNION ALL SELECT id FROM won) all_of_it HAVING count(*) > 0
)
SELECT id, author_id, look, like_count, liked, bid, NULL::bigint[], NULL::bigint[]{{more}} FROM {{cards}}
{_TOLD.format(able="ARRAY(SELECT place - 1 FROM able ORDER BY place)", nothing="{nothing}")}"""  # noqa: S608 - fixed parts
_OF_PAGE = """(SELECT id, author_id, look, like_count, liked, 0 AS bid{known} FROM page
      UNION ALL
      SELECT id, author_id, look, like_count, liked, place{known} FROM won) shown"""


def serve_live_cards(
    *,
    viewer_id: int,
    note_ids: Sequence[int],
    size: int,
    since: dt.datetime,
    now: dt.datetime,
    looks: Sequence[int] | None = None,
    slot: SlotAsked | None = None,
) -> Served:
    """Serve the first `size` of the notes that this reader may see, wants to see and was not shown
    since `since`. It takes one round trip, which also notes that they are shown now.

    `looks`, one a note and 0 for none, are those of the cards that the caller can show: the others come
    whole. Asked for later they would be one more round trip; without `looks` no card comes along. With a
    `slot` one of the cards may be a sponsored one, and is counted with its order's.
    """
    values: dict[str, object] = {
        "viewer": viewer_id,
        "wanted": array_of(note_ids),
        "since": since,
        "size": size,
        "now": now,
    }
    if looks is not None:
        values["looks"] = array_of(looks)
    if slot is None:
        return _read(fetch_prepared(_for_a_reader(whole=looks is not None), values))
    values |= _of_slot(slot, since=since, now=now)
    return _read(fetch_prepared(_with_a_slot(whole=looks is not None), values))


def _read(rows: Sequence[tuple[Any, ...]]) -> Served:
    """Return what the rows say: cards, their bids and whole cards behind them, and one row that tells."""
    cards = [row for row in rows if row[0]]
    told = next(row for row in rows if not row[0])
    first = LIVE_COLUMNS + 3
    return Served(
        live={row[0]: LiveCard._make(row[:LIVE_COLUMNS]) for row in cards},
        seen=told[LIVE_COLUMNS + 1],
        whole={row[0]: read_card(row[first:]) for row in cards if row[first] is not None}
        if len(told) > first
        else {},
        able=told[LIVE_COLUMNS + 2] or [],
        sponsored=next(
            (LiveCard._make(row[:LIVE_COLUMNS]) for row in cards if row[LIVE_COLUMNS]), None
        ),
    )


def _of_slot(slot: SlotAsked, *, since: dt.datetime, now: dt.datetime) -> dict[str, object]:
    bids = slot.bids
    return {
        "orders": array_of(bid.order_id for bid in bids),
        "notes": array_of(bid.note_id for bid in bids),
        "caps": array_of(bid.cap for bid in bids),
        "held_out": array_of(int(bid.held_out) for bid in bids),
        "targeted": array_of(int(bid.targeted) for bid in bids),
        "bid_looks": array_of(slot.looks),
        "already": slot.already,
        "least": slot.least,
        "enough": slot.enough,
        "one_in": slot.one_in,
        "of_cap": now - CAP,
        "met_since": min(since, now - CAP),
    }


@cache
def _for_a_reader(*, whole: bool) -> str:
    if not whole:
        return _FOR_A_READER.format(known="", looks="", look="", more="", cards="shown", nothing="")
    return _FOR_A_READER.format(
        known=_KNOWN,
        looks=", %(looks)s::bigint[]",
        look=", look",
        more=_more(),
        cards=_with_cards("shown"),
        nothing=_NOTHING,
    )


@cache
def _with_a_slot(*, whole: bool) -> str:
    if not whole:
        page = _OF_PAGE.format(known="")
        none = dict.fromkeys(("known", "looks", "look", "more", "known_bid", "bid_looks"), "")
        return _WITH_A_SLOT.format(**none, cards=page, nothing="")
    page = _OF_PAGE.format(known=", known")
    return _WITH_A_SLOT.format(
        known=_KNOWN,
        known_bid=", b.look AS known",
        looks=", %(looks)s::bigint[]",
        bid_looks=", %(bid_looks)s::bigint[]",
        look=", look",
        more=_more(),
        cards=_with_cards(page),
        nothing=_NOTHING,
    )


_KNOWN = ", wanted.look AS known"
_NOTHING = ", NULL" * CARD_COLUMNS
_NAMES = [f"c{place}" for place in range(CARD_COLUMNS)]


def _more() -> str:
    return "".join(f", card.{name}" for name in _NAMES)


def _with_cards(shown: str) -> str:
    """Return SQL: the rows of `shown` with the whole cards of those that look other than they are known."""
    asked = (
        f"(SELECT *, CASE WHEN look IS DISTINCT FROM known THEN id END AS asked FROM {shown}) shown"  # noqa: S608 - fixed parts
    )
    return (
        f"{asked} LEFT JOIN LATERAL ({card_sql('shown.asked')}) card ({', '.join(_NAMES)}) ON true"
    )
