"""Applying with answers, the answer to that, and taking it back."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from meadow.core.ids import new_id
from meadow.core.transactions import transaction, transaction_required
from meadow.programs.errors import (
    AnswersInvalid,
    ApplicationMissing,
    CannotApply,
    ReviewedAlready,
)
from meadow.programs.models import Application, Program
from meadow.programs.queries.gathering import find_program
from meadow.programs.queries.standings import why_not_apply
from meadow.programs.services.settling import Scene, settle_scene
from meadow.programs.services.steps import (
    facts_of,
    move_person,
    name_operator,
    read_person,
    require_another,
)
from meadow.programs.standing import Standing

LONGEST_ANSWER: Final = 2000
LONGEST_WORDS: Final = 1000


def apply(*, slug: str, person_id: int, answers: Mapping[str, Any], now: dt.datetime) -> str:
    """Hand an application in and return its public id.

    Raises ProgramMissing, CannotApply with the reason, AnswersInvalid.
    """
    with transaction():
        program = find_program(slug)
        scene = read_person(program=program, person_id=person_id, now=now)
        standing, entrant, outcome = facts_of(scene, person_id)
        why = why_not_apply(
            terms=scene.terms,
            standing=standing,
            entrant=entrant,
            meets=outcome.met or entrant.granted,
            now=now,
        )
        if why:
            raise CannotApply(why=why)
        application = Application.objects.create(
            public_id=new_id("y"),
            program=program,
            person_id=person_id,
            answers=read_answers(program, answers),
            applied_at=now,
        )
        move_person(
            scene,
            person_id=person_id,
            after=Standing(state="applied", reason="applied", since=now),
            now=now,
        )
    return application.public_id


def review_application(
    *,
    public_id: str,
    accept: bool,
    words: str,
    reviewer_id: int,
    now: dt.datetime,
) -> None:
    """Answer an application: who is accepted and meets the rule is in, or waits for a seat.

    `words` are read by the applicant; a refusal needs some. Raises ApplicationMissing,
    ReviewedAlready, NotYourOwn, AnswersInvalid.
    """
    said = words.strip()
    if len(said) > LONGEST_WORDS or (not accept and len(said) < 3):
        raise AnswersInvalid(fields={"words": [_("Say why, in 3 to 1,000 characters.")]})
    with transaction():
        application = _lock_open(public_id)
        require_another(operator_id=reviewer_id, person_id=application.person_id)
        Application.objects.filter(pk=application.pk).update(
            state="accepted" if accept else "refused",
            reviewed_by_id=reviewer_id,
            reviewed_at=now,
            words=said,
        )
        program, by = application.program, name_operator(reviewer_id)
        # Read after the answer: an accepted application is one of the facts.
        scene = read_person(
            program=program, person_id=application.person_id, now=now, by_hand=not accept
        )
        if accept:
            settle_scene(scene, now=now, decided_by=by, words=said)
            return
        move_person(
            scene,
            person_id=application.person_id,
            after=Standing(
                state="refused",
                reason="application_refused",
                since=now,
                reapply_at=now + dt.timedelta(days=program.reapply_days),
            ),
            now=now,
            decided_by=by,
            words=said,
        )


@transaction_required
def withdraw(scene: Scene, *, person_id: int, now: dt.datetime) -> None:
    """Take a person's open application back."""
    Application.objects.filter(program=scene.program, person_id=person_id, state="open").update(
        state="withdrawn"
    )
    move_person(
        scene,
        person_id=person_id,
        after=Standing(state="left", reason="application_withdrawn", since=now),
        now=now,
    )


def read_answers(program: Program, answers: Mapping[str, Any]) -> dict[str, str]:
    """Return the answers to a program's questions, trimmed. Raises AnswersInvalid by question."""
    found: dict[str, str] = {}
    faults: dict[str, list[str]] = {}
    for question in program.questions:
        key = question["key"]
        said = answers.get(key, "")
        most = int(question.get("max_length", LONGEST_ANSWER))
        if not isinstance(said, str):
            faults[key] = [_("Answer with a text.")]
        elif question.get("required", True) and not said.strip():
            faults[key] = [_("This question needs an answer.")]
        elif len(said.strip()) > most:
            faults[key] = [_("At most %(most)s characters fit.") % {"most": most}]
        elif question.get("options") and said.strip() not in {"", *question["options"]}:
            faults[key] = [_("Choose one of the listed answers.")]
        else:
            found[key] = said.strip()
    if faults:
        raise AnswersInvalid(fields=faults)
    return found


@transaction_required
def _lock_open(public_id: str) -> Application:
    application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("program")
        .filter(public_id=public_id)
        .first()
    )
    if application is None:
        raise ApplicationMissing
    if application.state != "open":
        raise ReviewedAlready
    return application
