"""What everybody may see, by ranges of ids: for those who list the site for search engines."""

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal, cast

from django.db import connection

from meadow.accounts.standing import shown
from meadow.notes.queries.access import listed

Section = Literal["notes", "topics", "people"]
SECTIONS: Final[tuple[Section, ...]] = ("notes", "topics", "people")
_NOTE: Final = f"{listed('n')} AND {shown('p')}"
# A topic or a person is listed while a note that everybody may see stands there.
_ROWS: Final = {
    "notes": (
        "SELECT n.id, n.public_id AS name, n.edited_at AS changed_at"  # noqa: S608 - our own texts
        " FROM notes_note n JOIN accounts_person p ON p.id = n.author_id"
        f" WHERE n.id >= %(first)s AND n.id < %(end)s AND {_NOTE}"
    ),
    "topics": (
        "SELECT t.id, t.slug AS name, NULL::timestamptz AS changed_at FROM notes_topic t"  # noqa: S608
        " WHERE t.id >= %(first)s AND t.id < %(end)s AND EXISTS (SELECT 1 FROM notes_notetopic nt"
        " JOIN notes_note n ON n.id = nt.note_id JOIN accounts_person p ON p.id = n.author_id"
        f" WHERE nt.topic_id = t.id AND {_NOTE})"
    ),
    "people": (
        "SELECT p.id, p.handle AS name, NULL::timestamptz AS changed_at FROM accounts_person p"  # noqa: S608
        " WHERE p.id >= %(first)s AND p.id < %(end)s AND EXISTS (SELECT 1 FROM notes_note n"
        f" WHERE n.author_id = p.id AND {_NOTE})"
    ),
}
_HIGHEST: Final = {
    "notes": "SELECT coalesce(max(id), 0) FROM notes_note",
    "topics": "SELECT coalesce(max(id), 0) FROM notes_topic",
    "people": "SELECT coalesce(max(id), 0) FROM accounts_person",
}
_MARK: Final = (
    "SELECT count(*) || '-' ||"
    " coalesce(bit_xor(hashtextextended(id || ' ' || name || ' ' || coalesce(changed_at::text, ''), 0)), 0)"
    " FROM ({rows}) listed"
)


@dataclass(frozen=True, slots=True)
class PublicRow:
    """The public id of a note, the slug of a topic or the handle of a person; when it changed, if known."""

    name: str
    changed_at: dt.datetime | None


def list_public(*, section: Section, first: int, end: int) -> list[PublicRow]:
    """Return what everybody may see with ids from `first` up to and without `end`, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_ROWS[section]} ORDER BY 1", {"first": first, "end": end})
        return [PublicRow(name, changed_at) for _, name, changed_at in cursor.fetchall()]


def mark_public(*, section: Section, first: int, end: int) -> str:
    """Return a short mark of the same rows: another one as soon as any of them comes, changes or goes."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK.format(rows=_ROWS[section]), {"first": first, "end": end})
        return cast(str, cursor.fetchone()[0])


def highest_id(*, section: Section) -> int:
    """Return the highest id there is, seen by everybody or not; 0 for none."""
    with connection.cursor() as cursor:
        cursor.execute(_HIGHEST[section])
        return int(cursor.fetchone()[0])
