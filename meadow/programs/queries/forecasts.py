"""By when somebody would meet a program's rule, at the pace of their own last weeks."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from meadow.programs.evaluation import evaluate, read_values
from meadow.programs.forecast import forecast_rule, read_forecasts
from meadow.programs.forecast_words import ForecastWords, say_forecast
from meadow.programs.queries.gathering import find_program, get_active_rule


@dataclass(frozen=True, slots=True)
class Outlook:
    """The forecast of a whole rule and of each unmet criterion, by key; `rule` None: it is met."""

    rule: ForecastWords | None
    criteria: Sequence[tuple[str, ForecastWords]]


def read_outlook(*, slug: str, person_id: int, now: dt.datetime) -> Outlook:
    """Return the forecasts of a program's rule in words. Raises ProgramMissing, EngineUnavailable."""
    active = get_active_rule(find_program(slug).pk)
    if active is None:
        return Outlook(rule=None, criteria=())
    values = read_values(rule=active.rule, person_ids=[person_id], now=now)[person_id]
    outcome = evaluate(rule=active.rule, values=values)
    if outcome.met:
        return Outlook(rule=None, criteria=())
    forecasts = read_forecasts(outcome=outcome, person_id=person_id, now=now)
    whole = forecast_rule(rule=active.rule, forecasts=forecasts)
    return Outlook(
        rule=say_forecast(whole, now=now),
        criteria=[
            (key, say_forecast(one, now=now))
            for key, one in forecasts.items()
            if key in outcome.blocking
        ],
    )
