"""What buyers are told of reviews, and of pauses that are not theirs."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from meadow.core.money import Money, format_money
from meadow.notifications.kinds import Kind
from meadow.promotion.review_words import say_finding, say_rejection

Params = Mapping[str, Any]


def _sum(params: Params) -> dict[str, str]:
    return {"sum": format_money(Money(params["amount"], params["unit"]))}


def _approved(params: Params) -> str:
    return _("Your order of %(sum)s is approved") % _sum(params)


def _approved_body(params: Params) -> str:
    return _("It is shown from its start on. The time that it waited is added to its end.")


def _rejected(params: Params) -> str:
    return _("Your order of %(sum)s was not approved") % _sum(params)


def _rejected_body(params: Params) -> str:
    why = say_rejection(params["why"])[0]
    return _("%(why)s All of your money is back. The page says what would change it.") % {
        "why": why
    }


def _waits(params: Params) -> str:
    return _("Your order of %(sum)s waits to be looked at again") % _sum(params)


def _waits_body(params: Params) -> str:
    return _("It was changed, and a person looks before it is shown again. Nothing is charged.")


def _paused(params: Params) -> str:
    return _("Your order of %(sum)s is paused") % _sum(params)


def _paused_body(params: Params) -> str:
    why = say_finding(params["why"], {})
    return _("%(why)s Nobody is shown it and nothing is charged meanwhile.") % {"why": why}


def _resumed(params: Params) -> str:
    return _("Your order of %(sum)s goes on") % _sum(params)


def _resumed_body(params: Params) -> str:
    return _("What had kept it from view is over. Its end stays where it was.")


def _granted(params: Params) -> str:
    return _("Your order of %(sum)s may be shown after all") % _sum(params)


def _granted_body(params: Params) -> str:
    return _("Its money is back with you: repeat the order on its page, and it starts at once.")


KINDS: Final = (
    Kind("promotion.approved", "promotion", "circle-check", _approved, _approved_body, email=True),
    Kind("promotion.rejected", "promotion", "circle-x", _rejected, _rejected_body, email=True),
    Kind("promotion.waits", "promotion", "hourglass", _waits, _waits_body, email=True),
    Kind("promotion.paused", "promotion", "pause", _paused, _paused_body, email=True),
    Kind("promotion.resumed", "promotion", "rocket", _resumed, _resumed_body, email=True),
    Kind("promotion.granted", "promotion", "rocket", _granted, _granted_body, email=True),
)
