"""Which coupon a buyer may use for an order, and what it pays."""

import datetime as dt

from django.db.models import Q, QuerySet

from meadow.promotion.errors.orders import CouponForLarger, CouponUnusable
from meadow.promotion.models import Coupon, CouponUse
from meadow.promotion.words import say_sum


def quote_coupon(*, code: str, buyer_id: int, unit: str, budget: int, now: dt.datetime) -> int:
    """Return what a coupon would pay of a budget, in minor units; 0 for no code.

    Raises CouponUnusable, CouponForLarger.
    """
    if not code:
        return 0
    found = open_coupons(code=code, buyer_id=buyer_id, unit=unit, now=now).first()
    if found is None:
        raise CouponUnusable
    if found.least > budget:
        raise CouponForLarger(least=say_sum(found.least, unit))
    return found.amount


def open_coupons(*, code: str, buyer_id: int, unit: str, now: dt.datetime) -> QuerySet[Coupon]:
    """Return the coupon of a code where this buyer may use it now, whatever the order's budget."""
    used = CouponUse.objects.filter(person_id=buyer_id).values("coupon_id")
    return Coupon.objects.filter(
        Q(person_id=None) | Q(person_id=buyer_id),
        # As coupons are made: whoever types one in small letters means the same.
        code=code.strip().upper(),
        unit=unit,
        uses_left__gt=0,
        starts_at__lte=now,
        ends_at__gt=now,
    ).exclude(pk__in=used)


def coupon_of(order_id: int) -> str:
    """Return the code of the coupon that an order used, "" for none."""
    use = CouponUse.objects.filter(order_id=order_id).values_list("coupon__code", flat=True)
    return use.first() or ""
