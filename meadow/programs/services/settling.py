"""Settling where people stand: the one step behind an event, a clock, a full pass and an operator."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import connection

from meadow.core.jobs import enqueue, find_task
from meadow.core.transactions import transaction_required
from meadow.decisions.records import BY_RULE
from meadow.programs.evaluation import EPOCH, Outcome, evaluate, read_changes, read_values
from meadow.programs.models import Membership, Program
from meadow.programs.queries.gathering import (
    ActiveRule,
    Place,
    get_active_rule,
    get_entrants,
    get_last_rule,
    get_places,
    next_grant_ends,
    terms_of,
)
from meadow.programs.queries.graduations import (
    Graduation,
    read_graduation_looks,
    read_graduations,
)
from meadow.programs.services.seats import give_back_seats, take_seats
from meadow.programs.services.writing import Change, holds_seat, write_changes
from meadow.programs.standing import INSIDE, Entrant, Standing, Terms, next_look, next_standing

# Sorted, so that two that lock some of the same people cannot wait for each other.
_LOCK = """
SELECT count(pg_advisory_xact_lock(%s, person))
FROM (SELECT DISTINCT (id %% 2147483647)::int AS person
      FROM unnest(%s::bigint[]) AS id ORDER BY 1) AS people
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """A program and some of its people as they are now, locked until the use case ends."""

    program: Program
    active: ActiveRule
    terms: Terms
    places: Mapping[int, Place]
    entrants: Mapping[int, Entrant]
    outcomes: Mapping[int, Outcome]
    graduations: Mapping[int, Graduation]

    def standing(self, person_id: int) -> Standing | None:
        """Return where a person stands."""
        place = self.places.get(person_id)
        return place.standing if place else None


@transaction_required
def lock_people(*, program_id: int, person_ids: Sequence[int]) -> None:
    """Let nobody else settle these people in this program until the use case ends."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [program_id, list(person_ids)])


@transaction_required
def read_scene(
    *, program_id: int, person_ids: Sequence[int], now: dt.datetime, by_hand: bool = False
) -> Scene | None:
    """Lock people and read all that decides about them; None where no rule is in force.

    `by_hand` is what a person asked for: it is held by the last rule where none is in force.

    Everything is read after the lock: who settles them next sees what came meanwhile.
    """
    lock_people(program_id=program_id, person_ids=person_ids)
    program = Program.objects.get(pk=program_id)
    active = get_last_rule(program_id) if by_hand else get_active_rule(program_id)
    if active is None:
        return None
    entrants = get_entrants(program=program, person_ids=person_ids, now=now)
    values = read_values(rule=active.rule, person_ids=list(entrants), now=now)
    terms = terms_of(program)
    places = get_places(program_id=program_id, person_ids=person_ids)
    return Scene(
        program=program,
        active=active,
        terms=terms,
        places=places,
        entrants=entrants,
        outcomes={
            person: evaluate(rule=active.rule, values=found) for person, found in values.items()
        },
        graduations=read_graduations(
            program=program,
            standings={person: place.standing for person, place in places.items()},
            terms=terms,
            now=now,
        ),
    )


@transaction_required
def settle(
    *,
    program_id: int,
    person_ids: Sequence[int],
    now: dt.datetime,
    promoted: Sequence[int] = (),
    decided_by: str = BY_RULE,
) -> list[Change]:
    """Bring people to where they belong now and return what changed; the others keep their row.

    `promoted` are those of the waitlist whose turn it is. A newcomer gets a seat only while nobody
    waits. Run it as often as you like: a second time changes nothing.
    """
    scene = read_scene(program_id=program_id, person_ids=person_ids, now=now)
    if scene is None:
        return []
    return settle_scene(scene, now=now, promoted=promoted, decided_by=decided_by)


@transaction_required
def settle_scene(
    scene: Scene,
    *,
    now: dt.datetime,
    promoted: Sequence[int] = (),
    decided_by: str = BY_RULE,
    words: str = "",
) -> list[Change]:
    """Settle people who are locked and read already; `words` are an operator's own reason."""
    wished = {person: _next(scene, person, seat=True, now=now) for person in scene.entrants}
    freed = sum(
        holds_seat(scene.standing(person)) and not holds_seat(after)
        for person, after in wished.items()
    )
    give_back_seats(program_id=scene.program.pk, count=freed)
    seated = _seat(scene, wished, promoted=promoted)
    changes = []
    for person in sorted(scene.entrants, key=lambda one: scene.entrants[one].lot):
        seat = person in seated
        before = scene.standing(person)
        after = wished[person]
        if not seat and _enters(before, after):
            after = _next(scene, person, seat=False, now=now)
        if after is not None and after is not before:
            changes.append(
                Change(
                    person_id=person,
                    before=before,
                    after=after,
                    entrant=scene.entrants[person],
                    outcome=scene.outcomes[person],
                    graduation=scene.graduations.get(person),
                    # One who was in needs no seat; what is recorded is what was decided with.
                    seat=seat or holds_seat(before),
                    words=words,
                )
            )
    changes = _with_looks(scene, changes, now=now)
    write_changes(
        program=scene.program,
        active=scene.active,
        changes=changes,
        now=now,
        decided_by=decided_by,
    )
    _keep_looking(scene, {change.person_id for change in changes}, now=now)
    if freed:
        enqueue_filling(program_id=scene.program.pk)
    return changes


