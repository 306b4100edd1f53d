"""What a report says in sentences: delivery, what is left, lift."""

import datetime as dt
from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from meadow.analytics.campaign_splits import Part
from meadow.analytics.words import format_value
from meadow.core.money import UNITS
from meadow.promotion.lift.reporting import Lift
from meadow.promotion.queries.lifts import LiftReport, Outcome, OutcomeLift
from meadow.promotion.queries.reports import Report
from meadow.promotion.reckoning import MICRO_DIGITS, micro_of_minor
from meadow.promotion.words import say_sum

Words = str | Promise
# Below one unit a cost is told this exactly.
SMALL_DIGITS: Final = 4
GROUP_NAMES: Final[dict[str, Words]] = {
    "fan": gettext_lazy("Followed you before they were shown it"),
    "not_fan": gettext_lazy("Did not follow you"),
    "female": pgettext_lazy("readers", "Women"),
    "male": pgettext_lazy("readers", "Men"),
    "other": pgettext_lazy("readers", "Another gender"),
    "others": gettext_lazy("Smaller groups together"),
    "untold": gettext_lazy("Did not say"),
}
DIMENSION_TITLES: Final[dict[str, Words]] = {
    "fan": gettext_lazy("Followers or not"),
    "age": gettext_lazy("Age"),
    "gender": gettext_lazy("Gender"),
    "region": gettext_lazy("Region"),
}
OUTCOME_NAMES: Final[dict[Outcome, Words]] = {
    "reads": pgettext_lazy("goal of an order", "Reads"),
    "follows": pgettext_lazy("goal of an order", "Follows"),
}


def say_cost(micro: float | None, unit: str) -> str:
    """Return a cost of millionths of a unit in words, exactly enough for small ones; a dash for none."""
    if micro is None:
        return "–"
    amount = micro / 10**MICRO_DIGITS
    digits = UNITS[unit].exponent if amount >= 1 or not amount else SMALL_DIGITS
    return f"{UNITS[unit].sign}{amount:,.{digits}f}"


