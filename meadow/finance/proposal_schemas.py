"""What transfers by hand take and answer over the API: amounts in minor units, with their unit."""

import datetime as dt
from typing import Literal

from ninja import Field, Schema

from meadow.finance.limits import LARGEST_AMOUNT, LONGEST_NAME
from meadow.finance.models import LONGEST_WORDS
from meadow.finance.records import Preview, ProposalRecord, Side
from meadow.ledger.purposes import say_purpose

UnitName = Literal["CNY", "USD", "IMP"]
SIDE_HELP = 'A "@handle" (their wallet), the id of an account, or such as "platform:goodwill"'


class PreviewIn(Schema):
    """A transfer to look at."""

    giver: str = Field(..., min_length=1, max_length=LONGEST_NAME, description=SIDE_HELP)
    taker: str = Field(..., min_length=1, max_length=LONGEST_NAME, description=SIDE_HELP)
    amount: int = Field(..., ge=1, le=LARGEST_AMOUNT, description="In minor units")
    unit: UnitName = "CNY"


class ProposalIn(PreviewIn):
    """A transfer to propose; whoever it concerns reads `words`."""

    kind: Literal["correction", "goodwill", "write_off", "chargeback"]
    words: str = Field(..., min_length=1, max_length=LONGEST_WORDS)
    reference: str = Field("", max_length=LONGEST_NAME)


class ProposalRefusalIn(Schema):
    """Why a proposal is refused."""

    words: str = Field(..., min_length=1, max_length=LONGEST_WORDS)


class SideOut(Schema):
    """An account of a transfer, as it stands now and as the transfer would leave it.

    `account` is null while it was never opened.
    """

    account: str | None
    kind: str
    owner: str
    purpose: str
    title: str
    posted: int
    held: int
    then: int


class PreviewOut(Schema):
    """What a transfer would leave; `short` is what the giving account lacks."""

    amount: int
    unit: str
    short: int
    giver: SideOut
    taker: SideOut


class ProposalOut(Schema):
    """A transfer by hand; `state` is waiting, posted, refused, withdrawn or expired."""

    id: str
    kind: str
    state: str
    amount: int
    unit: str
    words: str
    reference: str
    proposed_at: dt.datetime
    expires_at: dt.datetime
    decided_at: dt.datetime | None
    answer: str
    transfer: str | None
    decision: str | None
    given_back: str | None
    giver: SideOut
    taker: SideOut


class ProposalsOut(Schema):
    """A page of transfers by hand."""

    items: list[ProposalOut]
    next_cursor: str | None


class OwnTransferOut(Schema):
    """What two operators moved on an account of yours: above zero what came, below what was taken."""

    id: str
    kind: str
    amount: int
    unit: str
    words: str
    reference: str
    transfer: str
    decision: str | None
    given_back: str | None
    booked_at: dt.datetime


def preview_out(seen: Preview) -> PreviewOut:
    """Return a preview as the API says it."""
    return PreviewOut(
        amount=seen.amount,
        unit=seen.unit,
        short=seen.short,
        giver=_side(seen.giver, seen.giver_after),
        taker=_side(seen.taker, seen.taker_after),
    )


def proposal_out(one: ProposalRecord) -> ProposalOut:
    """Return a proposal as the API says it; a decided one would leave nothing else any more."""
    waits = one.state == "waiting"
    return ProposalOut(
        id=one.public_id,
        kind=one.kind,
        state=one.state,
        amount=one.amount,
        unit=one.unit,
        words=one.words,
        reference=one.reference,
        proposed_at=one.proposed_at,
        expires_at=one.expires_at,
        decided_at=one.decided_at,
        answer=one.answer,
        transfer=one.transfer or None,
        decision=one.decision or None,
        given_back=one.given_back or None,
        giver=_side(one.giver, one.preview.giver_after if waits else one.giver.posted),
        taker=_side(one.taker, one.preview.taker_after if waits else one.taker.posted),
    )


def own_transfer_out(one: ProposalRecord, *, person_id: int) -> OwnTransferOut:
    """Return a transfer by hand as whoever it concerns reads it."""
    assert one.decided_at is not None  # noqa: S101 - posted ones alone come here
    return OwnTransferOut(
        id=one.public_id,
        kind=one.kind,
        amount=-one.amount if one.giver.person_id == person_id else one.amount,
        unit=one.unit,
        words=one.words,
        reference=one.reference,
        transfer=one.transfer,
        decision=one.decision if one.giver.person_id == person_id and one.decision else None,
        given_back=one.given_back or None,
        booked_at=one.decided_at,
    )


def _side(one: Side, then: int) -> SideOut:
    return SideOut(
        account=one.public_id or None,
        kind=one.kind,
        owner=one.owner,
        purpose=one.purpose,
        title=say_purpose(one.kind, one.purpose),
        posted=one.posted,
        held=one.held,
        then=then,
    )
