"""A forecast in the reader's language: the day, the interval, the method by name."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from meadow.programs.forecast import BOOTSTRAP, CALENDAR, FEWEST_DAYS, Forecast

METHODS: Final[Mapping[str, str | Promise]] = {
    BOOTSTRAP: gettext_lazy("Weeks of your own last days, drawn again and again (%(method)s)"),
    CALENDAR: gettext_lazy("The calendar (%(method)s)"),
}


@dataclass(frozen=True, slots=True)
class ForecastWords:
    """What a forecast says: a sentence, the day it names (or None), and how it was made."""

    text: str
    day: dt.date | None = None
    method: str = ""


def say_forecast(forecast: Forecast, *, now: dt.datetime) -> ForecastWords:
    """Return a forecast in words; an empty text where the criterion is met."""
    if forecast.verdict == "met":
        return ForecastWords("")
    if forecast.verdict != "day" or forecast.days is None or forecast.low is None:
        return ForecastWords(_say_none(forecast))
    day = (now + dt.timedelta(days=forecast.days)).date()
    said = {
        "date": date_format(day, "DATE_FORMAT"),
        "days": _days(forecast.days),
        "low": forecast.low,
        "high": forecast.high,
        "based_on": _days(forecast.based_on),
    }
    if forecast.method == CALENDAR:
        text = _("In %(days)s, on %(date)s.") % said
    elif forecast.high is None:
        text = (
            _(
                "At the pace of the last %(based_on)s about %(days)s, so on %(date)s; with 80 %%"
                " confidence in %(low)s days or later, perhaps in more than a year."
            )
            % said
        )
    else:
        text = (
            _(
                "At the pace of the last %(based_on)s about %(days)s, so on %(date)s; with 80 %%"
                " confidence in %(low)s to %(high)s days."
            )
            % said
        )
    return ForecastWords(text, day=day, method=_say_method(forecast.method))


def _say_none(forecast: Forecast) -> str:
    if forecast.verdict == "beyond":
        return _("At the current pace it takes more than a year.")
    if forecast.verdict == "not_at_this_pace":
        return _("At the current pace it is not met: the figure does not move that way.")
    if forecast.verdict == "too_little_history":
        return _(
            "No forecast yet: it takes %(needed)s full days of history, and there are %(known)s."
        ) % {"needed": FEWEST_DAYS, "known": forecast.based_on}
    return _("No forecast: this does not change at a pace.")


def _say_method(method: str) -> str:
    return str(METHODS.get(method, "%(method)s")) % {"method": method}


def _days(count: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": f"{count:,}"}
