"""The row that everything of one payee waits for, and when they are paid by the clock."""

import datetime as dt

from meadow.core.transactions import transaction, transaction_required
from meadow.payouts.errors import MethodMissing
from meadow.payouts.models import Payee, PayoutMethod
from meadow.payouts.queries import read_schedule, terms_in_force
from meadow.payouts.records import ScheduleRecord
from meadow.payouts.terms import next_turn


@transaction_required
def lock_payee(person_id: int) -> Payee:
    """Return the row of a payee that nobody else changes until the use case ends."""
    Payee.objects.bulk_create([Payee(person_id=person_id)], ignore_conflicts=True)
    return Payee.objects.select_for_update(of=["self"]).get(person_id=person_id)


def set_schedule(
    *, person_id: int, schedule: str, unit: str, method: str, now: dt.datetime
) -> ScheduleRecord:
    """Choose when all that is free of a currency is paid out by itself, and to which account.

    Raises UnitNotPaid, MethodMissing.
    """
    with transaction():
        payee = lock_payee(person_id)
        payee.schedule = schedule
        if schedule == Payee.Schedule.NEVER:
            payee.next_at = None
        else:
            own = PayoutMethod.objects.filter(person_id=person_id, public_id=method)
            found = own.exclude(state=PayoutMethod.State.REMOVED).first()
            if found is None:
                raise MethodMissing
            payee.method, payee.unit = found, unit
            payee.next_at = next_turn(schedule, terms_in_force(unit), now)
        payee.save()
    return read_schedule(person_id)


def due_payees(*, now: dt.datetime, most: int = 500) -> list[int]:
    """Return whose turn has come, the longest waiting first."""
    due = Payee.objects.filter(next_at__lte=now).order_by("next_at", "pk")
    return list(due.values_list("person_id", flat=True)[:most])
