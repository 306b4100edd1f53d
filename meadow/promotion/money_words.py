"""What money of orders is called: holds, charges and credits, accounts of the platform, news of them."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from meadow.core.money import Money, format_money
from meadow.ledger.purposes import Purpose
from meadow.ledger.reasons import Reason
from meadow.notifications.kinds import Kind

Params = Mapping[str, Any]


def _held(params: Params) -> str:
    return _("Held for promoting a note")


def _spent(params: Params) -> str:
    return _("Promoted a note, as far as it was shown")


def _coupon(params: Params) -> str:
    return _("Coupon for promoting a note")


def _credited(params: Params) -> str:
    return _("Credited: traffic that was charged and found invalid")


def _made_good(params: Params) -> str:
    return _("Made good: an impression cost more than the forecast said at worst")


def _say(params: Params, name: str) -> str:
    return format_money(Money(params[name], params["unit"]))


def _settled(params: Params) -> str:
    return _("Your promotion is settled: %(sum)s is back in your wallet") % {
        "sum": _say(params, "amount")
    }


def _settled_body(params: Params) -> str:
    count = params["impressions"]
    return ngettext(
        "%(count)s valid impression cost %(sum)s. Its page itemises what was held, charged and returned.",
        "%(count)s valid impressions cost %(sum)s. Its page itemises what was held, charged and returned.",
        count,
    ) % {"count": f"{count:,}", "sum": _say(params, "charged")}


def _credited_news(params: Params) -> str:
    return _("%(sum)s of a promotion is back in your wallet") % {"sum": _say(params, "amount")}


def _credited_body(params: Params) -> str:
    return _("It had been charged for traffic that was found invalid afterwards.")


def order_page(reference: str) -> str:
    """Return the address of an order's page."""
    return f"/promote/{reference}"


def _operator_page(reference: str) -> str:
    return f"/operator/promotion/orders/{reference}"


REASONS: Final = {
    "promotion.hold": Reason(_held, order_page, _operator_page),
    "promotion.spend": Reason(_spent, order_page, _operator_page, in_runs=True),
    "promotion.coupon": Reason(_coupon, order_page, _operator_page),
    "promotion.credit": Reason(_credited, order_page, _operator_page),
    "promotion.make_good": Reason(_made_good, order_page, _operator_page),
}
KINDS: Final = (
    Kind("promotion.settled", "wallet", "rocket", _settled, _settled_body, email=True),
    Kind("promotion.credited", "wallet", "undo-2", _credited_news, _credited_body, email=True),
)
PURPOSES: Final = {
    ("platform", "promotion"): Purpose(pgettext_lazy("what an account is for", "Promotion")),
    ("platform", "promotion coupons"): Purpose(
        pgettext_lazy("what an account is for", "Coupons for promotion")
    ),
}
