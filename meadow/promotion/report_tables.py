"""The figures of a report as tables: what pages draw, files hold and the API answers is the same."""

from collections.abc import Callable, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from meadow.accounts.regions import region_name
from meadow.analytics.words import reason_sentence, surface_name
from meadow.core.charts import Chart, Column, Row
from meadow.promotion import report_times
from meadow.promotion.audiences.words import AGES
from meadow.promotion.crowds import Dimension
from meadow.promotion.queries.reports import Report
from meadow.promotion.reckoning import micro_of_minor
from meadow.promotion.report_cells import (
    count_cell,
    csv_of,
    money_cell,
    part_cells,
    part_columns,
    ratio_cell,
)
from meadow.promotion.report_words import DIMENSION_TITLES, GROUP_NAMES

A_THOUSAND: Final = 1_000
NAMES: Final = (
    *("figures", "costs", "forecast", "pace", "hours", "surfaces", "invalid"),
    *("fan", "age", "gender", "region", "lift_reads", "lift_follows"),
)


def make_table(report: Report, name: str, *, zone: ZoneInfo) -> Chart | None:
    """Return one table of a report by name, None where there is nothing for it (yet).

    What goes by time is said on the clock of `zone`.
    """
    return _BY_TIME[name](report, zone) if name in _BY_TIME else _TABLES[name](report)


def figures(report: Report) -> Chart:
    """Return what was delivered, and what came of it."""
    seen, unit = report.delivered, report.order.unit
    lines = [
        (_("Impressions, all"), count_cell(seen.raw_impressions)),
        (_("Impressions, valid"), count_cell(seen.impressions)),
        (_("Impressions, invalid"), count_cell(seen.invalid)),
        (_("People who were shown it"), count_cell(seen.people)),
        (_("Opens"), count_cell(seen.opens)),
        (_("Opened, of impressions"), ratio_cell(seen.opens, seen.impressions)),
        (pgettext("goal of an order", "Reads"), count_cell(seen.reads)),
        (_("Read, of impressions"), ratio_cell(seen.reads, seen.impressions)),
        (pgettext("goal of an order", "Interactions"), count_cell(seen.interactions)),
        (pgettext("goal of an order", "Follows"), count_cell(seen.follows)),
        (_("Clicks on links"), count_cell(seen.clicks)),
        (_("Cost of valid impressions"), money_cell(seen.price, unit)),
        (_("People held out who would have been shown it"), count_cell(seen.ghosts)),
    ]
    return Chart(
        id="figures",
        kind="bars",
        title=_("Delivery and results"),
        text=_("What was delivered, and what people did"),
        heading=_("Figure"),
        columns=[Column(_("So far"), "count", "main")],
        rows=[Row(name, name, [cell]) for name, cell in lines],
        csv_url=csv_of(report, "figures"),
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
        rows=[Row(name, name, [money_cell(value, unit)]) for name, value in lines],
        csv_url=csv_of(report, "costs"),
    )


def forecast(report: Report) -> Chart | None:
    """Return what was told at ordering beside what came of it."""
    told, seen, unit = report.forecast, report.delivered, report.order.unit
    if told is None or not told.is_known:
        return None
    each = report.cost_of(seen.impressions)
    lines = [
        (_("People"), told.people, seen.people, count_cell),
        (_("Valid impressions"), told.impressions, seen.impressions, count_cell),
        (_("Results of its goal"), told.results, report.results, count_cell),
    ]
    rows = [
        Row(name, name, [cell(bounds.low), cell(bounds.middle), cell(bounds.high), cell(found)])
        for name, bounds, found, cell in lines
        if bounds is not None
    ]
    if told.cost is not None:
        name = _("Cost of 1,000 impressions")
        bounds = [money_cell(value * micro_of_minor(unit), unit) for value in told.cost]
        found = money_cell(None if each is None else each * A_THOUSAND, unit)
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
        csv_url=csv_of(report, "forecast"),
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
        columns=part_columns(),
        rows=[
            Row(surface_name(one.label), one.label, part_cells(one, report.order.unit))
            for one in report.details.surfaces
        ],
        csv_url=csv_of(report, "surfaces"),
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
                [count_cell(one.invalid), money_cell(one.spared, report.order.unit)],
            )
            for one in report.details.reasons
        ],
        csv_url=csv_of(report, "invalid"),
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
                        count_cell(one.people),
                        count_cell(one.impressions),
                        count_cell(one.readers),
                        ratio_cell(one.readers, one.people),
                    ],
                )
                for one in groups
            ],
            csv_url=csv_of(report, name),
        )

    return table


def say_group(dimension: Dimension, key: str) -> str:
    """Return the name of a group of readers."""
    if key in GROUP_NAMES:
        return str(GROUP_NAMES[key])
    if dimension == "age":
        return str(AGES[key])
    return region_name(key) if dimension == "region" else key


_TABLES: Final[dict[str, Callable[[Report], Chart | None]]] = {
    "figures": figures,
    "costs": costs,
    "forecast": forecast,
    "surfaces": surfaces,
    "invalid": invalid,
    "fan": _crowd("fan"),
    "age": _crowd("age"),
    "gender": _crowd("gender"),
    "region": _crowd("region"),
}
_BY_TIME: Final[dict[str, Callable[[Report, ZoneInfo], Chart | None]]] = {
    "pace": report_times.pace,
    "hours": report_times.hours,
    "lift_reads": report_times.lift_reads,
    "lift_follows": report_times.lift_follows,
}


def list_tables(report: Report, names: Sequence[str], *, zone: ZoneInfo) -> list[Chart]:
    """Return those tables of a report that have something in them."""
    return [table for name in names if (table := make_table(report, name, zone=zone)) is not None]
