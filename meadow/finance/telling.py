"""Accounts, people and proposals as pages and files say them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from meadow.accounts.queries import get_people
from meadow.finance.records import ProposalRecord, Side
from meadow.finance.words import KINDS, STATES
from meadow.ledger.purposes import say_purpose
from meadow.ledger.words import KIND_NAMES, name_owners, write_amount


def tell_side(side: Side, handles: dict[tuple[str, str], str]) -> dict[str, Any]:
    """Return an account in words: whose, what for, where it leads."""
    handle = handles.get((side.kind, side.owner), "")
    owner = f"@{handle}" if handle else side.owner
    purpose = say_purpose(side.kind, side.purpose)
    return {
        "side": side,
        "name": f"{owner} · {purpose}" if owner else purpose,
        "kind": KIND_NAMES[side.kind],
        "href": f"/operator/finance/accounts/{side.public_id}" if side.public_id else "",
    }


def handles_of(sides: Iterable[Side]) -> dict[tuple[str, str], str]:
    """Return the handles of the people whose these accounts are, in one query."""
    return name_owners((one.kind, one.owner) for one in sides)


def tell_proposals(found: Sequence[ProposalRecord]) -> list[dict[str, Any]]:
    """Return proposals in words, with both accounts and both operators: two queries for any number."""
    handles = handles_of(side for one in found for side in (one.giver, one.taker))
    people = get_people(
        {pk for one in found for pk in (one.proposed_by, one.decided_by) if pk is not None}
    )
    told = []
    for one in found:
        text, tone, icon = STATES[one.state]
        proposer, decider = people.get(one.proposed_by or 0), people.get(one.decided_by or 0)
        told.append(
            {
                "proposal": one,
                "sum": write_amount(one.amount, one.unit),
                "kind": KINDS[one.kind],
                "state": {"text": text, "tone": tone, "icon": icon},
                "giver": tell_side(one.giver, handles),
                "taker": tell_side(one.taker, handles),
                "proposer": proposer.handle if proposer else "",
                "decider": decider.handle if decider else "",
                "href": f"/operator/finance/proposals/{one.public_id}",
            }
        )
    return told


def moment(at: dt.datetime | None) -> str:
    """Write a time for a file, in UTC."""
    return at.strftime("%Y-%m-%d %H:%M:%S") if at else ""


def address(path: str, asked: dict[str, str]) -> str:
    """Return an address with what was asked for."""
    return f"{path}?{urlencode(asked)}" if asked else path
