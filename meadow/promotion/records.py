"""What promotion answers with: plain records of orders and of what happened to them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meadow.promotion.models import Order, OrderStep
from meadow.promotion.models.orders import OVER


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order of reach: amounts in minor units of `unit`, `absorbed` in millionths of it.

    `discount` of the budget is the platform's (a coupon), and is spent first. `id` is its row, for
    packages beside this one; people know it by `public_id`.
    """

    id: int
    public_id: str
    buyer_id: int | None
    note_id: int
    author_id: int
    goal: str
    audience: Mapping[str, Any]
    unit: str
    budget: int
    discount: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    rule_id: int
    state: str
    holdout: int
    forecast: Mapping[str, Any]
    charged: int
    returned: int
    absorbed: int
    placed_at: dt.datetime
    reviewed_at: dt.datetime | None
    decision: str
    ended_at: dt.datetime | None
    settled_at: dt.datetime | None

    @property
    def paid(self) -> int:
        """What the buyer put up themselves."""
        return self.budget - self.discount

    @property
    def left(self) -> int:
        """What of the budget was not charged."""
        return self.budget - self.charged

    @property
    def is_over(self) -> bool:
        """Whether it ended: rejected, cancelled or finished."""
        return self.state in OVER

    def has_started(self, now: dt.datetime) -> bool:
        """Whether its time has come, whatever its state is."""
        return self.starts_at <= now


@dataclass(frozen=True, slots=True)
class MoneyRecord:
    """What became of an order's budget besides what was charged, in minor units.

    `held` is held in the buyer's wallet now; `released` was held and never taken. Coupons are spent
    first: `spent_of_coupon` of what was charged.
    """

    held: int
    released: int
    spent_of_coupon: int


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What happened to an order, when, and who did it (None: the platform)."""

    kind: str
    params: Mapping[str, Any]
    by: int | None
    at: dt.datetime


def order_record(order: Order) -> OrderRecord:
    """Return an order as a plain record."""
    return OrderRecord(**{name: getattr(order, name) for name in OrderRecord.__dataclass_fields__})


def step_record(step: OrderStep) -> StepRecord:
    """Return a step as a plain record."""
    return StepRecord(kind=step.kind, params=step.params, by=step.by, at=step.at)
