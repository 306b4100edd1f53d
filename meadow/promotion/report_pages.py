"""Reports as templates show them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from meadow.analytics.facts import PROVENANCES
from meadow.analytics.metrics import divide
from meadow.analytics.words import format_share, format_value, provenance_name
from meadow.core.zones import name_zone
from meadow.experiments.assignment import BUCKETS
from meadow.notes.queries import NoteCard, get_checked_cards
from meadow.promotion.crowds import DIMENSIONS, FEWEST_PEOPLE, SMALLEST_GROUP
from meadow.promotion.queries.lifts import LiftReport, OutcomeLift
from meadow.promotion.queries.reports import Details, Report
from meadow.promotion.reckoning import micro_of_minor
from meadow.promotion.report_tables import list_tables
from meadow.promotion.report_times import lift_chart
from meadow.promotion.report_words import (
    OUTCOME_NAMES,
    say_cost,
    say_delivery,
    say_lift,
    say_points,
    worth_of,
)
from meadow.promotion.showing import show_order
from meadow.promotion.words import GOALS, say_step, say_sum

CHARTS = ("pace", "hours")
# What was told before is told before anything came.
TABLES_BEFORE = ("forecast",)
TABLES = ("costs", "forecast", "surfaces", "invalid")
# So many figures stand on the page of the order too.
KEYS = 4
TONES = {"added": "clover", "took_away": "poppy", "not_enough_data": "", "broken": "straw"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One large figure: its name, number, and a line beside it; `done` is how far a bar goes (0-100)."""

    key: str
    name: str
    value: int | float | None
    text: str
    beside: str
    done: int | None = None


def show_report(
    report: Report, *, card: NoteCard | None, now: dt.datetime, zone: ZoneInfo
) -> dict[str, Any]:
    """Return what the live part of a report's page shows, hours and days on the clock of `zone`."""
    order, details = report.order, report.details
    shown: dict[str, Any] = {
        "report": report,
        "order": order,
        "line": show_order(order, {order.note_id: card} if card else {}, now),
        "card": card,
        "said": say_delivery(report, now),
        "figures": list_figures(report),
        "charts": list_tables(report, CHARTS, zone=zone),
        "tables": list_tables(report, TABLES_BEFORE if report.is_empty else TABLES, zone=zone),
        "zone": zone,
        "zone_name": name_zone(zone),
        "given_back": [(*say_step(one, order.unit), one.at) for one in report.given_back],
        "away": details is None,
        "figures_csv": f"/promote/{order.public_id}/report.csv?table=figures",
        "lift_url": f"/promote/{order.public_id}/lift",
    }
    if details is None:
        return shown
    groups = list_tables(report, DIMENSIONS, zone=zone)
    return shown | {
        "crowd": [table for table in groups if len(table.rows) > 1],
        "crowd_alike": [
            (table.title, table.rows[0].label) for table in groups if len(table.rows) == 1
        ],
        "crowd_said": say_crowd(report),
        "bar": provenance_bar(details, card),
        "lift": show_lift(details.lift, order.public_id, zone=zone),
    }


def list_figures(report: Report) -> list[Figure]:
    """Return the headline figures: first the KEYS that most is asked of, then what else came."""
    goal = report.order.goal
    results = {name: _result(report, name) for name in ("reads", "interactions", "follows")}
    first = [results.pop(goal), _spent(report), _impressions(report), _pace(report)]
    return [
        *[one for one in first if one is not None],
        _count("people", _("People"), report.delivered.people),
        _count("opens", _("Opens"), report.delivered.opens, _share_of(report, "opens")),
        *results.values(),
        _count("invalid", _("Removed as invalid"), report.delivered.invalid, _("not charged")),
    ]


def show_figures(report: Report, *, now: dt.datetime) -> dict[str, Any]:
    """Return what the order's own page shows of its report: how it stands, and the key figures."""
    return {
        "standing": say_delivery(report, now),
        "is_over": report.order.is_over,
        "figures": list_figures(report)[:KEYS],
        "report_url": f"/promote/{report.order.public_id}/report",
    }


def _count(key: str, name: str, value: int, beside: str = "") -> Figure:
    return Figure(key, name, value, format_value(value, "count"), beside)


def _share_of(report: Report, name: str) -> str:
    part = divide(getattr(report.delivered, name), report.delivered.impressions)
    return _("%(share)s of impressions") % {"share": format_share(part)} if part is not None else ""


def _result(report: Report, name: str) -> Figure:
    value = getattr(report.delivered, name)
    cost = say_cost(report.cost_of(value), report.order.unit)
    beside = _("%(cost)s each") % {"cost": cost} if value else ""
    return _count(name, str(GOALS[name][0]), value, beside)


def _spent(report: Report) -> Figure:
    order, worth = report.order, worth_of(report)
    return Figure(
        "spent",
        _("Spent"),
        worth / micro_of_minor(order.unit),
        say_sum(worth, order.unit),
        _("of %(budget)s") % {"budget": say_sum(order.budget, order.unit)},
        done=100 * worth // order.budget,
    )


