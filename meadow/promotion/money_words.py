"""What moves for orders of reach is called: holds, charges and credits, and accounts of the platform."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from meadow.ledger.purposes import Purpose
from meadow.ledger.reasons import Reason

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


def order_page(reference: str) -> str:
    """Return the address of an order's page."""
    return f"/promote/{reference}"


def _operator_page(reference: str) -> str:
    return f"/operator/promotion/orders/{reference}"


REASONS: Final = {
    "promotion.hold": Reason(_held, order_page, _operator_page),
    "promotion.spend": Reason(_spent, order_page, _operator_page),
    "promotion.coupon": Reason(_coupon, order_page, _operator_page),
    "promotion.credit": Reason(_credited, order_page, _operator_page),
    "promotion.make_good": Reason(_made_good, order_page, _operator_page),
}
PURPOSES: Final = {
    ("platform", "promotion"): Purpose(pgettext_lazy("what an account is for", "Promotion")),
    ("platform", "promotion coupons"): Purpose(
        pgettext_lazy("what an account is for", "Coupons for promotion")
    ),
}
