"""What a person is told of their appeals, and those who may answer of everybody's."""

import datetime as dt
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from meadow.decisions.appeal_services import ANSWERED, OPENED, OVERDUE
from meadow.notifications.kinds import Kind, Params


def _title(params: Params) -> str:
    return _("Your appeal was granted") if params["granted"] else _("Your appeal was refused")


def _body(params: Params) -> str:
    if params["granted"]:
        return _("The decision no longer stands. The answer says why.")
    return _("The decision stands. The answer says why.")


def _say_opened(params: Params) -> str:
    return _("Somebody appeals against a decision")


def _say_due(params: Params) -> str:
    return _("An answer is due by %(day)s.") % {"day": _day(params)}


def _say_overdue(params: Params) -> str:
    return _("An appeal is overdue")


def _say_missed(params: Params) -> str:
    return _("The answer was due by %(day)s, and somebody still waits for it.") % {
        "day": _day(params)
    }


def _day(params: Params) -> str:
    return date_format(dt.datetime.fromisoformat(params["due"]), "DATE_FORMAT")


KINDS: Final = (
    Kind(
        key=ANSWERED,
        group="decisions",
        icon="message-circle",
        title=_title,
        body=_body,
        email=True,
    ),
    Kind(
        key=OPENED,
        group="keeping_order",
        icon="message-circle",
        title=_say_opened,
        body=_say_due,
        email=True,
    ),
    Kind(
        key=OVERDUE,
        group="keeping_order",
        icon="triangle-alert",
        title=_say_overdue,
        body=_say_missed,
        email=True,
    ),
)
