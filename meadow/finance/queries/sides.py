"""The two sides of a proposal: accounts as an operator names them, and as they stand."""

from collections.abc import Collection
from typing import Final

from meadow.accounts.queries import find_by_handles
from meadow.finance.errors import SideUnknown, UnitsDiffer
from meadow.finance.models import Proposal
from meadow.finance.records import Side
from meadow.ledger.errors import AccountMissing
from meadow.ledger.queries import find_account, get_account, get_accounts
from meadow.ledger.records import AccountRecord
from meadow.ledger.services.accounts import OUTSIDE

PLATFORM: Final = "platform:"
# What the platform itself pays or gets by hand: one account a kind of proposal and unit.
OWN_PURPOSES: Final = {
    Proposal.Kind.CORRECTION: "corrections",
    Proposal.Kind.GOODWILL: "goodwill",
    Proposal.Kind.WRITE_OFF: "write-offs",
    Proposal.Kind.CHARGEBACK: "chargebacks",
}


def find_side(*, said: str, unit: str) -> Side:
    """Return the account that an operator names: "@handle" (a wallet), "platform:goodwill", or an id.

    A wallet or an account of the platform that was never opened comes with nothing on it. Raises
    SideUnknown, UnitsDiffer.
    """
    named = said.strip()
    if named.startswith("@"):
        handle = named[1:].lower()
        owner = find_by_handles([handle]).get(handle)
        if owner is None:
            raise SideUnknown(side=named)
        return _find(kind="person", owner=str(owner), purpose="wallet", unit=unit)
    if named.startswith(PLATFORM):
        purpose = named.removeprefix(PLATFORM)
        if purpose not in OWN_PURPOSES.values():
            raise SideUnknown(side=named)
        return _find(kind="platform", owner="", purpose=purpose, unit=unit)
    try:
        found = get_account(public_id=named)
    except AccountMissing:
        raise SideUnknown(side=named) from None
    if found.unit != unit:
        raise UnitsDiffer(side=named, unit=found.unit)
    return side_of(found)


def sides_of(ids: Collection[int]) -> dict[int, Side]:
    """Return accounts by the ledger's own ids, as they stand now."""
    return {pk: side_of(one) for pk, one in get_accounts(ids).items()}


def side_of(one: AccountRecord) -> Side:
    """Return an account as a side of a proposal."""
    return Side(
        id=one.id,
        public_id=one.public_id,
        kind=one.kind,
        owner=one.owner,
        purpose=one.purpose,
        unit=one.unit,
        posted=one.posted,
        held=one.held,
        guarded=bool(one.owner) or one.kind not in OUTSIDE,
    )


def _find(*, kind: str, owner: str, purpose: str, unit: str) -> Side:
    known = find_account(kind=kind, owner=owner, purpose=purpose, unit=unit)
    if known is not None:
        return side_of(get_accounts([known])[known])
    return Side(None, "", kind, owner, purpose, unit, 0, 0, guarded=bool(owner))
