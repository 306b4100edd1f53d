"""Everybody as one program sees them, in columns: what a dry run holds a rule against.

The same facts as `gathering.get_entrants` gives of a few people, without a row in Python; a test
holds `blocked_codes` against `standing.blocked_by`, person by person.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from meadow.accounts.census import Census, code_of, read_census, read_lots
from meadow.core.columns import read_columns
from meadow.programs.metrics import Column, Ids
from meadow.programs.models import STATES, Program
from meadow.programs.queries.gathering import terms_of
from meadow.programs.standing import INSIDE, LOTS, STAGES, Terms

Flags = NDArray[np.bool_]
# Why somebody who meets the rule stays out, in the order in which `blocked_by` asks.
BLOCKS: Final = (
    "",
    "program_closed",
    "not_built",
    "program_paused",
    "region_not_open",
    "stage",
    "needs_application",
    "needs_invitation",
)
_STANDINGS: Final = """
SELECT person_id::bigint, array_position(%(states)s::text[], state::text)::bigint
FROM programs_membership WHERE program_id = %(program)s ORDER BY person_id
"""
_INVITED: Final = """
SELECT DISTINCT coalesce(used_by_id, person_id)::bigint, (used_by_id IS NOT NULL)::int::bigint
FROM programs_invitation
WHERE program_id = %(program)s AND revoked_at IS NULL
  AND (used_by_id IS NOT NULL OR (person_id IS NOT NULL AND expires_at > %(now)s))
"""
_COHORT: Final = "SELECT person_id::bigint FROM programs_cohortplace WHERE program_id = %(program)s"
_APPROVED: Final = (
    "SELECT DISTINCT person_id::bigint FROM programs_application"
    " WHERE program_id = %(program)s AND state = 'accepted'"
)
_GRANTED: Final = (
    "SELECT person_id::bigint FROM programs_grant WHERE program_id = %(program)s"
    " AND revoked_at IS NULL AND (until IS NULL OR until > %(now)s)"
)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Everybody active in the order of `census.ids`; `states` are places in STATES from 1, 0 none."""

    program: Program
    terms: Terms
    census: Census
    states: Ids
    granted: Flags
    approved: Flags
    invited: Flags
    accepted: Flags
    in_cohort: Flags
    lots: Ids | None
    now: dt.datetime

    @property
    def ids(self) -> Ids:
        """Return the people, ascending."""
        return self.census.ids

    def are(self, *states: str) -> Flags:
        """Return who is in one of these states."""
        return np.isin(self.states, [STATES.index(state) + 1 for state in states])

    @property
    def inside(self) -> Flags:
        """Return who is in now."""
        return self.are(*INSIDE)


def read_crowd(*, program: Program, now: dt.datetime) -> Crowd:
    """Return everybody active as a program sees them at `now`, in six or seven statements."""
    terms = terms_of(program)
    census = read_census(now=now)
    people, states = _ask(_STANDINGS, program, now, columns=2)
    found, taken = _ask(_INVITED, program, now, columns=2)
    accepted = np.isin(census.ids, found[taken == 1])
    return Crowd(
        program=program,
        terms=terms,
        census=census,
        states=Column(ids=people, values=states).at(census.ids),
        granted=np.isin(census.ids, _ask(_GRANTED, program, now)[0]),
        approved=np.isin(census.ids, _ask(_APPROVED, program, now)[0]),
        invited=np.isin(census.ids, found) | accepted,
        accepted=accepted,
        in_cohort=np.isin(census.ids, _ask(_COHORT, program, now)[0]),
        # Drawing a million lots takes a second: only where they decide something.
        lots=_draw(census.ids, program) if terms.stage == "percentage" else None,
        now=now,
    )


def blocked_codes(crowd: Crowd) -> Ids:
    """Return what keeps each person out who meets the rule, as places in BLOCKS; 0 is nothing."""
    terms, everybody = crowd.terms, np.ones(len(crowd.ids), dtype=bool)
    free = crowd.granted | crowd.census.staff
    # Whoever waits had passed the stage when they joined the list.
    passed = _passed_stage(crowd) | crowd.are("waitlisted")
    in_region = (
        np.isin(crowd.census.regions, [code_of(code) for code in terms.regions])
        if terms.regions
        else everybody
    )
    return np.select(
        [
            everybody if terms.killed else ~everybody,
            everybody if not terms.built else ~everybody,
            everybody if terms.paused else ~everybody,
            free,
            ~in_region,
            ~passed,
            ~crowd.approved if terms.admission == "application" else ~everybody,
            ~crowd.accepted if terms.admission == "invitation" else ~everybody,
        ],
        [1, 2, 3, 0, 4, 5, 6, 7],
        default=0,
    ).astype(np.int64)


def _passed_stage(crowd: Crowd) -> Flags:
    terms = crowd.terms
    if terms.stage == "open":
        return np.ones(len(crowd.ids), dtype=bool)
    reached = STAGES.index(terms.stage)
    passed = crowd.census.staff.copy()
    if reached >= 1:
        passed |= crowd.invited
    if reached >= 2:
        passed |= crowd.in_cohort
    if reached >= 3 and crowd.lots is not None:
        passed |= crowd.lots < terms.percentage * (LOTS // 100)
    return passed


def _draw(ids: Ids, program: Program) -> Ids:
    people, lots = read_lots(salt=program.salt)
    return Column(ids=people, values=lots).at(ids)


def _ask(statement: str, program: Program, now: dt.datetime, *, columns: int = 1) -> list[Any]:
    values = {"program": program.pk, "now": now, "states": list(STATES)}
    return list(read_columns(statement, values, columns=columns))
