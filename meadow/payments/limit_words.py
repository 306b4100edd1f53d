"""Limits in words."""

from typing import Any

from meadow.core.money import Money, format_money
from meadow.payments.records import BoundsRecord, SpendingRecord


def say_spending(one: SpendingRecord) -> dict[str, Any]:
    """Return what a page says of what may go out of a wallet; "" where there is no limit."""
    return {
        "day": _say(one.per_day, one.unit),
        "month": _say(one.per_month, one.unit),
        "spent_day": _say(one.spent_day, one.unit),
        "spent_month": _say(one.spent_month, one.unit),
        "next_day": _say(one.next_per_day, one.unit),
        "next_month": _say(one.next_per_month, one.unit),
        "next_from": one.next_from,
    }


def say_bounds(one: BoundsRecord) -> dict[str, str]:
    """Return what a page says of how much may be topped up."""
    return {
        name: format_money(Money(getattr(one, name), one.unit))
        for name in ("least", "most", "per_day", "per_month")
    }


def _say(minor: int | None, unit: str) -> str:
    return "" if minor is None else format_money(Money(minor, unit))
