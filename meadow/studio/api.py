"""Figures for other software: the same readings as on the pages of the Studio."""

import datetime as dt
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.params.functions import Query

from meadow.accounts.api_auth import scoped
from meadow.accounts.queries import get_people
from meadow.analytics.access import require_figures_of
from meadow.analytics.metrics import (
    VALID,
    Label,
    Metric,
    get_metric,
    list_metrics,
    parts_of,
)
from meadow.analytics.queries import get_note_reads
from meadow.analytics.questions import MOST_DAYS, check_period
from meadow.analytics.readings import list_facts, read_series, read_totals
from meadow.analytics.subjects import NoteSubject, resolve_notes
from meadow.analytics.words import reason_sentence
from meadow.core.clock import now
from meadow.studio.periods import USUAL, Period
from meadow.studio.scopes import Creator, View, find_creator

router = Router(tags=["studio"])
SINCE: Any = Query(None, description="First day (UTC); four weeks ago when left out")
UNTIL: Any = Query(None, description=f"Last day (UTC), included; at most {MOST_DAYS} days in all")
NOTE: Any = Query(
    None,
    max_length=24,
    pattern="^[A-Za-z0-9]+$",
    description="Id of one note; all notes when left out",
)
AUTHOR: Any = Query(
    None,
    max_length=30,
    pattern="^[A-Za-z0-9_]+$",
    description="Handle of another creator, for operators",
)
BY: Any = Query(None, description="Split the figure")
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(50, ge=1, le=200, description="How many at most")
HOUR: Any = Query(None, ge=0, le=23, description="Only this hour of the day (UTC)")
WORD: Any = Query(None, max_length=40)


class MetricOut(Schema):
    """What a metric is called in the caller's language, and how its values are to be read.

    `unit` is `count`, `ms` (milliseconds) or `ratio` (1 is all); `parts` are the metrics that it
    is made of.
    """

    key: str
    name: str
    explanation: str
    unit: str
    good: str
    parts: list[str]


class MetricsOut(Schema):
    """All metrics."""

    items: list[MetricOut]


class FigureRow(Schema):
    """One part of a figure: a day (YYYY-MM-DD), an hour, a surface, a provenance or a note's id."""

    label: str
    value: int | float | None


class StudioFigureOut(Schema):
    """One figure, split where that was asked for; complete up to `as_of`."""

    metric: MetricOut
    author: str
    note: str | None
    since: dt.date
    until: dt.date
    value: int | float | None
    by: str | None
    rows: list[FigureRow] | None
    as_of: dt.datetime | None


class NoteMetrics(Schema):
    """The figures of one note since it was published, as counted at `as_of` (null: not yet)."""

    note: str
    reads_raw: int
    reads_valid: int
    impressions: int
    opens: int
    as_of: dt.datetime | None


class FactOut(Schema):
    """One fact. `person` is a tag that is the same for one author only, and no name."""

    id: str
    kind: str
    at: dt.datetime
    note: str | None
    surface: str
    provenance: str
    reason: str
    reason_text: str
    person: str
    ms: int
    judged_later: bool


class FactsOut(Schema):
    """A page of facts, newest first; all pages together make up `value`."""

    items: list[FactOut]
    count: int
    value: int | float | None
    next_cursor: str | None
    as_of: dt.datetime | None


@router.get("/metrics", response=MetricsOut, **scoped("analytics:read"))
def list_all_metrics(request: HttpRequest) -> MetricsOut:
    """List the metrics that can be asked for, named in your language."""
    return MetricsOut(items=[_metric_out(metric) for metric in list_metrics()])


@router.get("/metrics/{key}", response=StudioFigureOut, **scoped("analytics:read"))
def read_metric(
    request: HttpRequest,
    key: str,
    note: str | None = NOTE,
    author: str | None = AUTHOR,
    since: dt.date | None = SINCE,
    until: dt.date | None = UNTIL,
    by: Literal["day", "hour", "surface", "provenance", "note"] | None = BY,
) -> StudioFigureOut:
    """Read one figure of yours, or of one of your notes, over some days.

    Days, hours and provenances without facts are 0; a ratio of nothing is null. Reach is a number
    of different people: its parts do not add up to the whole.
    """
    metric = get_metric(key)
    view = _view(request, note=note, author=author, since=since, until=until)
    asked: dict[str, Any] = {
        "metrics": [key],
        "author_id": view.author_id,
        "note_id": view.note_id,
        "since": view.period.since,
        "until": view.period.until,
    }
    totals = read_totals(**asked)
    rows = None
    if by is not None:
        series = read_series(**asked, by=by).rows
        names: dict[Label, str] = {}
        if by == "note":
            notes = resolve_notes(
                [int(label) for label, _found in series if isinstance(label, int)]
            )
            names = {note_id: found.public_id for note_id, found in notes.items()}
        rows = [
            FigureRow(label=str(names.get(label, "") if by == "note" else label), value=found[key])
            for label, found in series
        ]
    return StudioFigureOut(
        metric=_metric_out(metric),
        author=view.creator.handle,
        note=view.note.public_id if view.note else None,
        since=view.period.since,
        until=view.period.until,
        value=totals.values[key],
        by=by,
        rows=rows,
        as_of=totals.as_of,
    )


