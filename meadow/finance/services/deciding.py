"""Deciding a proposal, once: another operator approves or refuses it, its own takes it back."""

import datetime as dt
import hashlib
from typing import Any, Final

from django.db.models import F, Q

from meadow.accounts.queries import get_people
from meadow.core.transactions import transaction, transaction_required
from meadow.decisions.records import Reason, Ruling
from meadow.decisions.services import record
from meadow.finance.errors import (
    BalanceShort,
    NotYours,
    OwnAccount,
    ProposalDecided,
    ProposalMissing,
    SecondPersonNeeded,
    WordsMissing,
)
from meadow.finance.models import Proposal, Terms
from meadow.finance.queries.proposals import proposal_records
from meadow.finance.records import ProposalRecord
from meadow.ledger.errors import InsufficientFunds
from meadow.ledger.records import Draft, Leg
from meadow.ledger.services import post_transfer
from meadow.notifications.services import notify

SCOPE: Final = "finance/transfer"
EXPIRED_AT_ONCE: Final = 500
State = Proposal.State


def approve(*, proposal: str, operator_id: int, now: dt.datetime) -> ProposalRecord:
    """Post a proposal of another operator, once however often it is approved.

    Whom it takes from gets a decision record that they can appeal against; everybody concerned is
    told. Raises ProposalMissing, ProposalDecided, SecondPersonNeeded, OwnAccount, BalanceShort:
    then it stays open.
    """
    with transaction():
        claimed = _claim(
            proposal,
            state=State.POSTED,
            by=operator_id,
            now=now,
            # Until it is posted, a few lines below: a posted one always has its transfer.
            transfer_id=-F("pk"),
        )
        if not claimed:
            return _explain(proposal, ended=State.POSTED, operator_id=operator_id, now=now)
        one = Proposal.objects.get(public_id=proposal)
        if one.from_person_id is not None:
            one.decision = _decide(one, by=operator_id, now=now)
        try:
            posted = post_transfer(
                draft=Draft(
                    key=_ledger_key(one),
                    reason=f"finance.{one.kind}",
                    legs=(
                        Leg(one.from_account_id, -one.amount),
                        Leg(one.to_account_id, one.amount),
                    ),
                    reference=one.public_id,
                    decision=one.decision,
                ),
                now=now,
            )
        except InsufficientFunds:
            raise BalanceShort from None
        one.transfer_id, one.transfer = posted.id, posted.public_id
        _keep(one)
        _tell(one, now=now)
        return proposal_records([one])[0]


def refuse(*, proposal: str, operator_id: int, words: str, now: dt.datetime) -> ProposalRecord:
    """Refuse a proposal of another operator, and say why to whoever proposed it.

    Raises ProposalMissing, ProposalDecided, SecondPersonNeeded, OwnAccount, WordsMissing.
    """
    said = " ".join(words.split())
    if not said:
        raise WordsMissing
    with transaction():
        if not _claim(proposal, state=State.REFUSED, by=operator_id, now=now, answer=said):
            return _explain(proposal, ended=State.REFUSED, operator_id=operator_id, now=now)
        one = Proposal.objects.get(public_id=proposal)
        if one.proposed_by_id is not None:
            notify(
                person_id=one.proposed_by_id,
                kind="finance.refused",
                params={"amount": one.amount, "unit": one.unit},
                url=f"/operator/finance/proposals/{one.public_id}",
                key=f"proposal-{one.public_id}-refused",
                now=now,
            )
        return proposal_records([one])[0]


def withdraw(*, proposal: str, operator_id: int, now: dt.datetime) -> ProposalRecord:
    """Take a proposal of one's own back while it waits; again changes nothing.

    Raises ProposalMissing, ProposalDecided, NotYours.
    """
    with transaction():
        changed = Proposal.objects.filter(
            public_id=proposal, state=State.WAITING, proposed_by_id=operator_id
        ).update(state=State.WITHDRAWN, decided_at=now)
        one = _find(proposal)
        if not changed:
            if one.proposed_by_id != operator_id:
                raise NotYours
            if one.state != State.WITHDRAWN:
                raise ProposalDecided
        return proposal_records([one])[0]


def expire_proposals(*, now: dt.datetime) -> int:
    """End proposals that nobody decided in time; returns how many, EXPIRED_AT_ONCE at most."""
    with transaction():
        due = Proposal.objects.filter(state=State.WAITING, expires_at__lte=now)
        ids = list(due.order_by("pk").values_list("pk", flat=True)[:EXPIRED_AT_ONCE])
        waiting = Proposal.objects.filter(pk__in=ids, state=State.WAITING)
        return int(waiting.update(state=State.EXPIRED, decided_at=now))


@transaction_required
def _claim(proposal: str, *, state: str, by: int, now: dt.datetime, **given: Any) -> int:
    """Decide a proposal if nobody has, in one statement: 1 for whoever was first, 0 for all others."""
    mine = Q(proposed_by_id=by) | Q(from_person_id=by) | Q(to_person_id=by)
    waiting = Proposal.objects.filter(
        public_id=proposal, state=State.WAITING, expires_at__gt=now, proposed_by__isnull=False
    )
    return waiting.exclude(mine).update(state=state, decided_by_id=by, decided_at=now, **given)


@transaction_required
def _keep(one: Proposal) -> None:
    one.save(update_fields=["transfer_id", "transfer", "decision"])


def _explain(proposal: str, *, ended: str, operator_id: int, now: dt.datetime) -> ProposalRecord:
    """Return what the same operator has done before, or say why they cannot decide it."""
    one = _find(proposal)
    if one.state == ended and one.decided_by_id == operator_id:
        return proposal_records([one])[0]
    if one.state == State.WAITING and one.expires_at > now:
        if one.proposed_by_id == operator_id:
            raise SecondPersonNeeded
        if operator_id in (one.from_person_id, one.to_person_id):
            raise OwnAccount
    raise ProposalDecided


def _find(proposal: str) -> Proposal:
    one = Proposal.objects.filter(public_id=proposal).first()
    if one is None:
        raise ProposalMissing
    return one


def _ledger_key(one: Proposal) -> str:
    return f"proposal-{one.public_id}"


@transaction_required
def _decide(one: Proposal, *, by: int, now: dt.datetime) -> str:
    """Record that something is taken from a person, and return the decision's id.

    The signed text holds a digest of the words: they stay with us and can be erased.
    """
    terms = Terms.objects.latest("number")
    assert one.from_person_id is not None  # noqa: S101 - asked by approve
    return record(
        ruling=Ruling(
            person_id=one.from_person_id,
            scope=SCOPE,
            capability="wallet.balance",
            outcome="taken",
            rule_version=f"finance.v{terms.number}",
            inputs={
                "transfer": one.public_id,
                "amount": one.amount,
                "unit": one.unit,
                "statement": hashlib.sha256(one.words.encode()).hexdigest(),
            },
            reasons=[Reason(f"finance.{one.kind}", {"amount": one.amount, "unit": one.unit})],
            appeal_until=now + dt.timedelta(days=terms.appeal_days),
            decided_by=f"operator:{get_people([by])[by].public_id}",
        ),
        now=now,
    ).public_id


@transaction_required
def _tell(one: Proposal, *, now: dt.datetime) -> None:
    for person_id, kind in (
        (one.from_person_id, "finance.taken"),
        (one.to_person_id, "finance.given"),
    ):
        if person_id is not None:
            notify(
                person_id=person_id,
                kind=kind,
                params={"amount": one.amount, "unit": one.unit},
                url=f"/wallet/transfers/{one.public_id}",
                key=f"proposal-{one.public_id}",
                now=now,
            )
