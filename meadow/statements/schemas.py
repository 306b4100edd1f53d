"""What statements say over the API: amounts in minor units, with their unit."""

import datetime as dt
from collections.abc import Sequence
from typing import Literal

from ninja import Schema

from meadow.ledger.reasons import say_reason, say_reason_together
from meadow.ledger.records import ExplainedLine, TransferRecord
from meadow.statements.queries import is_own
from meadow.statements.records import MonthStatement, Sums, YearStatement
from meadow.statements.words import say_account


class SumsOut(Schema):
    """What lines add up to: `came_in` less `went_out` is by how much the balance moved.

    `fees`, `taxes` and `others` were taken on the way; below zero, more came back than was taken.
    """

    lines: int
    came_in: int
    went_out: int
    fees: int
    taxes: int
    others: int


class StatementReasonOut(SumsOut):
    """What the lines of one reason add up to."""

    reason: str
    title: str


class StatementHeadOut(Schema):
    """What was there, what moved, what is there."""

    account: str
    unit: str
    zone: str
    opening: int
    closing: int
    sums: SumsOut
    by_reason: list[StatementReasonOut]


class MonthHeadOut(Schema):
    """One month in a year."""

    month: str
    state: Literal["running", "settling", "closed"]
    opening: int
    closing: int
    sums: SumsOut


class YearOut(StatementHeadOut):
    """A year up to now, the latest month first; `years` are those that have a statement."""

    year: int
    years: list[int]
    months: list[MonthHeadOut]


class StatementShareOut(Schema):
    """What went to somebody else on the way: `role` is fee, tax, or empty for another share."""

    title: str
    kind: str
    purpose: str
    role: str
    amount: int


class StatementLineOut(Schema):
    """One line, from gross to net; `change` is what it did to the balance.

    `gross` less all `shares` is `net`: what arrived here for what comes in, and with whoever was
    paid for what goes out. A line that gives back says all three below zero.
    """

    transfer: str
    reason: str
    title: str
    reference: str
    decision: str
    gives_back: bool
    gross: int
    shares: list[StatementShareOut]
    net: int
    change: int
    balance_after: int
    effective_at: dt.datetime
    booked_at: dt.datetime


class MonthOut(StatementHeadOut):
    """A month with one page of its lines, the oldest first.

    A closed month never changes. `fingerprint` is the SHA-256 of all its lines, each as
    "transfer change balance_after" with a line feed between.
    """

    month: str
    state: Literal["running", "settling", "closed"]
    settled_at: dt.datetime
    fingerprint: str
    items: list[StatementLineOut]
    next_cursor: str | None


class OwnLegOut(Schema):
    """What one side gained by a transfer, or gave, below zero; others are said by what they are for."""

    title: str
    is_yours: bool
    amount: int
    unit: str


class BookedTransferOut(Schema):
    """A transfer that moved something of yours."""

    id: str
    reason: str
    title: str
    reference: str
    decision: str
    reverses: str
    reversed_by: list[str]
    effective_at: dt.datetime
    booked_at: dt.datetime
    legs: list[OwnLegOut]


def sums_out(one: Sums) -> SumsOut:
    """Return a sum as the API says it."""
    return SumsOut(
        lines=one.lines,
        came_in=one.came_in,
        went_out=one.went_out,
        fees=one.fees,
        taxes=one.taxes,
        others=one.others,
    )


def reasons_out(totals: Sequence[tuple[str, Sums]]) -> list[StatementReasonOut]:
    """Return sums by reason as the API says them."""
    return [
        StatementReasonOut(
            reason=reason, title=say_reason_together(reason), **sums_out(sums).dict()
        )
        for reason, sums in totals
    ]


def year_out(one: YearStatement, *, zone: str) -> YearOut:
    """Return a year as the API says it."""
    return YearOut(
        account=one.account.public_id,
        unit=one.account.unit,
        zone=zone,
        opening=one.opening,
        closing=one.closing,
        sums=sums_out(one.sums),
        by_reason=reasons_out(one.by_reason),
        year=one.year,
        years=list(one.years),
        months=[
            MonthHeadOut(
                month=each.month.name,
                state=each.state,
                opening=each.opening,
                closing=each.closing,
                sums=sums_out(each.sums),
            )
            for each in one.months
        ],
    )


def month_out(
    one: MonthStatement,
    *,
    zone: str,
    fingerprint: str,
    lines: Sequence[ExplainedLine],
    next_cursor: str | None,
) -> MonthOut:
    """Return a month with a page of its lines as the API says it."""
    totals = [(each.reason, Sums().plus(each)) for each in one.by_reason]
    return MonthOut(
        account=one.account.public_id,
        unit=one.account.unit,
        zone=zone,
        opening=one.opening,
        closing=one.closing,
        sums=sums_out(one.sums),
        by_reason=reasons_out(totals),
        month=one.month.name,
        state=one.state,
        settled_at=one.month.settled_at,
        fingerprint=fingerprint,
        items=[line_out(each) for each in lines],
        next_cursor=next_cursor,
    )


def line_out(one: ExplainedLine) -> StatementLineOut:
    """Return a line as the API says it."""
    return StatementLineOut(
        transfer=one.transfer,
        reason=one.reason,
        title=say_reason(one.reason, one.params),
        reference=one.reference,
        decision=one.decision,
        gives_back=one.is_reversal,
        gross=one.gross,
        shares=[
            StatementShareOut(
                title=say_account(share.kind, share.purpose),
                kind=share.kind,
                purpose=share.purpose,
                role=share.role,
                amount=share.amount,
            )
            for share in one.shares
        ],
        net=one.net,
        change=one.amount,
        balance_after=one.balance_after,
        effective_at=one.effective_at,
        booked_at=one.booked_at,
    )


def own_transfer_out(one: TransferRecord, *, person_id: int) -> BookedTransferOut:
    """Return a transfer as one of those whose it is may see it."""
    return BookedTransferOut(
        id=one.public_id,
        reason=one.reason,
        title=say_reason(one.reason, one.params),
        reference=one.reference,
        decision=one.decision,
        reverses=one.reverses,
        reversed_by=one.reversed_by,
        effective_at=one.effective_at,
        booked_at=one.booked_at,
        legs=[
            OwnLegOut(
                title=say_account(leg.account.kind, leg.account.purpose),
                is_yours=is_own(leg.account, person_id),
                amount=leg.amount,
                unit=leg.unit,
            )
            for leg in one.legs
        ],
    )
