"""How orders end, and how what they did not spend goes back: at once, or once late impressions are in."""

import datetime as dt
from typing import Final

from django.db.models import DurationField, ExpressionWrapper, F, Q, Value

from meadow.core.events import publish
from meadow.core.transactions import transaction, transaction_required
from meadow.notifications.services import notify
from meadow.payments.limits import CURRENCIES
from meadow.promotion.events import OrderEnded
from meadow.promotion.models import Delivered, Order, OrderStep, Pace
from meadow.promotion.money_words import order_page
from meadow.promotion.reckoning import micro_of_minor
from meadow.promotion.services.charging import charge_orders, lock_orders
from meadow.promotion.services.coupons import give_coupon_back
from meadow.promotion.services.holding import release_rest
from meadow.promotion.services.steps import add_step

MINUTE: Final = dt.timedelta(minutes=1)
ENDED_AT_ONCE: Final = 500
LIVE: Final = (Order.State.REVIEW, Order.State.RUNNING, Order.State.PAUSED)
NOT_REVIEWED: Final = "not_reviewed"


@transaction_required
def end_order(
    *, order: Order, state: str, by: int | None, now: dt.datetime, why: str = "", **params: str
) -> None:
    """End an order, which is locked: rejected, cancelled or finished; `by` None is the platform.

    What it holds is free at once where nothing was ever lent for it, so that nothing can have been
    served, and its coupon can be used again; else `settle_due` gives the rest back. `why` is a code
    that its step keeps, with `params`.
    """
    order.state, order.ended_at = state, now
    order.save(update_fields=["state", "ended_at"])
    add_step(order, state, by=by, now=now, **({"why": why} if why else {}), **params)
    publish(OrderEnded(order=order.public_id, state=state, author=order.author_id))
    if not _was_served(order):
        settle_order(order, now=now)
        give_coupon_back(order)


def finish_due(*, now: dt.datetime) -> int:
    """End what is over by its time or has spent its budget; returns how many.

    One that nobody has reviewed by its end is cancelled.
    """
    over = Q(state__in=LIVE, ends_at__lte=now)
    for unit in CURRENCIES:
        # Less is left than the least that an impression costs.
        left = F("budget") * micro_of_minor(unit) - F("delivered__price")
        ids = Order.objects.alias(left=left).filter(
            Q(left__lt=F("rule__reserve")) | Q(absorbed__gt=0),
            unit=unit,
            state=Order.State.RUNNING,
        )
        over |= Q(pk__in=ids.values("pk"))
    due = list(Order.objects.filter(over).order_by("pk").values_list("pk", flat=True))
    return sum(_finish(one, over, now) for one in due[:ENDED_AT_ONCE])


def settle_due(*, now: dt.datetime, quiet: dt.datetime | None = None) -> int:
    """Give back what ended orders have left, once late impressions are counted; returns how many.

    Nothing is given back before the warehouse has counted all that came within the rule's minutes:
    while it is away, orders wait. Where nobody does anything its count stands still, though nothing is
    missing: `quiet` is the moment up to which it has counted then (`find_quiet`), None where it is behind.
    """
    waited = F("ended_at") + ExpressionWrapper(
        F("rule__settle_minutes") * Value(MINUTE), output_field=DurationField()
    )
    due = Order.objects.filter(ended_at__isnull=False, settled_at__isnull=True)
    counted = Q(delivered__as_of__gte=waited)
    if quiet is not None:
        counted |= Q(waited__lte=now, delivered__as_of__gte=quiet)
    ready = due.alias(waited=waited).filter(counted).order_by("pk")
    ids = list(ready.values_list("pk", flat=True)[:ENDED_AT_ONCE])
    return sum(_settle(one, now) for one in ids)


def is_settling(*, now: dt.datetime) -> bool:
    """Whether an order has ended and what it has left was not given back yet."""
    return Order.objects.filter(ended_at__lte=now, settled_at__isnull=True).exists()


def _finish(order_id: int, over: Q, now: dt.datetime) -> bool:
    with transaction():
        order = lock_orders([order_id])[0]
        # What was topped up may pay for what the platform would have borne.
        charge_orders([order], now=now)
        # Topped up, prolonged or ended by somebody else meanwhile.
        if not Order.objects.filter(over, pk=order_id).exists():
            return False
        if order.state == Order.State.REVIEW:
            state, why = Order.State.CANCELLED, NOT_REVIEWED
        else:
            state, why = Order.State.FINISHED, ""
        end_order(order=order, state=state, by=None, now=now, why=why)
    return True


def _settle(order_id: int, now: dt.datetime) -> bool:
    with transaction():
        order = lock_orders([order_id])[0]
        if order.settled_at is not None:
            return False
        settle_order(order, now=now)
    return True


@transaction_required
def settle_order(order: Order, *, now: dt.datetime) -> None:
    """Charge what an order still owes, give back the rest, and say all of it; the order is locked.

    From now on charges only fall.
    """
    charge_orders([order], now=now, settling=True)
    released = release_rest(order=order, now=now)
    order.settled_at = now
    order.save(update_fields=["settled_at"])
    _say_settled(order, released, now)


@transaction_required
def _say_settled(order: Order, released: int, now: dt.datetime) -> None:
    made_good = _sum_steps(order, OrderStep.Kind.MADE_GOOD)
    add_step(
        order,
        OrderStep.Kind.SETTLED,
        by=None,
        now=now,
        unit=order.unit,
        budget=order.budget,
        coupon=order.discount,
        coupon_used=min(order.charged, order.discount),
        charged=order.charged,
        credited=_sum_steps(order, OrderStep.Kind.CREDITED),
        made_good=made_good,
        absorbed=order.absorbed,
        amount=released + made_good,
    )
    if order.buyer_id is None or order.state == Order.State.REJECTED:
        return
    figures = Delivered.objects.filter(pk=order.pk).values_list("impressions", flat=True)
    notify(
        person_id=order.buyer_id,
        kind="promotion.settled",
        params={
            "impressions": figures.first() or 0,
            "charged": order.charged,
            "amount": released + made_good,
            "unit": order.unit,
        },
        url=order_page(order.public_id),
        key=f"promotion-settled-{order.public_id}",
        now=now,
    )


def _sum_steps(order: Order, kind: str) -> int:
    said = order.steps.filter(kind=kind).values_list("params", flat=True)
    return sum(int(params["amount"]) for params in said)


def _was_served(order: Order) -> bool:
    """Whether anybody can have been served an order: a web process was lent for it, or it was counted."""
    is_counted = Delivered.objects.filter(pk=order.pk, raw_impressions__gt=0).exists()
    # Loans of processes that ended are no longer there; what they served is.
    return is_counted or Pace.objects.filter(pk=order.pk).exclude(loans={}, served=0).exists()
