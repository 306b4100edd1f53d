"""What wallets tell people: news, and what each line of a history is called; words are made when read."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from meadow.core.money import Money, format_money
from meadow.ledger.purposes import Purpose
from meadow.ledger.reasons import Reason
from meadow.notifications.kinds import Kind

Params = Mapping[str, Any]


def _sum(params: Params) -> dict[str, str]:
    return {"sum": format_money(Money(params["amount"], params["unit"]))}


def _topped_up(params: Params) -> str:
    return _("%(sum)s came into your wallet") % _sum(params)


def _topped_up_body(params: Params) -> str:
    return _("It is there to spend now.")


def _refunded(params: Params) -> str:
    return _("%(sum)s goes back to you") % _sum(params)


def _refunded_body(params: Params) -> str:
    return _("It returns the way you paid, which can take your bank some days.")


def _is_low(params: Params) -> str:
    return _("Your wallet is down to %(sum)s") % _sum(params)


def _is_low_body(params: Params) -> str:
    below = format_money(Money(params["below"], params["unit"]))
    return _("You asked to be told below %(below)s. Top up to carry on.") % {"below": below}


def _limit_raised(params: Params) -> str:
    return _("What may go out of your wallet rises in 24 hours")


def _limit_raised_body(params: Params) -> str:
    return _("If this was not you, set it lower on the wallet page now: that holds at once.")


def _top_up(params: Params) -> str:
    return _("Top-up")


def _refund(params: Params) -> str:
    return _("Refund, back the way you paid")


def _refund_done(params: Params) -> str:
    return _("Refund that has reached the payment service")


def _refund_back(params: Params) -> str:
    return _("Refund that did not go through")


def _payment_page(reference: str) -> str:
    return f"/wallet/payments/{reference}"


def _operator_page(reference: str) -> str:
    return f"/operator/payments/{reference}"


REASONS: Final = {
    "payments.top_up": Reason(_top_up, _payment_page, _operator_page),
    "payments.refund_asked": Reason(_refund, _payment_page, _operator_page),
    "payments.refund_done": Reason(_refund_done, _payment_page, _operator_page),
    "payments.refund_back": Reason(_refund_back, _payment_page, _operator_page),
}
PURPOSES: Final = {
    ("person", "wallet"): Purpose(pgettext_lazy("what an account is for", "Wallet")),
    ("platform", "refunds on their way"): Purpose(
        pgettext_lazy("what an account is for", "Refunds on their way")
    ),
}
KINDS: Final = (
    Kind("wallet.low", "wallet", "wallet", _is_low, _is_low_body, email=True),
    Kind("wallet.topped_up", "wallet", "wallet", _topped_up, _topped_up_body, email=True),
    Kind(
        "wallet.limit_raised",
        "wallet",
        "shield-check",
        _limit_raised,
        _limit_raised_body,
        email=True,
    ),
    Kind("wallet.refunded", "wallet", "undo-2", _refunded, _refunded_body, email=True),
)
