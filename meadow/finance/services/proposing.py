"""Proposing a transfer by hand: nothing moves until another operator approves it."""

import datetime as dt
from collections.abc import Collection

from django.db import IntegrityError

from meadow.accounts.queries import get_people, list_operators
from meadow.core.ids import new_id
from meadow.core.transactions import savepoint, transaction, transaction_required
from meadow.finance.errors import KeyTaken, OwnAccount, SameAccount, WordsMissing
from meadow.finance.models import Proposal
from meadow.finance.queries.proposals import preview, proposal_records
from meadow.finance.queries.terms import terms_in_force
from meadow.finance.records import ProposalRecord, Side
from meadow.ledger.services import open_account
from meadow.notifications.services import Notice, notify_many


def propose(
    *,
    operator_id: int,
    kind: str,
    giver: str,
    taker: str,
    amount: int,
    unit: str,
    words: str,
    reference: str = "",
    key: str,
    now: dt.datetime,
) -> ProposalRecord:
    """Ask that `amount` moves from one account to another, and tell the other operators; once a key.

    `giver` and `taker` are as `find_side` takes them. Raises SideUnknown, UnitsDiffer, SameAccount,
    OwnAccount, KeyTaken, WordsMissing.
    """
    words, reference = " ".join(words.split()), reference.strip()
    if not words:
        raise WordsMissing
    with transaction():
        known = Proposal.objects.filter(proposed_by_id=operator_id, key=key).first()
        if known is None:
            both = preview(giver=giver, taker=taker, amount=amount, unit=unit)
            _check(both.giver, both.taker, operator_id)
            terms = terms_in_force()
            # An account outlives its person.
            ids = [one for side in (both.giver, both.taker) if (one := side.person_id)]
            people = get_people(ids)
            made = Proposal(
                public_id=new_id("m"),
                key=key,
                kind=kind,
                from_account_id=_open(both.giver, now=now),
                to_account_id=_open(both.taker, now=now),
                from_person_id=_known(both.giver, people),
                to_person_id=_known(both.taker, people),
                amount=amount,
                unit=unit,
                words=words,
                reference=reference,
                proposed_by_id=operator_id,
                proposed_at=now,
                expires_at=now + dt.timedelta(days=terms.proposal_days),
                terms_id=terms.number,
            )
            try:
                with savepoint():
                    made.save(force_insert=True)
            except IntegrityError:
                # The same form, sent twice in one moment: the other one has committed.
                known = Proposal.objects.get(proposed_by_id=operator_id, key=key)
            else:
                _tell(made, now=now)
                return proposal_records([made])[0]
        record = proposal_records([known])[0]
        if (known.kind, known.amount, known.unit, known.words, known.reference) != (
            kind,
            amount,
            unit,
            words,
            reference,
        ):
            raise KeyTaken
        return record


def _check(giver: Side, taker: Side, operator_id: int) -> None:
    ends = [(one.kind, one.owner, one.purpose) for one in (giver, taker)]
    if ends[0] == ends[1]:
        raise SameAccount
    if operator_id in (giver.person_id, taker.person_id):
        raise OwnAccount


def _known(side: Side, people: Collection[int]) -> int | None:
    return side.person_id if side.person_id in people else None


@transaction_required
def _open(side: Side, *, now: dt.datetime) -> int:
    if side.id is not None:
        return side.id
    return open_account(
        kind=side.kind, owner=side.owner, purpose=side.purpose, unit=side.unit, now=now
    )


@transaction_required
def _tell(made: Proposal, *, now: dt.datetime) -> None:
    """Tell every operator who may decide it."""
    concerned = {made.proposed_by_id, made.from_person_id, made.to_person_id}
    notices = [
        Notice(
            person_id=one.id,
            kind="finance.proposed",
            params={"amount": made.amount, "unit": made.unit},
            url=f"/operator/finance/proposals/{made.public_id}",
            key=f"proposal-{made.public_id}",
        )
        for one in list_operators()
        if one.id not in concerned
    ]
    notify_many(notices=notices, now=now)
