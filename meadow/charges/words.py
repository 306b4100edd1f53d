"""How charges are called: their states, news of them, and what moves in the ledger."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from meadow.core.money import Money, format_money
from meadow.ledger.purposes import Purpose
from meadow.ledger.reasons import Reason
from meadow.notifications.kinds import Kind
from meadow.payments.links import WalletLink

Params = Mapping[str, Any]

STATES: Final[dict[str, tuple[str | Promise, str, str]]] = {
    "asked": (pgettext_lazy("charge", "Waits for an answer"), "sky", "hourglass"),
    "agreed": (pgettext_lazy("charge", "Agreed, held"), "straw", "lock"),
    "declined": (pgettext_lazy("charge", "Declined"), "poppy", "circle-x"),
    "captured": (pgettext_lazy("charge", "Paid"), "clover", "circle-check"),
    "voided": (pgettext_lazy("charge", "Called off"), "poppy", "ban"),
    "expired": (pgettext_lazy("charge", "Over"), "sky", "clock"),
}


def _words(params: Params) -> dict[str, str]:
    return {
        "sum": format_money(Money(params["amount"], params["unit"])),
        "title": str(params["title"]),
    }


def _asked(params: Params) -> str:
    return _("You are asked for up to %(sum)s: %(title)s") % _words(params)


def _asked_body(params: Params) -> str:
    return _("Nothing moves unless you agree. Look at what it is for first.")


def _agreed(params: Params) -> str:
    return _("Agreed, up to %(sum)s: %(title)s") % _words(params)


def _agreed_body(params: Params) -> str:
    return _("It is held and can be captured until its end.")


def _declined(params: Params) -> str:
    return _("Declined, %(sum)s: %(title)s") % _words(params)


def _declined_body(params: Params) -> str:
    return _("Nothing was held.")


def _captured(params: Params) -> str:
    return _("%(sum)s was paid from your wallet: %(title)s") % _words(params)


def _captured_body(params: Params) -> str:
    return _("You had agreed to it. Its page says what is still held.")


def _returned(params: Params) -> str:
    return _("%(sum)s is back in your wallet: %(title)s") % _words(params)


def _returned_body(params: Params) -> str:
    return _("It is there to spend now.")


def _held(params: Params) -> str:
    return _("Held for: %(title)s") % {"title": params["title"]}


def _paid(params: Params) -> str:
    return _("Paid: %(title)s") % {"title": params["title"]}


def _given_back(params: Params) -> str:
    return _("Given back: %(title)s") % {"title": params["title"]}


def _page(reference: str) -> str:
    return f"/wallet/charges/{reference}"


def _operator_page(reference: str) -> str:
    return f"/operator/charges/{reference}"


REASONS: Final = {
    "charges.hold": Reason(
        _held, _page, _operator_page, gettext_lazy("Held for something you agreed to")
    ),
    "charges.capture": Reason(_paid, _page, _operator_page, gettext_lazy("Paid after you agreed")),
    "charges.return": Reason(
        _given_back, _page, _operator_page, gettext_lazy("Given back of what you paid")
    ),
}
PURPOSES: Final = {
    ("platform", "charges"): Purpose(pgettext_lazy("what an account is for", "Charges")),
}
LINK: Final = WalletLink(
    "/wallet/charges", gettext_lazy("What you were asked to pay"), "receipt-text"
)
KINDS: Final = (
    Kind("charge.asked", "wallet", "wallet", _asked, _asked_body, email=True),
    Kind("charge.agreed", "wallet", "circle-check", _agreed, _agreed_body, email=False),
    Kind("charge.declined", "wallet", "circle-x", _declined, _declined_body, email=False),
    Kind("charge.captured", "wallet", "receipt-text", _captured, _captured_body, email=True),
    Kind("charge.returned", "wallet", "undo-2", _returned, _returned_body, email=True),
)
