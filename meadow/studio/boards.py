"""From figures to what a template draws: headline cards, charts, the provenance bar, shares."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meadow.analytics.facts import PROVENANCES
from meadow.analytics.metrics import Label, Value, get_metric
from meadow.analytics.readings import Series
from meadow.analytics.words import (
    format_value,
    provenance_name,
    surface_name,
)
from meadow.studio.charts import (
    Chart,
    Row,
    day_name,
    hour_name,
    make_cell,
    make_column,
    make_rows,
    shorten,
)
from meadow.studio.findings import (
    Movement,
    compare,
    followers_finding,
    hours_finding,
    level_finding,
    reads_finding,
)
from meadow.studio.queries import FUNNEL, Figures, FollowerDay, Headline, Story
from meadow.studio.scopes import View, with_query


@dataclass(frozen=True, slots=True)
class Card:
    """One headline figure: the number, how it moved, and the way to its facts."""

    key: str
    name: str
    explanation: str
    value: Value
    text: str
    movement: Movement
    before_text: str
    href: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a whole, drawn as a bar; `x` and `width` are percentages."""

    key: str
    name: str
    value: int
    text: str
    share_text: str
    x: str
    width: str
    href: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ProvenanceBar:
    """Reads by how they came about, with raw and valid side by side."""

    shares: list[Share]
    raw: int
    raw_text: str
    raw_href: str
    valid: int
    valid_text: str
    valid_href: str


def make_cards(view: View, headlines: Sequence[Headline], story: Story) -> list[Card]:
    """Return the headline cards."""
    return [
        Card(
            key=line.metric.key,
            name=str(line.metric.name),
            explanation=str(line.metric.explanation),
            value=line.now,
            text=format_value(line.now, line.metric.unit),
            movement=compare(line.metric, line.now, line.before),
            before_text=format_value(line.before, line.metric.unit),
            href=view.facts(line.metric.key),
            beside=_beside(line.metric.key, story.now),
        )
        for line in headlines
    ]


def _beside(key: str, now: Figures) -> str:
    if key != "reads_valid":
        return ""
    raw = int(now["reads_raw"] or 0)
    return ngettext("of %(count)s read in all", "of %(count)s reads in all", raw) % {
        "count": format_value(raw, "count")
    }


def reads_chart(view: View, story: Story) -> Chart:
    """Return valid reads over the days, with all reads and the days before in grey."""
    keys = ("reads_valid", "reads_raw")
    rows = make_rows(
        story.days, keys, link=lambda key, day: view.facts(key, day=day), describe=day_name
    )
    earlier = view.with_period(view.period.before)
    for row, (day, figures) in zip(rows, story.days_before, strict=True):
        href = earlier.facts("reads_valid", day=day)
        row.cells.append(make_cell("reads_valid", figures["reads_valid"], href))
    days = view.period.days
    return Chart(
        id="reads",
        kind="lines",
        title=reads_finding(
            int(story.now["reads_valid"] or 0), int(story.before["reads_valid"] or 0), days=days
        ),
        text=_("Valid reads and all reads, a day (UTC)"),
        heading=_("Day"),
        columns=[
            make_column("reads_valid", "main", name=_("Valid")),
            make_column("reads_raw", "quiet", name=_("All")),
            make_column("reads_valid", "before", name=_("Before")),
        ],
        rows=rows,
        csv_url=series_csv(view, metrics=keys, by="day", compare=1),
    )


def hours_chart(view: View, series: Series) -> Chart:
    """Return reads by hour of the day."""
    keys = ("reads_valid", "reads_raw")
    return Chart(
        id="hours",
        kind="bars",
        title=hours_finding(
            {int(hour): int(found["reads_raw"] or 0) for hour, found in series.rows}  # type: ignore[arg-type]
        ),
        text=_("Reads by hour of the day (UTC)"),
        heading=_("Hour"),
        columns=[
            make_column("reads_valid", "main", name=_("Valid")),
            make_column("reads_raw", "quiet", name=_("All")),
        ],
        rows=make_rows(
            series.rows, keys, link=lambda key, hour: view.facts(key, hour=hour), describe=hour_name
        ),
        csv_url=series_csv(view, metrics=keys, by="hour"),
    )


def followers_chart(view: View, days: Sequence[FollowerDay], change: int) -> Chart:
    """Return the number of followers over the days; the last day's is the number on the profile."""
    rows = [
        Row(day_name(one.day), shorten(one.day), [make_cell("follows_raw", one.level)])
        for one in days
    ]
    return Chart(
        id="followers",
        kind="level",
        title=level_finding(days[-1].level, change),
        text=_("Followers at the end of each day (UTC)"),
        heading=_("Day"),
        columns=[make_column("follows_raw", "main", name=_("Followers"))],
        rows=rows,
        csv_url=view.address("studio_followers_csv"),
    )


