"""What an order would bring, before it is paid for."""

import datetime as dt
from typing import Final

from meadow.promotion.audiences.definition import Definition
from meadow.promotion.forecasts import Forecast, Note
from meadow.promotion.forecasts.method import Ask, Market, forecast
from meadow.promotion.lift.reporting import plan_holdout
from meadow.promotion.models import PromotionRule
from meadow.promotion.queries.predictions import Predicted, predict_lately
from meadow.promotion.queries.supply import Flight, hours_since_1970, read_market, read_share
from meadow.promotion.reckoning import micro_of_minor

OF: Final = 10_000


def forecast_order(
    *,
    note_id: int,
    author_id: int,
    goal: str,
    definition: Definition,
    audience_size: int,
    budget: int,
    unit: str,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    rule: PromotionRule,
    now: dt.datetime,
) -> Forecast:
    """Return what an order of `budget` minor units is expected to bring; nothing is written.

    Where no traffic is known, or nobody of the audience, it says so and has no numbers.
    """
    micro = micro_of_minor(unit)
    flight = Flight(max(starts_at, now), ends_at, unit, micro)
    market = None
    if flight.ends_at > flight.starts_at:
        market = read_market(flight=flight, reserve=rule.reserve, now=now)
    share = read_share(is_everyone=definition.is_everyone, audience_size=audience_size)
    if market is None or share <= 0:
        why = Note.NOTHING_KNOWN if market is None else Note.AUDIENCE_SMALL
        return Forecast(None, None, None, None, holdout=rule.holdout, notes=(why,))
    predicted = predict_lately(note_id=note_id, author_id=author_id, goal=goal, now=now)
    ask = Ask(
        budget=budget * micro,
        starts=hours_since_1970(flight.starts_at),
        ends=hours_since_1970(flight.ends_at),
        share=share,
        reserve=rule.reserve,
        most=rule.most_reserves * rule.reserve,
        cap=rule.cap,
        quality=predicted.quality,
        rate=predicted.rate,
        low=predicted.low,
        high=predicted.high,
        known=predicted.known,
        micro_of_minor=micro,
    )
    return _with_holdout(market, ask, rule, predicted)


def _with_holdout(market: Market, ask: Ask, rule: PromotionRule, predicted: Predicted) -> Forecast:
    """Return the forecast with the share held out that can show the smallest effect worth knowing.

    Holding out more than is usual must not cost reach: it is done only where the budget is spent all the
    same.
    """
    told = forecast(market, ask, holdout=rule.holdout)
    if told.impressions is None or told.people is None or not told.people.middle:
        return told
    plan = plan_holdout(
        impressions=told.impressions.middle,
        impressions_each=told.impressions.middle / told.people.middle,
        rate=predicted.rate,
        smallest_effect=rule.smallest_effect / OF,
    )
    if not plan.is_enough:
        return told.noting(Note.LIFT_UNSURE)
    if plan.share <= rule.holdout:
        return told
    more = forecast(market, ask, holdout=plan.share)
    if Note.BUDGET_TOO_LARGE in more.notes:
        return told.noting(Note.LIFT_UNSURE)
    return more
