"""Statements as plain records; amounts in minor units of the account's unit."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from meadow.ledger.records import AccountRecord, ReasonTotal
from meadow.statements.months import Month, State


@dataclass(frozen=True, slots=True)
class Sums:
    """What a set of lines adds up to; see `meadow.ledger.records.ExplainedLine`."""

    lines: int = 0
    came_in: int = 0
    went_out: int = 0
    fees: int = 0
    taxes: int = 0
    others: int = 0

    @property
    def change(self) -> int:
        """Return by how much the balance moved."""
        return self.came_in - self.went_out

    def plus(self, one: "ReasonTotal | Sums") -> "Sums":
        """Return this with other lines added."""
        return Sums(
            lines=self.lines + one.lines,
            came_in=self.came_in + one.came_in,
            went_out=self.went_out + one.went_out,
            fees=self.fees + one.fees,
            taxes=self.taxes + one.taxes,
            others=self.others + one.others,
        )


def add_up(totals: Sequence["ReasonTotal | Sums"]) -> Sums:
    """Return what several sums add up to."""
    whole = Sums()
    for one in totals:
        whole = whole.plus(one)
    return whole


@dataclass(frozen=True, slots=True)
class MonthStatement:
    """A month of an account: what was there, what moved by reason, what is there."""

    account: AccountRecord
    month: Month
    state: State
    opening: int
    closing: int
    sums: Sums
    by_reason: Sequence[ReasonTotal]
    made_at: dt.datetime


@dataclass(frozen=True, slots=True)
class YearMonth:
    """One month in the statement of a year."""

    month: Month
    state: State
    opening: int
    closing: int
    sums: Sums


@dataclass(frozen=True, slots=True)
class YearStatement:
    """A year of an account, up to now: its months, the latest first, and what moved by reason."""

    account: AccountRecord
    year: int
    years: Sequence[int]
    opening: int
    closing: int
    sums: Sums
    months: Sequence[YearMonth]
    by_reason: Sequence[tuple[str, Sums]]
