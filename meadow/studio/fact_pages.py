"""The facts behind a number, put into words."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meadow.analytics.facts import PROVENANCES
from meadow.analytics.metrics import Metric, Ratio, get_metric, parts_of
from meadow.analytics.readings import FactLine, list_facts, read_totals
from meadow.analytics.words import (
    format_duration,
    format_value,
    kind_name,
    provenance_name,
    reason_sentence,
    surface_name,
)
from meadow.notes.queries import NoteCard, get_checked_cards
from meadow.studio.charts import days_text, hour_name
from meadow.studio.errors import WrongQuestion
from meadow.studio.scopes import View

LINES: Final = 50
LONGEST_WORD: Final = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One fact in words."""

    id: str
    at: dt.datetime
    kind: str
    note: NoteCard | None
    is_about_note: bool
    surface: str
    provenance: str
    provenance_name: str
    reason: str
    person: str
    lasted: str


@dataclass(frozen=True, slots=True)
class Part:
    """One of the metrics that a ratio or a difference is made of."""

    name: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class FactsShown:
    """One page of facts, or the parts of a metric that has none of its own."""

    metric: Metric
    text: str
    value: int | float | None
    about: list[str]
    lines: list[Line]
    count: int
    count_text: str
    parts: list[Part]
    next_cursor: str | None
    as_of: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which facts an address asks for, beyond whose and when."""

    metric: Metric
    hour: int | None
    surface: str | None
    provenance: str | None
    cursor: str | None


def read_asked(asked: Mapping[str, str]) -> Asked:
    """Read an address. Raises MetricUnknown or WrongQuestion."""
    hour = None
    if asked.get("hour"):
        if not asked["hour"].isascii() or not asked["hour"].isdigit() or int(asked["hour"]) > 23:
            raise WrongQuestion(fields={"hour": ["0-23"]})
        hour = int(asked["hour"])
    provenance = asked.get("provenance") or None
    if provenance is not None and provenance not in PROVENANCES:
        raise WrongQuestion(fields={"provenance": [", ".join(PROVENANCES)]})
    surface = asked.get("surface")
    if surface is not None and len(surface) > LONGEST_WORD:
        raise WrongQuestion(fields={"surface": [str(LONGEST_WORD)]})
    return Asked(
        metric=get_metric(asked.get("metric") or "reads_raw"),
        hour=hour,
        surface=surface,
        provenance=provenance,
        cursor=asked.get("cursor") or None,
    )


def read_facts(view: View, asked: Asked, *, note_title: str) -> FactsShown:
    """Return a page of facts. Raises MetricHasNoFacts, InvalidCursor, EngineUnavailable."""
    about = [days_text(view.period.since, view.period.until)]
    about += [note_title] if note_title else []
    about += [hour_name(asked.hour) + " UTC"] if asked.hour is not None else []
    about += [surface_name(asked.surface)] if asked.surface is not None else []
    about += [provenance_name(asked.provenance)] if asked.provenance else []
    if isinstance(asked.metric.formula, Ratio):
        return _read_parts(view, asked.metric, about)
    page = list_facts(
        author_id=view.author_id,
        note_id=view.note_id,
        metric=asked.metric.key,
        since=view.period.since,
        until=view.period.until,
        hour=asked.hour,
        surface=asked.surface,
        provenance=asked.provenance,
        cursor=asked.cursor,
        limit=LINES,
    )
    cards = {
        card.id: card for card in get_checked_cards(list({line.note_id for line in page.items}))
    }
    return FactsShown(
        metric=asked.metric,
        text=format_value(page.total, asked.metric.unit),
        value=page.total,
        about=about,
        lines=[_say(line, cards) for line in page.items],
        count=page.count,
        count_text=_count_text(asked.metric, page.count),
        parts=[],
        next_cursor=page.next_cursor,
        as_of=page.as_of,
    )


def _count_text(metric: Metric, count: int) -> str:
    words = {"count": format_value(count, "count")}
    if metric.key == "reach":
        return (
            ngettext(
                "%(count)s person, with their first fact.",
                "%(count)s people, each with their first fact.",
                count,
            )
            % words
        )
    if metric.unit == "ms":
        return ngettext("Of %(count)s fact.", "Of %(count)s facts together.", count) % words
    if parts_of(metric):
        return ngettext("%(count)s came or went.", "%(count)s came or went.", count) % words
    return ngettext("%(count)s fact.", "%(count)s facts.", count) % words


def _read_parts(view: View, metric: Metric, about: list[str]) -> FactsShown:
    parts = parts_of(metric)
    totals = read_totals(
        metrics=[metric.key, *parts],
        author_id=view.author_id,
        note_id=view.note_id,
        since=view.period.since,
        until=view.period.until,
    )
    value = totals.values[metric.key]
    return FactsShown(
        metric=metric,
        text=format_value(value, metric.unit),
        value=value,
        about=about,
        lines=[],
        count=0,
        count_text=_("This is one number divided by another. Open either of them."),
        parts=[
            Part(
                name=str(get_metric(part).name),
                text=format_value(totals.values[part], get_metric(part).unit),
                href=view.facts(part),
            )
            for part in parts
        ],
        next_cursor=None,
        as_of=totals.as_of,
    )


def _say(line: FactLine, cards: Mapping[int, NoteCard]) -> Line:
    return Line(
        id=line.id,
        at=line.at,
        kind=kind_name(line.kind),
        note=cards.get(line.note_id),
        is_about_note=line.note_id != 0,
        surface=surface_name(line.surface) if line.surface else "",
        provenance=line.provenance,
        provenance_name=provenance_name(line.provenance),
        reason=_reason(line),
        person=line.person,
        lasted=format_duration(line.ms) if line.ms else "",
    )


def _reason(line: FactLine) -> str:
    said = reason_sentence(line.reason) if line.reason else ""
    if line.judged_later:
        return f"{said} {_('Judged after it was counted.')}".strip()
    return said
