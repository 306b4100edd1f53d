"""What people are told about their record."""

from typing import Final

from django.utils.translation import gettext as _

from meadow.integrity.rulebook import get_rule
from meadow.notifications.kinds import Kind, Params


def _opened_title(params: Params) -> str:
    return _("A violation is on your record: %(rule)s") % {"rule": get_rule(params["rule"]).name}


def _opened_body(params: Params) -> str:
    return _("See what was recorded, what mends it, and whom to ask if it is wrong.")


def _closed_title(params: Params) -> str:
    said = _("A violation on your record is closed: %(rule)s")
    return said % {"rule": get_rule(params["rule"]).name}


def _closed_body(params: Params) -> str:
    if params["reason"] == "mistaken":
        return _("It should not have been recorded, and counts for nothing any more.")
    return _("It has been set right, or its time is over. It no longer counts against you.")


KINDS: Final = (
    Kind(
        key="integrity.violation_opened",
        group="record",
        icon="triangle-alert",
        title=_opened_title,
        body=_opened_body,
        email=True,
    ),
    Kind(
        key="integrity.violation_closed",
        group="record",
        icon="circle-check",
        title=_closed_title,
        body=_closed_body,
        email=True,
    ),
)
