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
from meadow.feed.wall import Arrival, RankedWall, make_wall
from meadow.notes.queries import listed, seen_by


class LiveCard(NamedTuple):
    """Everything a card's look depends on, as it stands now; equal rows look equal.

    `edited_at` is in microseconds since 1970: whole numbers are cheaper to read than times.
    """

    note_id: int
    author_id: int
    edited_at: int
    like_count: int
    author_handle: str
    author_name: str
    author_avatar_id: int | None
    liked: bool


@dataclass(frozen=True)
class Candidates:
    """All notes of active people that everybody may see, as columns of equal length."""

    note_ids: Ids
    author_ids: Ids
    counts: Counts


# $1 of the viewer comes three times, hence the name. Nobody's id is 0.
_LIVE_BY_ID = f"""
WITH viewer (id) AS MATERIALIZED (VALUES (%s::bigint))
SELECT n.id, n.author_id, (extract(epoch FROM n.edited_at) * 1000000)::bigint, n.like_count,
       p.handle, p.name, p.avatar_id, l.id IS NOT NULL
FROM unnest(%s::bigint[]) wanted (id)
JOIN notes_note n ON n.id = wanted.id
JOIN accounts_person p ON p.id = n.author_id
LEFT JOIN notes_like l ON l.note_id = n.id AND l.person_id = (SELECT id FROM viewer)
WHERE {listed()} AND p.is_active
  AND n.author_id <> ALL (ARRAY(
        SELECT blocked_id FROM accounts_block WHERE blocker_id = (SELECT id FROM viewer)
        UNION ALL
        SELECT blocker_id FROM accounts_block WHERE blocked_id = (SELECT id FROM viewer)))
"""  # noqa: S608 - fixed parts
_FOLLOWED = f"""
SELECT n.id, n.author_id, (extract(epoch FROM n.edited_at) * 1000000)::bigint, n.like_count,
       p.handle, p.name, p.avatar_id,
       EXISTS (SELECT 1 FROM notes_like l WHERE l.note_id = n.id AND l.person_id = %(viewer)s),
       n.published_at
FROM accounts_follow f
JOIN LATERAL (
    SELECT * FROM notes_note m
    WHERE m.author_id = f.followed_id AND m.state = 'published'
      AND {seen_by("%(viewer)s", "m")}
      AND (m.published_at, m.id) < (%(before)s, %(before_id)s)
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
_NEWS = """
SELECT newest.id, c.id, c.note_id, c.author_id, c.published_at
FROM (SELECT max(id) AS id FROM feed_wall) newest
LEFT JOIN feed_newcomer c ON c.id > %(mark)s
ORDER BY c.id
"""


def read_live_cards(*, viewer_id: int | None, note_ids: Sequence[int]) -> dict[int, LiveCard]:
    """Return those of the notes that this viewer may see now, by id, in one round trip."""
    rows = fetch_prepared(_LIVE_BY_ID, [viewer_id or 0, list(note_ids)])
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
    wall = Wall.objects.select_related("rule").filter(pk=version).first()
    if wall is None:
        raise WallExpired
    return make_wall(
        version=wall.pk,
        explore_every=wall.rule.explore_every,
        newcomer_minutes=wall.rule.newcomer_minutes,
        note_ids=unpack_ids(wall.note_ids),
        author_ids=unpack_ids(wall.author_ids),
        pool_ids=unpack_ids(wall.pool_ids),
        pool_author_ids=unpack_ids(wall.pool_author_ids),
    )


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


def pack_ids(ids: Ids) -> bytes:
    """Pack ids as little-endian int64."""
    return ids.astype("<i8").tobytes()


def unpack_ids(packed: bytes | memoryview) -> Ids:
    """Return packed ids as an array."""
    return np.frombuffer(packed, dtype="<i8").astype(np.int64)


def _floats(values: Sequence[float]) -> Floats:
    return np.array(values, np.float64)
