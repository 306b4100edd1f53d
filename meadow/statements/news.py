"""What people hear of statements; words are made when read."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from meadow.notifications.kinds import Kind
from meadow.statements.months import month_of
from meadow.statements.words import say_month

MONTH_OVER: Final = "wallet.statement"


def _title(params: Mapping[str, Any]) -> str:
    month = month_of(dt.date.fromisoformat(params["month"]))
    said = {"month": say_month(month), "unit": params["unit"]}
    return _("Your %(unit)s statement of %(month)s is there") % said


def _body(params: Mapping[str, Any]) -> str:
    return _("Every line of it from gross to net, to read, print or download.")


KINDS: Final = (Kind(MONTH_OVER, "wallet", "receipt-text", _title, _body, email=False),)
