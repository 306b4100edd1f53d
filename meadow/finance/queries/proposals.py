"""Transfers by hand: those that wait, those that are done, and what one would leave."""

from collections.abc import Iterable
from typing import Final, Literal

from django.db.models import Q

from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.finance.errors import ProposalMissing
from meadow.finance.models import Proposal
from meadow.finance.queries.sides import find_side, sides_of
from meadow.finance.records import Preview, ProposalRecord

PAGE_SIZE: Final = 24
Which = Literal["all", "waiting", "done"]


def preview(*, giver: str, taker: str, amount: int, unit: str) -> Preview:
    """Return what a transfer would leave on two accounts, as operators name them.

    Raises SideUnknown, UnitsDiffer.
    """
    return Preview(
        giver=find_side(said=giver, unit=unit),
        taker=find_side(said=taker, unit=unit),
        amount=amount,
        unit=unit,
    )


def get_proposal(public_id: str, *, person_id: int | None = None) -> ProposalRecord:
    """Return a proposal; for a person: only one that was posted and moved an account of theirs.

    Raises ProposalMissing.
    """
    rows = Proposal.objects.filter(public_id=public_id)
    if person_id is not None:
        concerned = Q(from_person_id=person_id) | Q(to_person_id=person_id)
        rows = rows.filter(concerned, state=Proposal.State.POSTED)
    found = proposal_records(rows)
    if not found:
        raise ProposalMissing
    return found[0]


def find_decided(decision: str) -> ProposalRecord | None:
    """Return the proposal that a decision record is about; None where there is none."""
    found = proposal_records(Proposal.objects.filter(decision=decision))
    return found[0] if decision and found else None


def list_proposals(
    *, which: Which = "all", cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[ProposalRecord]:
    """Return one page of proposals, the newest first. Raises InvalidCursor."""
    rows = Proposal.objects.order_by("-pk")
    if which == "waiting":
        rows = rows.filter(state=Proposal.State.WAITING)
    if which == "done":
        rows = rows.exclude(state=Proposal.State.WAITING)
    if cursor is not None:
        before = decode_cursor(cursor).get("proposal")
        if not isinstance(before, int):
            raise InvalidCursor
        rows = rows.filter(pk__lt=before)
    found = list(rows[: size + 1])
    more = encode_cursor({"proposal": found[size - 1].pk}) if len(found) > size else None
    return Page(proposal_records(found[:size]), more)


def proposal_records(rows: Iterable[Proposal]) -> list[ProposalRecord]:
    """Return proposals as plain records, with their accounts in two queries."""
    found = list(rows)
    sides = sides_of({pk for one in found for pk in (one.from_account_id, one.to_account_id)})
    return [
        ProposalRecord(
            public_id=one.public_id,
            kind=one.kind,
            state=one.state,
            amount=one.amount,
            unit=one.unit,
            words=one.words,
            reference=one.reference,
            proposed_by=one.proposed_by_id,
            proposed_at=one.proposed_at,
            expires_at=one.expires_at,
            decided_by=one.decided_by_id,
            decided_at=one.decided_at,
            answer=one.answer,
            transfer=one.transfer,
            decision=one.decision,
            given_back=one.given_back,
            giver=sides[one.from_account_id],
            taker=sides[one.to_account_id],
        )
        for one in found
    ]
