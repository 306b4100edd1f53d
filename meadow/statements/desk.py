"""Whose statements are read and by whom: the owner at their wallet, or an operator at any account."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from meadow.accounts.permissions import require_operator, require_person
from meadow.core.money import Money, format_money
from meadow.ledger.reasons import (
    link_reason,
    link_reason_for_operators,
    say_reason,
    say_reason_together,
)
from meadow.ledger.records import AccountRecord, ExplainedLine
from meadow.ledger.runs import Run
from meadow.ledger.words import name_owners
from meadow.statements import queries
from meadow.statements.errors import StatementMissing
from meadow.statements.months import Month
from meadow.statements.records import Sums
from meadow.statements.words import STATES, TONES, say_account, say_day, say_month, say_time

Link = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an account's statements are read: its addresses, and whose it is."""

    account: AccountRecord
    base: str
    asked: str
    transfers: str
    link: Link
    whose: str
    units: Sequence[str]

    def address(self, *parts: str, **asked: str) -> str:
        """Return the address of a part of these statements."""
        path = "/".join([self.base, *parts])
        query = urlencode({**({"unit": self.asked} if self.asked else {}), **asked})
        return f"{path}?{query}" if query else path

    def sum(self, minor: int) -> str:
        """Write an amount of this account."""
        return format_money(Money(minor, self.account.unit))

    def file(self, when: str) -> str:
        """Return the name of a file of these statements."""
        return f"statement-{when}-{self.account.unit}-{self.account.public_id}"


def own_desk(user: Any, *, unit: str) -> Desk | None:
    """Return the reader's wallet in a currency, "": their first; None where they have none yet.

    Raises NotSignedIn, StatementMissing.
    """
    person = require_person(user)
    wallets = queries.list_wallets(person.pk)
    if not wallets:
        return None
    account = next((one for one in wallets if unit in ("", one.unit)), None)
    if account is None:
        raise StatementMissing
    return Desk(
        account=account,
        base="/wallet/statements",
        asked=account.unit,
        transfers="/wallet/booked",
        link=link_reason,
        whose=f"@{person.handle}",
        units=[one.unit for one in wallets],
    )


def operators_desk(user: Any, *, account_id: str) -> Desk:
    """Return anybody's account. Raises NotSignedIn, PermissionDenied, StatementMissing."""
    require_operator(user)
    account = queries.find_account(account_id)
    owner = (account.kind, account.owner)
    handle = name_owners([owner]).get(owner)
    return Desk(
        account=account,
        base=f"/operator/statements/{account.public_id}",
        asked="",
        transfers="/operator/finance/transfers",
        link=link_reason_for_operators,
        whose=f"@{handle}" if handle else account.owner,
        units=[],
    )


def told_line(desk: Desk, run: Run[ExplainedLine]) -> dict[str, Any]:
    """Return a line as pages show it; one of many has no parts."""
    one = run.line
    is_late = say_day(one.effective_at) != say_day(one.booked_at)
    return {
        "title": say_reason(one.reason, one.params),
        "href": f"{desk.transfers}/{one.transfer}",
        "about": desk.link(one.reason, one.reference),
        "reference": one.reference,
        "decision": one.decision,
        "at": say_time(one.booked_at),
        "booked_at": one.booked_at,
        "counts_from": say_day(one.effective_at) if is_late else "",
        "count": run.count,
        "change": f"{'+' if run.amount > 0 else ''}{desk.sum(run.amount)}",
        "comes_in": run.amount > 0,
        "after": desk.sum(run.balance_after),
        "is_reversal": one.is_reversal,
        "gross": desk.sum(one.gross),
        "net": desk.sum(one.net),
        "shares": [
            {
                "title": say_account(share.kind, share.purpose),
                "sum": desk.sum(-share.amount),
                "role": share.role,
            }
            for share in one.shares
        ],
    }


def told_sums(desk: Desk, one: Sums) -> dict[str, Any]:
    """Return a sum as pages show it; what is nothing is ""."""
    return {
        "lines": one.lines,
        "came_in": desk.sum(one.came_in) if one.came_in else "",
        "went_out": desk.sum(-one.went_out) if one.went_out else "",
        "fees": desk.sum(one.fees) if one.fees else "",
        "taxes": desk.sum(one.taxes) if one.taxes else "",
        "others": desk.sum(one.others) if one.others else "",
    }


def told_reasons(desk: Desk, totals: Sequence[tuple[str, Sums]]) -> list[dict[str, Any]]:
    """Return sums by reason as pages show them."""
    return [
        {"title": say_reason_together(reason), **told_sums(desk, sums)} for reason, sums in totals
    ]


def told_month(desk: Desk, month: Month, state: str) -> dict[str, Any]:
    """Return a month with its addresses and its state."""
    return {
        "name": month.name,
        "words": say_month(month),
        "state": STATES[state],
        "tone": TONES[state],
        "href": desk.address(month.name),
        "csv": desk.address(f"{month.name}.csv"),
        "pdf": desk.address(f"{month.name}.pdf"),
    }
