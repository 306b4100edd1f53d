"""Following a topic: kept once a person, at most so many of them."""

import datetime as dt

from django.db import connection

from meadow.core.limits import check_rate
from meadow.core.transactions import transaction
from meadow.notes import limits
from meadow.notes.errors import TooManyTopicsFollowed
from meadow.notes.models import TopicFollow
from meadow.notes.queries.topics import get_topic
from meadow.notes.text import topic_slug

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('notes.topic_follow:' || %s, 0))"


def follow_topic(*, slug: str, person_id: int, now: dt.datetime) -> None:
    """Follow a topic that notes stand under; again changes nothing.

    Raises TopicMissing, TooManyTopicsFollowed or RateLimited.
    """
    _check_pace(person_id, now=now)
    with transaction():
        topic = get_topic(slug=slug, viewer_id=person_id).card
        with connection.cursor() as cursor:
            # The limit is over many rows: one follow of a person at a time.
            cursor.execute(LOCK, [person_id])
        follows = TopicFollow.objects.filter(person_id=person_id)
        if follows.filter(topic_id=topic.id).exists():
            return
        if follows.count() >= limits.MOST_TOPICS_FOLLOWED:
            raise TooManyTopicsFollowed(most=limits.MOST_TOPICS_FOLLOWED)
        TopicFollow.objects.create(topic_id=topic.id, person_id=person_id, created_at=now)


def unfollow_topic(*, slug: str, person_id: int, now: dt.datetime) -> None:
    """Follow a topic no longer; without having followed it nothing changes. Raises RateLimited."""
    _check_pace(person_id, now=now)
    with transaction():
        TopicFollow.objects.filter(topic__slug=topic_slug(slug), person_id=person_id).delete()


def _check_pace(person_id: int, *, now: dt.datetime) -> None:
    check_rate(
        name="notes.react", rate=limits.REACTIONS_RATE, subject=f"person:{person_id}", now=now
    )
