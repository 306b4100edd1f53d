"""What of a payout is withheld, kept and left: whole minor units, exact, nothing rounded unseen.

The tax on an amount is what its brackets take, each of the part above it, added up as fractions and
rounded down once, in favour of the payee. Of a period it is the tax on all that left in it, less the
tax on what left before: so that dividing an amount into many payouts changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

PER_WHOLE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Bracket:
    """From `above` minor units on, `rate` ten-thousandths of what is above are withheld."""

    above: int
    rate: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A payout taken apart: `gross` is `tax`, `fee` and `net`."""

    gross: int
    tax: int
    fee: int
    net: int


def tax_on(amount: int, brackets: Sequence[Bracket]) -> int:
    """Return what brackets withhold of an amount, in its minor units, rounded down."""
    ends = [one.above for one in brackets[1:]]
    parts = (
        max(0, (amount if end is None else min(amount, end)) - one.above) * one.rate
        for one, end in zip(brackets, [*ends, None][: len(brackets)], strict=True)
    )
    return sum(parts) // PER_WHOLE


def figure(
    gross: int, *, before: int, brackets: Sequence[Bracket], fee: int, fee_rate: int
) -> Figures:
    """Take a payout apart; `before` is what left in the same period. `net` can come out below 1."""
    tax = tax_on(before + gross, brackets) - tax_on(before, brackets)
    kept = fee + gross * fee_rate // PER_WHOLE
    return Figures(gross=gross, tax=tax, fee=kept, net=gross - tax - kept)
