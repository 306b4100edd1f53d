"""What services that change one person by hand share: who decides, and one change written down."""

import datetime as dt
from collections.abc import Sequence

from meadow.accounts.queries import get_facts
from meadow.core.transactions import transaction_required
from meadow.decisions.records import BY_RULE
from meadow.programs.errors import CannotApply, NotYourOwn, StandingMissing
from meadow.programs.evaluation import Outcome
from meadow.programs.models import Program
from meadow.programs.services.seats import give_back_seats
from meadow.programs.services.settling import Scene, enqueue_filling, looks_of, read_scene
from meadow.programs.services.writing import Change, holds_seat, write_changes
from meadow.programs.standing import Entrant, Standing
from meadow.programs.words import say_reason


def name_operator(operator_id: int | None) -> str:
    """Return who decides as a decision record says it; None is the installation itself."""
    if operator_id is None:
        return BY_RULE
    facts = get_facts([operator_id]).get(operator_id)
    return f"operator:{facts.public_id}" if facts else BY_RULE


def require_another(*, operator_id: int, person_id: int) -> None:
    """Raise NotYourOwn where somebody would decide about themselves."""
    if operator_id == person_id:
        raise NotYourOwn


@transaction_required
def read_person(
    *, program: Program, person_id: int, now: dt.datetime, by_hand: bool = False
) -> Scene:
    """Lock one person and read all that decides about them. Raises CannotApply, StandingMissing.

    `by_hand` goes on while no rule is in force, held by the last one.
    """
    scene = read_scene(program_id=program.pk, person_ids=[person_id], now=now, by_hand=by_hand)
    if scene is None:
        raise CannotApply(why=say_reason("no_rule"))
    if person_id not in scene.entrants:
        raise StandingMissing
    return scene


@transaction_required
def move_person(
    scene: Scene,
    *,
    person_id: int,
    after: Standing,
    now: dt.datetime,
    decided_by: str = BY_RULE,
    words: str = "",
) -> None:
    """Write one person's new standing; a seat that they held and do not need goes to who waits."""
    move_people(
        scene, person_ids=[person_id], after=after, now=now, decided_by=decided_by, words=words
    )


@transaction_required
def move_people(
    scene: Scene,
    *,
    person_ids: Sequence[int],
    after: Standing,
    now: dt.datetime,
    decided_by: str = BY_RULE,
    words: str = "",
) -> None:
    """Write one new standing for people of a scene, as `move_person` does."""
    looks = looks_of(scene, dict.fromkeys(person_ids, after), now=now)
    freed = sum(
        holds_seat(scene.standing(person)) and not holds_seat(after) for person in person_ids
    )
    if freed:
        give_back_seats(program_id=scene.program.pk, count=freed)
        enqueue_filling(program_id=scene.program.pk)
    write_changes(
        program=scene.program,
        active=scene.active,
        changes=[
            Change(
                person_id=person,
                before=scene.standing(person),
                after=after,
                entrant=scene.entrants[person],
                outcome=scene.outcomes[person],
                seat=holds_seat(scene.standing(person)),
                recheck_at=looks.get(person),
                words=words,
            )
            for person in person_ids
        ],
        now=now,
        decided_by=decided_by,
    )


def facts_of(scene: Scene, person_id: int) -> tuple[Standing | None, Entrant, Outcome]:
    """Return a person's standing, what the program knows of them, and the rule's answer."""
    return scene.standing(person_id), scene.entrants[person_id], scene.outcomes[person_id]
