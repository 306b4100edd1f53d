"""Charging orders for what the warehouse counted: up from what is held, down back to the wallet, once.

What an order owes is a fold of one figure (`reckoning`), and moves in the transaction that notes it,
under the lock of the order's row: run twice, at once or killed anywhere, it moves once.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from django.db.models import F, Q

from meadow.core.ids import new_id
from meadow.core.transactions import transaction, transaction_required
from meadow.ledger.queries import read_holds
from meadow.ledger.records import Capture, Draft, HoldRest, Leg
from meadow.ledger.services import open_account, post_transfers
from meadow.notifications.services import notify
from meadow.promotion.forecasts import forecast_from_json
from meadow.promotion.models import Delivered, Order, OrderHold, OrderStep
from meadow.promotion.money_words import order_page
from meadow.promotion.reckoning import Account, Reckoned, make_good, reckon
from meadow.promotion.services.holding import count_what_stays, hold_again, sum_taken
from meadow.promotion.services.steps import add_step

# More in one transaction would keep buyers who change their orders waiting for longer.
ORDERS_AT_ONCE: Final = 200
INVALID: Final = "invalid"


@dataclass
class Standing:
    """An order that is locked, with its holds, the oldest first, and what the ledger says of them."""

    order: Order
    price: int
    impressions: int
    holds: list[OrderHold]
    rests: Mapping[int, HoldRest]
    moved: list[OrderHold] = field(default_factory=list)

    def account(self) -> Account:
        """Return how the order stands, in figures."""
        order = self.order
        return Account(
            unit=order.unit,
            budget=order.budget,
            discount=order.discount,
            charged=order.charged,
            taken=sum_taken(self.holds),
            returned=order.returned,
            held=sum(self.rests[one.hold_id].left for one in self.holds),
            settled=order.settled_at is not None,
        )

    @property
    def wallet(self) -> int:
        """The ledger's account of the wallet that pays: all holds of an order are on one."""
        return self.rests[self.holds[0].hold_id].account_id


def charge_delivered(*, order_id: int, now: dt.datetime) -> None:
    """Charge one order for what it was delivered by now; again changes nothing."""
    with transaction():
        charge_orders(lock_orders([order_id]), now=now)


def charge_due(*, now: dt.datetime) -> int:
    """Charge every order whose delivery differs from what was charged; returns how many there were."""
    unsettled = Delivered.objects.filter(~Q(price=F("settled_price"))).order_by("order_id")
    due = list(unsettled.values_list("order_id", flat=True))
    for start in range(0, len(due), ORDERS_AT_ONCE):
        with transaction():
            charge_orders(lock_orders(due[start : start + ORDERS_AT_ONCE]), now=now)
    return len(due)


@transaction_required
def lock_orders(order_ids: Sequence[int]) -> list[Order]:
    """Return orders that nobody else changes until the use case ends."""
    found = Order.objects.select_for_update(of=["self"], no_key=True).select_related("rule")
    return list(found.filter(pk__in=order_ids).order_by("pk"))


@transaction_required
def charge_orders(orders: Sequence[Order], *, now: dt.datetime, settling: bool = False) -> None:
    """Charge locked orders for what they were delivered by now, all in one posting.

    `settling`: what impressions cost above the worst that buyers were told goes back in the same one.
    """
    standings = _read_standings(orders, now=now)
    reckoned = [
        (one, _reckon(one, settling=settling))
        for one in standings
        if not _is_past_credit(one.order, now)
    ]
    books = {unit: _open_books(unit, now) for unit in {order.unit for order in orders}}
    drafts = [draft for one, due in reckoned for draft in _moves(one, due, books[one.order.unit])]
    post_transfers(drafts=drafts, now=now)
    for one, due in reckoned:
        _note(one, due, now)
    OrderHold.objects.bulk_update([hold for one in standings for hold in one.moved], ["captured"])
    Order.objects.bulk_update(orders, ["charged", "returned", "absorbed"])
    marked = [Delivered(pk=one.order.pk, settled_price=one.price) for one in standings]
    Delivered.objects.bulk_update(marked, ["settled_price"])


@transaction_required
def _read_standings(orders: Sequence[Order], *, now: dt.datetime) -> list[Standing]:
    """Return how locked orders stand, each at its place."""
    ids = [order.pk for order in orders]
    # Locked in the order in which everybody locks them, so that nobody waits in a circle.
    rows = Delivered.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    counted = {one.pk: (one.price, one.impressions) for one in rows}
    holds: dict[int, list[OrderHold]] = {one: [] for one in ids}
    for hold in OrderHold.objects.filter(order_id__in=ids).order_by("pk"):
        holds[hold.order_id].append(hold)
    rests = read_holds([hold.hold_id for one in holds.values() for hold in one], now=now)
    return [
        Standing(order, *counted.get(order.pk, (0, 0)), holds=holds[order.pk], rests=rests)
        for order in orders
    ]


