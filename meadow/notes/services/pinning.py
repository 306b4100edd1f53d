"""The notes that stand first on a profile: at most three, in an order."""

import datetime as dt
from collections.abc import Sequence

from django.db import connection

from meadow.core.transactions import transaction, transaction_required
from meadow.notes import limits
from meadow.notes.errors import NoteMissing, NoteNotPublished, TooManyPinned
from meadow.notes.models import Note, PinnedNote
from meadow.notes.services.locking import lock_own_note


def pin_note(*, public_id: str, person_id: int, now: dt.datetime) -> None:
    """Put an own published note first on one's profile; the others move behind it.

    Raises TooManyPinned, NoteNotPublished, NoteMissing or NotYourNote.
    """
    with transaction():
        lock_pins(person_id=person_id)
        note = lock_own_note(public_id=public_id, author_id=person_id)
        if note.state != Note.State.PUBLISHED:
            raise NoteNotPublished
        rest = [pk for pk in _pinned_ids(person_id) if pk != note.pk]
        _write(person_id, [note.pk, *rest])


def unpin_note(*, public_id: str, person_id: int, now: dt.datetime) -> None:
    """Take a note from the front of one's profile; one that is not there changes nothing."""
    with transaction():
        lock_pins(person_id=person_id)
        left = PinnedNote.objects.filter(person_id=person_id).exclude(note__public_id=public_id)
        _write(person_id, list(left.order_by("position").values_list("note_id", flat=True)))


def set_pins(*, public_ids: Sequence[str], person_id: int, now: dt.datetime) -> None:
    """Make these own published notes, in this order, all that stand first on one's profile.

    Raises TooManyPinned or NoteMissing, and then nothing has changed.
    """
    wanted = list(dict.fromkeys(public_ids))
    with transaction():
        lock_pins(person_id=person_id)
        found = dict(
            Note.objects.select_for_update(no_key=True)
            .filter(public_id__in=wanted, author_id=person_id, state=Note.State.PUBLISHED)
            .order_by("pk")
            .values_list("public_id", "pk")
        )
        if len(found) < len(wanted):
            raise NoteMissing
        _write(person_id, [found[one] for one in wanted])


@transaction_required
def lock_pins(*, person_id: int) -> None:
    """Keep a person's other windows from pinning until this use case ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"notes.pins:{person_id}"]
        )


@transaction_required
def _pinned_ids(person_id: int) -> list[int]:
    pins = PinnedNote.objects.filter(person_id=person_id).order_by("position")
    return list(pins.values_list("note_id", flat=True))


@transaction_required
def _write(person_id: int, note_ids: Sequence[int]) -> None:
    if len(note_ids) > limits.MOST_PINNED:
        raise TooManyPinned(most=limits.MOST_PINNED)
    PinnedNote.objects.filter(person_id=person_id).delete()
    PinnedNote.objects.bulk_create(
        PinnedNote(note_id=pk, person_id=person_id, position=place)
        for place, pk in enumerate(note_ids)
    )
