"""Coupons of orders: used by one statement, given back where the order never ran."""

import datetime as dt

from django.db.models import F

from meadow.core.transactions import transaction_required
from meadow.promotion.models import Coupon, CouponUse, Order
from meadow.promotion.queries.coupons import open_coupons, quote_coupon, why_unusable


@transaction_required
def take_coupon(
    *, code: str, buyer_id: int, unit: str, budget: int, now: dt.datetime
) -> Coupon | None:
    """Take one use of a coupon, None for no code. Raises CouponUnusable."""
    if not code:
        return None
    quote_coupon(code=code, buyer_id=buyer_id, unit=unit, budget=budget, now=now)
    if not _count_use(code=code, buyer_id=buyer_id, unit=unit, budget=budget, now=now):
        raise why_unusable(code=code, buyer_id=buyer_id, unit=unit, now=now)
    return Coupon.objects.get(code=code.strip().upper())


@transaction_required
def _count_use(*, code: str, buyer_id: int, unit: str, budget: int, now: dt.datetime) -> bool:
    """Count a use where one is left: of two who ask for the last, one is told no."""
    usable = open_coupons(code=code, buyer_id=buyer_id, unit=unit, now=now)
    return bool(usable.filter(least__lte=budget).update(uses_left=F("uses_left") - 1))


@transaction_required
def note_use(*, coupon: Coupon, order: Order, now: dt.datetime) -> None:
    """Note which order a use was for."""
    CouponUse.objects.create(coupon=coupon, person_id=order.buyer_id, order=order, used_at=now)


@transaction_required
def give_coupon_back(order: Order) -> bool:
    """Let the buyer of an order that was never shown use its coupon again; whether there was one."""
    use = CouponUse.objects.filter(order=order).first()
    if use is None:
        return False
    Coupon.objects.filter(pk=use.coupon_id).update(uses_left=F("uses_left") + 1)
    use.delete()
    return True