def _reckon(one: Standing, *, settling: bool) -> Reckoned:
    due = reckon(one.account(), price=one.price)
    told = forecast_from_json(one.order.forecast) if settling else None
    if told is None or told.cost is None:
        return due
    return make_good(
        one.account(),
        due,
        impressions=one.impressions,
        worst=told.cost.high,
        share=one.order.rule.makegood,
    )


def _is_past_credit(order: Order, now: dt.datetime) -> bool:
    """Whether an order is settled and what is found invalid by now is no longer given back."""
    if order.settled_at is None or order.ended_at is None:
        return False
    return order.ended_at + dt.timedelta(days=order.rule.credit_days) < now


@transaction_required
def _open_books(unit: str, now: dt.datetime) -> tuple[int, int]:
    """Return the platform's accounts of what promotion earns, and of what coupons pay."""
    return (
        open_account(kind="platform", purpose="promotion", unit=unit, now=now),
        open_account(kind="platform", purpose="promotion coupons", unit=unit, now=now),
    )


def _moves(one: Standing, due: Reckoned, books: tuple[int, int]) -> list[Draft]:
    """Return the transfers that bring an order to what it owes."""
    order, (platform, coupons) = one.order, books
    drafts: list[Draft] = []
    if due.coupon:
        legs = (Leg(coupons, -due.coupon), Leg(platform, due.coupon))
        drafts.append(_draft(order, "promotion.coupon", legs))
    if due.wallet < 0:
        legs = (Leg(platform, due.wallet), Leg(one.wallet, -due.wallet))
        drafts.append(_draft(order, "promotion.credit", legs))
    for hold, part in _parts(one, due.wallet):
        legs = (Leg(one.wallet, -part), Leg(platform, part))
        drafts.append(_draft(order, "promotion.spend", legs, Capture(hold.hold_id, part)))
        hold.captured += part
        one.moved.append(hold)
    if due.made_good:
        legs = (Leg(platform, -due.made_good), Leg(one.wallet, due.made_good))
        drafts.append(_draft(order, "promotion.make_good", legs))
    return drafts


def _parts(one: Standing, amount: int) -> list[tuple[OrderHold, int]]:
    """Return what each hold pays of an amount, the oldest first."""
    parts = []
    for hold in one.holds:
        part = min(one.rests[hold.hold_id].left, amount)
        if part > 0:
            parts.append((hold, part))
            amount -= part
    return parts


def _draft(
    order: Order,
    reason: Literal[
        "promotion.coupon", "promotion.credit", "promotion.make_good", "promotion.spend"
    ],
    legs: tuple[Leg, ...],
    capture: Capture | None = None,
) -> Draft:
    key = f"promotion-{order.public_id}-{new_id('m')}"
    return Draft(key=key, reason=reason, legs=legs, reference=order.public_id, capture=capture)


@transaction_required
def _note(one: Standing, due: Reckoned, now: dt.datetime) -> None:
    """Bring an order to what was moved for it; what went back is said, with its reason."""
    order, back = one.order, -min(due.wallet, 0)
    credited = order.charged - due.charged
    order.charged, order.absorbed = due.charged, due.absorbed
    # What is credited before the end is settled stays held for the order.
    order.returned += due.made_good + (back if order.settled_at is not None else 0)
    if credited > 0:
        _credit(one, credited=credited, back=back, now=now)
    if due.made_good:
        made_good = {"amount": due.made_good, "unit": order.unit}
        add_step(order, OrderStep.Kind.MADE_GOOD, by=None, now=now, **made_good)


@transaction_required
def _credit(one: Standing, *, credited: int, back: int, now: dt.datetime) -> None:
    """Say what was credited: before an order is settled it is held for the rest of it again."""
    order = one.order
    is_free = order.settled_at is not None
    step = add_step(
        order,
        OrderStep.Kind.CREDITED,
        by=None,
        now=now,
        amount=credited,
        wallet=back,
        unit=order.unit,
        why=INVALID,
    )
    if back and not is_free:
        hold_again(order=order, account_id=one.wallet, amount=back, now=now)
    elif back:
        count_what_stays(order, one.holds)
        _tell(order, back, key=f"promotion-credited-{step.pk}", now=now)


@transaction_required
def _tell(order: Order, amount: int, *, key: str, now: dt.datetime) -> None:
    if order.buyer_id is not None:
        notify(
            person_id=order.buyer_id,
            kind="promotion.credited",
            params={"amount": amount, "unit": order.unit},
            url=order_page(order.public_id),
            key=key,
            now=now,
        )
