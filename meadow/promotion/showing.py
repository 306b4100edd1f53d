"""Orders as templates show them."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from meadow.core.errors import MeadowError
from meadow.core.zones import Dial
from meadow.notes.queries import NoteCard, get_checked_cards
from meadow.payments.words import as_typed
from meadow.promotion.audiences.definition import from_json
from meadow.promotion.forecasts import Range, forecast_from_json
from meadow.promotion.queries.audiences import words_of
from meadow.promotion.queries.delivered import list_delivered
from meadow.promotion.records import MoneyRecord, OrderRecord, StepRecord
from meadow.promotion.services.ordering import Outlook
from meadow.promotion.sizing import say_size
from meadow.promotion.words import (
    FORECAST_NOTES,
    GOALS,
    STATES,
    say_results,
    say_step,
    say_sum,
    shown_state,
)


def show_orders(orders: Sequence[OrderRecord], now: dt.datetime) -> list[dict[str, Any]]:
    """Return orders for a list, with the cards of their notes: one query for all."""
    cards = {card.id: card for card in get_checked_cards([one.note_id for one in orders])}
    return [show_order(one, cards, now) for one in orders]


def show_order(
    order: OrderRecord, cards: Mapping[int, NoteCard], now: dt.datetime
) -> dict[str, Any]:
    """Return what a page says of an order; `card` is None where the note is gone."""
    said, tone, icon = STATES[shown_state(order, now)]
    return {
        "order": order,
        "card": cards.get(order.note_id),
        "said": said,
        "tone": tone,
        "icon": icon,
        "goal": GOALS[order.goal][0],
        "budget": say_sum(order.budget, order.unit),
        "charged": say_sum(order.charged, order.unit),
        "spent": 100 * order.charged // order.budget,
        "url": f"/promote/{order.public_id}",
    }


def show_results(orders: Sequence[OrderRecord]) -> dict[int, str]:
    """Return what came of those of the orders that somebody was shown, in words, by id: one query."""
    counted = list_delivered([one.id for one in orders])
    return {
        one.id: say_results(getattr(seen, one.goal), one.goal, people=seen.people)
        for one in orders
        if (seen := counted[one.id]).impressions
    }


def show_steps(steps: Sequence[StepRecord], unit: str) -> list[dict[str, Any]]:
    """Return what happened to an order, newest first."""
    said = [(say_step(one, unit), one.at) for one in reversed(steps)]
    return [{"said": words[0], "more": words[1], "at": at} for words, at in said]


def show_money(order: OrderRecord, money: MoneyRecord) -> list[dict[str, str]]:
    """Return an order's money, line by line: what it was given, and what became of that."""
    lines = [
        (_("Budget"), order.budget, "gross"),
        (_("Of it, from a coupon"), order.discount, "part"),
        (_("Spent on valid impressions"), order.charged, ""),
        (_("Of it, from the coupon"), money.spent_of_coupon, "part"),
        (_("Still held in your wallet"), money.held, ""),
        (_("Back in your wallet, not spent"), money.released, ""),
        (_("Given back of what was spent"), order.returned, ""),
    ]
    # What it was given and what was spent is said even when that is nothing.
    return [
        {"title": title, "sum": say_sum(minor, order.unit), "role": role}
        for number, (title, minor, role) in enumerate(lines)
        if minor or number in (0, 2)
    ]


def name_kept(values: Mapping[str, Any], person_id: int, *, dial: Dial) -> str:
    """Return what the audience that a form keeps as it is is called, "" where it keeps none."""
    if not values.get("definition"):
        return ""
    try:
        definition = from_json(json.loads(str(values["definition"])))
    except (ValueError, MeadowError):
        return _("Your own choice")
    return words_of(definition, owner_id=person_id, dial=dial)


def show_outlook(outlook: Outlook, *, free: int, buyer_id: int, dial: Dial) -> dict[str, Any]:
    """Return what an order would reach, bring and cost, in words; `free` is what the wallet has."""
    forecast, unit, held = outlook.forecast, outlook.plan.unit, outlook.held
    missing = max(held - free, 0)
    asked = outlook.plan.definition
    size = say_size(outlook.size, definition=asked, owner_id=buyer_id, dial=dial)
    return {
        "size": _say_size(outlook),
        "people": _say_range(forecast.people),
        "impressions": _say_range(forecast.impressions),
        "results": _say_range(forecast.results),
        "goal": GOALS[outlook.plan.goal][0],
        "cost": _say_cost(forecast.cost, unit),
        "each": _say_each(outlook, unit),
        "notes": [str(FORECAST_NOTES[one]) for one in forecast.notes],
        "holdout": f"{forecast.holdout / 100:g}",
        "enough": outlook.size.enough,
        "too_small": size.get("parts", []),
        "budget": say_sum(outlook.plan.budget, unit),
        "discount": say_sum(outlook.discount, unit) if outlook.discount else "",
        "held": say_sum(held, unit),
        "free": say_sum(free, unit),
        "after": say_sum(free - held, unit) if not missing else "",
        "missing": say_sum(missing, unit) if missing else "",
        "top_up": f"/wallet?unit={unit}&amount={as_typed(missing, unit)}#top-up",
        "ends_at": outlook.plan.ends_at,
    }


def show_forecast(order: OrderRecord) -> dict[str, str]:
    """Return what the buyer was told before they paid, in words; empty where nothing was known."""
    told = forecast_from_json(dict(order.forecast))
    if told is None or not told.is_known:
        return {}
    return {
        "people": _say_range(told.people),
        "impressions": _say_range(told.impressions),
        "results": _say_range(told.results),
        "cost": _say_cost(told.cost, order.unit),
    }


def _say_size(outlook: Outlook) -> str:
    size = outlook.size
    if size.about is None or size.low is None or size.high is None:
        return ""
    said = {"about": f"{size.about:,}", "low": f"{size.low:,}", "high": f"{size.high:,}"}
    return _("about %(about)s people (%(low)s to %(high)s)") % said


def _say_range(found: Range | None) -> str:
    if found is None:
        return ""
    if found.low == found.high:
        return f"{found.low:,}"
    return _("%(low)s to %(high)s") % {"low": f"{found.low:,}", "high": f"{found.high:,}"}


def _say_cost(cost: Range | None, unit: str) -> str:
    if cost is None:
        return ""
    sums = {"low": say_sum(cost.low, unit), "high": say_sum(cost.high, unit)}
    return sums["low"] if cost.low == cost.high else _("%(low)s to %(high)s") % sums


def _say_each(outlook: Outlook, unit: str) -> str:
    """Return what one result is likely to cost: what is likely spent by fewest and most of them."""
    impressions, results, cost = (
        outlook.forecast.impressions,
        outlook.forecast.results,
        outlook.forecast.cost,
    )
    if impressions is None or results is None or cost is None or results.low < 1:
        return ""
    spent = min(outlook.plan.budget, impressions.middle * cost.middle // 1000)
    sums = {
        "low": say_sum(spent // results.high, unit),
        "high": say_sum(spent // results.low, unit),
    }
    return sums["low"] if sums["low"] == sums["high"] else _("%(low)s to %(high)s") % sums
