"""What a reader changes about their feed: each act takes effect on the very next page."""

import datetime as dt
from typing import Any

from django.db.models import Model

from meadow.accounts import queries as people
from meadow.core.transactions import transaction
from meadow.feed import queries
from meadow.feed.errors import HidesThemselves, TooMuchHidden, TooYoung, TopicMissing
from meadow.feed.models import (
    HiddenAuthor,
    HiddenNote,
    LessTopic,
    PersonalList,
    ReaderChoice,
    Served,
)
from meadow.notes.errors import NoteMissing
from meadow.notes.queries import find_seen

MOST_NOTES, MOST_AUTHORS, MOST_TOPICS = 5000, 1000, 200


def choose_feed(*, person_id: int, personal: bool, now: dt.datetime) -> None:
    """Have Hot put together for a reader, or shown as everybody has it. Raises TooYoung."""
    if personal and not queries.get_standing(person_id=person_id, now=now).may_choose:
        raise TooYoung
    with transaction():
        ReaderChoice.objects.update_or_create(
            person_id=person_id, defaults={"personal": personal, "list_id": 0, "at": now}
        )
        PersonalList.objects.filter(person_id=person_id).delete()


def hide_note(*, person_id: int, public_id: str, now: dt.datetime) -> None:
    """Show a note to a reader no more; twice changes nothing. Raises NoteMissing, TooMuchHidden."""
    found = find_seen(public_id=public_id, viewer_id=person_id)
    if found is None:
        raise NoteMissing
    _add(HiddenNote, person_id, MOST_NOTES, now, note_id=found[0])


def show_note(*, person_id: int, public_id: str) -> None:
    """Take hiding a note back; when it was not hidden, nothing changes."""
    with transaction():
        HiddenNote.objects.filter(person_id=person_id, note__public_id=public_id).delete()


def hide_author(*, person_id: int, handle: str, now: dt.datetime) -> None:
    """Show somebody's notes to a reader no more in Hot and Nearby; twice changes nothing.

    Raises NotFound for an unknown handle, HidesThemselves, TooMuchHidden.
    """
    author = people.get_person_by_handle(handle, person_id)
    if author.id == person_id:
        raise HidesThemselves
    _add(HiddenAuthor, person_id, MOST_AUTHORS, now, author_id=author.id)


def show_author(*, person_id: int, handle: str) -> None:
    """Take hiding somebody back. Raises NotFound for an unknown handle."""
    author = people.get_person_by_handle(handle)
    with transaction():
        HiddenAuthor.objects.filter(person_id=person_id, author_id=author.id).delete()


def want_less(*, person_id: int, topic: str, now: dt.datetime) -> None:
    """Show a topic to a reader no more in Hot and Nearby. Raises TopicMissing, TooMuchHidden."""
    found = queries.find_topic(name=topic)
    if found is None:
        raise TopicMissing(name=topic)
    _add(LessTopic, person_id, MOST_TOPICS, now, topic_id=found[0])


def want_more(*, person_id: int, topic: str) -> None:
    """Take wanting less of a topic back. Raises TopicMissing."""
    found = queries.find_topic(name=topic)
    if found is None:
        raise TopicMissing(name=topic)
    with transaction():
        LessTopic.objects.filter(person_id=person_id, topic_id=found[0]).delete()


def start_over(*, person_id: int) -> None:
    """Forget what a reader was shown, so that Hot may begin from its top."""
    with transaction():
        Served.objects.filter(person_id=person_id).delete()


def _add(kind: type[Model], person_id: int, most: int, now: dt.datetime, **what: Any) -> None:
    rows = kind._default_manager.filter(person_id=person_id)
    if rows.count() >= most and not rows.filter(**what).exists():
        raise TooMuchHidden(most=most)
    with transaction():
        kind._default_manager.get_or_create(person_id=person_id, **what, defaults={"at": now})
