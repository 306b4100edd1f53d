"""Telling people that their wallet is low: once, until there is enough in it again."""

import datetime as dt
from typing import Final

from meadow.core.transactions import transaction
from meadow.ledger.queries import funds_of_owners
from meadow.notifications.services import Notice, notify_many
from meadow.payments.errors import UnitNotTaken
from meadow.payments.limits import CURRENCIES
from meadow.payments.models import BalanceNotice

LOOKED_AT_ONCE: Final = 500


def set_notice(*, person_id: int, unit: str, below: int | None) -> None:
    """Have a person told when less than `below` minor units are free; None: not any more.

    Raises UnitNotTaken; ValueError for what is not above zero.
    """
    if unit not in CURRENCIES:
        raise UnitNotTaken
    if below is not None and below <= 0:
        raise ValueError("a wallet is low below something")
    with transaction():
        own = BalanceNotice.objects.filter(person_id=person_id, unit=unit)
        if below is None:
            own.delete()
        else:
            BalanceNotice.objects.update_or_create(
                person_id=person_id, unit=unit, defaults={"below": below, "told_at": None}
            )


def tell_of_low(*, now: dt.datetime) -> int:
    """Tell everybody whose wallet has become low since the last look; returns how many."""
    told, after = 0, 0
    while True:
        with transaction():
            chosen = BalanceNotice.objects.select_for_update().filter(pk__gt=after).order_by("pk")
            some = list(chosen[:LOOKED_AT_ONCE])
            told += _tell(some, now)
        if len(some) < LOOKED_AT_ONCE:
            return told
        after = some[-1].pk


def _tell(notices: list[BalanceNotice], now: dt.datetime) -> int:
    owners = [str(one.person_id) for one in notices]
    funds = funds_of_owners(kind="person", purpose="wallet", owners=owners)
    changed, news = [], []
    for one in notices:
        # Who never had anything in a currency is not down to nothing in it.
        own = [each for each in funds.get(str(one.person_id), ()) if each.unit == one.unit]
        is_low = bool(own) and own[0].available < one.below
        if is_low and one.told_at is None:
            news.append(_notice(one, own[0].available, now))
        if is_low != (one.told_at is not None):
            one.told_at = now if is_low else None
            changed.append(one)
    BalanceNotice.objects.bulk_update(changed, ["told_at"])
    notify_many(notices=news, now=now)
    return len(news)


def _notice(one: BalanceNotice, available: int, now: dt.datetime) -> Notice:
    return Notice(
        person_id=one.person_id,
        kind="wallet.low",
        params={"amount": available, "unit": one.unit, "below": one.below},
        url=f"/wallet?unit={one.unit}",
        key=f"wallet-low-{one.unit}-{now.isoformat()}",
    )
