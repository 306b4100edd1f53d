"""The operator's finance over the API: the trial balance, accounts, entries, transfers. All of it is read."""

import datetime as dt
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query

from meadow.accounts.api_auth import scoped
from meadow.accounts.permissions import require_operator
from meadow.finance.limits import LONGEST_NAME
from meadow.finance.schemas import (
    EntriesOut,
    HoldingAccountOut,
    LedgerAccountsOut,
    TransferOut,
    TrialBalanceOut,
    account_out,
    entry_out,
    holding_account_out,
    transfer_out,
    trial_line_out,
)
from meadow.ledger import queries

router = Router(tags=["finance"])
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(24, ge=1, le=100, description="How many at most")
NAME: Any = Query("", max_length=LONGEST_NAME)
AT: Any = Query(None, description="As the books said it then; without it, now")
Kind = Literal[
    "person",
    "merchant",
    "brand",
    "agency",
    "platform",
    "escrow",
    "provider",
    "tax",
    "impressions",
]


@router.get(
    "/operator/finance/trial-balance",
    response=TrialBalanceOut,
    summary="Read the trial balance",
    **scoped("finance:read"),
)
def get_trial_balance(request: HttpRequest, at: dt.datetime | None = AT) -> TrialBalanceOut:
    """Say what stands on whose accounts, by unit, in minor units. For operators."""
    require_operator(request.user)
    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=dt.UTC)
    lines = [trial_line_out(one) for one in queries.trial_balance(at=at)]
    return TrialBalanceOut(at=at, items=lines)


@router.get(
    "/operator/finance/accounts",
    response=LedgerAccountsOut,
    summary="List accounts",
    **scoped("finance:read"),
)
def list_accounts(
    request: HttpRequest,
    owner: str = NAME,
    kind: Kind | None = None,
    purpose: str = NAME,
    unit: str = NAME,
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> LedgerAccountsOut:
    """List the accounts that are all of this, those opened last first. For operators."""
    require_operator(request.user)
    page = queries.list_accounts(
        owner=owner, kind=kind or "", purpose=purpose, unit=unit, cursor=cursor, size=size
    )
    return LedgerAccountsOut(
        items=[account_out(one) for one in page.items], next_cursor=page.next_cursor
    )


@router.get(
    "/operator/finance/accounts/{account_id}",
    response=HoldingAccountOut,
    summary="Read an account",
    **scoped("finance:read"),
)
def get_account(request: HttpRequest, account_id: str) -> HoldingAccountOut:
    """Read an account with its open holds. For operators."""
    require_operator(request.user)
    one = queries.get_account(public_id=account_id)
    return holding_account_out(one, queries.list_holds(account_id=one.id))


@router.get(
    "/operator/finance/accounts/{account_id}/entries",
    response=EntriesOut,
    summary="List the entries of an account",
    **scoped("finance:read"),
)
def list_entries(
    request: HttpRequest, account_id: str, cursor: str | None = CURSOR, size: int = SIZE
) -> EntriesOut:
    """List what happened on an account, the latest first, with its balance after each. For operators."""
    require_operator(request.user)
    one = queries.get_account(public_id=account_id)
    page = queries.walk_entries(account_id=one.id, cursor=cursor, size=size)
    return EntriesOut(items=[entry_out(line) for line in page.items], next_cursor=page.next_cursor)


@router.get(
    "/operator/finance/transfers/{transfer_id}",
    response=TransferOut,
    summary="Read a transfer",
    **scoped("finance:read"),
)
def get_transfer(request: HttpRequest, transfer_id: str) -> TransferOut:
    """Read a transfer with its entries and what reverses it. For operators."""
    require_operator(request.user)
    return transfer_out(queries.get_transfer(public_id=transfer_id))
