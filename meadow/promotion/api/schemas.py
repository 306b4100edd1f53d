"""What the API of orders takes and answers: amounts in minor units, with their unit."""

import datetime as dt
from typing import Any, Literal

from ninja import Field, Schema
from pydantic import AwareDatetime

from meadow.payments.limits import LARGEST
from meadow.promotion.audiences.floor import Estimate
from meadow.promotion.drafts import OrderDraft
from meadow.promotion.forecasts import Forecast, Range, forecast_from_json
from meadow.promotion.forms import MOST_HOURS
from meadow.promotion.models import PromotionRule
from meadow.promotion.models.rules import LONGEST_CODE
from meadow.promotion.records import MoneyRecord, OrderRecord
from meadow.promotion.services.ordering import Outlook

UNIT = r"^[A-Z]{3}$"
ID = "^[A-Za-z0-9]{1,24}$"
OrderGoal = Literal["reads", "interactions", "follows"]
OrderState = Literal["review", "running", "paused", "rejected", "cancelled", "finished"]


class OrderIn(Schema):
    """What to promote, to whom, for how much and how long; without `starts_at` it starts at once.

    `audience` is as docs/algorithms/audiences.md has it, everybody when it is left out;
    `saved_audience` names one of yours that is taken instead.
    """

    note: str = Field(pattern=ID)
    goal: OrderGoal = "reads"
    audience: dict[str, Any] = Field(default_factory=lambda: {"all": []})
    saved_audience: str = Field("", max_length=24, pattern="^[A-Za-z0-9]*$")
    budget: int = Field(ge=1, le=LARGEST, description="Minor units: 1000 is 10.00")
    unit: str = Field("CNY", pattern=UNIT)
    hours: int = Field(24, ge=1, le=MOST_HOURS)
    starts_at: AwareDatetime | None = Field(None, description="With its offset from UTC")
    coupon: str = Field("", max_length=LONGEST_CODE)

    def read_draft(self) -> OrderDraft:
        """Return what is asked for."""
        return OrderDraft(**self.dict())


class OrderChangeIn(Schema):
    """What is to change of an order; what is left out stays."""

    goal: OrderGoal | None = None
    audience: dict[str, Any] | None = None
    saved_audience: str | None = Field(None, max_length=24, pattern="^[A-Za-z0-9]*$")
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None


class OrderTopUpIn(Schema):
    """How much more an order may spend, in minor units of its unit."""

    amount: int = Field(ge=1, le=LARGEST)


class RangeOut(Schema):
    """From `low` to `high` in 8 of 10 orders; `middle` is as often passed as missed."""

    low: int
    middle: int
    high: int


class ForeseenAudienceOut(Schema):
    """How large an audience is, with noise; None where it is too small to be told or reached."""

    enough: bool
    about: int | None
    low: int | None
    high: int | None


class OrderForecastOut(Schema):
    """What an order is expected to bring; ranges are None where nothing is known.

    `cost` is minor units for 1,000 impressions, `holdout` of 10,000 people are not shown it.
    """

    people: RangeOut | None
    impressions: RangeOut | None
    results: RangeOut | None
    cost: RangeOut | None
    holdout: int
    notes: list[str]


class PromotionForecastOut(Schema):
    """An order foreseen: `held` would be held in your wallet, `discount` is a coupon's part."""

    size: ForeseenAudienceOut
    forecast: OrderForecastOut
    unit: str
    budget: int
    discount: int
    held: int
    starts_at: dt.datetime
    ends_at: dt.datetime


class PromotionOrderOut(Schema):
    """An order: `discount` of the budget is a coupon's, `charged` so far, `held` in your wallet now.

    `released` was held and went back unspent, `returned` is what went back of what was charged.
    """

    id: str
    note: str = Field(description="Empty where the note is gone")
    goal: OrderGoal
    audience: dict[str, Any]
    unit: str
    budget: int
    discount: int
    charged: int
    held: int
    released: int
    returned: int
    state: OrderState
    starts_at: dt.datetime
    ends_at: dt.datetime
    holdout: int
    forecast: OrderForecastOut | None
    decision: str = Field(description="The signed decision of the last review, empty before")
    placed_at: dt.datetime
    reviewed_at: dt.datetime | None
    ended_at: dt.datetime | None
    settled_at: dt.datetime | None


class PromotionOrdersOut(Schema):
    """One page of orders, newest first."""

    items: list[PromotionOrderOut]
    next_cursor: str | None


class PromotionRuleOut(Schema):
    """What reach costs and keeps to: `reserve` is the least an impression costs, in millionths."""

    number: int
    on: bool = Field(description="Whether anything is promoted at the moment")
    unit: str
    packs: list[int]
    hours: list[int]
    smallest_budget: int
    largest_budget: int
    shortest_hours: int
    longest_hours: int
    schedule_days: int
    reserve: int
    cap: int
    one_in: int
    settle_minutes: int
    credit_days: int
    makegood: int


def rule_out(rule: PromotionRule, *, on: bool) -> PromotionRuleOut:
    """Return the rule for the API."""
    names = [name for name in PromotionRuleOut.model_fields if name != "on"]
    return PromotionRuleOut(on=on, **{name: getattr(rule, name) for name in names})


def forecast_out(outlook: Outlook) -> PromotionForecastOut:
    """Return what was foreseen for the API."""
    plan = outlook.plan
    return PromotionForecastOut(
        size=_size(outlook.size),
        forecast=_forecast(outlook.forecast),
        unit=plan.unit,
        budget=plan.budget,
        discount=outlook.discount,
        held=outlook.held,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
    )


def order_out(order: OrderRecord, note: str, money: MoneyRecord) -> PromotionOrderOut:
    """Return an order for the API; `note` is its note's public id."""
    told = forecast_from_json(dict(order.forecast))
    same = (
        *("goal", "unit", "budget", "discount", "charged", "returned", "state", "starts_at"),
        *("ends_at", "holdout", "decision", "placed_at", "reviewed_at", "ended_at", "settled_at"),
    )
    return PromotionOrderOut(
        id=order.public_id,
        note=note,
        audience=dict(order.audience),
        held=money.held,
        released=money.released,
        forecast=_forecast(told) if told is not None else None,
        **{name: getattr(order, name) for name in same},
    )


def _size(found: Estimate) -> ForeseenAudienceOut:
    return ForeseenAudienceOut(
        enough=found.enough, about=found.about, low=found.low, high=found.high
    )


def _forecast(found: Forecast) -> OrderForecastOut:
    return OrderForecastOut(
        people=_range(found.people),
        impressions=_range(found.impressions),
        results=_range(found.results),
        cost=_range(found.cost),
        holdout=found.holdout,
        notes=[str(one) for one in found.notes],
    )


def _range(found: Range | None) -> RangeOut | None:
    return None if found is None else RangeOut(**found._asdict())
