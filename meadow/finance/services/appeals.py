"""What follows when an appeal against a transfer by hand is granted: it is given back."""

import datetime as dt

from meadow.core.transactions import savepoint, transaction_required
from meadow.decisions.records import AppealRecord
from meadow.finance.errors import ProposerAnswers
from meadow.finance.models import Proposal
from meadow.finance.queries.sides import OWN_PURPOSES
from meadow.ledger.errors import InsufficientFunds
from meadow.ledger.records import Draft, Leg, Posted
from meadow.ledger.services import open_account, post_transfer, reverse_transfer

REASON = "finance.given_back"


@transaction_required
def act_on_granted(appeal: AppealRecord, now: dt.datetime) -> None:
    """Give back what was taken, once: from whoever gained it, or where that is spent, from the platform.

    Raises ProposerAnswers: with the approver, who cannot answer either, they would be the same two.
    """
    one = (
        Proposal.objects.select_for_update(of=["self"])
        .filter(decision=appeal.decision.public_id)
        .first()
    )
    if one is None or one.transfer_id is None or one.given_back:
        return
    if appeal.reviewer_id == one.proposed_by_id:
        raise ProposerAnswers
    one.given_back = _give_back(one, one.transfer_id, appeal.ruling_id, now=now).public_id
    one.save(update_fields=["given_back"])


@transaction_required
def _give_back(one: Proposal, transfer_id: int, decision: str, *, now: dt.datetime) -> Posted:
    key = f"proposal-{one.public_id}-appeal"
    try:
        with savepoint():
            return reverse_transfer(
                transfer_id=transfer_id, key=key, reason=REASON, decision=decision, now=now
            )
    except InsufficientFunds:
        platform = open_account(
            kind="platform",
            purpose=OWN_PURPOSES[Proposal.Kind.CORRECTION],
            unit=one.unit,
            now=now,
        )
        return post_transfer(
            draft=Draft(
                key=key,
                reason=REASON,
                legs=(Leg(platform, -one.amount), Leg(one.from_account_id, one.amount)),
                reference=one.public_id,
                decision=decision,
            ),
            now=now,
        )
