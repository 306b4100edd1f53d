"""Who is not in and comes to meet a rule by time alone is looked at in that second.

A membership notes when to look again; who has none, or has lost it, is foreseen once a day here.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

import numpy as np

from meadow.core.jobs import enqueue, find_task
from meadow.core.transactions import transaction
from meadow.programs.evaluation import (
    EPOCH,
    evaluate,
    evaluate_many,
    read_changes,
    read_columns,
    read_values,
)
from meadow.programs.metrics import Ids
from meadow.programs.queries.gathering import get_active_rule
from meadow.programs.rules import Rule
from meadow.programs.services.admission import reconcile

# A day and an hour: the next pass over everybody has come by then.
AHEAD: Final = dt.timedelta(hours=25)
PEOPLE_A_JOB: Final = 500
SECOND: Final = dt.timedelta(seconds=1)


def foresee(*, program_id: int, now: dt.datetime) -> int:
    """Schedule a look at everybody whom the next day lets meet the rule; returns how many."""
    active = get_active_rule(program_id)
    if active is None:
        return 0
    until = now + AHEAD
    today, then = (_who_meets(active.rule, at=at) for at in (now, until))
    coming = np.setdiff1d(then, today, assume_unique=True).tolist()
    _schedule(program_id, active.rule, coming, now=now, until=until)
    return len(coming)


def look_at_foreseen(
    *, program_id: int, person_ids: Sequence[int], until: dt.datetime, now: dt.datetime
) -> None:
    """Settle people whose moment has come; who needs another moment before `until` gets that one."""
    reconcile(program_id=program_id, person_ids=person_ids, now=now)
    active = get_active_rule(program_id)
    if active is None:
        return
    values = read_values(rule=active.rule, person_ids=person_ids, now=now)
    waiting = [pk for pk in person_ids if not evaluate(rule=active.rule, values=values[pk]).met]
    _schedule(program_id, active.rule, waiting, now=now, until=until)


def _who_meets(rule: Rule, *, at: dt.datetime) -> Ids:
    """Return who meets a rule at a moment if nothing else happens until then."""
    people = read_columns(rule=rule, now=at)
    return people.ids[evaluate_many(rule=rule, columns=people.columns).met]


def _schedule(
    program_id: int, rule: Rule, ids: Sequence[int], *, now: dt.datetime, until: dt.datetime
) -> None:
    """Enqueue a look at each person at the full second after their next moment, those of one together."""
    if not ids:
        return
    found = read_changes(rule=rule, person_ids=ids, now=now)
    by_second: dict[int, list[int]] = {}
    for person, micros in zip(found.ids.tolist(), found.values.tolist(), strict=True):
        by_second.setdefault(-(-micros // 10**6), []).append(person)
    with transaction():
        for second, people in sorted(by_second.items()):
            at = EPOCH + second * SECOND
            if at > until:
                continue
            for start in range(0, len(people), PEOPLE_A_JOB):
                enqueue(
                    find_task("programs.look_at_foreseen"),
                    schedule_at=at,
                    program_id=program_id,
                    person_ids=people[start : start + PEOPLE_A_JOB],
                    until=until.isoformat(),
                )
