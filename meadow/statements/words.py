"""How statements are said: months, their state, accounts, times."""

import datetime as dt
from typing import Final

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meadow.ledger.purposes import say_purpose
from meadow.ledger.words import KIND_NAMES
from meadow.statements.months import Month, State

STATES: Final = {
    "running": gettext_lazy("Still running"),
    "settling": gettext_lazy("Just over, not closed yet"),
    "closed": gettext_lazy("Closed"),
}
TONES: Final = {"running": "sky", "settling": "straw", "closed": "clover"}
OUTSIDE: Final = frozenset({"platform", "provider", "tax", "escrow", "impressions"})


def say_month(month: Month) -> str:
    """Return a month in the reader's form: "November 2026"."""
    return date_format(month.first_day, "YEAR_MONTH_FORMAT")


def say_state(month: Month, state: State) -> str:
    """Return what may still happen to a month."""
    if state == "running":
        return _("The month is still running: more lines may come, and the closing balance moves.")
    if state == "settling":
        at = {"time": say_time(month.settled_at)}
        return _("The month is over. What began in it may still be booked until %(time)s.") % at
    return _("The month is closed: this statement never changes.")


def say_account(kind: str, purpose: str) -> str:
    """Return what an account of somebody else is called on a statement: never whose it is."""
    words = say_purpose(kind, purpose)
    return words if kind in OUTSIDE else f"{KIND_NAMES[kind]} · {words}"


def say_time(at: dt.datetime) -> str:
    """Return a time as statements say it, in the zone in which months are counted."""
    local = localtime(at)
    return f"{local:%Y-%m-%d %H:%M} {local.tzname()}"


def say_day(at: dt.datetime) -> str:
    """Return the day of a time, in the zone in which months are counted."""
    return f"{localtime(at):%Y-%m-%d}"
