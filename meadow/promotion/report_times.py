"""The tables of a report that go by time, on the clock of a zone that each names."""

from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from meadow.core.charts import Cell, Chart, Column, Row
from meadow.core.zones import name_zone
from meadow.promotion.queries.lifts import OutcomeLift
from meadow.promotion.queries.reports import Report
from meadow.promotion.report_cells import (
    count_cell,
    csv_of,
    money_cell,
    part_cells,
    part_columns,
    say_time,
)
from meadow.promotion.report_words import (
    OUTCOME_NAMES,
    say_busiest,
    say_interval,
    say_pace,
    say_points,
    short_time,
)


def pace(report: Report, zone: ZoneInfo) -> Chart | None:
    """Return planned and actual spending over the flight."""
    if not report.pace:
        return None
    unit = report.order.unit
    said = {"unit": unit, "zone": name_zone(zone)}
    return Chart(
        id="pace",
        kind="lines",
        title=say_pace(report),
        text=_("In %(unit)s, by each moment (%(zone)s); the plan follows how many people come by")
        % said,
        heading=_("Time (%(zone)s)") % said,
        columns=[
            Column(_("Spent"), "count", "main"),
            Column(pgettext("pace of spending", "Planned"), "count", "before"),
        ],
        rows=[
            Row(
                say_time(point.at, zone),
                short_time(point.at, zone),
                [money_cell(point.spent, unit), money_cell(point.planned, unit)],
            )
            for point in report.pace
        ],
        csv_url=csv_of(report, "pace"),
    )


def hours(report: Report, zone: ZoneInfo) -> Chart | None:
    """Return delivery by hour: those of UTC, which begin at half past where a zone is so far off."""
    if report.details is None or not report.details.hours:
        return None
    said = {"zone": name_zone(zone)}
    return Chart(
        id="hours",
        kind="bars",
        title=say_busiest(report.details.hours, zone),
        text=_("Impressions of each hour (%(zone)s)") % said,
        heading=_("Hour (%(zone)s)") % said,
        columns=part_columns(),
        rows=[
            Row(
                say_time(one.hour, zone),
                short_time(one.hour, zone),
                part_cells(one, report.order.unit),
            )
            for one in report.details.hours
        ],
        csv_url=csv_of(report, "hours"),
    )


def lift_reads(report: Report, zone: ZoneInfo) -> Chart | None:
    """Return how the interval of reads came about."""
    return _lift(report, 0, zone)


def lift_follows(report: Report, zone: ZoneInfo) -> Chart | None:
    """Return how the interval of follows came about."""
    return _lift(report, 1, zone)


def lift_chart(one: OutcomeLift, *, csv_url: str, zone: ZoneInfo) -> Chart | None:
    """Return how the interval of one outcome came about."""
    if not one.course:
        return None
    said = {"what": OUTCOME_NAMES[one.outcome], "zone": name_zone(zone)}
    return Chart(
        id=f"lift-{one.outcome}",
        kind="interval",
        title=say_interval(one),
        text=_(
            "%(what)s: shown less held out, in percentage points, with its interval, as people's"
            " days ended (%(zone)s)"
        )
        % said,
        heading=_("Time (%(zone)s)") % said,
        columns=[
            Column(_("Difference"), "count", "main"),
            Column(_("Lowest"), "count", "before"),
            Column(_("Highest"), "count", "before"),
            Column(_("People observed"), "count", "table"),
        ],
        rows=[
            Row(
                say_time(point.at, zone),
                short_time(point.at, zone),
                [
                    *(
                        Cell(round(100 * value, 4), say_points(value))
                        for value in (point.difference, point.low, point.high)
                    ),
                    count_cell(point.people),
                ],
            )
            for point in one.course
        ],
        csv_url=csv_url,
    )


def _lift(report: Report, place: int, zone: ZoneInfo) -> Chart | None:
    if report.details is None:
        return None
    one = report.details.lift.outcomes[place]
    return lift_chart(one, csv_url=csv_of(report, f"lift_{one.outcome}"), zone=zone)
