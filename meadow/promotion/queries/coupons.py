"""Which coupon a buyer may use for an order, and what it pays."""

import datetime as dt

from django.db.models import Q, QuerySet
from django.utils.formats import date_format

from meadow.promotion.errors.coupons import (
    CouponEarly,
    CouponForLarger,
    CouponOfOtherUnit,
    CouponOver,
    CouponUnusable,
    CouponUsed,
    CouponUsedUp,
)
from meadow.promotion.models import Coupon, CouponUse
from meadow.promotion.words import say_sum


def quote_coupon(*, code: str, buyer_id: int, unit: str, budget: int, now: dt.datetime) -> int:
    """Return what a coupon would pay of a budget, in minor units; 0 for no code.

    Raises CouponUnusable, of the kind that says why.
    """
    if not code:
        return 0
    found = open_coupons(code=code, buyer_id=buyer_id, unit=unit, now=now).first()
    if found is None:
        raise why_unusable(code=code, buyer_id=buyer_id, unit=unit, now=now)
    if found.least > budget:
        raise CouponForLarger(least=say_sum(found.least, unit))
    return found.amount


def open_coupons(*, code: str, buyer_id: int, unit: str, now: dt.datetime) -> QuerySet[Coupon]:
    """Return the coupon of a code where this buyer may use it now, whatever the order's budget."""
    used = CouponUse.objects.filter(person_id=buyer_id).values("coupon_id")
    return (
        _coupons_for(buyer_id, code)
        .filter(unit=unit, uses_left__gt=0, starts_at__lte=now, ends_at__gt=now)
        .exclude(pk__in=used)
    )


def why_unusable(*, code: str, buyer_id: int, unit: str, now: dt.datetime) -> CouponUnusable:
    """Return why `open_coupons` found none; whatever stood against a coupon a moment ago, it is used up."""
    coupon = _coupons_for(buyer_id, code).first()
    if coupon is None:
        return CouponUnusable()
    if coupon.uses.filter(person_id=buyer_id).exists():
        return CouponUsed()
    if coupon.ends_at <= now:
        return CouponOver(moment=date_format(coupon.ends_at, "DATETIME_FORMAT"))
    if coupon.starts_at > now:
        return CouponEarly(moment=date_format(coupon.starts_at, "DATETIME_FORMAT"))
    return CouponOfOtherUnit(unit=coupon.unit) if coupon.unit != unit else CouponUsedUp()


def _coupons_for(buyer_id: int, code: str) -> QuerySet[Coupon]:
    # As coupons are made: whoever types one in small letters means the same.
    mine = Q(person_id=None) | Q(person_id=buyer_id)
    return Coupon.objects.filter(mine, code=code.strip().upper())


def coupon_of(order_id: int) -> str:
    """Return the code of the coupon that an order used, "" for none."""
    use = CouponUse.objects.filter(order_id=order_id).values_list("coupon__code", flat=True)
    return use.first() or ""
