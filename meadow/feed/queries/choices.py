"""What a reader chose about their feed: whether it is theirs, and what they do not want to see."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from meadow.accounts import queries as people
from meadow.accounts.queries import PersonCard
from meadow.feed.models import HiddenAuthor, HiddenNote, LessTopic, ReaderChoice
from meadow.notes.queries import get_cards
from meadow.notes.records import NoteCard

# No list is made for somebody who may be younger: only the year of birth is known.
ADULT_YEARS: Final = 18
SHOWN_HIDDEN: Final = 200
# Along with the session: null, who has not chosen; -1, who wants Hot as everybody has it; else the
# reader's own list, 0 while it is being made.
BESIDE: Final = "feed"
STANDING_SQL: Final = """(SELECT CASE WHEN c.personal THEN c.list_id ELSE -1 END
 FROM feed_readerchoice c WHERE c.person_id = p.id)"""
UNCHOSEN, FOR_ALL = None, -1


@dataclass(frozen=True)
class HiddenThings:
    """What a reader took out of their feed, last first; at most SHOWN_HIDDEN of each."""

    notes: list[NoteCard]
    authors: list[PersonCard]
    topics: list[str]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing."""
        return not (self.notes or self.authors or self.topics)


@dataclass(frozen=True)
class Standing:
    """Whether a reader has a feed of their own: `personal` None, not chosen; `may_choose` by age."""

    personal: bool | None
    list_id: int
    may_choose: bool
    knows_age: bool


def standing_of(person: Any) -> int | None:
    """Return what came along with the session of a person, asked for where nothing did."""
    if BESIDE in person.beside:
        value: int | None = person.beside[BESIDE]
        return value
    row = ReaderChoice.objects.filter(person_id=person.pk).values_list("personal", "list_id")
    found = row.first()
    if found is None:
        return UNCHOSEN
    return found[1] if found[0] else FOR_ALL


def get_standing(*, person_id: int, now: dt.datetime) -> Standing:
    """Return where a reader stands with a feed of their own."""
    born = people.get_birth_years([person_id]).get(person_id)
    choice = ReaderChoice.objects.filter(person_id=person_id).first()
    return Standing(
        personal=choice.personal if choice else None,
        list_id=choice.list_id if choice and choice.personal else 0,
        may_choose=is_old_enough(born, now=now),
        knows_age=born is not None,
    )


def is_old_enough(birth_year: int | None, *, now: dt.datetime) -> bool:
    """Whether somebody born in this year is 18 for certain; who did not say is asked when choosing."""
    return birth_year is None or now.year - birth_year > ADULT_YEARS


def list_hidden(*, person_id: int) -> HiddenThings:
    """Return what a reader hid."""
    notes = HiddenNote.objects.filter(person_id=person_id).order_by("-pk")
    authors = HiddenAuthor.objects.filter(person_id=person_id).order_by("-pk")
    topics = LessTopic.objects.filter(person_id=person_id).order_by("-pk")
    author_ids = list(authors.values_list("author_id", flat=True)[:SHOWN_HIDDEN])
    cards = people.get_people(author_ids, person_id)
    return HiddenThings(
        notes=get_cards(list(notes.values_list("note_id", flat=True)[:SHOWN_HIDDEN])),
        authors=[cards[author_id] for author_id in author_ids if author_id in cards],
        topics=list(topics.values_list("topic__name", flat=True)[:SHOWN_HIDDEN]),
    )


def find_topic(*, name: str) -> tuple[int, str] | None:
    """Return the id and name of a topic, whatever its case, or None."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, name FROM notes_topic WHERE slug = %s OR name = %s LIMIT 1",
            [name.casefold(), name],
        )
        row = cursor.fetchone()
    return (int(row[0]), str(row[1])) if row else None


def name_topic(topic_id: int) -> str:
    """Return the name of a topic, empty for none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM notes_topic WHERE id = %s", [topic_id])
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def topics_of(*, note_id: int) -> list[str]:
    """Return the names of a note's topics."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.name FROM notes_notetopic nt JOIN notes_topic t ON t.id = nt.topic_id"
            " WHERE nt.note_id = %s ORDER BY nt.id",
            [note_id],
        )
        return [row[0] for row in cursor.fetchall()]


def pages_served_since(*, person_id: int, since: dt.datetime) -> Sequence[int]:
    """Return the notes that somebody was shown since a moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT unnest(note_ids) FROM feed_served WHERE person_id = %s AND at > %s",
            [person_id, since],
        )
        return [row[0] for row in cursor.fetchall()]
