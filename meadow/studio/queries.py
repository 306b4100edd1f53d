"""The figures of the Studio's pages, each from as few questions to the warehouse as will do."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from meadow.analytics.metrics import By, Label, Metric, Value, get_metric
from meadow.analytics.questions import MOST_DAYS
from meadow.analytics.readings import (
    Series,
    read_comparison,
    read_series,
    sum_figures,
    with_parts,
)
from meadow.notes.queries import NoteCard, get_checked_cards, published_ids_of
from meadow.studio.findings import CHANGES
from meadow.studio.models import StudioVisit
from meadow.studio.scopes import View

# Pages opened within this time are one visit: a reload must not turn news into old news.
VISIT: Final = dt.timedelta(minutes=30)
# A look is remembered with the figures of this many days, so that late verdicts on them are news too.
LOOK_BACK_DAYS: Final = 7
MOST_NOTES: Final = 10_000
TOP_NOTES: Final = 5
TOP_COLUMNS: Final = ("reads_valid", "reads_raw")
PROVENANCE: Final = ("reads_organic", "reads_paid", "reads_granted", "reads_invalid")
READS: Final = ("reads_raw", "reads_valid", *PROVENANCE)
HEADLINES: Final = (
    "reads_valid",
    "reach",
    "dwell_per_read",
    "likes",
    "saves",
    "comments",
    "shares",
    "follows",
)
NOTE_HEADLINES: Final = (
    "reads_valid",
    "reach",
    "dwell_per_read",
    "completion_rate",
    "likes",
    "saves",
    "comments",
    "shares",
    "follows",
)
# What cannot be added up over days, or only from facts.
WHOLE: Final = ("reach",)
NOTE_WHOLE: Final = ("reach", "follows")
FUNNEL: Final = ("impressions", "opens", "reads_counted", "completions")
NOTE_COLUMNS: Final = (
    "reads_valid",
    "reads_raw",
    "reach",
    "dwell_per_read",
    "completion_rate",
    "likes",
    "saves",
    "comments",
    "shares",
    "follows",
)
FOLLOWERS: Final = ("follows_raw", "unfollows_raw", "followers_change")

Figures = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Look:
    """What a creator saw at `at`: figures over the days from `since` to then."""

    at: dt.datetime
    since: dt.date
    figures: dict[str, int]


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure of now, beside the same of the days before."""

    metric: Metric
    now: Value
    before: Value


@dataclass(frozen=True, slots=True)
class Story:
    """Some days of a creator or a note, beside the days before, and what a look remembers."""

    now: Figures
    before: Figures
    days: list[tuple[Label, Figures]]
    days_before: list[tuple[Label, Figures]]
    looked_at: dict[str, int]
    as_of: dt.datetime | None

    def figures_since(self, since: dt.date) -> dict[str, int]:
        """Return what a look remembers of the days from `since` on."""
        rows = [figures for day, figures in self.days if isinstance(day, dt.date) and day >= since]
        return {key: int(value or 0) for key, value in sum_figures(CHANGES, rows).items()}

    def is_empty(self, metrics: Sequence[str]) -> bool:
        """Whether nothing happened in these days, nor in those before."""
        keys = (*metrics, "reads_raw")
        return not any(figures[key] for figures in (self.now, self.before) for key in keys)

    def headlines(self, metrics: Sequence[str]) -> list[Headline]:
        """Return the headline figures."""
        return [Headline(get_metric(key), self.now[key], self.before[key]) for key in metrics]


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One line of the notes table; `card` is None for a note that is no longer there."""

    note_id: int
    figures: Figures
    card: NoteCard | None


@dataclass(frozen=True, slots=True)
class NotePage:
    """Some lines of the notes table; `after` is the last one's note where more follow."""

    rows: list[NoteRow]
    count: int
    after: int | None
    as_of: dt.datetime | None


@dataclass(frozen=True, slots=True)
class FollowerDay:
    """One day's followers: who came, who went, and how many there were at its end."""

    day: Label
    gained: int
    lost: int
    level: int


def get_last_look(person_id: int, *, now: dt.datetime) -> Look | None:
    """Return what somebody saw on their last visit, which is not the one they are on."""
    visit = StudioVisit.objects.filter(pk=person_id).first()
    if visit is None:
        return None
    if now - visit.seen_at >= VISIT:
        return Look(visit.seen_at, visit.seen_from, visit.seen)
    if visit.before_at is None or visit.before_from is None:
        return None
    return Look(visit.before_at, visit.before_from, visit.before)


