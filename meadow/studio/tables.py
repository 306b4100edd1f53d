"""The table of notes: its headings, which sort it, and its lines."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from meadow.analytics.metrics import get_metric
from meadow.analytics.subjects import NoteSubject
from meadow.notes.queries import NoteCard
from meadow.studio.charts import Cell, make_cell, shorten
from meadow.studio.queries import NoteRow
from meadow.studio.scopes import View, with_query


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading: where a press leads, and how the table is sorted now."""

    key: str
    name: str
    explanation: str
    href: str
    sorted: str


@dataclass(frozen=True, slots=True)
class Line:
    """One note with its figures."""

    card: NoteCard | None
    href: str
    published: str
    cells: list[tuple[str, Cell]]


def make_headings(
    view: View, metrics: Sequence[str], *, sort: str, ascending: bool
) -> list[Heading]:
    """Return the headings; a press on the one it is sorted by turns the order round."""
    names = [("published", _("Published"), _("When a note was published."))]
    names += [(key, str(get_metric(key).name), str(get_metric(key).explanation)) for key in metrics]
    return [
        Heading(
            key=key,
            name=name,
            explanation=explanation,
            href=view.address(
                "studio_notes", sort=key, order="asc" if key == sort and not ascending else None
            ),
            sorted=("ascending" if ascending else "descending") if key == sort else "none",
        )
        for key, name, explanation in names
    ]


def make_lines(view: View, rows: Sequence[NoteRow], metrics: Sequence[str]) -> list[Line]:
    """Return the lines; the figures of a note that is gone lead nowhere."""
    lines = []
    for row in rows:
        names: list[tuple[str, Cell]] = []
        here = None
        if row.card is not None:
            subject = NoteSubject(row.card.id, row.card.public_id, view.author_id)
            here = View(view.creator, view.period, subject)
        for key in metrics:
            href = here.facts(key) if here else ""
            names.append((str(get_metric(key).name), make_cell(key, row.figures[key], href)))
        published = _published(row.card, view.period.until) if row.card else ""
        lines.append(
            Line(card=row.card, href=_note_address(view, row), published=published, cells=names)
        )
    return lines


def _published(card: NoteCard, today: dt.date) -> str:
    """Return the day in short, with its year only where that is not this one."""
    day = card.published_at.date()
    return shorten(day) if day.year == today.year else day.isoformat()


def _note_address(view: View, row: NoteRow) -> str:
    if row.card is None:
        return ""
    path = reverse("studio_note", args=[row.card.public_id])
    return with_query(path, dict(view.period.address))
