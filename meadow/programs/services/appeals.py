"""What a granted appeal does: the person is let in by name, whatever the decision was."""

import datetime as dt

from meadow.core.transactions import transaction_required
from meadow.decisions.records import AppealRecord
from meadow.programs.queries.gathering import find_program
from meadow.programs.services.grants import write_grant
from meadow.programs.services.steps import read_person
from meadow.programs.services.suspensions import lift


@transaction_required
def act_on_granted(appeal: AppealRecord, now: dt.datetime) -> None:
    """Let somebody in whose appeal was granted: a grant that an operator can revoke later.

    Part of the transaction of the answer. A suspension ends; a full program gives a place on the
    waitlist. Raises what granting raises, which undoes the answer.
    """
    if appeal.person_id is None:
        return
    program = find_program(appeal.decision.scope.partition("/")[2])
    words = f"{appeal.decision.public_id}: {appeal.answer}"[:500]
    write_grant(
        program=program,
        person_id=appeal.person_id,
        reason=words,
        operator_id=None,
        until=None,
        now=now,
    )
    scene = read_person(program=program, person_id=appeal.person_id, now=now, by_hand=True)
    standing = scene.standing(appeal.person_id)
    if standing is not None and standing.state == "suspended":
        lift(
            scene, person_id=appeal.person_id, operator_id=None, words=appeal.answer[:500], now=now
        )
