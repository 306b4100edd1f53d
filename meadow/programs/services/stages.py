"""What an operator turns: stage, share, seats, regions, periods, pause and kill switch."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypedDict

from django.utils.translation import gettext as _

from meadow.accounts.queries import find_by_handles
from meadow.accounts.regions import is_region
from meadow.core.errors import InvalidInput
from meadow.core.transactions import transaction, transaction_required
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
# After a change of one of these somebody else may come in.
OPENING: Final = frozenset({"stage", "percentage", "regions", "admission"})


class Settings(TypedDict, total=False):
    """What an operator sets; what is left out stays. `capacity` None is no limit of seats."""

    stage: str
    percentage: int
    admission: str
    capacity: int | None
    regions: Sequence[str]
    grace_days: int
    notice_days: int
    reapply_days: int
    appeal_days: int
    next_review: dt.date | None


def change_settings(*, slug: str, wanted: Settings, operator_id: int, now: dt.datetime) -> None:
    """Change several settings at once, all of them or none; nobody who is in loses their place.

    Free seats go to who waits. Raises ProgramMissing; CapacityBelowSeats where more people are in
    than there would be seats; InvalidInput, which names every field that is to be mended.
    """
    with transaction():
        program = lock_program(slug)
        _check(program, wanted)
        after: dict[str, Any] = {**wanted}
        if "regions" in after:
            after["regions"] = sorted(set(after["regions"]))
        before = {name: getattr(program, name) for name in after}
        changed = {name: value for name, value in after.items() if value != before[name]}
        if not changed:
            return
        Program.objects.filter(pk=program.pk).update(**changed)
        _log_settings(program, changed, operator_id=operator_id, now=now)
        if changed.keys() & OPENING:
            enqueue_full_pass(program_id=program.pk)
        if "capacity" in changed:
            enqueue_filling(program_id=program.pk)


def change_stage(
    *, slug: str, stage: str, percentage: int, operator_id: int, now: dt.datetime
) -> None:
    """Move a program to a stage, as `change_settings` does."""
    wanted: Settings = {"stage": stage, "percentage": percentage}
    change_settings(slug=slug, wanted=wanted, operator_id=operator_id, now=now)


def change_capacity(*, slug: str, capacity: int | None, operator_id: int, now: dt.datetime) -> None:
    """Set how many seats there are, None for no limit, as `change_settings` does."""
    change_settings(slug=slug, wanted={"capacity": capacity}, operator_id=operator_id, now=now)


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
        program = lock_program(slug)
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


@transaction_required
def _log_settings(
    program: Program, changed: Mapping[str, Any], *, operator_id: int, now: dt.datetime
) -> None:
    """Add a line a setting to the change log, stage and percentage in one, and tell once."""
    lines: dict[str, tuple[Any, Any]] = {}
    if changed.keys() & {"stage", "percentage"}:
        before = {"stage": program.stage, "percentage": program.percentage}
        staged = {name: changed[name] for name in before if name in changed}
        lines["stage"] = (before, before | staged)
    for name, value in changed.items():
        if name not in ("stage", "percentage"):
            lines[name] = (_plain(getattr(program, name)), _plain(value))
    logged = [
        log_change(
            program=program, kind=kind, before=old, after=new, operator_id=operator_id, now=now
        )
        for kind, (old, new) in lines.items()
    ]
    if lines.keys() - {"next_review"}:
        tell_watchers(program=program, what=str(logged[0]), now=now)


def _check(program: Program, wanted: Settings) -> None:
    """Refuse what cannot be, all of it at once."""
    faults = {name: [said] for name, value in wanted.items() if (said := _fault(name, value))}
    capacity = wanted.get("capacity")
    full = "capacity" not in faults and capacity is not None and capacity < program.admitted_count
    if full and not faults:
        raise CapacityBelowSeats(admitted=program.admitted_count)
    if full:
        faults["capacity"] = [CapacityBelowSeats(admitted=program.admitted_count).sentences()]
    if faults:
        raise InvalidInput(fields=faults)


def _fault(name: str, value: Any) -> str:
    """Return what is wrong with one setting, or an empty string."""
    if name == "stage" and value not in STAGES:
        return _("Choose one of the listed stages.")
    if name == "admission" and value not in ADMISSIONS:
        return _("Choose one of the listed ways.")
    if name == "percentage" and not 0 <= value <= 100:
        return _("Give a whole number from 0 to 100.")
    if name == "capacity" and value is not None and not 0 <= value <= MOST_SEATS:
        return _("Give a whole number from 0 to 100,000,000, or nothing.")
    if name in PERIODS and not 0 <= value <= LONGEST_DAYS:
        return _("Give a whole number of days from 0 to 365.")
    if name == "regions" and (unknown := [code for code in value if not is_region(code)]):
        return _("“%(code)s” is not the code of a region.") % {"code": unknown[0][:8]}
    return ""


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


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
        program = lock_program(slug)
        if (getattr(program, name) is None) == (value is None):
            return
        Program.objects.filter(pk=program.pk).update(**{name: value})
        line = log_change(
            program=program, kind=kind, note=note.strip(), operator_id=operator_id, now=now
        )
        tell_watchers(program=program, what=str(line), now=now)
        if value is None:
            enqueue_full_pass(program_id=program.pk)


@transaction_required
def lock_program(slug: str) -> Program:
    """Return a program's row, which nobody else changes until the use case ends."""
    found = find_program(slug)
    return Program.objects.select_for_update(no_key=True).get(pk=found.pk)
