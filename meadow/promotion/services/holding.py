"""What is held in a buyer's wallet for an order: once when placed, once a top-up, until it is settled."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from meadow.core.money import Money, format_money
from meadow.core.transactions import savepoint, transaction_required
from meadow.ledger.errors import InsufficientFunds
from meadow.ledger.queries import read_holds
from meadow.ledger.services import hold_funds, void_hold
from meadow.payments.queries import read_wallet
from meadow.payments.services import count_spend, lower_spend, wallet_account
from meadow.promotion.errors.money import BudgetNotCovered, HoldKeyTaken
from meadow.promotion.models import Order, OrderHold

# Holds are released when their order is settled. The clock ends those alone that nothing settled for
# so long after the last moment at which the order can end by its rule.
SPARE: Final = dt.timedelta(days=90)
# What was credited while an order runs is held again, as a hold of its own. Keys of buyers are
# printable ASCII: none of theirs begins so.
AGAIN: Final = "\N{ANTICLOCKWISE OPEN CIRCLE ARROW}"


@transaction_required
def hold_budget(*, order: Order, amount: int, key: str, now: dt.datetime) -> OrderHold:
    """Hold `amount` minor units more for an order in its buyer's wallet, once a key.

    The order is locked, or of this transaction; a coupon's part is not held. Raises BudgetNotCovered,
    HoldKeyTaken, SpendingOfDayUsed, SpendingOfMonthUsed.
    """
    known = order.holds.filter(key=key).first()
    if known is not None:
        if known.amount != amount:
            raise HoldKeyTaken
        return known
    if order.buyer_id is None:
        raise ValueError("nobody is left to hold it from")
    name = _name(order, order.holds.count())
    count_spend(person_id=order.buyer_id, unit=order.unit, amount=amount, key=name, now=now)
    account = wallet_account(person_id=order.buyer_id, unit=order.unit, now=now)
    try:
        with savepoint():
            return _hold(order, account, amount, key=key, name=name, now=now)
    except InsufficientFunds:
        raise _not_covered(order, amount) from None


@transaction_required
def hold_again(*, order: Order, account_id: int, amount: int, now: dt.datetime) -> OrderHold:
    """Hold what was just credited to a wallet for the rest of its order, which is locked."""
    name = _name(order, order.holds.count())
    return _hold(order, account_id, amount, key=f"{AGAIN} {name}", name=name, now=now)


def _hold(
    order: Order, account_id: int, amount: int, *, key: str, name: str, now: dt.datetime
) -> OrderHold:
    held = hold_funds(
        account_id=account_id,
        amount=amount,
        key=name,
        reason="promotion.hold",
        expires_at=_held_until(order, now),
        reference=order.public_id,
        now=now,
    )
    return OrderHold.objects.create(
        order=order, hold_id=held.id, amount=amount, key=key, held_at=now
    )


@transaction_required
def release_rest(*, order: Order, now: dt.datetime) -> int:
    """Set free what the holds of an order have left, and return how much that was.

    What was not taken no longer counts against what the buyer lets go out. The order is locked.
    """
    holds = list(order.holds.order_by("pk"))
    found = read_holds([one.hold_id for one in holds], now=now)
    left = {hold_id: one.left for hold_id, one in found.items() if one.left}
    for hold_id in left:
        void_hold(hold_id=hold_id, now=now)
    count_what_stays(order, holds)
    return sum(left.values())


@transaction_required
def count_what_stays(order: Order, holds: Sequence[OrderHold]) -> None:
    """Count only what was taken and not given back against what the buyer lets go out.

    `holds` are all of the order, the oldest first.
    """
    stays = sum_taken(holds) - order.returned
    for number, one in enumerate(holds):
        if not _is_again(one):
            part = min(one.amount, stays)
            lower_spend(key=_name(order, number), amount=part)
            stays -= part


def sum_taken(holds: Sequence[OrderHold]) -> int:
    """Return what the holds of an order paid, less what was credited and is held again."""
    return sum(one.captured - (one.amount if _is_again(one) else 0) for one in holds)


def _is_again(hold: OrderHold) -> bool:
    return hold.key.startswith(AGAIN)


def _name(order: Order, number: int) -> str:
    """Return what the hold of this number, from 0, is called in the ledger and by spending limits."""
    return f"promotion-{order.public_id}-{number}"


def _held_until(order: Order, now: dt.datetime) -> dt.datetime:
    rule = order.rule
    latest = now + dt.timedelta(days=rule.schedule_days, hours=rule.longest_hours)
    return max(order.ends_at, latest) + SPARE


def _not_covered(order: Order, amount: int) -> BudgetNotCovered:
    wallet = read_wallet(order.buyer_id) if order.buyer_id is not None else []
    free = {one.unit: one.available for one in wallet}
    return BudgetNotCovered(
        available=format_money(Money(free.get(order.unit, 0), order.unit)),
        needed=format_money(Money(amount, order.unit)),
    )
