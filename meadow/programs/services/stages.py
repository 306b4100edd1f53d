"""What an operator turns: stage, share, seats, regions, periods, pause and kill switch."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db import IntegrityError
from django.utils.translation import gettext as _

from meadow.accounts.queries import find_by_handles
from meadow.accounts.regions import is_region
from meadow.core.errors import InvalidInput
from meadow.core.transactions import savepoint, transaction, transaction_required
from meadow.programs.errors import CapacityBelowSeats
from meadow.programs.models import ADMISSIONS, STAGES, CohortPlace, Program
from meadow.programs.queries.gathering import find_program
from meadow.programs.services.admission import enqueue_full_pass, mark_people
from meadow.programs.services.changes import log_change, tell_watchers
from meadow.programs.services.settling import enqueue_filling

LONGEST_DAYS: Final = 365
MOST_SEATS: Final = 100_000_000
MOST_HANDLES: Final = 10_000
PERIODS: Final = ("grace_days", "notice_days", "reapply_days", "appeal_days")


def change_stage(
    *, slug: str, stage: str, percentage: int, operator_id: int, now: dt.datetime
) -> None:
    """Move a program to a stage; nobody who is in loses their place. Raises InvalidInput."""
    if stage not in STAGES:
        raise InvalidInput(fields={"stage": [_("Choose one of the listed stages.")]})
    if not 0 <= percentage <= 100:
        raise InvalidInput(fields={"percentage": [_("Give a whole number from 0 to 100.")]})
    with transaction():
        program = _lock(slug)
        before = {"stage": program.stage, "percentage": program.percentage}
        after = {"stage": stage, "percentage": percentage}
        if before == after:
            return
        Program.objects.filter(pk=program.pk).update(**after)
        _changed(program, "stage", before, after, operator_id=operator_id, now=now)
        enqueue_full_pass(program_id=program.pk)


def change_capacity(*, slug: str, capacity: int | None, operator_id: int, now: dt.datetime) -> None:
    """Set how many seats there are, None for no limit; free ones go to who waits.

    Raises CapacityBelowSeats when more people are in: nobody is ejected for a smaller number.
    """
    if capacity is not None and not 0 <= capacity <= MOST_SEATS:
        raise InvalidInput(
            fields={"capacity": [_("Give a whole number from 0 to 100,000,000, or nothing.")]}
        )
    with transaction():
        program = _lock(slug)
        if capacity == program.capacity:
            return
        if capacity is not None and capacity < program.admitted_count:
            raise CapacityBelowSeats(admitted=program.admitted_count)
        try:
            with savepoint():
                Program.objects.filter(pk=program.pk).update(capacity=capacity)
        except IntegrityError as taken:  # pragma: no cover - the lock above comes first
            raise CapacityBelowSeats(admitted=program.admitted_count) from taken
        _changed(program, "capacity", program.capacity, capacity, operator_id=operator_id, now=now)
        enqueue_filling(program_id=program.pk)


def change_regions(
    *, slug: str, regions: Sequence[str], operator_id: int, now: dt.datetime
) -> None:
    """Open a program in some regions (ISO 3166-1 codes), or with none in all. Raises InvalidInput."""
    wanted = sorted(set(regions))
    if unknown := [code for code in wanted if not is_region(code)]:
        said = _("“%(code)s” is not the code of a region.") % {"code": unknown[0][:8]}
        raise InvalidInput(fields={"regions": [said]})
    _set(slug, "regions", wanted, operator_id=operator_id, now=now, then=enqueue_full_pass)


def change_admission(*, slug: str, admission: str, operator_id: int, now: dt.datetime) -> None:
    """Choose how people come in: automatic, application or invitation. Raises InvalidInput."""
    if admission not in ADMISSIONS:
        raise InvalidInput(fields={"admission": [_("Choose one of the listed ways.")]})
    _set(slug, "admission", admission, operator_id=operator_id, now=now, then=enqueue_full_pass)


def change_period(*, slug: str, period: str, days: int, operator_id: int, now: dt.datetime) -> None:
    """Set grace, notice, reapply or appeal days; clocks that run keep their end. Raises InvalidInput."""
    if period not in PERIODS:
        raise InvalidInput(fields={"period": [_("Choose one of the listed periods.")]})
    if not 0 <= days <= LONGEST_DAYS:
        raise InvalidInput(fields={period: [_("Give a whole number of days from 0 to 365.")]})
    _set(slug, period, days, operator_id=operator_id, now=now)


def change_next_review(
    *, slug: str, on: dt.date | None, operator_id: int, now: dt.datetime
) -> None:
    """Say in public when the program is looked at next, or that nothing is planned."""
    with transaction():
        program = _lock(slug)
        before = program.next_review.isoformat() if program.next_review else None
        after = on.isoformat() if on else None
        if before == after:
            return
        Program.objects.filter(pk=program.pk).update(next_review=on)
        _changed(
            program, "next_review", before, after, operator_id=operator_id, now=now, tell=False
        )


def pause(*, slug: str, operator_id: int, now: dt.datetime, note: str = "") -> None:
    """Take nobody new in; who is in stays as they are."""
    _switch(slug, "paused_at", now, "paused", operator_id=operator_id, now=now, note=note)


def resume(*, slug: str, operator_id: int, now: dt.datetime, note: str = "") -> None:
    """Take people in again."""
    _switch(slug, "paused_at", None, "resumed", operator_id=operator_id, now=now, note=note)


def kill(*, slug: str, operator_id: int, now: dt.datetime, note: str = "") -> None:
    """Close the capability for everybody within a second; every standing is kept as it is."""
    _switch(slug, "killed_at", now, "killed", operator_id=operator_id, now=now, note=note)


def revive(*, slug: str, operator_id: int, now: dt.datetime, note: str = "") -> None:
    """Open the capability again to who was in; everybody is then looked at."""
    _switch(slug, "killed_at", None, "revived", operator_id=operator_id, now=now, note=note)


def set_cohort(
    *, slug: str, handles: Sequence[str], operator_id: int, now: dt.datetime
) -> list[str]:
    """Make these people the program's cohort and return the handles that nobody has.

    Who leaves the list and is in already stays in. Raises InvalidInput over 10,000 handles.
    """
    wanted = {handle.strip().lstrip("@").lower() for handle in handles if handle.strip()}
    if len(wanted) > MOST_HANDLES:
        raise InvalidInput(fields={"handles": [_("At most 10,000 people fit in a list.")]})
    found = find_by_handles(wanted)
    with transaction():
        program = _lock(slug)
        places = CohortPlace.objects.filter(program=program)
        before = places.count()
        places.exclude(person_id__in=found.values()).delete()
        CohortPlace.objects.bulk_create(
            [
                CohortPlace(program=program, person_id=person, added_at=now)
                for person in sorted(found.values())
            ],
            ignore_conflicts=True,
        )
        log_change(
            program=program,
            kind="cohort",
            before=before,
            after=len(found),
            operator_id=operator_id,
            now=now,
        )
        mark_people(person_ids=list(found.values()), now=now)
    return sorted(wanted - found.keys())


def _set(
    slug: str,
    name: str,
    value: Any,
    *,
    operator_id: int,
    now: dt.datetime,
    then: Callable[..., None] | None = None,
) -> None:
    with transaction():
        program = _lock(slug)
        before = getattr(program, name)
        if before == value:
            return
        Program.objects.filter(pk=program.pk).update(**{name: value})
        _changed(program, name, before, value, operator_id=operator_id, now=now)
        if then is not None:
            then(program_id=program.pk)


def _switch(
    slug: str,
    name: str,
    value: dt.datetime | None,
    kind: str,
    *,
    operator_id: int,
    now: dt.datetime,
    note: str,
) -> None:
    with transaction():
        program = _lock(slug)
        if (getattr(program, name) is None) == (value is None):
            return
        Program.objects.filter(pk=program.pk).update(**{name: value})
        _changed(program, kind, None, None, operator_id=operator_id, now=now, note=note)
        if value is None:
            enqueue_full_pass(program_id=program.pk)


@transaction_required
def _changed(
    program: Program,
    kind: str,
    before: Any,
    after: Any,
    *,
    operator_id: int,
    now: dt.datetime,
    note: str = "",
    tell: bool = True,
) -> None:
    line = log_change(
        program=program,
        kind=kind,
        before=before,
        after=after,
        note=note.strip(),
        operator_id=operator_id,
        now=now,
    )
    if tell:
        tell_watchers(program=program, what=str(line), now=now)


@transaction_required
def _lock(slug: str) -> Program:
    found = find_program(slug)
    return Program.objects.select_for_update(no_key=True).get(pk=found.pk)