def worth_of(report: Report) -> int:
    """Return what valid impressions cost by now in minor units, within the budget."""
    order = report.order
    return min(report.delivered.price // micro_of_minor(order.unit), order.budget)


def say_delivery(report: Report, now: dt.datetime) -> str:
    """Return how delivery stands, in a sentence or two."""
    order, worth = report.order, worth_of(report)
    spent, budget = say_sum(worth, order.unit), say_sum(order.budget, order.unit)
    if not order.is_over and (order.state != "running" or not order.has_started(now)):
        return _say_still(report, spent=spent, budget=budget)
    if report.is_empty and not order.is_over:
        return _("Nobody has been shown it yet. The first impression stands here within seconds.")
    if report.is_empty:
        return _("It ended before anybody was shown it, so it cost nothing.")
    if not order.is_over:
        return _say_prospect(report)
    if worth >= order.budget:
        return _("The whole budget of %(budget)s was spent.") % {"budget": budget}
    rest = say_sum(order.budget - worth, order.unit)
    return _(
        "%(spent)s of %(budget)s were spent: fewer people whom it suits came by than were needed,"
        " or it ended early. %(rest)s are not charged and go back by themselves."
    ) % {"spent": spent, "budget": budget, "rest": rest}


def say_pace(report: Report) -> str:
    """Return what was spent beside what was planned, as a chart of both is called."""
    order, planned = report.order, report.prospect.planned
    spent = say_sum(worth_of(report), order.unit)
    if planned is None or order.is_over:
        budget = say_sum(order.budget, order.unit)
        return _("%(spent)s of %(budget)s spent") % {"spent": spent, "budget": budget}
    by_now = say_sum(planned // micro_of_minor(order.unit), order.unit)
    return _("%(spent)s spent, %(planned)s planned by now") % {"spent": spent, "planned": by_now}


def say_busiest(hours: Sequence[Part], zone: ZoneInfo) -> str:
    """Return in which hour it was shown most, as a chart of the hours is called."""
    most = max(hours, key=lambda one: one.raw)
    said = {"count": format_value(most.raw, "count"), "time": short_time(most.hour, zone)}
    return _("Shown most on %(time)s: %(count)s times in an hour") % said


def short_time(at: dt.datetime, zone: ZoneInfo) -> str:
    """Return what stands under an axis."""
    here = at.astimezone(zone)
    return f"{here.month}/{here.day} {here:%H:%M}"


def _say_still(report: Report, *, spent: str, budget: str) -> str:
    """Return how an order stands that nobody is shown at the moment."""
    if report.order.state == "running":
        return _("Nobody is shown it before its start.")
    if report.is_empty and report.order.state == "paused":
        return _("Nobody has been shown it yet, and nobody is while it is paused.")
    if report.is_empty:
        return _("Nobody is shown it before it is approved.")
    said = {"spent": spent, "budget": budget}
    if report.order.state == "paused":
        return _("%(spent)s of %(budget)s are spent, and no more until you resume it.") % said
    return _("%(spent)s of %(budget)s are spent, and no more until it is approved again.") % said


def _say_prospect(report: Report) -> str:
    order, prospect = report.order, report.prospect
    if prospect.feasible is None or prospect.attainable is None:
        return _("Too little was seen so far to say whether the budget will be spent.")
    if prospect.feasible:
        return _("As things go, the whole budget will be spent by the end.")
    likely = say_sum(
        min(prospect.attainable // micro_of_minor(order.unit), order.budget), order.unit
    )
    return _(
        "As things go, about %(likely)s of %(budget)s will be spent by the end: there are not more"
        " people whom it suits. What is not spent goes back by itself. A wider audience or a longer"
        " time would change that."
    ) % {"likely": likely, "budget": say_sum(order.budget, order.unit)}


def say_count(value: float) -> str:
    """Return a count as it is written, rounded."""
    return format_value(round(value), "count")


def say_points(difference: float) -> str:
    """Return a difference of rates in percentage points, with its sign."""
    return _("%(number)s points") % {"number": f"{100 * difference:+.1f}"}


def say_interval(one: OutcomeLift) -> str:
    """Return what an outcome's interval is by now, as a chart of how it came about is called."""
    now = one.course[-1]
    return _("%(what)s: %(difference)s, from %(low)s to %(high)s") % {
        "what": OUTCOME_NAMES[one.outcome],
        "difference": say_points(now.difference),
        "low": say_points(now.low),
        "high": say_points(now.high),
    }


def say_lift(outcome: Outcome, lift: Lift, report: LiftReport) -> str:
    """Return what an order added of an outcome, in plain words."""
    if lift.verdict == "broken":
        return _(
            "The two groups are not as large as they were drawn. Something is wrong with the draw or"
            " with what was noted, so nothing is claimed."
        )
    if not report.people:
        return _(
            "Not enough data yet: what somebody did is counted a day after they were first shown it,"
            " and nobody's day is over."
        )
    if lift.verdict == "not_enough_data":
        return _say_more(lift)
    low, high = sorted((abs(lift.added_low), abs(lift.added_high)))
    values = {
        "count": say_count(abs(lift.added)),
        "low": say_count(low),
        "high": say_count(high),
    }
    said = {
        ("reads", "added"): _(
            "It added about %(count)s readers who would not have read the note without it"
            " (%(low)s to %(high)s)."
        ),
        ("reads", "took_away"): _(
            "About %(count)s fewer people read the note than would have without it"
            " (%(low)s to %(high)s)."
        ),
        ("follows", "added"): _(
            "It added about %(count)s followers who would not have come without it"
            " (%(low)s to %(high)s)."
        ),
        ("follows", "took_away"): _(
            "About %(count)s fewer people followed you than would have without it"
            " (%(low)s to %(high)s)."
        ),
    }
    return said[outcome, lift.verdict] % values


def _say_more(lift: Lift) -> str:
    more = lift.more_impressions
    if more is None:
        return _(
            "Not enough data yet, and it would take very many more impressions: what it changes, if"
            " anything, is small beside chance."
        )
    return ngettext(
        "Not enough data yet: about %(count)s more impression until it can be said.",
        "Not enough data yet: about %(count)s more impressions until it can be said.",
        more,
    ) % {"count": say_count(_round(more))}


def _round(count: int) -> int:
    """Return a forecast with two figures: it is no more exact than that."""
    digits = max(len(str(count)) - 2, 0)
    return int(round(count, -digits))
