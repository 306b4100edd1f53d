"""The figures of a report as tables: what pages draw, files hold and the API answers is the same."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from meadow.accounts.regions import region_name
from meadow.analytics.campaign_splits import Part
from meadow.analytics.metrics import Value, divide
from meadow.analytics.words import format_value, reason_sentence, surface_name
from meadow.core.charts import Cell, Chart, Column, Row
from meadow.promotion.audiences.words import AGES
from meadow.promotion.crowds import Dimension
from meadow.promotion.queries.lifts import OutcomeLift
from meadow.promotion.queries.reports import Report
from meadow.promotion.reckoning import MICRO_DIGITS, micro_of_minor
from meadow.promotion.report_words import (
    DIMENSION_TITLES,
    GROUP_NAMES,
    OUTCOME_NAMES,
    say_busiest,
    say_cost,
    say_interval,
    say_pace,
    say_points,
    short_time,
)

A_THOUSAND: Final = 1_000
NAMES: Final = (
    *("figures", "costs", "forecast", "pace", "hours", "surfaces", "invalid"),
    *("fan", "age", "gender", "region", "lift_reads", "lift_follows"),
)


def make_table(report: Report, name: str) -> Chart | None:
    """Return one table of a report by name, None where there is nothing for it (yet)."""
    return _TABLES[name](report)


def _csv(report: Report, name: str) -> str:
    return f"/promote/{report.order.public_id}/report.csv?table={name}"


def _count(value: int | None) -> Cell:
    return Cell(value, format_value(value, "count"))


def _ratio(over: int, under: int) -> Cell:
    share = divide(over, under)
    return Cell(share, format_value(share, "ratio"))


def _money(micro: float | None, unit: str) -> Cell:
    value: Value = None if micro is None else round(micro / 10**MICRO_DIGITS, MICRO_DIGITS)
    return Cell(value, say_cost(micro, unit))


def figures(report: Report) -> Chart:
    """Return what was delivered, and what came of it."""
    seen, unit = report.delivered, report.order.unit
    lines = [
        (_("Impressions, all"), _count(seen.raw_impressions)),
        (_("Impressions, valid"), _count(seen.impressions)),
        (_("Impressions, invalid"), _count(seen.invalid)),
        (_("People who were shown it"), _count(seen.people)),
        (_("Opens"), _count(seen.opens)),
        (_("Opened, of impressions"), _ratio(seen.opens, seen.impressions)),
        (pgettext("goal of an order", "Reads"), _count(seen.reads)),
        (_("Read, of impressions"), _ratio(seen.reads, seen.impressions)),
        (pgettext("goal of an order", "Interactions"), _count(seen.interactions)),
        (pgettext("goal of an order", "Follows"), _count(seen.follows)),
        (_("Clicks on links"), _count(seen.clicks)),
        (_("Cost of valid impressions"), _money(seen.price, unit)),
        (_("People held out who would have been shown it"), _count(seen.ghosts)),
    ]
    return Chart(
        id="figures",
        kind="bars",
        title=_("Delivery and results"),
        text=_("What was delivered, and what people did"),
        heading=_("Figure"),
        columns=[Column(_("So far"), "count", "main")],
        rows=[Row(name, name, [cell]) for name, cell in lines],
        csv_url=_csv(report, "figures"),
    )


def costs(report: Report) -> Chart:
    """Return what one of each came to."""
    seen, unit = report.delivered, report.order.unit
    thousand = report.cost_of(seen.impressions)
    lines = [
        (_("1,000 valid impressions"), None if thousand is None else thousand * A_THOUSAND),
        (_("One open"), report.cost_of(seen.opens)),
        (_("One read"), report.cost_of(seen.reads)),
        (_("One interaction"), report.cost_of(seen.interactions)),
        (_("One follow"), report.cost_of(seen.follows)),
    ]
    return Chart(
        id="costs",
        kind="bars",
        title=_("What each one cost"),
        text=_("The cost of all valid impressions, divided by how often it happened"),
        heading=_("What"),
        columns=[Column(_("Cost"), "count", "main")],
        rows=[Row(name, name, [_money(value, unit)]) for name, value in lines],
        csv_url=_csv(report, "costs"),
    )


def forecast(report: Report) -> Chart | None:
    """Return what was told at ordering beside what came of it."""
    told, seen, unit = report.forecast, report.delivered, report.order.unit
    if told is None or not told.is_known:
        return None
    each = report.cost_of(seen.impressions)
    lines = [
        (_("People"), told.people, seen.people, _count),
        (_("Valid impressions"), told.impressions, seen.impressions, _count),
        (_("Results of its goal"), told.results, report.results, _count),
    ]
    rows = [
        Row(name, name, [cell(bounds.low), cell(bounds.middle), cell(bounds.high), cell(found)])
        for name, bounds, found, cell in lines
        if bounds is not None
    ]
    if told.cost is not None:
        name = _("Cost of 1,000 impressions")
        bounds = [_money(value * micro_of_minor(unit), unit) for value in told.cost]
        found = _money(None if each is None else each * A_THOUSAND, unit)
        rows.append(Row(name, name, [*bounds, found]))
    return Chart(
        id="forecast",
        kind="bars",
        title=_("Beside the forecast"),
        text=_("What you were told before you paid, for the whole order, and what came by now"),
        heading=_("What"),
        columns=[
            Column(pgettext("forecast", "From"), "count", "quiet"),
            Column(pgettext("forecast", "Middle"), "count", "quiet"),
            Column(pgettext("forecast", "To"), "count", "quiet"),
            Column(_("So far"), "count", "main"),
        ],
        rows=rows,
        csv_url=_csv(report, "forecast"),
    )


def pace(report: Report) -> Chart | None:
    """Return planned and actual spending over the flight."""
    if not report.pace:
        return None
    unit = report.order.unit
    return Chart(
        id="pace",
        kind="lines",
        title=say_pace(report),
        text=_("In %(unit)s, by each moment (UTC); the plan follows how many people come by")
        % {"unit": unit},
        heading=_("Time"),
        columns=[
            Column(_("Spent"), "count", "main"),
            Column(pgettext("pace of spending", "Planned"), "count", "before"),
        ],
        rows=[
            Row(
                say_time(point.at),
                short_time(point.at),
                [_money(point.spent, unit), _money(point.planned, unit)],
            )
            for point in report.pace
        ],
        csv_url=_csv(report, "pace"),
    )


def _part_cells(part: Part, unit: str) -> list[Cell]:
    return [
        _count(part.impressions),
        _count(part.raw),
        _count(part.invalid),
        _count(part.opens),
        _count(part.reads),
        _money(part.price, unit),
    ]


def _part_columns() -> list[Column]:
    return [
        Column(_("Valid"), "count", "main"),
        Column(pgettext("impressions", "All"), "count", "quiet"),
        Column(_("Invalid"), "count", "table"),
        Column(_("Opens"), "count", "table"),
        Column(pgettext("goal of an order", "Reads"), "count", "table"),
        Column(_("Cost"), "count", "table"),
    ]


def hours(report: Report) -> Chart | None:
    """Return delivery by hour."""
    if report.details is None or not report.details.hours:
        return None
    return Chart(
        id="hours",
        kind="bars",
        title=say_busiest(report.details.hours),
        text=_("Impressions of each hour (UTC)"),
        heading=_("Hour"),
        columns=_part_columns(),
        rows=[
            Row(say_time(one.hour), short_time(one.hour), _part_cells(one, report.order.unit))
            for one in report.details.hours
        ],
        csv_url=_csv(report, "hours"),
    )


def surfaces(report: Report) -> Chart | None:
    """Return delivery by where it was shown."""
    if report.details is None or not report.details.surfaces:
        return None
    return Chart(
        id="surfaces",
        kind="bars",
        title=_("By place"),
        text=_("Where it was shown"),
        heading=_("Place"),
        columns=_part_columns(),
        rows=[
            Row(surface_name(one.label), one.label, _part_cells(one, report.order.unit))
            for one in report.details.surfaces
        ],
        csv_url=_csv(report, "surfaces"),
    )


def invalid(report: Report) -> Chart | None:
    """Return what was removed as invalid, and what it would have cost."""
    if report.details is None or not report.details.reasons:
        return None
    return Chart(
        id="invalid",
        kind="bars",
        title=_("Removed as invalid"),
        text=_("Impressions that you do not pay for, and why"),
        heading=_("Why"),
        columns=[
            Column(_("Impressions"), "count", "main"),
            Column(_("Not charged"), "count", "before"),
        ],
        rows=[
            Row(
                reason_sentence(one.label),
                one.label,
                [_count(one.invalid), _money(one.spared, report.order.unit)],
            )
            for one in report.details.reasons
        ],
        csv_url=_csv(report, "invalid"),
    )


def _crowd(name: Dimension) -> Callable[[Report], Chart | None]:
    def table(report: Report) -> Chart | None:
        groups = report.details.crowd.groups.get(name) if report.details else None
        if not groups:
            return None
        return Chart(
            id=name,
            kind="bars",
            title=str(DIMENSION_TITLES[name]),
            text=_("People who were shown it"),
            heading=str(DIMENSION_TITLES[name]),
            columns=[
                Column(_("People"), "count", "main"),
                Column(_("Impressions"), "count", "quiet"),
                Column(_("Readers"), "count", "before"),
                Column(_("Read, of people"), "ratio", "before"),
            ],
            rows=[
                Row(
                    say_group(name, one.key),
                    one.key,
                    [
                        _count(one.people),
                        _count(one.impressions),
                        _count(one.readers),
                        _ratio(one.readers, one.people),
                    ],
                )
                for one in groups
            ],
            csv_url=_csv(report, name),
        )

    return table


def _lift(place: int) -> Callable[[Report], Chart | None]:
    def table(report: Report) -> Chart | None:
        if report.details is None:
            return None
        return lift_chart(
            report.details.lift.outcomes[place], csv_url=_csv(report, NAMES[-2 + place])
        )

    return table


def lift_chart(one: OutcomeLift, *, csv_url: str) -> Chart | None:
    """Return how the interval of one outcome came about."""
    if not one.course:
        return None
    return Chart(
        id=f"lift-{one.outcome}",
        kind="interval",
        title=say_interval(one),
        text=_(
            "%(what)s: shown less held out, in percentage points, with its interval, as people's"
            " days ended"
        )
        % {"what": OUTCOME_NAMES[one.outcome]},
        heading=_("Time"),
        columns=[
            Column(_("Difference"), "count", "main"),
            Column(_("Lowest"), "count", "before"),
            Column(_("Highest"), "count", "before"),
            Column(_("People observed"), "count", "table"),
        ],
        rows=[
            Row(
                say_time(point.at),
                short_time(point.at),
                [
                    *(
                        Cell(round(100 * value, 4), say_points(value))
                        for value in (point.difference, point.low, point.high)
                    ),
                    _count(point.people),
                ],
            )
            for point in one.course
        ],
        csv_url=csv_url,
    )


def say_group(dimension: Dimension, key: str) -> str:
    """Return the name of a group of readers."""
    if key in GROUP_NAMES:
        return str(GROUP_NAMES[key])
    if dimension == "age":
        return str(AGES[key])
    return region_name(key) if dimension == "region" else key


def say_time(at: dt.datetime) -> str:
    """Return a moment as its reader writes it."""
    return f"{date_format(at, 'DATE_FORMAT')} {at:%H:%M}"


_TABLES: Final[dict[str, Callable[[Report], Chart | None]]] = {
    "figures": figures,
    "costs": costs,
    "forecast": forecast,
    "pace": pace,
    "hours": hours,
    "surfaces": surfaces,
    "invalid": invalid,
    "fan": _crowd("fan"),
    "age": _crowd("age"),
    "gender": _crowd("gender"),
    "region": _crowd("region"),
    "lift_reads": _lift(0),
    "lift_follows": _lift(1),
}


def list_tables(report: Report, names: Sequence[str]) -> list[Chart]:
    """Return those tables of a report that have something in them."""
    return [table for name in names if (table := make_table(report, name)) is not None]
