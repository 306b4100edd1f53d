"""Suspending somebody who is in, with a reason and perhaps an end, and lifting it."""

import datetime as dt
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext as _

from meadow.core.errors import InvalidInput
from meadow.core.transactions import transaction, transaction_required
from meadow.programs.errors import StandingMissing
from meadow.programs.queries.gathering import find_program
from meadow.programs.services.settling import Scene
from meadow.programs.services.steps import (
    facts_of,
    move_person,
    name_operator,
    read_person,
    require_another,
)
from meadow.programs.standing import INSIDE, resume

LONGEST: Final = dt.timedelta(days=3653)


def suspend(
    *,
    slug: str,
    person_id: int,
    words: str,
    until: dt.datetime | None,
    operator_id: int,
    now: dt.datetime,
) -> None:
    """Close the capability to somebody who is in; their seat is kept. They read `words`.

    Raises ProgramMissing, StandingMissing, NotYourOwn, InvalidInput.
    """
    said = read_words(words)
    check_until(until, now=now)
    require_another(operator_id=operator_id, person_id=person_id)
    with transaction():
        scene = read_person(program=find_program(slug), person_id=person_id, now=now, by_hand=True)
        standing = scene.standing(person_id)
        if standing is None or standing.state not in INSIDE:
            raise StandingMissing
        move_person(
            scene,
            person_id=person_id,
            after=replace(
                standing,
                state="suspended",
                reason="suspended",
                since=now,
                grace_until=None,
                suspended_until=until,
            ),
            now=now,
            decided_by=name_operator(operator_id),
            words=said,
        )


def lift_suspension(
    *, slug: str, person_id: int, words: str, operator_id: int, now: dt.datetime
) -> None:
    """Open the capability again, or begin the grace period of who does not meet the rule now."""
    said = read_words(words)
    require_another(operator_id=operator_id, person_id=person_id)
    with transaction():
        scene = read_person(program=find_program(slug), person_id=person_id, now=now, by_hand=True)
        lift(scene, person_id=person_id, operator_id=operator_id, words=said, now=now)


@transaction_required
def lift(
    scene: Scene, *, person_id: int, operator_id: int | None, words: str, now: dt.datetime
) -> None:
    """Lift a suspension inside another use case. Raises StandingMissing."""
    standing, entrant, outcome = facts_of(scene, person_id)
    if standing is None or standing.state != "suspended":
        raise StandingMissing
    after = resume(
        standing,
        reason="suspension_lifted",
        meets=outcome.met or entrant.granted,
        terms=scene.terms,
        now=now,
    )
    move_person(
        scene,
        person_id=person_id,
        after=after,
        now=now,
        decided_by=name_operator(operator_id),
        words=words,
    )


def check_until(until: dt.datetime | None, *, now: dt.datetime) -> None:
    """Raise InvalidInput for an end that has passed or that nobody will see; None is no end."""
    if until is not None and not now < until <= now + LONGEST:
        said = _("Choose a moment that is yet to come, within ten years, or none.")
        raise InvalidInput(fields={"until": [said]})


def read_words(words: str) -> str:
    """Return an operator's reason, trimmed. Raises InvalidInput unless it has 3 to 500 characters."""
    said = words.strip()
    if not 3 <= len(said) <= 500:
        raise InvalidInput(fields={"words": [_("Say why, in 3 to 500 characters.")]})
    return said
