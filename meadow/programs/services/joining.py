"""What people do themselves: leave, come back, ask to hear of changes, look at a program."""

import datetime as dt
from dataclasses import replace

from meadow.core.database import find_prepared
from meadow.core.transactions import transaction
from meadow.programs.errors import NothingToLeave
from meadow.programs.models import ProgramVisit, Watch
from meadow.programs.queries.gathering import find_program
from meadow.programs.services.applications import withdraw
from meadow.programs.services.settling import settle_scene
from meadow.programs.services.steps import move_person, read_person
from meadow.programs.standing import INSIDE, Standing


def leave(*, slug: str, person_id: int, now: dt.datetime) -> None:
    """Leave a program, its waitlist or one's own application. Raises NothingToLeave."""
    with transaction():
        scene = read_person(program=find_program(slug), person_id=person_id, now=now, by_hand=True)
        standing = scene.standing(person_id)
        if standing is None or standing.state not in (*INSIDE, "waitlisted", "applied"):
            raise NothingToLeave
        if standing.state == "applied":
            withdraw(scene, person_id=person_id, now=now)
            return
        move_person(
            scene,
            person_id=person_id,
            after=Standing(
                state="left", reason="left", since=now, admitted_at=standing.admitted_at
            ),
            now=now,
        )


def come_back(*, slug: str, person_id: int, now: dt.datetime) -> bool:
    """Come back after leaving, if the program takes one in now; returns whether something changed."""
    with transaction():
        scene = read_person(program=find_program(slug), person_id=person_id, now=now)
        returning = replace(scene.entrants[person_id], returns=True)
        changes = settle_scene(replace(scene, entrants={person_id: returning}), now=now)
    return bool(changes)


def watch(*, slug: str, person_id: int, now: dt.datetime) -> None:
    """Tell this person when the program's rule, stage or seats change."""
    program = find_program(slug)
    with transaction():
        Watch.objects.get_or_create(program=program, person_id=person_id, defaults={"since": now})


def unwatch(*, slug: str, person_id: int) -> None:
    """Tell them no more."""
    program = find_program(slug)
    with transaction():
        Watch.objects.filter(program=program, person_id=person_id).delete()


def note_visit(*, program_id: int, person_id: int, now: dt.datetime) -> None:
    """Keep when somebody first looked at a program: the funnel begins there."""
    if find_prepared(ProgramVisit, program_id=program_id, person_id=person_id):
        return
    with transaction():
        ProgramVisit.objects.bulk_create(
            [ProgramVisit(program_id=program_id, person_id=person_id, first_at=now)],
            ignore_conflicts=True,
        )