def _impressions(report: Report) -> Figure:
    seen = report.delivered
    all_ = {"count": format_value(seen.raw_impressions, "count")}
    words = ngettext("of %(count)s shown in all", "of %(count)s shown in all", seen.raw_impressions)
    beside = words % all_ if seen.raw_impressions else ""
    return _count("impressions", _("Valid impressions"), seen.impressions, beside)


def _pace(report: Report) -> Figure | None:
    """Return what was spent of what was to be spent by now; None where nothing is planned."""
    order, planned = report.order, report.prospect.planned
    if order.is_over or not planned:
        return None
    share = report.delivered.price / planned
    by_now = say_sum(planned // micro_of_minor(order.unit), order.unit)
    return Figure(
        "pace",
        pgettext("report of an order", "Of the plan so far"),
        share,
        format_share(share),
        _("%(planned)s planned by now") % {"planned": by_now},
    )


def say_crowd(report: Report) -> str:
    """Return what stands above groups of readers, or why there are none."""
    details = report.details
    if details is None:
        return ""
    crowd = details.crowd
    values = {"people": f"{crowd.people:,}", "fewest": FEWEST_PEOPLE, "smallest": SMALLEST_GROUP}
    if not crowd.groups:
        return (
            _(
                "Groups are told from %(fewest)s people on, by the full hour, so that nobody can be"
                " singled out."
            )
            % values
        )
    return (
        _(
            "%(people)s people up to the last full hour. Groups of fewer than %(smallest)s are put"
            " together, so that nobody can be singled out."
        )
        % values
    )


def provenance_bar(details: Details, card: NoteCard | None) -> dict[str, Any]:
    """Return the note's reads while the order ran, by how they came about, for the component."""
    notes = {
        "organic": _("nobody paid for them"),
        "paid": _("from promotion"),
        "granted": _("places the platform gave"),
        "invalid": _("they do not count"),
    }
    reads = details.reads
    raw, valid = reads["reads_raw"], reads["reads_valid"]

    def href(key: str) -> str:
        asked = f"since={details.since}&until={details.until}&metric={key}"
        return f"/studio/facts?note={card.public_id}&{asked}" if card else "/studio/facts"

    shares, behind = [], 0
    for one in PROVENANCES:
        value = reads[f"reads_{one}"]
        part = divide(value, raw)
        shares.append(
            {
                "key": one,
                "name": provenance_name(one),
                "value": value,
                "text": format_value(value, "count"),
                "share_text": format_value(part, "ratio"),
                "x": f"{100 * behind / raw:.3f}%" if raw else "0%",
                "width": f"{100 * value / raw:.3f}%" if raw else "0%",
                "href": href(f"reads_{one}"),
                "note": notes[one],
            }
        )
        behind += value
    return {
        "shares": shares,
        "raw": raw,
        "raw_text": format_value(raw, "count"),
        "raw_href": href("reads_raw"),
        "valid": valid,
        "valid_text": format_value(valid, "count"),
        "valid_href": href("reads_valid"),
    }


def show_lift(report: LiftReport, public_id: str, *, zone: ZoneInfo) -> dict[str, Any]:
    """Return what pages say of lift."""
    return {
        "outcomes": [_show_outcome(one, report, public_id, zone) for one in report.outcomes],
        "share": format_share(report.share / BUCKETS),
        "people": report.people,
        "people_text": format_value(report.people, "count"),
        "waiting": format_value(max(report.met - report.people, 0), "count"),
        "ghosts": report.ghosts,
        "ghosts_text": format_value(report.ghosts, "count"),
        "until": report.until,
    }


def _show_outcome(
    one: OutcomeLift, report: LiftReport, public_id: str, zone: ZoneInfo
) -> dict[str, Any]:
    lift = one.lift
    return {
        "key": one.outcome,
        "name": OUTCOME_NAMES[one.outcome],
        "verdict": lift.verdict,
        "tone": TONES[lift.verdict],
        "said": say_lift(one.outcome, lift, report),
        "has_interval": bool(report.people) and lift.verdict != "broken",
        "boosted": format_value(lift.people_boosted, "count"),
        "held_out": format_value(lift.people_held_out, "count"),
        "rate_boosted": format_share(lift.rate_boosted),
        "rate_held_out": format_share(lift.rate_held_out),
        "difference": say_points(lift.difference),
        "low": say_points(lift.low),
        "high": say_points(lift.high),
        "chart": lift_chart(
            one, csv_url=f"/promote/{public_id}/report.csv?table=lift_{one.outcome}", zone=zone
        ),
    }


def find_card(note_id: int) -> NoteCard | None:
    """Return the card of an order's note, None where it is gone."""
    cards = get_checked_cards([note_id])
    return cards[0] if cards else None
