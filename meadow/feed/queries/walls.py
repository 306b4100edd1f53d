"""What the feed reads. Statements here join tables of three packages: a page has two round trips."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from django.db import connection

from meadow.core.database import fetch_prepared
from meadow.feed.errors import WallExpired
from meadow.feed.models import RankingRule, Wall
from meadow.feed.ranking import Counts, Floats, Ids, Weights
from meadow.feed.wall import Arrival, OwnList, RankedWall, make_own_list, make_wall
from meadow.notes.queries import listed, seen_by


class LiveCard(NamedTuple):
    """What a card shows as it stands now: those with equal `look` differ in their likes alone.

    `look` is a hash of 64 bits over when the note was edited and its author's handle, name and picture.
    """

    note_id: int
    author_id: int
    look: int
    like_count: int
    liked: bool


LIVE_COLUMNS = len(LiveCard._fields)


@dataclass(frozen=True)
class Candidates:
    """All notes of active people that everybody may see, as columns of equal length."""

    note_ids: Ids
    author_ids: Ids
    counts: Counts


_LOOK = """hashtextextended(p.name, hashtextextended(p.handle, hashint8extended(
           coalesce(p.avatar_id, 0), (date_part('epoch', n.edited_at) * 1000000)::bigint)))"""
LIVE_SQL = f"n.id, n.author_id, {_LOOK} AS look, n.like_count"
_FOR_STRANGERS = f"""
SELECT {LIVE_SQL}, false
FROM unnest(%s::bigint[]) WITH ORDINALITY wanted (id, place)
JOIN notes_note n ON n.id = wanted.id
JOIN accounts_person p ON p.id = n.author_id
WHERE {listed()} AND p.is_active
ORDER BY wanted.place LIMIT %s
"""  # noqa: S608 - fixed parts
# That a note is for followers alone stands on its card and not in its look: such a card has none, and is
# rendered anew each time.
_FOLLOWED = f"""
SELECT n.id, n.author_id, CASE WHEN n.visibility = 'public' THEN {_LOOK} ELSE 0 END AS look, n.like_count,
       EXISTS (SELECT 1 FROM notes_like l WHERE l.note_id = n.id AND l.person_id = %(viewer)s),
       n.published_at
FROM accounts_follow f
JOIN LATERAL (
    SELECT * FROM notes_note m
    WHERE m.author_id = f.followed_id AND m.state = 'published'
      AND {seen_by("%(viewer)s", "m")}
      AND (m.published_at, m.id) < (%(before)s, %(before_id)s)
      AND NOT EXISTS (SELECT 1 FROM feed_hiddennote h
                      WHERE h.person_id = %(viewer)s AND h.note_id = m.id)
    ORDER BY m.published_at DESC, m.id DESC LIMIT %(size)s
) n ON true
JOIN accounts_person p ON p.id = n.author_id
WHERE f.follower_id = %(viewer)s AND p.is_active
ORDER BY n.published_at DESC, n.id DESC LIMIT %(size)s
"""  # noqa: S608 - fixed parts
_SUGGESTED = f"""
SELECT p.id FROM accounts_person p
WHERE p.is_active AND p.id <> %(viewer)s
  AND EXISTS (SELECT 1 FROM notes_note m WHERE m.author_id = p.id AND {listed("m")})
  AND NOT EXISTS (SELECT 1 FROM accounts_follow f
                  WHERE f.follower_id = %(viewer)s AND f.followed_id = p.id)
  AND p.id <> ALL (ARRAY(
        SELECT blocked_id FROM accounts_block WHERE blocker_id = %(viewer)s
        UNION ALL
        SELECT blocker_id FROM accounts_block WHERE blocked_id = %(viewer)s))
ORDER BY p.follower_count DESC, p.id LIMIT %(size)s
"""  # noqa: S608 - fixed parts
_CANDIDATES = f"""
SELECT n.id, n.author_id, n.like_count, n.save_count, n.comment_count,
       coalesce(r.reads_valid, 0), coalesce(r.impressions, 0),
       extract(epoch FROM %(now)s - n.published_at)::float8 / 3600
FROM notes_note n
JOIN accounts_person p ON p.id = n.author_id
LEFT JOIN analytics_notereads r ON r.note_id = n.id
WHERE {listed()} AND p.is_active
"""  # noqa: S608 - fixed parts
_OWN_LIST = """
SELECT note_ids, author_ids, near_note_ids,
       ARRAY(SELECT unnest(s.note_ids) FROM feed_served s WHERE s.person_id = l.person_id AND s.at > %s)
