"""Grants by name and evidence that other packages push."""

import datetime as dt

import pytest

from meadow.core.errors import InvalidInput
from meadow.programs.models import Membership
from meadow.programs.queries import my_standing
from meadow.programs.services.grants import grant_place, push_evidence, revoke_grant
from meadow.programs.testing import make_program
from meadow.programs.tests.people import (
    DAY,
    NOW,
    look,
    make_followed,
    operator,
    reason_of,
    state_of,
)

pytestmark = pytest.mark.django_db


def test_a_grant_lets_in_and_its_end_is_a_grace_period() -> None:
    program, person = make_program(stage="internal"), make_followed(0)
    by = operator().pk

    grant_place(
        slug="garden", person_id=person.pk, reason="Wrote the book.", operator_id=by, now=NOW
    )
    assert reason_of(program, person) == "granted"
    assert my_standing("garden", person.pk, NOW).words == "Wrote the book."

    revoke_grant(slug="garden", person_id=person.pk, operator_id=by, now=NOW)
    assert state_of(program, person) == "grace"


def test_a_grant_that_ends_is_looked_at_on_its_day() -> None:
    program, person = make_program(), make_followed(0)

    grant_place(
        slug="garden",
        person_id=person.pk,
        reason="For a week.",
        operator_id=None,
        until=NOW + 7 * DAY,
        now=NOW,
    )

    row = Membership.objects.get(program=program, person=person)
    assert row.recheck_at == NOW + 7 * DAY
    look(program, person, now=NOW + 7 * DAY)
    assert state_of(program, person) == "grace"


def test_a_grant_needs_a_reason() -> None:
    make_program()
    with pytest.raises(InvalidInput):
        grant_place(
            slug="garden", person_id=make_followed(0).pk, reason=" ", operator_id=None, now=NOW
        )


def test_pushed_evidence_admits_until_it_expires() -> None:
    course = {
        "all": [
            {
                "key": "course",
                "metric": "evidence",
                "operator": ">=",
                "threshold": 50,
                "params": {"name": "course"},
            }
        ]
    }
    program, person = make_program(rule=course), make_followed(0)
    push_evidence(person_id=person.pk, name="course", value=50, now=NOW, expires_at=NOW + 9 * DAY)

    look(program, person)

    row = Membership.objects.get(program=program, person=person)
    assert (row.state, row.recheck_at) == ("admitted", NOW + 9 * DAY)
    look(program, person, now=NOW + 9 * DAY + dt.timedelta(seconds=1))
    assert state_of(program, person) == "grace"
