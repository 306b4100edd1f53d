"""What operators' pages of promotion say: orders to review, versions, prices, charts."""

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meadow.accounts.queries import PersonCard, get_people
from meadow.core.charts import Cell, Chart, Column, Row
from meadow.core.money import Money, format_money
from meadow.core.zones import name_zone
from meadow.promotion.models import PromotionRule
from meadow.promotion.operator_forms import NAMES, PERCENTS, cpm_of_micro, typed_rule
from meadow.promotion.queries.health import PaceLine, Trouble
from meadow.promotion.queries.inventory import Inventory
from meadow.promotion.queries.learning import Learning
from meadow.promotion.queries.reviews import EarlierOrder
from meadow.promotion.reckoning import micro_of_minor
from meadow.promotion.records import OrderRecord
from meadow.promotion.report_cells import say_time
from meadow.promotion.report_words import short_time
from meadow.promotion.review_words import say_rejection
from meadow.promotion.showing import show_orders
from meadow.promotion.words import GOALS

OPERATOR = "/operator/promotion"


def show_lines(orders: Sequence[OrderRecord], now: dt.datetime) -> list[dict[str, Any]]:
    """Return orders for an operator's list, with their buyers."""
    people = get_people({one.buyer_id for one in orders if one.buyer_id is not None})
    return [
        line
        | {
            "url": f"{OPERATOR}/orders/{line['order'].public_id}",
            "buyer": people.get(line["order"].buyer_id or 0),
        }
        for line in show_orders(orders, now)
    ]


def show_answers(found: Sequence[EarlierOrder], now: dt.datetime) -> list[dict[str, Any]]:
    """Return orders with how they were answered, by whom and why."""
    people = get_people({one.answer.by for one in found if one.answer and one.answer.by})
    lines = show_lines([one.order for one in found], now)
    return [
        line
        | {
            "answer": one.answer,
            "by": people.get(one.answer.by or 0) if one.answer else None,
            "why": say_rejection(one.answer.params["why"])[0]
            if one.answer and one.answer.params.get("why")
            else "",
        }
        for line, one in zip(lines, found, strict=True)
    ]


def say_rule(rule: PromotionRule) -> dict[str, str]:
    """Return each figure of a rule as a reader sees it, by its name."""
    typed = typed_rule(rule)
    return {
        name: f"{typed[name]}%" if name in (*PERCENTS, "makegood") else str(typed[name])
        for name in NAMES
    }


def show_versions(rules: Sequence[PromotionRule]) -> list[dict[str, Any]]:
    """Return versions as components/versions.html takes them."""
    people = get_people({rule.set_by for rule in rules if rule.set_by is not None})
    said = [say_rule(rule) for rule in rules]
    changes = [
        [
            {"name": NAMES[name], "then": then[name], "now": now[name]}
            for name in NAMES
            if then[name] != now[name]
        ]
        for now, then in pairwise(said)
    ] + [[]]
    return [
        {
            "number": rule.number,
            "version": {"since": rule.set_at, "operator_id": rule.set_by, "note": rule.note},
            "by": people.get(rule.set_by or 0),
            "changes": changed,
        }
        for rule, changed in zip(rules, changes, strict=True)
    ]


def say_micro(micro: float, unit: str) -> str:
    """Return millionths of a unit as an amount, rounded to its minor unit."""
    minor = round(micro / micro_of_minor(unit))
    return format_money(Money(minor, unit))


def say_cpm(micro: float, unit: str) -> str:
    """Return the price of one impression as that of 1,000."""
    return format_money(Money(cpm_of_micro(micro, unit), unit))


def chart_pages(inventory: Inventory, zone: ZoneInfo) -> Chart:
    """Return pages with a sponsored place by hour, and those that had a sponsored card."""
    filled, pages = inventory.filled, inventory.pages
    share = filled / pages if pages else 0
    said = {"zone": name_zone(zone)}
    return Chart(
        id="pages",
        kind="lines",
        title=_("%(share)s%% of the places were sold")
        % {"share": number_format(round(100 * share, 1), 1)},
        text=_("Pages with a sponsored place, by hour (%(zone)s)") % said,
        heading=_("Hour (%(zone)s)") % said,
        columns=[
            Column(_("With a sponsored card"), "count", "main"),
            Column(_("With a place"), "count", "quiet"),
        ],
        rows=[
            Row(
                label=say_time(one.hour, zone),
                short=short_time(one.hour, zone),
                cells=[_count(one.filled), _count(one.pages)],
            )
            for one in inventory.lines
        ],
        csv_url=f"{OPERATOR}/inventory.csv",
    )


