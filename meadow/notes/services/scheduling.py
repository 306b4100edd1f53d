"""Notes that come out at a chosen minute: planned, changed, taken back, and published once."""

import datetime as dt
import logging
from collections.abc import Mapping

from meadow.accounts.standing import hold_writer
from meadow.core.errors import MeadowError
from meadow.core.jobs import enqueue, find_task
from meadow.core.transactions import transaction, transaction_required
from meadow.notes import limits
from meadow.notes.errors import (
    NoteAlreadyPublished,
    TimeTooFar,
    TimeTooSoon,
    TooManyScheduled,
)
from meadow.notes.models import Note
from meadow.notes.services.locking import lock_own_note
from meadow.notes.services.publishing import check_ready, show_note
from meadow.notifications.services import notify

log = logging.getLogger(__name__)


def schedule_note(
    *, public_id: str, author_id: int, publish_at: dt.datetime, now: dt.datetime
) -> Note:
    """Have a draft published at a full minute; a scheduled one gets the new time.

    Photos may still be in preparation; everything else is as it has to be for publishing. Raises
    TimeTooSoon, TimeTooFar, TooManyScheduled, NoteAlreadyPublished, and what publish_note raises.
    """
    publish_at = publish_at.astimezone(dt.UTC).replace(second=0, microsecond=0)
    _check_time(publish_at, now=now)
    with transaction():
        hold_writer(author_id, now=now)
        note = lock_own_note(public_id=public_id, author_id=author_id)
        if note.state == Note.State.PUBLISHED:
            raise NoteAlreadyPublished
        check_ready(note, photos_may_wait=True)
        planned = Note.objects.filter(author_id=author_id, state=Note.State.SCHEDULED)
        if planned.exclude(pk=note.pk).count() >= limits.MOST_SCHEDULED:
            raise TooManyScheduled(most=limits.MOST_SCHEDULED)
        note.state, note.publish_at = Note.State.SCHEDULED, publish_at
        note.save(update_fields=["state", "publish_at"])
    return note


def cancel_schedule(*, public_id: str, author_id: int, now: dt.datetime) -> Note:
    """Make a scheduled note a draft again; a draft stays as it is.

    Raises NoteAlreadyPublished, NoteMissing or NotYourNote.
    """
    with transaction():
        note = lock_own_note(public_id=public_id, author_id=author_id)
        if note.state == Note.State.PUBLISHED:
            raise NoteAlreadyPublished
        _make_draft(note)
    return note


def enqueue_due(*, now: dt.datetime) -> int:
    """Start one job for each note whose minute has come; returns how many were due.

    A job that was lost with its worker is started again a minute later.
    """
    due = Note.objects.filter(state=Note.State.SCHEDULED, publish_at__lte=now)
    ids = list(due.order_by("publish_at", "pk").values_list("pk", flat=True))
    for note_id in ids:
        with transaction():
            enqueue(
                find_task("notes.publish_scheduled"),
                queueing_lock=f"notes.publish:{note_id}",
                note_id=note_id,
            )
    return len(ids)


def publish_scheduled(*, note_id: int, now: dt.datetime) -> bool:
    """Publish a note whose minute has come, however many are told to: one of them does.

    What stands in the way leaves it a draft and is told to its author. True if it came out here.
    """
    try:
        with transaction():
            _hold_author(note_id, now=now)
            note = take_due(note_id=note_id, now=now)
            if note is None:
                return False
            show_note(note, now=now)
            _tell(note, "notes.came_out", url=f"/n/{note.public_id}", told={}, now=now)
    except MeadowError as refusal:
        return _give_up(note_id=note_id, refusal=refusal, now=now)
    return True


@transaction_required
def _hold_author(note_id: int, *, now: dt.datetime) -> None:
    """Let nobody restrict a note's author meanwhile. Raises Suspended."""
    author_id = Note.objects.filter(pk=note_id).values_list("author_id", flat=True).first()
    if author_id is not None:
        hold_writer(author_id, now=now)


@transaction_required
def take_due(*, note_id: int, now: dt.datetime) -> Note | None:
    """Return a note whose minute has come, locked, or None once it is no longer to be published."""
    return (
        Note.objects.select_for_update(no_key=True)
        .filter(pk=note_id, state=Note.State.SCHEDULED, publish_at__lte=now)
        .first()
    )


def _give_up(*, note_id: int, refusal: MeadowError, now: dt.datetime) -> bool:
    with transaction():
        note = take_due(note_id=note_id, now=now)
        if note is None:
            return False
        log.info("note %s stays a draft: %s", note.public_id, refusal.code)
        told = {"code": refusal.code, "params": refusal.params}
        _tell(note, "notes.did_not_come_out", url=f"/n/{note.public_id}/edit", told=told, now=now)
        _make_draft(note)
    return False


@transaction_required
def _tell(note: Note, kind: str, *, url: str, told: Mapping[str, object], now: dt.datetime) -> None:
    planned = note.publish_at or now
    notify(
        person_id=note.author_id,
        kind=kind,
        params={"title": note.title, **told},
        url=url,
        key=f"{kind}:{note.public_id}:{planned.isoformat()}",
        now=now,
    )


@transaction_required
def _make_draft(note: Note) -> None:
    note.state, note.publish_at = Note.State.DRAFT, None
    note.save(update_fields=["state", "publish_at"])


def _check_time(publish_at: dt.datetime, *, now: dt.datetime) -> None:
    # Of full minutes, so that what a form offers as the soonest is not refused seconds later.
    ahead = publish_at - now.replace(second=0, microsecond=0)
    if ahead < limits.SCHEDULE_SOONEST:
        raise TimeTooSoon(minutes=int(limits.SCHEDULE_SOONEST.total_seconds()) // 60)
    if ahead > limits.SCHEDULE_FURTHEST:
        raise TimeTooFar(days=limits.SCHEDULE_FURTHEST.days)
