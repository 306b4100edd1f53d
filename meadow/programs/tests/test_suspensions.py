"""Suspensions: what they keep, how they end, and who may not decide."""

import pytest

from meadow.decisions.appeal_services import answer_appeal, open_appeal
from meadow.programs.errors import (
    NotYourOwn,
)
from meadow.programs.queries import my_standing
from meadow.programs.services.suspensions import lift_suspension, suspend
from meadow.programs.testing import make_program
from meadow.programs.tests.people import (
    DAY,
    NOW,
    ask,
    look,
    make_followed,
    operator,
    reason_of,
    set_followers,
    state_of,
)

pytestmark = pytest.mark.django_db


def test_a_granted_appeal_ends_a_suspension() -> None:
    program, person = make_program(), make_followed(6)
    look(program, person)
    suspend(
        slug="garden",
        person_id=person.pk,
        words="Sold seats.",
        until=None,
        operator_id=operator().pk,
        now=NOW,
    )
    assert not ask(person).allowed

    appeal = open_appeal(
        decision=my_standing("garden", person.pk, NOW).decision_id,
        person_id=person.pk,
        words="That was my brother, as the log shows.",
        now=NOW,
    )
    answer_appeal(
        appeal=appeal.public_id,
        reviewer_id=operator().pk,
        upheld=True,
        words="It was your brother, the log shows it.",
        now=NOW,
    )

    assert ask(person).allowed
    assert reason_of(program, person) == "suspension_lifted"


def test_a_suspension_keeps_the_seat_and_ends_by_itself() -> None:
    program, person, waits = make_program(capacity=1), make_followed(6), make_followed(6)
    look(program, person)
    look(program, waits)

    suspend(
        slug="garden",
        person_id=person.pk,
        words="Cool down.",
        until=NOW + 7 * DAY,
        operator_id=operator().pk,
        now=NOW,
    )
    assert ask(person).reason == "suspended"
    look(program, waits, person, now=NOW + 6 * DAY)
    assert [state_of(program, one) for one in (person, waits)] == ["suspended", "waitlisted"]

    look(program, person, now=NOW + 7 * DAY)
    assert reason_of(program, person) == "suspension_over"
    assert ask(person).allowed


def test_lifting_a_suspension_of_who_lost_a_criterion_begins_their_grace() -> None:
    program, person = make_program(), make_followed(6)
    look(program, person)
    by = operator().pk
    suspend(slug="garden", person_id=person.pk, words="Why.", until=None, operator_id=by, now=NOW)
    set_followers(person, 1)

    lift_suspension(slug="garden", person_id=person.pk, words="Fine.", operator_id=by, now=NOW)

    assert state_of(program, person) == "grace"


def test_an_operator_decides_nothing_about_themselves() -> None:
    program, person = make_program(), make_followed(6, role="operator")
    look(program, person)

    with pytest.raises(NotYourOwn):
        suspend(
            slug="garden",
            person_id=person.pk,
            words="Me.",
            until=None,
            operator_id=person.pk,
            now=NOW,
        )

    assert state_of(program, person) == "admitted"
