"""What payouts tell people: news, and what each line of a wallet's history is called."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils import formats
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from meadow.accounts.regions import list_region_codes, region_name
from meadow.core.money import Money, format_money
from meadow.ledger.purposes import Purpose
from meadow.ledger.reasons import Reason
from meadow.notifications.kinds import Kind

Params = Mapping[str, Any]


def _sum(params: Params) -> dict[str, str]:
    return {"sum": format_money(Money(params["amount"], params["unit"]))}


def _account(params: Params) -> dict[str, str]:
    return {"account": f"{params['bank'] or 'Stripe'} ({params['last4']})"}


def _paid(params: Params) -> str:
    return _("%(sum)s was paid out to you") % _sum(params)


def _paid_body(params: Params) -> str:
    return _("Your bank can take some days to show it.")


def _failed(params: Params) -> str:
    return _("Your payout of %(sum)s did not arrive") % _sum(params)


def _failed_body(params: Params) -> str:
    return _("Nothing is lost: it is sent again or put back into your wallet, and you hear of it.")


def _returned(params: Params) -> str:
    return _("%(sum)s is back in your wallet") % _sum(params)


def _returned_body(params: Params) -> str:
    return _("The payout did not arrive. Compare the account with your bank's, and ask again.")


def _held(params: Params) -> str:
    return _("Your payout of %(sum)s is held") % _sum(params)


def _held_body(params: Params) -> str:
    return _("The page says why, what would change it, and how to appeal.")


def _released(params: Params) -> str:
    return _("Your payout of %(sum)s is no longer held") % _sum(params)


def _released_body(params: Params) -> str:
    return _("It leaves with the next batch.")


def _added(params: Params) -> str:
    return _("A payout account was added: %(account)s") % _account(params)


def _added_body(params: Params) -> str:
    return _("If that was not you, remove it, and change your password now.")


def _removed(params: Params) -> str:
    return _("A payout account was removed: %(account)s") % _account(params)


def _removed_body(params: Params) -> str:
    return _("If that was not you, change your password now.")


def _verified(params: Params) -> str:
    return _("Your payout account is verified: %(account)s") % _account(params)


def _verified_body(params: Params) -> str:
    day = formats.date_format(dt.date.fromisoformat(params["day"]), "DATE_FORMAT")
    return _("You can be paid to it from %(day)s on.") % {"day": day}


def _refused(params: Params) -> str:
    return _("Your payout account was refused: %(account)s") % _account(params)


def _asked(params: Params) -> str:
    return _("Payout")


def _back(params: Params) -> str:
    return _("Payout that came back")


def _paid_line(params: Params) -> str:
    return _("Payout that was paid")


def _bounced_line(params: Params) -> str:
    return _("Payout that the bank sent back")


def _payout_page(reference: str) -> str:
    return f"/wallet/payouts/{reference}"


def _operator_page(reference: str) -> str:
    return f"/operator/payouts/{reference}"


def list_purposes() -> Iterator[tuple[tuple[str, str], Purpose]]:
    """Yield what the accounts of payouts are called: what is withheld has one for each region."""
    way = pgettext_lazy("what an account is for", "Payouts on their way")
    yield ("platform", "payouts on their way"), Purpose(way)
    fees = pgettext_lazy("what an account is for", "Payout fees")
    yield ("platform", "payout fees"), Purpose(fees, role="fee")
    for code in list_region_codes():
        yield (
            ("tax", f"withheld {code}"),
            Purpose(lazy(say_tax, str)(f"withheld {code}"), role="tax"),
        )


def say_tax(purpose: str) -> str:
    """Return what an account of what is withheld is called."""
    code = purpose.removeprefix("withheld ")
    region = {"region": region_name(code) or code}
    return pgettext("what an account is for", "Tax withheld: %(region)s") % region


REASONS: Final = {
    "payouts.asked": Reason(_asked, _payout_page, _operator_page),
    "payouts.paid": Reason(_paid_line, _payout_page, _operator_page),
    "payouts.bounced": Reason(_bounced_line, _payout_page, _operator_page),
    "payouts.back": Reason(_back, _payout_page, _operator_page),
}
KINDS: Final = (
    Kind("payouts.paid", "wallet", "wallet", _paid, _paid_body, email=True),
    Kind("payouts.failed", "wallet", "triangle-alert", _failed, _failed_body, email=True),
    Kind("payouts.returned", "wallet", "undo-2", _returned, _returned_body, email=True),
    Kind("payouts.held", "wallet", "hourglass", _held, _held_body, email=True),
    Kind("payouts.released", "wallet", "wallet", _released, _released_body, email=True),
    Kind("payouts.method_added", "wallet", "shield-check", _added, _added_body, email=True),
    Kind("payouts.method_removed", "wallet", "shield-check", _removed, _removed_body, email=True),
    Kind(
        "payouts.method_verified", "wallet", "shield-check", _verified, _verified_body, email=True
    ),
    Kind("payouts.method_refused", "wallet", "circle-x", _refused, _held_body, email=True),
)
