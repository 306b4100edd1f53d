"""The steps of a pilot, changed by operators: wider for who is at them, never tighter."""

import datetime as dt
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from meadow.core.transactions import transaction, transaction_required
from meadow.programs.errors import PilotNarrowed
from meadow.programs.models import Membership, Program
from meadow.programs.pilots import Step, narrows, read_pilot, steps_of
from meadow.programs.services.admission import mark_people
from meadow.programs.services.changes import log_change, tell_watchers
from meadow.programs.services.stages import lock_program


def change_pilot(*, slug: str, pilot: Any, operator_id: int, now: dt.datetime) -> None:
    """Have newcomers begin with other steps, or with none; who is in the pilot follows at once.

    That can only be to their good: a step that somebody is at, or is yet to come to, gets neither
    longer nor tighter. Whoever is past the last step is in without limits. Raises ProgramMissing,
    PilotInvalid, PilotNarrowed.
    """
    with transaction():
        program = lock_program(slug)
        wanted = read_pilot(pilot, capability=program.capability)
        if wanted == (program.pilot or None):
            return
        _refuse_narrower(program, steps_of(program.pilot), steps_of(wanted))
        Program.objects.filter(pk=program.pk).update(pilot=wanted)
        line = log_change(
            program=program,
            kind="pilot",
            before=program.pilot,
            after=wanted,
            operator_id=operator_id,
            now=now,
        )
        tell_watchers(program=program, what=str(line), now=now)
        # Their steps may be over sooner now.
        mark_people(person_ids=list(_at_a_step(program)), now=now)


@transaction_required
def _refuse_narrower(program: Program, before: Sequence[Step], after: Sequence[Step]) -> None:
    """Raise PilotNarrowed where a step gets tighter that somebody is at or is yet to come to."""
    at = list(_at_a_step(program).values())
    if not at:
        return
    for number, (old, new) in enumerate(zip_longest(before, after)):
        concerned = sum(step <= number for step in at)
        if concerned and narrows(old, new):
            raise PilotNarrowed(people=concerned, step=number + 1)


def _at_a_step(program: Program) -> dict[int, int]:
    """Return the step of everybody in the pilot, those in a grace period or suspended too."""
    rows = Membership.objects.filter(program=program, step_since__isnull=False)
    return dict(rows.order_by("person_id").values_list("person_id", "step"))
