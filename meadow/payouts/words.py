"""Payouts in words: states, why something is held or refused, why it failed. Codes are what is stored."""

from typing import Final

from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from meadow.payouts.records import MethodRecord

STATE_NAMES: Final[dict[str, str | Promise]] = {
    "asked": pgettext_lazy("payout", "Waits for the next batch"),
    "held": pgettext_lazy("payout", "Held"),
    "batched": pgettext_lazy("payout", "In a batch, being checked"),
    "approved": pgettext_lazy("payout", "Approved"),
    "sending": pgettext_lazy("payout", "Being sent"),
    "sent": pgettext_lazy("payout", "Sent to the bank"),
    "paid": pgettext_lazy("payout", "Paid"),
    "failed": pgettext_lazy("payout", "Did not arrive"),
    "returned": pgettext_lazy("payout", "Back in the wallet"),
}
STATE_TONES: Final = {"held": "straw", "paid": "clover", "failed": "poppy", "sent": "sky"}
METHOD_STATES: Final[dict[str, str | Promise]] = {
    "unverified": pgettext_lazy("payout account", "Not verified"),
    "asked": pgettext_lazy("payout account", "Being verified"),
    "verified": pgettext_lazy("payout account", "Verified"),
    "refused": pgettext_lazy("payout account", "Refused"),
    "removed": pgettext_lazy("payout account", "Removed"),
}
METHOD_TONES: Final = {"asked": "sky", "verified": "clover", "refused": "poppy"}
KIND_NAMES: Final[dict[str, str | Promise]] = {
    "bank": gettext_lazy("Bank account"),
    "stripe": gettext_lazy("Stripe account"),
}
PAYEE_KINDS: Final[dict[str, str | Promise]] = {
    "person": gettext_lazy("A private person"),
    "business": gettext_lazy("A business"),
}
SCHEDULES: Final[dict[str, str | Promise]] = {
    "never": gettext_lazy("Only when I ask"),
    "weekly": gettext_lazy("Every week"),
    "monthly": gettext_lazy("Every month"),
}
PERIODS: Final[dict[str, str | Promise]] = {
    "payout": gettext_lazy("Each payout by itself"),
    "month": gettext_lazy("All of a calendar month (UTC)"),
    "year": gettext_lazy("All of a calendar year (UTC)"),
}
# Why a payout is held: the sentence, and what would change it.
HOLD_REASONS: Final[dict[str, tuple[str | Promise, str | Promise]]] = {
    "origin": (
        gettext_lazy("We are checking where this money came from."),
        gettext_lazy("It leaves once that is clear. Tell us what you know in an appeal."),
    ),
    "account": (
        gettext_lazy("Something about the payout account needs another look."),
        gettext_lazy("Compare its details with your bank's, and add it anew where they differ."),
    ),
    "identity": (
        gettext_lazy("We need to be sure that it was you who asked for this."),
        gettext_lazy("Change your password, look at your sessions, and answer in an appeal."),
    ),
    "conduct": (
        gettext_lazy("A report about what this money was earned with is being looked at."),
        gettext_lazy("It leaves once the report is closed in your favour."),
    ),
}
METHOD_REASONS: Final[dict[str, tuple[str | Promise, str | Promise]]] = {
    "name": (
        gettext_lazy("The account is in another name than yours."),
        gettext_lazy("Add an account in your own name, or that of your business."),
    ),
    "missing": (
        gettext_lazy("The bank does not know this account."),
        gettext_lazy("Compare the number with your bank's, and add it anew."),
    ),
    "region": (
        gettext_lazy("We cannot pay to this country or region."),
        gettext_lazy("Add an account somewhere else."),
    ),
    "proof": (
        gettext_lazy("We could not verify that the account is yours."),
        gettext_lazy("Appeal, and say how we can verify it."),
    ),
}
FAILURES: Final[dict[str, str | Promise]] = {
    "account_closed": gettext_lazy("The account is closed."),
    "account_invalid": gettext_lazy("The account does not take payouts."),
    "balance_insufficient": gettext_lazy("Our account at the payment service was too low."),
    "reversed": gettext_lazy("The payment service took it back."),
    "canceled": gettext_lazy("You called it off."),
    "refused": gettext_lazy("The bank sent it back."),
}


def name_method(method: MethodRecord) -> str:
    """Return what a payout account is called: its bank and its end."""
    return f"{method.bank or KIND_NAMES[method.kind]} ({method.last4})"


def list_weekdays() -> list[str]:
    """Return the days of the week, Monday first, in the active language."""
    return [str(WEEKDAYS[day]) for day in range(7)]


def say_words_needed() -> str:
    """Return what to write when something is held."""
    return _("Choose a reason, and say in at most 500 characters what this is about.")


def say_failure(code: str) -> str:
    """Return why a payout did not arrive, in the active language; "" for one that did."""
    if not code:
        return ""
    found = FAILURES.get(code)
    return str(found) if found else _("The payment service said: %s") % code
