"""Operators' pages of figures: inventory and demand, pacing, predictions; each with its files."""

import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from meadow.accounts.permissions import require_operator
from meadow.accounts.queries import get_people
from meadow.core import clock
from meadow.core.exports import answer_csv
from meadow.core.zones import reader_zone
from meadow.notes.queries import get_checked_cards
from meadow.promotion.operator_showing import (
    OPERATOR,
    chart_calibration,
    chart_pages,
    chart_prices,
    say_cpm,
    say_micro,
    say_trouble,
    show_classes,
    show_pace,
)
from meadow.promotion.queries.health import list_paces, list_troubles
from meadow.promotion.queries.inventory import QUARTERS, read_inventory
from meadow.promotion.queries.learning import list_goals, list_learnings
from meadow.promotion.queries.rules import newest_rule
from meadow.promotion.words import GOALS, STATES, say_sum

MOMENT = "%Y-%m-%d %H:%M:%S"


@never_cache
@login_required
@require_safe
def inventory(request: HttpRequest) -> HttpResponse:
    """Show what there was to sell in the last week, what it took to win, and live demand."""
    require_operator(request.user)
    rule, found = newest_rule(), read_inventory(now=clock.now())
    context = {
        "found": found,
        "pages_chart": chart_pages(found, reader_zone(request)) if found.pages else None,
        "prices_chart": chart_prices(found, rule.unit) if found.bands else None,
        "pages": f"{found.pages:,}",
        "filled": f"{found.filled:,}",
        "spent": say_micro(found.spent, rule.unit),
        "reserve": say_cpm(rule.reserve, rule.unit),
        "quarters": [
            {"percent": percent, "price": say_cpm(price, rule.unit)}
            for percent, price in zip(QUARTERS, found.quarters, strict=False)
        ],
        "demand": [
            {
                "state": STATES[one.state][0],
                "orders": one.orders,
                "left": say_sum(one.left, one.unit),
            }
            for one in found.demand
        ],
    }
    return render(request, "promotion/operator/inventory.html", context)


@never_cache
@login_required
@require_safe
def inventory_csv(request: HttpRequest) -> HttpResponse:
    """Hand out the hours of the last week as a file, amounts in millionths of the currency."""
    require_operator(request.user)
    rows = [
        (one.hour.strftime(MOMENT), one.pages, one.filled, one.people, one.spent, one.median)
        for one in read_inventory(now=clock.now()).lines
    ]
    header = ("hour_utc", "pages", "filled", "people", "spent_micro", "median_micro")
    return answer_csv(name="meadow-promotion-inventory", header=header, rows=rows)


@never_cache
@login_required
@require_safe
def prices_csv(request: HttpRequest) -> HttpResponse:
    """Hand out pages by what it took to win them, in millionths of the currency an impression."""
    require_operator(request.user)
    rows = [(one.low, one.high, one.pages) for one in read_inventory(now=clock.now()).bands]
    header = ("from_micro", "below_micro", "pages")
    return answer_csv(name="meadow-promotion-prices", header=header, rows=rows)


@never_cache
@login_required
@require_safe
def pacing(request: HttpRequest) -> HttpResponse:
    """Show live orders against their plans, the worst first, and what is stale."""
    require_operator(request.user)
    now = clock.now()
    lines = list_paces(now=now)
    people = get_people({one.buyer_id for one in lines if one.buyer_id is not None})
    cards = {card.id: card for card in get_checked_cards([one.note_id for one in lines])}
    context = {
        "lines": [show_pace(one, people, cards) for one in lines],
        "stale": sum(one.is_stale for one in lines),
        "troubles": [say_trouble(one) for one in list_troubles(now=now)],
    }
    return render(request, "promotion/operator/pacing.html", context)


@never_cache
@login_required
@require_safe
def pacing_csv(request: HttpRequest) -> HttpResponse:
    """Hand out live orders against their plans as a file, amounts in millionths of the currency."""
    require_operator(request.user)
    header = (
        *("order", "currency", "budget_micro", "planned_micro", "spent_micro", "attainable_micro"),
        *("feasible", "bid_low", "bid_high", "held_out", "absorbed_micro", "ends_utc", "paced_utc"),
    )
    rows = [
        (
            *(one.public_id, one.unit, one.budget, one.planned, one.spent, one.attainable),
            "" if one.feasible is None else str(one.feasible).lower(),
            *(one.low, one.high, one.ghosts, one.absorbed, _moment(one.ends_at)),
            _moment(one.paced_at),
        )
        for one in list_paces(now=clock.now())
    ]
    return answer_csv(name="meadow-promotion-pacing", header=header, rows=rows)


@never_cache
@login_required
@require_safe
def predictions(request: HttpRequest) -> HttpResponse:
    """Show the calibration plot of each goal, and the learnings before."""
    require_operator(request.user)
    goals: list[dict[str, Any]] = []
    for goal in list_goals():
        found = list_learnings(goal=goal)
        plotted = found and found[0].plot
        goals.append(
            {
                "name": GOALS[goal][0],
                "versions": [
                    {
                        "one": one,
                        "ratio": "" if one.ratio is None else number_format(round(one.ratio, 3), 3),
                        "base": f"{number_format(round(100 * one.base, 3), 3)}%",
                        "predicted": number_format(round(one.predicted, 1), 1),
                    }
                    for one in found
                ],
                "chart": chart_calibration(found[0]) if plotted else None,
                "classes": show_classes(found[0]) if found else [],
                "classes_csv": f"{OPERATOR}/predictions.csv?goal={goal}&of=classes",
            }
        )
    return render(request, "promotion/operator/predictions.html", {"goals": goals})


@never_cache
@login_required
@require_safe
def predictions_csv(request: HttpRequest) -> HttpResponse:
    """Hand out the newest calibration plot of a goal as a file; `of=classes`: its classes of readers."""
    require_operator(request.user)
    asked = request.GET.get("goal", "")
    goal = asked if asked in list_goals() else list_goals()[0]
    if request.GET.get("of") == "classes":
        return _classes_csv(goal)
    rows = [
        (
            goal,
            one.made_at.strftime(MOMENT),
            point.raw,
            point.calibrated,
            point.observed,
            point.count,
        )
        for one in list_learnings(goal=goal, most=1)
        for point in one.plot
    ]
    header = ("goal", "learnt_utc", "predicted", "calibrated", "observed", "impressions")
    return answer_csv(name=f"meadow-predictions-{goal}", header=header, rows=rows)


def _classes_csv(goal: str) -> HttpResponse:
    rows = [
        (
            *(goal, one.made_at.strftime(MOMENT), each.name),
            *(each.factor, each.shown, each.predicted, each.observed),
        )
        for one in list_learnings(goal=goal, most=1)
        for each in one.classes
    ]
    header = ("goal", "learnt_utc", "class", "factor", "impressions", "predicted", "observed")
    return answer_csv(name=f"meadow-prediction-classes-{goal}", header=header, rows=rows)


def _moment(at: dt.datetime | None) -> str:
    return at.strftime(MOMENT) if at else ""
