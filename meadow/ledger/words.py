"""What the ledger's kinds of accounts and units are called, and how amounts are written."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from meadow.accounts.queries import get_people
from meadow.core.money import UNITS, Money, format_money

KIND_NAMES: dict[str, str | Promise] = {
    "person": pgettext_lazy("whose account", "Person"),
    "merchant": pgettext_lazy("whose account", "Merchant"),
    "brand": pgettext_lazy("whose account", "Brand"),
    "agency": pgettext_lazy("whose account", "Agency"),
    "platform": pgettext_lazy("whose account", "Platform"),
    "escrow": pgettext_lazy("whose account", "Escrow"),
    "provider": pgettext_lazy("whose account", "Payment provider"),
    "tax": pgettext_lazy("whose account", "Tax office"),
    "impressions": pgettext_lazy("whose account", "Promised impressions"),
}


def write_amount(minor: int, unit: str) -> str:
    """Write an amount for people."""
    return format_money(Money(minor, unit))


def write_figure(minor: int, unit: str) -> str:
    """Write an amount for a spreadsheet: "-1234.50"."""
    exponent = UNITS[unit].exponent
    return f"{Decimal(minor).scaleb(-exponent):.{exponent}f}"


def name_owners(owners: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return the handles of those (kind, owner) that are people who are still here."""
    ids = {int(owner) for kind, owner in owners if kind == "person" and owner.isdecimal()}
    return {("person", str(one)): card.handle for one, card in get_people(ids).items()}