@router.get("/metrics/{key}/facts", response=FactsOut, **scoped("analytics:read"))
def read_metric_facts(
    request: HttpRequest,
    key: str,
    note: str | None = NOTE,
    author: str | None = AUTHOR,
    since: dt.date | None = SINCE,
    until: dt.date | None = UNTIL,
    hour: int | None = HOUR,
    surface: str | None = WORD,
    provenance: Literal["organic", "paid", "granted", "invalid"] | None = BY,
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> FactsOut:
    """List the facts behind a figure, each with where it came from and why it counts or not.

    A ratio has no facts of its own: ask for those of its parts.
    """
    view = _view(request, note=note, author=author, since=since, until=until)
    page = list_facts(
        author_id=view.author_id,
        note_id=view.note_id,
        metric=get_metric(key).key,
        since=view.period.since,
        until=view.period.until,
        hour=hour,
        surface=surface,
        provenance=provenance,
        cursor=cursor,
        limit=size,
    )
    notes = resolve_notes({line.note_id for line in page.items})
    return FactsOut(
        items=[
            FactOut(
                id=line.id,
                kind=line.kind,
                at=line.at,
                note=notes[line.note_id].public_id if line.note_id in notes else None,
                surface=line.surface,
                provenance=line.provenance,
                reason=line.reason,
                reason_text="" if line.provenance in VALID else reason_sentence(line.reason),
                person=line.person,
                ms=line.ms,
                judged_later=line.judged_later,
            )
            for line in page.items
        ],
        count=page.count,
        value=page.total,
        next_cursor=page.next_cursor,
        as_of=page.as_of,
    )


@router.get(
    "/notes/{public_id}/metrics",
    response=NoteMetrics,
    summary="Figures of a note",
    **scoped("analytics:read"),
)
def read_note_metrics(request: HttpRequest, public_id: str) -> NoteMetrics:
    """Read what became of a note from impression to read, for its author and for operators.

    A raw read is every read reported with a genuine token. A valid read is organic, by somebody
    signed in, and counts once a person, note and day (UTC).
    """
    note = require_figures_of(public_id=public_id, reader=request.user)
    _creator(request, note, None)
    reads = get_note_reads([note.note_id])[note.note_id]
    return NoteMetrics(
        note=public_id,
        reads_raw=reads.raw,
        reads_valid=reads.valid,
        impressions=reads.impressions,
        opens=reads.opens,
        as_of=reads.watermark,
    )


def _metric_out(metric: Metric) -> MetricOut:
    return MetricOut(
        key=metric.key,
        name=str(metric.name),
        explanation=str(metric.explanation),
        unit=metric.unit,
        good=metric.good,
        parts=list(parts_of(metric)),
    )


def _view(
    request: HttpRequest,
    *,
    note: str | None,
    author: str | None,
    since: dt.date | None,
    until: dt.date | None,
) -> View:
    """Return whose figures are asked for. Raises FiguresArePrivate, NotYourStudio, PeriodInvalid."""
    until = until or now().date()
    check_period(until, until)
    since = since or until - dt.timedelta(days=USUAL - 1)
    check_period(since, until)
    subject = require_figures_of(public_id=note, reader=request.user) if note else None
    return View(
        creator=_creator(request, subject, author), period=Period(since, until), note=subject
    )


def _creator(request: HttpRequest, note: NoteSubject | None, author: str | None) -> Creator:
    if note is not None:
        # Who may see the note's figures was asked already: its author, or an operator.
        people = get_people([note.author_id])
        author = people[note.author_id].handle if note.author_id in people else author
    return find_creator(reader=request.user, handle=author)
