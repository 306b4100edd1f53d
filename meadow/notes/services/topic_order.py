"""The best-first order of a topic's notes, made after something happened and read many times.

Likes move notes while somebody pages. Pages of one reading keep to one order, so none comes twice
and none is left out.
"""

import datetime as dt
from typing import Final

from django.db.models import Exists, F, OuterRef

from meadow.core.clock import now as read_clock
from meadow.core.jobs import enqueue, find_task
from meadow.notes.models import Note, NoteTopic, Topic, TopicOrder
from meadow.notes.queries.access import is_listed

# Beyond these, notes follow newest first.
MOST_ORDERED: Final = 1000
# Whoever still has a page open turns to its next one within that time.
KEPT_FOR: Final = dt.timedelta(hours=6)
# An order is made anew once for everything that happens in that span.
ORDER_AFTER: Final = dt.timedelta(seconds=30)
# Topics that came without an event (brought in, made before there were orders), a run.
MOST_MISSING: Final = 500


def order_topic_soon(*, topic_id: int) -> None:
    """Have a topic's notes put in order anew; one job waits at most, whatever happens meanwhile."""
    enqueue(
        find_task("notes.order_topic"),
        queueing_lock=f"notes.order_topic:{topic_id}",
        schedule_at=read_clock() + ORDER_AFTER,
        topic_id=topic_id,
    )


def order_topics_of_note(*, note_id: int) -> None:
    """Have the topics that a note stands under put in order anew."""
    for topic_id in sorted(
        NoteTopic.objects.filter(note_id=note_id).values_list("topic_id", flat=True)
    ):
        order_topic_soon(topic_id=topic_id)


def order_topic(*, topic_id: int, now: dt.datetime) -> None:
    """Put the notes of a topic in order for whoever opens it from now on: likes and twice the saves.

    Equal ones stand newest first. An order that did not change is not kept twice.
    """
    best = (
        Note.objects.filter(is_listed(), topics__topic_id=topic_id)
        .alias(liking=F("like_count") + 2 * F("save_count"))
        .order_by("-liking", "-published_at", "-pk")
    )
    ids = list(best.values_list("pk", flat=True)[:MOST_ORDERED])
    last = TopicOrder.objects.filter(topic_id=topic_id).order_by("-pk").first()
    if last is not None and last.note_ids == ids:
        return
    if ids and Topic.objects.filter(pk=topic_id).exists():
        TopicOrder.objects.create(topic_id=topic_id, made_at=now, note_ids=ids)


def order_missing_topics(*, now: dt.datetime) -> int:
    """Make the first order of topics that have none; returns how many were looked at."""
    there = TopicOrder.objects.filter(topic=OuterRef("pk"))
    under = NoteTopic.objects.filter(is_listed("note__"), topic=OuterRef("pk"))
    missing = Topic.objects.filter(~Exists(there), Exists(under)).order_by("pk")
    ids = list(missing.values_list("pk", flat=True)[:MOST_MISSING])
    for topic_id in ids:
        order_topic(topic_id=topic_id, now=now)
    return len(ids)


def forget_old_topic_orders(*, now: dt.datetime) -> int:
    """Delete orders that nobody reads on in any more; the newest of a topic stays. Returns how many went."""
    newer = TopicOrder.objects.filter(topic=OuterRef("topic"), pk__gt=OuterRef("pk"))
    return TopicOrder.objects.filter(Exists(newer), made_at__lt=now - KEPT_FOR).delete()[0]