FROM feed_personallist l WHERE id = %s AND person_id = %s
"""
_NEWS = """
SELECT newest.id, c.id, c.note_id, c.author_id, c.published_at
FROM (SELECT max(id) AS id FROM feed_wall) newest
LEFT JOIN feed_newcomer c ON c.id > %(mark)s
ORDER BY c.id
"""


def read_live_cards(*, note_ids: Sequence[int], size: int) -> dict[int, LiveCard]:
    """Return the first `size` of the notes that everybody may see now, by id, in one round trip."""
    rows = fetch_prepared(_FOR_STRANGERS, [array_of(note_ids), size])
    return {row[0]: LiveCard._make(row) for row in rows}


def read_followed_cards(
    *, viewer_id: int, before: dt.datetime, before_id: int, size: int
) -> list[tuple[LiveCard, dt.datetime]]:
    """Return notes of the people this viewer follows, newest first, older than the given one."""
    with connection.cursor() as cursor:
        cursor.execute(
            _FOLLOWED,
            {"viewer": viewer_id, "before": before, "before_id": before_id, "size": size},
        )
        return [(LiveCard._make(row[:-1]), row[-1]) for row in cursor.fetchall()]


def suggest_people(*, viewer_id: int, size: int) -> list[int]:
    """Return ids of well-followed people with notes whom this viewer does not follow yet."""
    with connection.cursor() as cursor:
        cursor.execute(_SUGGESTED, {"viewer": viewer_id, "size": size})
        return [row[0] for row in cursor.fetchall()]


def newest_rule() -> RankingRule:
    """Return the ranking rule in force."""
    return RankingRule.objects.order_by("-version")[0]


def weights_of(rule: RankingRule) -> Weights:
    """Return the numbers of a rule that the formula takes."""
    return Weights(
        like=rule.like_weight,
        save=rule.save_weight,
        comment=rule.comment_weight,
        read=rule.read_weight,
        half_life_hours=rule.half_life_hours,
        prior_impressions=rule.prior_impressions,
        base_rate=rule.base_rate,
        base_impressions=rule.base_impressions,
    )


def read_candidates(*, now: dt.datetime) -> Candidates:
    """Return the columns that the ranking works on."""
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, {"now": now})
        rows = cursor.fetchall()
    columns: Iterable[Sequence[float]] = zip(*rows, strict=True) if rows else [()] * 8
    ids, authors, *numbers = columns
    return Candidates(
        note_ids=np.array(ids, np.int64),
        author_ids=np.array(authors, np.int64),
        counts=Counts(*(_floats(numbers_of) for numbers_of in numbers)),
    )


def read_wall(*, version: int) -> RankedWall:
    """Return a kept wall. Raises WallExpired."""
    found = Wall.objects.defer("inputs", "pool_impressions").select_related("rule")
    wall = found.filter(pk=version).first()
    if wall is None:
        raise WallExpired
    return make_wall(
        version=wall.pk,
        explore_every=wall.rule.explore_every,
        newcomer_minutes=wall.rule.newcomer_minutes,
        session_minutes=wall.rule.session_minutes,
        note_ids=unpack_ids(wall.note_ids),
        author_ids=unpack_ids(wall.author_ids),
        pool_ids=unpack_ids(wall.pool_ids),
        pool_author_ids=unpack_ids(wall.pool_author_ids),
    )


def read_own_list(*, version: int, viewer_id: int, since: dt.datetime) -> tuple[OwnList, list[int]]:
    """Return a reader's own list and the notes they were shown since then, in one round trip.

    Raises WallExpired: the list is gone, or somebody else's.
    """
    rows = fetch_prepared(_OWN_LIST, [since, version, viewer_id])
    if not rows:
        raise WallExpired
    *packed, shown = rows[0]
    note_ids, author_ids, near_note_ids = map(unpack_ids, packed)
    own = make_own_list(
        version=version, note_ids=note_ids, author_ids=author_ids, near_note_ids=near_note_ids
    )
    return own, shown


def read_news(*, mark: int) -> tuple[int | None, list[Arrival]]:
    """Return the newest wall's version and the newcomers after `mark`, in one round trip."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWS, {"mark": mark})
        rows = cursor.fetchall()
    arrivals = [
        Arrival(mark=row[1], note_id=row[2], author_id=row[3], published_at=row[4])
        for row in rows
        if row[1] is not None
    ]
    return rows[0][0], arrivals


def array_of(ids: Iterable[int]) -> str:
    """Return ids as PostgreSQL writes an array: psycopg looks at each item of a list, which takes longer."""
    return f"{{{','.join(map(str, ids))}}}"


def pack_ids(ids: Ids) -> bytes:
    """Pack ids as little-endian int64."""
    return ids.astype("<i8").tobytes()


def unpack_ids(packed: bytes | memoryview) -> Ids:
    """Return packed ids as an array."""
    return np.frombuffer(packed, dtype="<i8").astype(np.int64)


def pack_floats(values: Floats) -> bytes:
    """Pack numbers as little-endian float32, rows one after the other."""
    return np.asarray(values).astype("<f4").tobytes()


def unpack_floats(packed: bytes | memoryview, *, columns: int = 1) -> Floats:
    """Return packed numbers as rows of so many columns."""
    return np.frombuffer(packed, dtype="<f4").astype(np.float64).reshape(-1, columns)


def _floats(values: Sequence[float]) -> Floats:
    return np.array(values, np.float64)