@transaction_required
def enqueue_filling(*, program_id: int) -> None:
    """Have free seats given to who waits, once this use case has committed."""
    enqueue(
        find_task("programs.fill_seats"),
        program_id=program_id,
        lock=f"programs.fill.{program_id}",
        queueing_lock=f"programs.fill.{program_id}",
    )


def _next(scene: Scene, person: int, *, seat: bool, now: dt.datetime) -> Standing | None:
    graduation = scene.graduations.get(person)
    return next_standing(
        current=scene.standing(person),
        met=scene.outcomes[person].met,
        terms=scene.terms,
        entrant=scene.entrants[person],
        seat=seat,
        now=now,
        graduates=graduation is None or graduation.outcome.met,
    )


def _enters(before: Standing | None, after: Standing | None) -> bool:
    return holds_seat(after) and not holds_seat(before)


@transaction_required
def _seat(
    scene: Scene, wished: Mapping[int, Standing | None], *, promoted: Sequence[int]
) -> set[int]:
    """Take seats for those who come in, and return who got one: who waited first, then by lot."""
    # A dictionary keeps their order and finds one at once.
    entering = {one: None for one, after in wished.items() if _enters(scene.standing(one), after)}
    turn = [one for one in promoted if one in entering]
    fresh = [one for one in entering if not _waits(scene, one)]
    fresh.sort(key=lambda one: scene.entrants[one].lot)
    if fresh and not turn and _somebody_waits(scene.program.pk):
        fresh = []
    order = turn or fresh
    return set(order[: take_seats(program_id=scene.program.pk, wanted=len(order))])


def _waits(scene: Scene, person: int) -> bool:
    standing = scene.standing(person)
    return standing is not None and standing.state == "waitlisted"


def _somebody_waits(program_id: int) -> bool:
    waiting = Membership.objects.filter(program_id=program_id, state="waitlisted")
    return waiting.filter(person__is_active=True).exists()


def looks_of(
    scene: Scene, standings: Mapping[int, Standing], *, now: dt.datetime
) -> dict[int, dt.datetime]:
    """Return when each standing may change by time alone, of those that may."""
    watched = [one for one, found in standings.items() if found.state in (*INSIDE, "waitlisted")]
    by_rule = read_changes(rule=scene.active.rule, person_ids=watched, now=now) if watched else None
    looks: dict[int, dt.datetime] = {}
    if by_rule is not None:
        for person, micros in zip(by_rule.ids.tolist(), by_rule.values.tolist(), strict=True):
            looks[person] = EPOCH + dt.timedelta(microseconds=micros)
    granted = next_grant_ends(program_id=scene.program.pk, person_ids=watched, now=now)
    held = read_graduation_looks(
        program=scene.program, standings=standings, terms=scene.terms, now=now
    )
    found = {
        person: min(
            (
                at
                for at in (
                    looks.get(person),
                    granted.get(person),
                    held.get(person),
                    next_look(standing, terms=scene.terms),
                )
                if at is not None
            ),
            default=None,
        )
        for person, standing in standings.items()
    }
    return {person: at for person, at in found.items() if at is not None}


def _with_looks(scene: Scene, changes: Sequence[Change], *, now: dt.datetime) -> list[Change]:
    looks = looks_of(scene, {one.person_id: one.after for one in changes}, now=now)
    return [replace(one, recheck_at=looks.get(one.person_id)) for one in changes]


@transaction_required
def _keep_looking(scene: Scene, changed: set[int], *, now: dt.datetime) -> None:
    """Note when to look again at those who stay where they are: their next moment may have moved."""
    stay = {
        person: place.standing
        for person, place in scene.places.items()
        if person not in changed and person in scene.entrants
    }
    if not stay:
        return
    looks = looks_of(scene, stay, now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE programs_membership m SET recheck_at = n.at"
            " FROM unnest(%s::bigint[], %s::timestamptz[]) n (id, at)"
            " WHERE m.id = n.id AND m.recheck_at IS DISTINCT FROM n.at",
            [[scene.places[one].id for one in stay], [looks.get(one) for one in stay]],
        )