def read_story(
    view: View,
    *,
    metrics: Sequence[str],
    whole: Sequence[str],
    since_look: dt.date | None = None,
) -> Story:
    """Return the figures of a page: one question for all days, and those for what has no sum.

    `since_look` is the first day of what the last look remembers; longer than a year ago counts not.
    """
    period, before = view.period, view.period.before
    additive = [key for key in (*metrics, *READS) if key not in whole]
    asked = with_parts([*dict.fromkeys([*additive, *CHANGES])])
    first = min(before.since, since_look or before.since)
    first = max(first, period.until - dt.timedelta(days=MOST_DAYS - 1))
    series = read_series(
        metrics=asked,
        author_id=view.author_id,
        note_id=view.note_id,
        since=first,
        until=period.until,
        by="day",
    )
    days = rows_between(series, period.since, period.until)
    days_before = rows_between(series, before.since, before.until)
    now = sum_figures(asked, [figures for _day, figures in days])
    then = sum_figures(asked, [figures for _day, figures in days_before])
    if whole:
        compared = read_comparison(
            metrics=whole,
            author_id=view.author_id,
            note_id=view.note_id,
            since=period.since,
            until=period.until,
        )
        now |= compared.now
        then |= compared.before
    looked = rows_between(series, since_look or first, period.until)
    since = sum_figures(CHANGES, [figures for _day, figures in looked])
    return Story(
        now=now,
        before=then,
        days=days,
        days_before=days_before,
        looked_at={key: int(value or 0) for key, value in since.items()},
        as_of=series.as_of,
    )


def rows_between(series: Series, since: dt.date, until: dt.date) -> list[tuple[Label, Figures]]:
    """Return the rows of a series by day that lie in some days."""
    return [
        (day, figures)
        for day, figures in series.rows
        if isinstance(day, dt.date) and since <= day <= until
    ]


def read_split(view: View, *, metrics: Sequence[str], by: By) -> Series:
    """Return the figures of a page's days, split."""
    return read_series(
        metrics=metrics,
        author_id=view.author_id,
        note_id=view.note_id,
        since=view.period.since,
        until=view.period.until,
        by=by,
    )


def list_note_rows(
    view: View, *, metrics: Sequence[str], sort: str, ascending: bool
) -> tuple[list[tuple[int, Figures]], dt.datetime | None]:
    """Return all notes of a creator in order: those published, and those with facts that are gone.

    `sort` is a metric, or "published": the newest first.
    """
    series = read_split(view, metrics=metrics, by="note")
    figures = {int(note_id): found for note_id, found in series.rows if isinstance(note_id, int)}
    published = published_ids_of([view.author_id], limit=MOST_NOTES)
    nothing = sum_figures(metrics, [])
    gone = sorted(figures.keys() - set(published), reverse=True)
    rows = [(note_id, figures.get(note_id, nothing)) for note_id in [*published, *gone]]
    if sort == "published":
        return (rows[::-1] if ascending else rows), series.as_of
    # A share of nothing is less than any share; equal figures stay in the order of publication.
    rows.sort(key=lambda row: _rank(row[1][sort]), reverse=not ascending)
    return rows, series.as_of


def read_note_page(
    view: View, *, metrics: Sequence[str], sort: str, ascending: bool, after: int | None, size: int
) -> NotePage:
    """Return the lines of the notes table that follow the note `after`."""
    rows, as_of = list_note_rows(view, metrics=metrics, sort=sort, ascending=ascending)
    places = {note_id: place for place, (note_id, _figures) in enumerate(rows)}
    start = places.get(after, -1) + 1 if after else 0
    chosen = rows[start : start + size]
    cards = {card.id: card for card in get_checked_cards([note_id for note_id, _figures in chosen])}
    return NotePage(
        rows=[NoteRow(note_id, figures, cards.get(note_id)) for note_id, figures in chosen],
        count=len(rows),
        after=chosen[-1][0] if start + size < len(rows) else None,
        as_of=as_of,
    )


def read_top_notes(view: View) -> list[NoteRow]:
    """Return the notes of a creator that were read most in the page's days."""
    series = read_split(view, metrics=TOP_COLUMNS, by="note")
    read = [
        (int(note_id), figures)
        for note_id, figures in series.rows
        if isinstance(note_id, int) and figures["reads_raw"]
    ]
    read.sort(key=lambda row: (row[1]["reads_valid"], row[1]["reads_raw"]), reverse=True)
    top = read[:TOP_NOTES]
    cards = {card.id: card for card in get_checked_cards([note_id for note_id, _figures in top])}
    return [NoteRow(note_id, figures, cards.get(note_id)) for note_id, figures in top]


def follower_days(days: Sequence[tuple[Label, Figures]], *, today: int) -> list[FollowerDay]:
    """Return the days with the number of followers at the end of each; the last is `today`'s."""
    lines: list[FollowerDay] = []
    level = today
    for day, figures in reversed(days):
        gained, lost = int(figures["follows_raw"] or 0), int(figures["unfollows_raw"] or 0)
        lines.append(FollowerDay(day, gained, lost, max(level, 0)))
        level -= gained - lost
    return lines[::-1]


def _rank(value: Value) -> float:
    return -1.0 if value is None else float(value)
