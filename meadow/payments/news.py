"""The news that wallets give people, in words made when it is read."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from meadow.core.money import Money, format_money
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


KINDS: Final = (
    Kind("wallet.topped_up", "wallet", "wallet", _topped_up, _topped_up_body, email=True),
    Kind("wallet.refunded", "wallet", "undo-2", _refunded, _refunded_body, email=True),
)
