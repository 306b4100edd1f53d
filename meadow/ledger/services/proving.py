"""Proving the books and keeping what came of it: by the clock, by command, or because somebody asks."""

import datetime as dt
from collections.abc import Callable
from typing import Final

from django.db.models import Sum

from meadow.core.ids import new_id
from meadow.core.jobs import enqueue, find_task
from meadow.core.transactions import transaction
from meadow.ledger.checking import INVARIANTS, Invariant, check_books
from meadow.ledger.models import Balance, BooksCheck
from meadow.ledger.queries.checks import check_record
from meadow.ledger.records import CheckRecord

Clock = Callable[[], dt.datetime]
JOB: Final = "ledger.prove"


def ask_check(*, operator_id: int, now: dt.datetime) -> CheckRecord:
    """Have the books proven by a job; whoever asks while one waits or runs gets that one.

    One that a broken worker left unfinished is begun anew.
    """
    with transaction():
        one = _open(BooksCheck.By.OPERATOR, now=now, operator_id=operator_id)
        enqueue(find_task(JOB), queueing_lock=f"{JOB}-{one.public_id}", check=one.public_id)
        return check_record(one)


def prove_books(
    *, by: str, clock: Clock, tell: Callable[[Invariant], None] | None = None
) -> CheckRecord:
    """Prove the books now and keep the result; `tell` hears of each invariant before it is asked.

    For a connection with no open transaction.
    """
    with transaction():
        one = _open(by, now=clock())
    return run_check(check=one.public_id, clock=clock, tell=tell)


def run_check(
    *, check: str, clock: Clock, tell: Callable[[Invariant], None] | None = None
) -> CheckRecord:
    """Prove the books for a check that was asked for; one that is done stays as it is."""
    one = BooksCheck.objects.get(public_id=check)
    if one.ended_at is not None:
        return check_record(one)
    one.started_at, one.proven, one.breaches = clock(), 0, []
    # Each entry raised the version of its balance by one, which the books are about to prove.
    one.entries = Balance.objects.aggregate(total=Sum("version"))["total"] or 0
    one.invariants = len(INVARIANTS)
    one.save()

    def note(invariant: Invariant) -> None:
        # Between two questions, so that a page shows how far it is.
        BooksCheck.objects.filter(pk=one.pk).update(proven=INVARIANTS.index(invariant))
        if tell is not None:
            tell(invariant)

    found = list(check_books(tell=note))
    one.breaches = [
        {"name": breach.invariant.name, "where": breach.where, "found": breach.found}
        for breach in found
    ]
    one.proven, one.ended_at = one.invariants, clock()
    one.save()
    return check_record(one)


def _open(by: str, *, now: dt.datetime, operator_id: int | None = None) -> BooksCheck:
    """Return the check of this kind that is not done, or a new one."""
    waiting = BooksCheck.objects.filter(by=by, ended_at__isnull=True).order_by("-pk").first()
    if waiting is not None:
        return waiting
    return BooksCheck.objects.create(
        public_id=new_id("q"),
        by=by,
        asked_by_id=operator_id,
        asked_at=now,
        invariants=len(INVARIANTS),
    )
