"""What another rule would have meant for the orders and pages of late: figures of real rows only."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from meadow.promotion.models import Order
from meadow.promotion.queries.inventory import pages_below

TRIED_DAYS: Final = 90
MOST_TRIED: Final = 20_000


@dataclass(frozen=True, slots=True)
class RuleTrial:
    """Orders of the last TRIED_DAYS under another rule, and pages of the last week.

    `refused` orders are too small, too large, too short or too long; `waited` would have waited for
    a person by their budget, `waits_now` did by the rule that they were placed under. Of `pages`,
    `cheaper` were won for less than the reserve would be.
    """

    orders: int
    refused: int
    waits_now: int
    waited: int
    pages: int
    cheaper: int


def try_rule(*, values: Mapping[str, Any], unit: str, now: dt.datetime) -> RuleTrial:
    """Return what other figures would have meant."""
    since = now - dt.timedelta(days=TRIED_DAYS)
    rows = Order.objects.filter(placed_at__gte=since, unit=unit).order_by("-pk")
    found = list(
        rows.values_list("budget", "starts_at", "ends_at", "rule__review_above")[:MOST_TRIED]
    )
    hour = dt.timedelta(hours=1)
    fits = [
        values["smallest_budget"] <= budget <= values["largest_budget"]
        and values["shortest_hours"] * hour <= ends - starts <= values["longest_hours"] * hour
        for budget, starts, ends, _above in found
    ]
    cheaper, pages = pages_below(price=values["reserve"], now=now)
    return RuleTrial(
        orders=len(found),
        refused=fits.count(False),
        waits_now=sum(budget > above for budget, _starts, _ends, above in found),
        waited=sum(
            fit and budget > values["review_above"]
            for (budget, *_), fit in zip(found, fits, strict=True)
        ),
        pages=pages,
        cheaper=cheaper,
    )
