"""Figures as files: the same readings as on the pages, whole and not a page at a time."""

import datetime as dt
from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from meadow.analytics.metrics import SPLITS, By, Metric, get_metric
from meadow.analytics.readings import read_series
from meadow.core.clock import now
from meadow.core.exports import Field, answer_csv
from meadow.notes.queries import get_checked_cards
from meadow.studio.charts import label_name
from meadow.studio.errors import WrongQuestion
from meadow.studio.exports import column_name
from meadow.studio.opening import explain_closed_door
from meadow.studio.periods import read_period
from meadow.studio.queries import (
    FOLLOWERS,
    NOTE_COLUMNS,
    follower_days,
    list_note_rows,
    read_split,
)
from meadow.studio.scopes import View
from meadow.studio.views import creator_asked, note_asked, read_order

MOST_METRICS: Final = 12
CARDS_AT_ONCE: Final = 1000


@require_safe
@login_required
@cache_control(private=True, no_cache=True)
@explain_closed_door
def series_csv(request: HttpRequest) -> HttpResponse:
    """Give the figures of a chart: `metrics`, `by`, whose, which note, which days; `compare=1`."""
    view = _view(request)
    metrics = _read_metrics(request.GET.get("metrics", ""))
    by = _read_split_by(request.GET.get("by", "day"))
    keys = [metric.key for metric in metrics]
    series = read_split(view, metrics=keys, by=by)
    header = [_heading(by), *(column_name(metric) for metric in metrics)]
    rows: list[list[Field]] = [
        [label_name(by, label), *(figures[key] for key in keys)] for label, figures in series.rows
    ]
    if request.GET.get("compare") and by == "day":
        before = view.period.before
        earlier = read_series(
            metrics=keys,
            author_id=view.author_id,
            note_id=view.note_id,
            since=before.since,
            until=before.until,
            by="day",
        )
        header += [_("Day before"), *(f"{column_name(one)} {_('before')}" for one in metrics)]
        for row, (label, figures) in zip(rows, earlier.rows, strict=True):
            row += [label_name(by, label), *(figures[key] for key in keys)]
    return answer_csv(name=f"meadow-{by}-{_days(view)}", header=header, rows=rows)


@require_safe
@login_required
@cache_control(private=True, no_cache=True)
@explain_closed_door
def notes_csv(request: HttpRequest) -> HttpResponse:
    """Give every note with its figures, in the order of the page."""
    view = _view(request)
    sort, ascending = read_order(request)
    rows, _as_of = list_note_rows(view, metrics=NOTE_COLUMNS, sort=sort, ascending=ascending)
    ids = [note_id for note_id, _figures in rows]
    cards = {
        card.id: card
        for start in range(0, len(ids), CARDS_AT_ONCE)
        for card in get_checked_cards(ids[start : start + CARDS_AT_ONCE])
    }
    header = [pgettext("post", "Note"), _("Title"), _("Published")]
    lines: list[list[Field]] = []
    for note_id, figures in rows:
        card = cards.get(note_id)
        told = (
            [card.public_id, card.title, card.published_at.isoformat(timespec="seconds")]
            if card
            else ["", _("A note that is no longer there"), ""]
        )
        lines.append([*told, *(figures[key] for key in NOTE_COLUMNS)])
    header += [column_name(get_metric(key)) for key in NOTE_COLUMNS]
    return answer_csv(name=f"meadow-notes-{_days(view)}", header=header, rows=lines)


@require_safe
@login_required
@cache_control(private=True, no_cache=True)
@explain_closed_door
def followers_csv(request: HttpRequest) -> HttpResponse:
    """Give who came and went a day, and how many there were."""
    today = now().date()
    view = _view(request)
    if view.period.until != today:
        raise WrongQuestion(fields={"until": [today.isoformat()]})
    series = read_split(view, metrics=FOLLOWERS, by="day")
    days = follower_days(series.rows, today=view.creator.follower_count)
    header = [_("Day"), _("Gained"), _("Lost"), _("Net"), _("Followers")]
    rows: list[list[Field]] = [
        [label_name("day", one.day), one.gained, one.lost, one.gained - one.lost, one.level]
        for one in days
    ]
    return answer_csv(name=f"meadow-followers-{_days(view)}", header=header, rows=rows)


def _view(request: HttpRequest) -> View:
    note = note_asked(request)
    period = read_period(request.GET.dict(), today=now().date(), shown=False)
    return View(creator=creator_asked(request, note), period=period, note=note)


def _heading(by: By) -> str:
    headings = {"day": _("Day"), "hour": _("Hour"), "surface": _("From"), "provenance": _("How")}
    return headings[by]


def _days(view: View) -> str:
    def plain(day: dt.date) -> str:
        return day.strftime("%Y%m%d")

    return f"{plain(view.period.since)}-{plain(view.period.until)}"


def _read_metrics(words: str) -> list[Metric]:
    keys = [key for key in words.split(",") if key]
    if not 0 < len(keys) <= MOST_METRICS:
        raise WrongQuestion(fields={"metrics": [f"1-{MOST_METRICS}"]})
    return [get_metric(key) for key in keys]


def _read_split_by(word: str) -> By:
    for by in SPLITS:
        if by == word and by != "note":
            return by
    raise WrongQuestion(fields={"by": [", ".join(one for one in SPLITS if one != "note")]})
