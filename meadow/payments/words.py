"""Why a payment did not come in, in words: providers have a code for it."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meadow.core.money import UNITS, Money, format_money

FAILURES: Final = {
    "declined": gettext_lazy("The bank declined it."),
    "card_declined": gettext_lazy("The bank declined it."),
    "generic_decline": gettext_lazy("The bank declined it."),
    "insufficient_funds": gettext_lazy("There was not enough on the card."),
    "expired_card": gettext_lazy("The card has expired."),
    "incorrect_cvc": gettext_lazy("The card's security code was not right."),
    "payment_intent_authentication_failure": gettext_lazy("The bank's check did not go through."),
    "expired": gettext_lazy("It was not paid in time."),
    "canceled": gettext_lazy("It was called off."),
    "never_begun": gettext_lazy("The payment service was never reached."),
}

DIFFERENCES: Final = {
    "unknown_here": gettext_lazy("Came in there, and is not known here"),
    "not_booked": gettext_lazy("Came in there, and is not booked here"),
    "not_there": gettext_lazy("Booked here, and did not come in there"),
    "amount": gettext_lazy("Another amount came in than is booked"),
    "refunded": gettext_lazy("Another amount was given back than is booked"),
}


def say_failure(code: str) -> str:
    """Return why a payment failed, in the active language; "" for one that did not."""
    if not code:
        return ""
    found = FAILURES.get(code)
    return str(found) if found else _("The payment service did not take it (%s).") % code


def as_typed(minor: int | None, unit: str) -> str:
    """Return an amount as people type it, without its sign; "" for none."""
    if minor is None:
        return ""
    return format_money(Money(minor, unit)).removeprefix(UNITS[unit].sign)
