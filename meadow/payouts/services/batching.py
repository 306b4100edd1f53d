"""Batches: drawn up by one operator, approved or refused by another, sent by the worker or by file."""

import datetime as dt

from meadow.core.ids import new_id
from meadow.core.jobs import enqueue, find_task
from meadow.core.transactions import transaction, transaction_required
from meadow.payouts.errors import (
    BatchDecided,
    BatchEmpty,
    KeyTaken,
    NotByFile,
    SecondPersonNeeded,
)
from meadow.payouts.limits import LONGEST_NOTE, MOST_IN_BATCH
from meadow.payouts.models import Batch, Payout
from meadow.payouts.providers import find_way
from meadow.payouts.records import BatchRecord, batch_record
from meadow.payouts.services.locking import lock_batch, lock_payouts_of

State = Payout.State


def draw_up_batch(
    *, provider: str, unit: str, operator_id: int, key: str, now: dt.datetime
) -> BatchRecord:
    """Put what waits and `provider` can pay into a batch, the longest waiting first, once a key.

    MOST_IN_BATCH at most. Raises WayMissing, BatchEmpty, KeyTaken.
    """
    way = find_way(provider)
    with transaction():
        known = Batch.objects.filter(made_by=operator_id, key=key).first()
        if known is not None:
            if (known.provider, known.unit) != (provider, unit):
                raise KeyTaken
            return batch_record(known)
        # Two who draw up at once take different payouts; what another has locked waits for the next.
        waiting = Payout.objects.select_for_update(of=["self"], skip_locked=True).filter(
            state=State.ASKED, unit=unit, method__kind__in=way.kinds
        )
        found = list(waiting.order_by("pk")[:MOST_IN_BATCH])
        if not found:
            raise BatchEmpty
        batch = Batch.objects.create(
            public_id=new_id("B"),
            provider=provider,
            unit=unit,
            count=len(found),
            total=sum(one.net for one in found),
            key=key,
            made_by=operator_id,
            made_at=now,
        )
        ids = [one.pk for one in found]
        Payout.objects.filter(pk__in=ids).update(state=State.BATCHED, batch=batch)
    return batch_record(batch)


def approve_batch(
    *, batch: str, count: int, total: int, operator_id: int, now: dt.datetime
) -> BatchRecord:
    """Let a batch leave, as it was seen: `count` payouts of `total` minor units.

    Again by the same person changes nothing. Raises BatchMissing, BatchDecided, SecondPersonNeeded,
    WayMissing.
    """
    with transaction():
        found = lock_batch(batch)
        if (found.state, found.decided_by) == (Batch.State.APPROVED, operator_id):
            return batch_record(found)
        payouts = lock_payouts_of(found)
        seen = (len(payouts), sum(one.net for one in payouts))
        if found.state != Batch.State.DRAFTED or seen != (count, total) or not payouts:
            raise BatchDecided
        if operator_id in {found.made_by, *(one.person_id for one in payouts)}:
            raise SecondPersonNeeded
        by_file = find_way(found.provider).by_file
        found.count, found.total = seen
        found.state, found.decided_by, found.decided_at = Batch.State.APPROVED, operator_id, now
        found.save()
        Payout.objects.filter(pk__in=[one.pk for one in payouts]).update(
            state=State.APPROVED, approved_by=operator_id, again_at=None if by_file else now
        )
        if not by_file:
            for one in payouts:
                enqueue(find_task("payouts.send"), payout=one.public_id)
    return batch_record(found)


def refuse_batch(*, batch: str, note: str, operator_id: int, now: dt.datetime) -> BatchRecord:
    """Let the payouts of a batch wait for another; whoever drew it up may do so too.

    Again changes nothing. Raises BatchMissing, BatchDecided.
    """
    with transaction():
        found = lock_batch(batch)
        if found.state == Batch.State.REFUSED:
            return batch_record(found)
        if found.state != Batch.State.DRAFTED:
            raise BatchDecided
        lock_payouts_of(found)
        Payout.objects.filter(batch=found).update(state=State.ASKED, batch=None)
        found.state, found.decided_by, found.decided_at = Batch.State.REFUSED, operator_id, now
        found.note = note[:LONGEST_NOTE]
        found.save()
    return batch_record(found)


def file_batch(*, batch: str, operator_id: int, now: dt.datetime) -> BatchRecord:
    """Note that the bank file of an approved batch was taken: its payouts are sent from then on.

    Again it is the same file. Raises BatchMissing, NotByFile.
    """
    with transaction():
        found = lock_batch(batch)
        if found.state != Batch.State.APPROVED or not find_way(found.provider).by_file:
            raise NotByFile
        if found.filed_at is None:
            found.filed_at, found.filed_by = now, operator_id
            found.save()
            for one in lock_payouts_of(found):
                if one.state == State.APPROVED:
                    one.state, one.sent_at = State.SENT, now
                    one.attempt += 1
                    one.save()
    return batch_record(found)


@transaction_required
def leave_batch(payout: Payout) -> None:
    """Take a locked payout out of its batch; saved by the caller.

    The batch's own row is left alone: whoever approves counts what is in it, under its lock.
    """
    payout.batch, payout.approved_by, payout.again_at = None, None, None
