"""What changes the feed: a fresh wall, a newcomer, and what is old enough to go."""

import datetime as dt

from meadow.core.transactions import transaction
from meadow.feed import queries
from meadow.feed.models import Newcomer, Served, Wall
from meadow.feed.ranking import best_first, community_rate, explorable, score

# A session can go on scrolling this long after its wall was ranked.
WALLS_KEPT = dt.timedelta(hours=2)
NEWCOMERS_KEPT = dt.timedelta(hours=3)
# What somebody passed by on these days counts a little against a note.
SERVED_KEPT = dt.timedelta(days=3)


def rank_hot(*, now: dt.datetime) -> int:
    """Rank every published note into a new wall and return its version; drop walls nobody is on."""
    rule = queries.newest_rule()
    weights = queries.weights_of(rule)
    with transaction():
        found = queries.read_candidates(now=now)
        counts = found.counts
        rate = community_rate(counts, weights)
        ranked = best_first(score(counts, weights, rate), found.note_ids, rule.wall_size)
        pool = explorable(
            counts, below=rule.explore_below, days=rule.explore_days, size=rule.pool_size
        )
        wall = Wall.objects.create(
            rule=rule,
            ranked_at=now,
            community_rate=rate,
            note_ids=queries.pack_ids(found.note_ids[ranked]),
            author_ids=queries.pack_ids(found.author_ids[ranked]),
            pool_ids=queries.pack_ids(found.note_ids[pool]),
            pool_author_ids=queries.pack_ids(found.author_ids[pool]),
            inputs=queries.pack_floats(counts.rows(ranked)),
            pool_impressions=queries.pack_floats(counts.impressions[pool]),
        )
        Wall.objects.filter(ranked_at__lt=now - WALLS_KEPT).exclude(pk=wall.pk).delete()
        Newcomer.objects.filter(published_at__lt=now - NEWCOMERS_KEPT).delete()
        Served.objects.filter(at__lt=now - SERVED_KEPT).delete()
    return wall.pk


def welcome_note(*, note_id: int, author_id: int, now: dt.datetime) -> None:
    """Let a note just published be explored at once. Told twice, it changes nothing."""
    with transaction():
        Newcomer.objects.get_or_create(
            note_id=note_id, defaults={"author_id": author_id, "published_at": now}
        )
