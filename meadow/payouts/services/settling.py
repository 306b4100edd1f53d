"""How a payout ends: paid, failed, or back in the wallet whole."""

import datetime as dt
from typing import Literal

from meadow.core.transactions import transaction, transaction_required
from meadow.ledger.records import Draft, Leg
from meadow.ledger.services import post_transfer, reverse_transfer
from meadow.notifications.services import notify
from meadow.payments.services.accounts import provider_account
from meadow.payouts.limits import LOOK_EVERY
from meadow.payouts.models import Payout
from meadow.payouts.providers.port import Outcome, Sent
from meadow.payouts.records import PayoutRecord, payout_record
from meadow.payouts.services.accounts import on_their_way
from meadow.payouts.services.locking import lock_payout

State = Payout.State
UNDER_WAY = (State.SENDING, State.SENT)


def cancel_payout(*, payout: str, person_id: int, now: dt.datetime) -> PayoutRecord:
    """Put a payout back into its wallet while it is in no batch, as its person wants.

    Again changes nothing. Raises PayoutMissing, PayoutElsewhere.
    """
    with transaction():
        found = lock_payout(payout, person_id=person_id)
        if found.state == State.RETURNED and found.failure == "canceled":
            return payout_record(found)
        found = lock_payout(payout, states=(State.ASKED, State.HELD), person_id=person_id)
        give_back(found, failure="canceled", now=now)
    return payout_record(found)


def return_payout(*, payout: str, operator_id: int, now: dt.datetime) -> PayoutRecord:
    """Put a failed payout back into its wallet whole, tax and fee too; again changes nothing.

    Raises PayoutMissing, PayoutElsewhere, OwnAffair.
    """
    with transaction():
        found = lock_payout(payout, states=(State.FAILED, State.RETURNED), operator_id=operator_id)
        if found.state == State.FAILED:
            found.acted_by = operator_id
            give_back(found, failure=found.failure, now=now)
    return payout_record(found)


def retry_payout(*, payout: str, operator_id: int, now: dt.datetime) -> PayoutRecord:
    """Let a failed payout wait for another batch: two people look at it anew.

    Raises PayoutMissing, PayoutElsewhere, OwnAffair.
    """
    with transaction():
        found = lock_payout(payout, states=(State.FAILED,), operator_id=operator_id)
        found.state, found.batch, found.approved_by = State.ASKED, None, None
        found.failure, found.reference, found.sent_at = "", "", None
        found.acted_by = operator_id
        found.save()
    return payout_record(found)


@transaction_required
def settle(found: Payout, sent: Sent, *, provider: str, attempt: int, now: dt.datetime) -> None:
    """Take over how a locked payout stands at its provider; what is settled stays as it is.

    A provider that takes back what it had paid makes the payout fail after all. What is said of an
    earlier attempt changes nothing.
    """
    if found.attempt != attempt:
        return
    found.reference = sent.reference or found.reference
    if sent.outcome == Outcome.SUCCEEDED and found.state in UNDER_WAY:
        outside = provider_account(provider=provider, unit=found.unit, now=now)
        legs = (Leg(on_their_way(unit=found.unit, now=now), -found.net), Leg(outside, found.net))
        _post(found, "paid", legs, provider, now)
        found.state, found.settled_at, found.again_at = State.PAID, now, None
        _tell(found, "payouts.paid", now)
    elif sent.outcome == Outcome.FAILED and found.state in (*UNDER_WAY, State.PAID):
        if found.state == State.PAID:
            outside = provider_account(provider=provider, unit=found.unit, now=now)
            way = on_their_way(unit=found.unit, now=now)
            _post(found, "bounced", (Leg(outside, -found.net), Leg(way, found.net)), provider, now)
        found.state, found.settled_at, found.again_at = State.FAILED, None, None
        found.failure = sent.failure[:60] or "refused"
        _tell(found, "payouts.failed", now)
    elif sent.outcome == Outcome.WAITING and found.state in UNDER_WAY:
        found.state, found.again_at = State.SENT, now + LOOK_EVERY
        found.sent_at = found.sent_at or now
    found.save()


@transaction_required
def give_back(found: Payout, *, failure: str, now: dt.datetime) -> None:
    """Reverse what asking for a locked payout booked, all of it."""
    reverse_transfer(
        transfer_id=found.transfer_id,
        key=f"payout-{found.public_id}-back",
        reason="payouts.back",
        now=now,
    )
    found.state, found.settled_at, found.again_at = State.RETURNED, now, None
    found.failure = failure
    found.save()
    if failure != "canceled":
        _tell(found, "payouts.returned", now)


@transaction_required
def _post(
    found: Payout,
    step: Literal["paid", "bounced"],
    legs: tuple[Leg, ...],
    provider: str,
    now: dt.datetime,
) -> None:
    post_transfer(
        draft=Draft(
            key=f"payout-{found.public_id}-{step}-{found.attempt}",
            reason=f"payouts.{step}",
            legs=legs,
            params={"provider": provider},
            reference=found.public_id,
        ),
        now=now,
    )


@transaction_required
def _tell(found: Payout, kind: str, now: dt.datetime) -> None:
    if found.person_id is None:
        return
    notify(
        person_id=found.person_id,
        kind=kind,
        params={"amount": found.net if kind == "payouts.paid" else found.gross, "unit": found.unit},
        url=f"/wallet/payouts/{found.public_id}",
        key=f"{kind}-{found.public_id}-{found.attempt}",
        now=now,
    )
