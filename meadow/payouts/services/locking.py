"""The locks of payouts: one row, or those of a batch in the order of their keys."""

from collections.abc import Sequence

from meadow.core.transactions import transaction_required
from meadow.payouts.errors import BatchMissing, OwnAffair, PayoutElsewhere, PayoutMissing
from meadow.payouts.models import Batch, Payout


@transaction_required
def lock_payout(
    public_id: str,
    *,
    states: Sequence[str] = (),
    person_id: int | None = None,
    operator_id: int | None = None,
) -> Payout:
    """Return a payout that nobody else changes until the use case ends, in one of `states`.

    `person_id`: only their own; `operator_id`: anything but their own. Raises PayoutMissing,
    PayoutElsewhere, OwnAffair.
    """
    rows = Payout.objects.select_for_update(of=["self"]).select_related("method", "batch")
    found = rows.filter(public_id=public_id).first()
    if found is None or (person_id is not None and found.person_id != person_id):
        raise PayoutMissing
    if operator_id is not None and found.person_id == operator_id:
        raise OwnAffair
    if states and found.state not in states:
        raise PayoutElsewhere
    return found


@transaction_required
def lock_batch(public_id: str) -> Batch:
    """Return a batch that nobody else decides until the use case ends. Raises BatchMissing."""
    found = Batch.objects.select_for_update().filter(public_id=public_id).first()
    if found is None:
        raise BatchMissing
    return found


@transaction_required
def lock_payouts_of(batch: Batch) -> list[Payout]:
    """Return the payouts of a batch, locked in the order of their keys."""
    rows = Payout.objects.select_for_update(of=["self"]).select_related("method")
    return list(rows.filter(batch=batch).order_by("pk"))
