"""Holding a payout: for a stated reason, on record, open to appeal, until somebody releases it."""

import datetime as dt
import hashlib

from meadow.core.errors import InvalidInput
from meadow.core.transactions import transaction, transaction_required
from meadow.decisions.records import AppealRecord, Reason, Ruling
from meadow.decisions.services import record
from meadow.notifications.services import notify
from meadow.payouts.errors import PayoutElsewhere, PayoutMissing
from meadow.payouts.limits import APPEAL_WITHIN
from meadow.payouts.models import LONGEST_WORDS, Payout
from meadow.payouts.records import PayoutRecord, payout_record
from meadow.payouts.services.batching import leave_batch
from meadow.payouts.services.locking import lock_payout
from meadow.payouts.services.methods import operator_name
from meadow.payouts.words import HOLD_REASONS, say_words_needed

SCOPE = "payouts/hold"
CAPABILITY = "payouts.paid"
State = Payout.State
HOLDABLE = (State.ASKED, State.BATCHED, State.APPROVED)


def hold_payout(
    *, payout: str, why: str, words: str, operator_id: int, now: dt.datetime
) -> PayoutRecord:
    """Keep a payout from leaving, for a reason of `words.HOLD_REASONS` and in words to its payee.

    It leaves its batch. Raises PayoutMissing, PayoutElsewhere (it is under way already), OwnAffair,
    InvalidInput.
    """
    said = " ".join(words.split())
    if why not in HOLD_REASONS or not 1 <= len(said) <= LONGEST_WORDS:
        raise InvalidInput(fields={"words": [say_words_needed()]})
    with transaction():
        found = lock_payout(payout, states=HOLDABLE, operator_id=operator_id)
        if found.person_id is None:
            raise PayoutMissing
        decided = record(
            ruling=Ruling(
                person_id=found.person_id,
                scope=SCOPE,
                capability=CAPABILITY,
                outcome="held",
                rule_version=f"payouts.v{found.rules}",
                inputs={
                    "payout": found.public_id,
                    "unit": found.unit,
                    "gross": found.gross,
                    # The words stay with us: they can be erased, and a receipt shows they are these.
                    "words": hashlib.sha256(said.encode()).hexdigest(),
                },
                reasons=[Reason(f"payouts.hold.{why}", {})],
                appeal_until=now + APPEAL_WITHIN,
                decided_by=operator_name(operator_id),
            ),
            now=now,
        )
        leave_batch(found)
        found.state, found.why, found.words = State.HELD, why, said
        found.decision, found.acted_by = decided.public_id, operator_id
        found.save()
        _tell(found, "payouts.held", f"/decisions/{decided.public_id}", now)
    return payout_record(found)


def release_payout(*, payout: str, operator_id: int, now: dt.datetime) -> PayoutRecord:
    """Let a held payout wait for a batch again. Raises PayoutMissing, PayoutElsewhere, OwnAffair."""
    with transaction():
        found = lock_payout(payout, states=(State.HELD,), operator_id=operator_id)
        found.acted_by = operator_id
        _release(found, now)
    return payout_record(found)


@transaction_required
def release_on_appeal(appeal: AppealRecord, now: dt.datetime) -> None:
    """Release what a granted appeal is about, unless it is held for something else by now."""
    try:
        found = lock_payout(str(appeal.decision.inputs["payout"]), states=(State.HELD,))
    except PayoutElsewhere:
        return
    if found.decision == appeal.decision.public_id:
        found.acted_by = appeal.reviewer_id
        _release(found, now)


@transaction_required
def _release(found: Payout, now: dt.datetime) -> None:
    decision = found.decision
    found.state = State.ASKED
    found.save()
    _tell(found, "payouts.released", f"/wallet/payouts/{found.public_id}", now, of=decision)


@transaction_required
def _tell(found: Payout, kind: str, url: str, now: dt.datetime, *, of: str = "") -> None:
    if found.person_id is None:
        return
    notify(
        person_id=found.person_id,
        kind=kind,
        params={"amount": found.gross, "unit": found.unit, "why": found.why},
        url=url,
        key=f"{kind}-{of or found.decision}",
        now=now,
    )
