"""Payouts that have left a wallet and have neither arrived nor come back."""

from django.db.models import QuerySet

from meadow.core.waiting import Ask, Total, Waiting, add_up, oldest_first
from meadow.payouts.models import Payout

_UNDER_WAY = ("asked", "held", "batched", "approved", "sending", "sent")


def open_payouts(ask: Ask) -> list[Waiting]:
    """Return payouts under way with what leaves, by when they were asked for; `about` is the state."""
    found = oldest_first(_payouts(), ask, when="asked_at")
    return [Waiting(one.public_id, one.asked_at, one.net, one.unit, one.state) for one in found]


def sum_open_payouts(ask: Ask) -> list[Total]:
    """Return how many payouts are under way and how much leaves by them, by unit."""
    return add_up(_payouts(), ask, when="asked_at", amount="net", unit="unit")


def _payouts() -> "QuerySet[Payout]":
    return Payout.objects.filter(state__in=_UNDER_WAY)