def chart_prices(inventory: Inventory, unit: str) -> Chart:
    """Return by how many pages each price would just have been enough."""
    median = say_cpm(inventory.quarters[1], unit) if inventory.quarters else ""
    return Chart(
        id="prices",
        kind="bars",
        title=_("Half of the pages took %(price)s or less for 1,000 impressions")
        % {"price": median},
        text=_("Pages by what it took to win them"),
        heading=_("Price of 1,000 impressions"),
        columns=[Column(_("Pages"), "count", "main")],
        rows=[
            Row(
                label=f"{say_cpm(one.low, unit)} – {say_cpm(one.high, unit)}",
                short=say_cpm(one.low, unit),
                cells=[_count(one.pages)],
            )
            for one in inventory.bands
        ],
        csv_url=f"{OPERATOR}/prices.csv",
    )


def chart_calibration(learning: Learning) -> Chart:
    """Return predicted and observed rates by bin: together they should lie."""
    ratio = learning.ratio
    title = (
        _("Predicted %(ratio)s times what was observed")
        % {"ratio": number_format(round(ratio, 2), 2)}
        if ratio is not None
        else _("Nothing was observed yet")
    )
    return Chart(
        id=f"calibration-{learning.goal}",
        kind="lines",
        title=title,
        text=_("%(goal)s: share of impressions that brought one, by prediction")
        % {"goal": GOALS[learning.goal][0]},
        heading=_("Predicted before calibration"),
        columns=[
            Column(_("Observed"), "ratio", "main"),
            Column(_("Calibrated"), "ratio", "before"),
        ],
        rows=[
            Row(
                label=_("%(rate)s (%(count)s impressions)")
                % {"rate": _share(one.raw), "count": f"{one.count:,}"},
                short=_share(one.raw),
                cells=[_ratio(one.observed), _ratio(one.calibrated)],
            )
            for one in learning.plot
        ],
        csv_url=f"{OPERATOR}/predictions.csv?goal={learning.goal}",
    )


def show_classes(learning: Learning) -> list[dict[str, str]]:
    """Return classes of readers in words, with what was expected of them and came."""
    words = {
        "unknown": _("Nothing may be known of the reader, or of the note"),
        "none": _("No topic in common"),
        "one": _("One topic in common"),
        "several": _("Several topics in common"),
    }
    return [
        {
            "name": words[one.name],
            "factor": number_format(round(one.factor, 2), 2),
            "shown": f"{one.shown:,}",
            "predicted": number_format(round(one.predicted, 1), 1),
            "observed": f"{one.observed:,}",
            "ratio": "" if one.ratio is None else number_format(round(one.ratio, 3), 3),
        }
        for one in learning.classes
    ]


def show_pace(
    line: PaceLine, people: Mapping[int, PersonCard], cards: Mapping[int, Any]
) -> dict[str, Any]:
    """Return one live order against its plan, in words."""
    return {
        "line": line,
        "url": f"{OPERATOR}/orders/{line.public_id}",
        "buyer": people.get(line.buyer_id or 0),
        "card": cards.get(line.note_id),
        "planned": say_micro(line.planned, line.unit),
        "spent": say_micro(line.spent, line.unit),
        "budget": say_micro(line.budget, line.unit),
        "attainable": "" if line.attainable is None else say_micro(line.attainable, line.unit),
        "deviation": f"{100 * line.deviation:+.1f}%",
        "bid": say_micro(line.high, line.unit),
        "absorbed": say_micro(line.absorbed, line.unit) if line.absorbed else "",
    }


def say_trouble(one: Trouble) -> str:
    """Return what waits longer than it should."""
    words = {
        "review": ngettext(
            "%(count)s order has waited for a review for more than a day.",
            "%(count)s orders have waited for a review for more than a day.",
            one.count,
        ),
        "stale": ngettext(
            "%(count)s live order was not paced for more than a minute: is a worker running?",
            "%(count)s live orders were not paced for more than a minute: is a worker running?",
            one.count,
        ),
        "unsettled": ngettext(
            "%(count)s order was delivered and not charged for more than five minutes.",
            "%(count)s orders were delivered and not charged for more than five minutes.",
            one.count,
        ),
    }
    return words[one.kind] % {"count": f"{one.count:,}"}


def _count(value: int) -> Cell:
    return Cell(value, f"{value:,}")


def _share(value: float) -> str:
    return f"{number_format(round(100 * value, 2), 2)}%"


def _ratio(value: float) -> Cell:
    return Cell(value, _share(value))
