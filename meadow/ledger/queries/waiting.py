"""Open holds as they wait: all of them, and those whose end is past."""

from django.db.models import F, QuerySet

from meadow.core.waiting import Ask, Total, Waiting, add_up, oldest_first
from meadow.ledger.models import Account, Hold
from meadow.ledger.reasons import say_reason

_LEFT = F("amount") - F("captured")


def open_holds(ask: Ask, *, ended: bool = False) -> list[Waiting]:
    """Return open holds with what they have left, by when they began; `ended`: by when they end.

    `about` is the account's public id and, after a space, what the hold is for.
    """
    found = oldest_first(_open(), ask, when=_when(ended=ended))
    accounts = dict(
        Account.objects.filter(pk__in={one.account_id for one in found}).values_list(
            "pk", "public_id"
        )
    )
    return [
        Waiting(
            name=one.public_id,
            since=one.expires_at if ended else one.held_at,
            amount=one.amount - one.captured,
            unit=one.unit,
            about=f"{accounts[one.account_id]} {say_reason(one.reason, one.params)}",
        )
        for one in found
    ]


def sum_open_holds(ask: Ask, *, ended: bool = False) -> list[Total]:
    """Return how many holds are open and how much they have left, by unit."""
    return add_up(_open(), ask, when=_when(ended=ended), amount=_LEFT, unit="unit")


def _open() -> "QuerySet[Hold]":
    return Hold.objects.filter(state=Hold.State.OPEN)


def _when(*, ended: bool) -> str:
    return "expires_at" if ended else "held_at"
