"""Orders for tests, without the money and the review that services ask for."""

import datetime as dt
from typing import Any

from meadow.core.ids import new_id
from meadow.promotion.lift.holdout import new_salt
from meadow.promotion.models import Order, PromotionRule

DAY = dt.timedelta(hours=24)


def make_order(*, buyer: Any, now: dt.datetime, note_id: int = 1, **given: Any) -> Order:
    """Return an order of a buyer's own note that waits for review, or as `given`; nothing is held."""
    public_id = new_id("f")
    values: dict[str, Any] = {
        "public_id": public_id,
        "key": public_id,
        "buyer_id": buyer.pk,
        "note_id": note_id,
        "author_id": buyer.pk,
        "goal": Order.Goal.READS,
        "audience": {"all": []},
        "unit": "CNY",
        "budget": 1_000,
        "starts_at": now,
        "ends_at": now + DAY,
        "rule": PromotionRule.objects.order_by("-number")[0],
        "salt": new_salt(),
        "holdout": 1_000,
        "forecast": {},
        "placed_at": now,
    }
    return Order.objects.create(**(values | given))
