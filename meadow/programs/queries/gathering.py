"""What decides about people is gathered here: program, rule, standings and facts, many at a time."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from meadow.accounts.queries import get_facts
from meadow.core.database import fetch_prepared, find_prepared
from meadow.programs import rules
from meadow.programs.errors import ProgramMissing
from meadow.programs.models import Grant, Membership, Program, RuleVersion
from meadow.programs.standing import Entrant, Standing, Terms, draw_lot

# One statement for five small questions. The grants are those of `grants_in_force`.
_KNOWN: Final = """
SELECT 'invited', person_id FROM programs_invitation
WHERE program_id = %(program)s AND person_id = ANY(%(people)s) AND revoked_at IS NULL
  AND used_by_id IS NULL AND expires_at > %(now)s
UNION ALL
SELECT 'accepted', used_by_id FROM programs_invitation
WHERE program_id = %(program)s AND used_by_id = ANY(%(people)s) AND revoked_at IS NULL
UNION ALL
SELECT 'in_cohort', person_id FROM programs_cohortplace
WHERE program_id = %(program)s AND person_id = ANY(%(people)s)
UNION ALL
SELECT 'approved', person_id FROM programs_application
WHERE program_id = %(program)s AND person_id = ANY(%(people)s) AND state = 'accepted'
UNION ALL
SELECT 'granted', person_id FROM programs_grant
WHERE program_id = %(program)s AND person_id = ANY(%(people)s) AND revoked_at IS NULL
  AND (until IS NULL OR until > %(now)s)
"""


@dataclass(frozen=True, slots=True)
class ActiveRule:
    """The version of a program's rule that is in force."""

    number: int
    rule: rules.Rule


@dataclass(frozen=True, slots=True)
class Place:
    """A membership's row as services see it."""

    id: int
    person_id: int
    standing: Standing
    queue_place: int | None


def find_program(slug: str) -> Program:
    """Return a program's row. Raises ProgramMissing."""
    found = find_prepared(Program, slug=slug)
    if found is None:
        raise ProgramMissing
    return found


def get_active_rule(program_id: int) -> ActiveRule | None:
    """Return the rule in force, or None for a program that has none yet."""
    row = (
        RuleVersion.objects.filter(program_id=program_id, state="active")
        .values_list("number", "rule")
        .first()
    )
    return ActiveRule(number=row[0], rule=rules.from_json(row[1])) if row else None


def get_last_rule(program_id: int) -> ActiveRule | None:
    """Return the rule in force, or else the one that was last: what is done by hand is held by it."""
    rows = RuleVersion.objects.filter(program_id=program_id, state__in=("active", "retired"))
    row = rows.order_by("state", "-retired_at").values_list("number", "rule").first()
    return ActiveRule(number=row[0], rule=rules.from_json(row[1])) if row else None


def terms_of(program: Program) -> Terms:
    """Return how a program admits now."""
    return Terms(
        stage=program.stage,
        admission=program.admission,
        percentage=program.percentage,
        regions=tuple(program.regions),
        built=program.is_built,
        paused=program.paused_at is not None,
        killed=program.killed_at is not None,
        grace_days=program.grace_days,
        pilot_days=tuple(int(step["days"]) for step in program.pilot or ()),
    )


def get_places(*, program_id: int, person_ids: Collection[int]) -> dict[int, Place]:
    """Return where people stand, by person id; who never came near is missing."""
    rows = Membership.objects.filter(program_id=program_id, person_id__in=person_ids)
    return {row.person_id: place_of(row) for row in rows}


def place_of(row: Membership) -> Place:
    """Return a membership's row as a record."""
    return Place(
        id=row.pk,
        person_id=row.person_id,
        queue_place=row.queue_place,
        standing=Standing(
            state=row.state,
            reason=row.reason,
            since=row.since,
            admitted_at=row.admitted_at,
            grace_until=row.grace_until,
            suspended_until=row.suspended_until,
            reapply_at=row.reapply_at,
            step=row.step,
            step_since=row.step_since,
        ),
    )


def get_entrants(
    *, program: Program, person_ids: Sequence[int], now: dt.datetime
) -> dict[int, Entrant]:
    """Return what a program knows of people, in two queries; who is not active is missing."""
    facts = get_facts(person_ids)
    known = _read_known(program.pk, person_ids, now)
    accepted, in_cohort = known["accepted"], known["in_cohort"]
    approved, granted = known["approved"], known["granted"]
    # Who took an invitation up is invited for good.
    invited = known["invited"] | accepted
    return {
        person: Entrant(
            lot=draw_lot(salt=program.salt, person=fact.public_id),
            # Where somebody lives goes into a record only where it decides something.
            region=fact.region if program.regions else "",
            staff=fact.is_staff,
            invited=person in invited,
            accepted=person in accepted,
            in_cohort=person in in_cohort,
            approved=person in approved,
            granted=person in granted,
        )
        for person, fact in facts.items()
    }


def grants_in_force(now: dt.datetime) -> Any:
    """Return the grants that hold at `now`."""
    return Grant.objects.filter(Q(until__isnull=True) | Q(until__gt=now), revoked_at__isnull=True)


def next_grant_ends(
    *, program_id: int, person_ids: Sequence[int], now: dt.datetime
) -> Mapping[int, dt.datetime]:
    """Return when the grants of people end, of those that end."""
    ending = grants_in_force(now).filter(
        program_id=program_id, person_id__in=person_ids, until__isnull=False
    )
    return dict(ending.values_list("person_id", "until"))


def _read_known(
    program_id: int, person_ids: Sequence[int], now: dt.datetime
) -> dict[str, set[int]]:
    """Return who has what of a program, by what it is."""
    known: dict[str, set[int]] = {
        what: set() for what in ("invited", "accepted", "in_cohort", "approved", "granted")
    }
    values = {"program": program_id, "people": list(person_ids), "now": now}
    for what, person in fetch_prepared(_KNOWN, values):
        known[what].add(person)
    return known
