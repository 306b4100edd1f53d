"""Jobs of notes: what comes out at its minute, and what readers do, told on as facts."""

import datetime as dt
from typing import Any

from meadow.accounts.queries import get_pseudonym
from meadow.analytics.services import publish_activity
from meadow.core.clock import now
from meadow.core.events import from_json
from meadow.core.jobs import periodic, task
from meadow.notes import services
from meadow.notes.events import (
    CommentAdded,
    CommentLiked,
    NoteLiked,
    NoteSaved,
    NoteUnliked,
    NoteUnsaved,
)

QUEUE = "facts"
Reaction = NoteLiked | NoteUnliked | NoteSaved | NoteUnsaved


@task(name="notes.count_like", queue=QUEUE)
def count_like(event: dict[str, Any]) -> None:
    """Tell that somebody likes a note."""
    _count_reaction("like", from_json(NoteLiked, event))


@task(name="notes.count_unlike", queue=QUEUE)
def count_unlike(event: dict[str, Any]) -> None:
    """Tell that somebody took a like back."""
    _count_reaction("unlike", from_json(NoteUnliked, event))


@task(name="notes.count_save", queue=QUEUE)
def count_save(event: dict[str, Any]) -> None:
    """Tell that somebody keeps a note."""
    _count_reaction("save", from_json(NoteSaved, event))


@task(name="notes.count_unsave", queue=QUEUE)
def count_unsave(event: dict[str, Any]) -> None:
    """Tell that somebody keeps a note no longer."""
    _count_reaction("unsave", from_json(NoteUnsaved, event))


@task(name="notes.count_comment", queue=QUEUE)
def count_comment(event: dict[str, Any]) -> None:
    """Tell that somebody wrote under a note."""
    added = from_json(CommentAdded, event)
    publish_activity(
        kind="comment",
        note_id=added.note_id,
        author_id=added.note_author_id,
        person=get_pseudonym(added.author_id),
        own=added.author_id == added.note_author_id,
        subject=added.comment_public_id,
        surface="note",
        at=dt.datetime.fromisoformat(added.at),
        now=now(),
    )


@periodic(cron="* * * * *")
@task(name="notes.publish_due")
def publish_due(*, timestamp: int) -> None:
    """Start the publication of every note whose minute has come."""
    services.enqueue_due(now=now())


@task(name="notes.publish_scheduled")
def publish_scheduled(*, note_id: int) -> None:
    """Publish one note whose minute has come, once."""
    services.publish_scheduled(note_id=note_id, now=now())


@periodic(cron="41 * * * *")
@task(name="notes.purge_deleted", lock="notes.purge_deleted")
def purge_deleted(*, timestamp: int) -> None:
    """Remove for good what its author could bring back for 30 days and did not."""
    services.purge_deleted(now=now())


@task(name="notes.tell_mentioned")
def tell_mentioned(event: dict[str, Any]) -> None:
    """Tell whom a note names, when it came out, changed, or is for others than before."""
    services.tell_mentioned(note_id=event["note_id"], now=now())


def _count_reaction(kind: str, told: Reaction) -> None:
    publish_activity(
        kind=kind,
        note_id=told.note_id,
        author_id=told.author_id,
        person=get_pseudonym(told.person_id),
        own=told.person_id == told.author_id,
        surface="note",
        at=dt.datetime.fromisoformat(told.at),
        now=now(),
    )


@task(name="notes.tell_readers", queue="readers")
def tell_readers(note_id: int) -> None:
    """Tell the open pages of a note to look again at its comments."""
    services.announce_to_readers(note_id=note_id, now=now())


@task(name="notes.order_comments", queue="readers")
def order_comments(note_id: int) -> None:
    """Put a note's comments in order, best first."""
    services.order_comments(note_id=note_id, now=now())


@periodic(cron="17 * * * *")
@task(name="notes.forget_old_orders", queue="readers", retry=False)
def forget_old_orders(timestamp: int) -> None:
    """Delete orders and watches that nobody reads on in, each hour."""
    services.forget_old_orders(now=now())
    services.forget_old_topic_orders(now=now())


@task(name="notes.order_topic", queue="readers")
def order_topic(topic_id: int) -> None:
    """Put a topic's notes in order, best first."""
    services.order_topic(topic_id=topic_id, now=now())


@task(name="notes.order_topics_of", queue="readers")
def order_topics_of(event: dict[str, Any]) -> None:
    """Have the topics of a note that was liked or kept, or is no longer, put in order anew."""
    services.order_topics_of_note(note_id=event["note_id"])


@periodic(cron="*/5 * * * *")
@task(name="notes.order_missing_topics", queue="readers", retry=False)
def order_missing_topics(timestamp: int) -> None:
    """Make the first order of topics that came without an event."""
    services.order_missing_topics(now=now())


@task(name="notes.tell_of_comment", queue="readers")
def tell_of_comment(event: dict[str, Any]) -> None:
    """Give news to whom a comment concerns: who is named in it, answered by it, commented on."""
    added = from_json(CommentAdded, event)
    services.tell_of_comment(comment_id=added.comment_id, now=now())


@task(name="notes.tell_of_comment_like", queue="readers")
def tell_of_comment_like(event: dict[str, Any]) -> None:
    """Give a comment's writer the news that somebody likes it."""
    liked = from_json(CommentLiked, event)
    services.tell_of_comment_like(comment_id=liked.comment_id, person_id=liked.person_id, now=now())