def gains_chart(view: View, days: Sequence[FollowerDay]) -> Chart:
    """Return who came and who went."""

    def link(metric: str, day: Label) -> str:
        return view.facts(metric, day=day)

    rows = [
        Row(
            day_name(one.day),
            shorten(one.day),
            [
                make_cell("follows_raw", one.gained, link("follows_raw", one.day)),
                make_cell("unfollows_raw", one.lost, link("unfollows_raw", one.day)),
                make_cell(
                    "followers_change", one.gained - one.lost, link("followers_change", one.day)
                ),
            ],
        )
        for one in days
    ]
    return Chart(
        id="gains",
        kind="bars",
        title=followers_finding(sum(one.gained for one in days), sum(one.lost for one in days)),
        text=_("Followers gained and lost, a day (UTC)"),
        heading=_("Day"),
        columns=[
            make_column("follows_raw", "gain", name=_("Gained")),
            make_column("unfollows_raw", "loss", name=_("Lost")),
            make_column("followers_change", "net", name=_("Net")),
        ],
        rows=rows,
        csv_url=view.address("studio_followers_csv"),
    )


def provenance_bar(view: View, figures: Figures) -> ProvenanceBar:
    """Return reads by provenance, always in the same order."""
    values = [int(figures[f"reads_{one}"] or 0) for one in PROVENANCES]
    raw, valid = int(figures["reads_raw"] or 0), int(figures["reads_valid"] or 0)
    notes = {
        "organic": _("nobody paid for them"),
        "paid": _("from promotion"),
        "granted": _("places the platform gave"),
        "invalid": _("they do not count"),
    }
    shares = make_shares(
        [
            (one, provenance_name(one), value, view.facts(f"reads_{one}"), notes[one])
            for one, value in zip(PROVENANCES, values, strict=True)
        ],
        whole=raw,
    )
    return ProvenanceBar(
        shares=shares,
        raw=raw,
        raw_text=format_value(raw, "count"),
        raw_href=view.facts("reads_raw"),
        valid=valid,
        valid_text=format_value(valid, "count"),
        valid_href=view.facts("reads_valid"),
    )


def source_shares(view: View, series: Series) -> list[Share]:
    """Return where reads came from, the most first."""
    found = [
        (str(surface), int(figures["reads_raw"] or 0), int(figures["reads_valid"] or 0))
        for surface, figures in series.rows
    ]
    found.sort(key=lambda one: (-one[1], one[0]))
    return make_shares(
        [
            (
                surface,
                surface_name(surface),
                raw,
                view.facts("reads_raw", surface=surface),
                ngettext("%(count)s valid", "%(count)s valid", valid)
                % {"count": format_value(valid, "count")},
            )
            for surface, raw, valid in found
            if raw
        ],
        whole=sum(raw for _surface, raw, _valid in found),
        stacked=False,
    )


def funnel_shares(view: View, figures: Figures) -> list[Share]:
    """Return the way from shown to finished, each step beside the first."""
    values = [(key, int(figures[key] or 0)) for key in FUNNEL]
    return make_shares(
        [(key, str(get_metric(key).name), value, view.facts(key), "") for key, value in values],
        whole=max(value for _key, value in values),
        stacked=False,
    )


def make_shares(
    parts: Sequence[tuple[str, str, int, str, str]], *, whole: int, stacked: bool = True
) -> list[Share]:
    """Return parts of a whole, one behind the other or each from the left."""
    shares = []
    behind = 0
    for key, name, value, href, note in parts:
        part = value / whole if whole else None
        shares.append(
            Share(
                key=key,
                name=name,
                value=value,
                text=format_value(value, "count"),
                share_text=format_value(part, "ratio"),
                x=_percent(behind, whole) if stacked else "0%",
                width=_percent(value, whole),
                href=href,
                note=note,
            )
        )
        behind += value
    return shares


def series_csv(view: View, *, metrics: Sequence[str], by: str, **asked: Any) -> str:
    """Return the address of the file with the figures of a chart."""
    dates: dict[str, dt.date] = {"since": view.period.since, "until": view.period.until}
    note = {"note": view.note.public_id} if view.note else {}
    return with_query(
        reverse("studio_series_csv"),
        {"metrics": ",".join(metrics), "by": by, **dates, **note, **asked, **view.owner},
    )


def _percent(value: int, whole: int) -> str:
    return f"{100 * value / whole:.3f}%" if whole else "0%"
