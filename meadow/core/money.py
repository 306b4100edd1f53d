"""Amounts as integer minor units with a unit; nothing here ever rounds unseen."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Unit:
    """How a unit is written: digits after the point, and the sign before the figure."""

    exponent: int
    sign: str


UNITS = {
    "CNY": Unit(exponent=2, sign="¥"),
    "USD": Unit(exponent=2, sign="$"),
    "IMP": Unit(exponent=0, sign=""),  # promised impressions
}


LONGEST_FIGURE = 18


class UnitMismatch(ValueError):
    """Two amounts of different units cannot be added, subtracted or compared."""


class UnknownUnit(ValueError):
    """The unit is not in the table."""


class NothingToSplitBy(ValueError):
    """Shares must be non-negative and one of them above zero."""


@dataclass(frozen=True)
class Money:
    """An amount in minor units: Money(1250, "CNY") is ¥12.50."""

    minor: int
    unit: str

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise UnknownUnit(self.unit)

    def __add__(self, other: "Money") -> "Money":
        self._same_unit(other)
        return Money(self.minor + other.minor, self.unit)

    def __sub__(self, other: "Money") -> "Money":
        self._same_unit(other)
        return Money(self.minor - other.minor, self.unit)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.unit)

    def __lt__(self, other: "Money") -> bool:
        self._same_unit(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._same_unit(other)
        return self.minor <= other.minor

    def _same_unit(self, other: "Money") -> None:
        if self.unit != other.unit:
            raise UnitMismatch(f"{self.unit} and {other.unit}")


def split(amount: Money, *, shares: Sequence[int]) -> list[Money]:
    """Divide an amount by weights so that the parts add up to it exactly.

    Largest remainder: each part is rounded toward zero, and the units left over go one each to the
    largest remainders, the earlier share first when they are equal. A negative amount splits as
    the mirror image of its positive. Raises NothingToSplitBy.
    """
    total = sum(shares)
    if total <= 0 or min(shares) < 0:
        raise NothingToSplitBy(f"shares {list(shares)}")
    size = abs(amount.minor)
    parts = [size * share // total for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda place: -(size * shares[place] % total))
    for place in by_remainder[: size - sum(parts)]:
        parts[place] += 1
    sign = -1 if amount.minor < 0 else 1
    return [Money(sign * part, amount.unit) for part in parts]


def format_money(amount: Money) -> str:
    """Write an amount: "¥1,234.50", "-$0.05", "1,000,000". Our languages write figures alike."""
    unit = UNITS[amount.unit]
    figure = Decimal(abs(amount.minor)).scaleb(-unit.exponent)
    return f"{'-' if amount.minor < 0 else ''}{unit.sign}{figure:,.{unit.exponent}f}"


class NotAnAmount(ValueError):
    """A text is no amount of this unit: not a figure, or finer than its smallest part."""


def read_money(text: str, unit: str) -> Money:
    """Read an amount as people type it: "12.5", "1,234.50". Raises NotAnAmount, UnknownUnit."""
    if unit not in UNITS:
        raise UnknownUnit(unit)
    plain = text.strip().replace(",", "").replace("，", "")
    whole, _point, part = plain.partition(".")
    if len(plain) > LONGEST_FIGURE or not (whole + part).isascii() or not (whole + part).isdigit():
        raise NotAnAmount(text)
    if len(part) > UNITS[unit].exponent:
        raise NotAnAmount(text)
    return Money(int(whole + part.ljust(UNITS[unit].exponent, "0")), unit)
