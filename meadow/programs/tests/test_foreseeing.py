"""Whoever is outside and comes to meet a rule by time alone is looked at in that second."""

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.integrity.testing import make_violation
from meadow.programs.models import Program
from meadow.programs.services.foreseeing import foresee, look_at_foreseen
from meadow.programs.testing import make_program
from meadow.programs.tests.people import DAY, NOW, look, make_followed, set_followers, state_of

HOUR = dt.timedelta(hours=1)
SECOND = dt.timedelta(seconds=1)
MOMENT = dt.timedelta(microseconds=1)
pytestmark = pytest.mark.django_db


def make_aged(*, days: int = 30) -> Program:
    """Return a program for who joined so many days ago and has more than 5 followers."""
    age = {
        "key": "age",
        "metric": "account_age_days",
        "operator": ">=",
        "threshold": days,
    }
    many = {"key": "followers", "metric": "followers", "operator": ">", "threshold": 5}
    return make_program(rule={"all": [age, many]})


def foreseen() -> list[tuple[dt.datetime, list[int]]]:
    """Return when people are looked at, and whom."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT scheduled_at, args FROM procrastinate_jobs WHERE status = 'todo'"
            " AND task_name = 'programs.look_at_foreseen' ORDER BY scheduled_at"
        )
        rows: list[tuple[dt.datetime, Any]] = cursor.fetchall()
    return [
        (at, (args if isinstance(args, dict) else json.loads(args))["person_ids"])
        for at, args in rows
    ]


def joined(at: dt.datetime, followers: int = 6) -> Person:
    return make_followed(followers, joined_at=at)


def test_who_fills_their_days_tomorrow_is_looked_at_in_that_second() -> None:
    program = make_aged()
    person = joined(NOW - 30 * DAY + 3 * HOUR + MOMENT)
    joined(NOW - 30 * DAY + 26 * HOUR)
    joined(NOW - 30 * DAY + 3 * HOUR, followers=5)
    joined(NOW - 31 * DAY)

    assert foresee(program_id=program.pk, now=NOW) == 1

    at = NOW + 3 * HOUR + SECOND
    assert foreseen() == [(at, [person.pk])]
    look_at_foreseen(program_id=program.pk, person_ids=[person.pk], until=NOW + DAY, now=at)
    assert state_of(program, person) == "admitted"


def test_people_of_one_second_are_one_job() -> None:
    program = make_aged()
    people = [joined(NOW - 30 * DAY + HOUR) for _number in range(3)]

    foresee(program_id=program.pk, now=NOW)

    assert foreseen() == [(NOW + HOUR, [one.pk for one in people])]


def test_who_needs_two_moments_gets_the_second_after_the_first() -> None:
    clean = {
        "key": "lately",
        "metric": "violations_recorded",
        "operator": "==",
        "threshold": 0,
        "params": {"within_days": 10},
    }
    program, person = make_program(rule={"all": [clean]}), make_person()
    for hours in (5, 2):
        make_violation(person.pk, opened_at=NOW - 10 * DAY + hours * HOUR)

    foresee(program_id=program.pk, now=NOW)
    (first,) = foreseen()
    look_at_foreseen(
        program_id=program.pk, person_ids=[person.pk], until=NOW + DAY, now=NOW + 2 * HOUR + SECOND
    )

    assert first == (NOW + 2 * HOUR + SECOND, [person.pk])
    assert foreseen()[1] == (NOW + 5 * HOUR + SECOND, [person.pk])
    assert state_of(program, person) == ""
    look_at_foreseen(
        program_id=program.pk, person_ids=[person.pk], until=NOW + DAY, now=NOW + 5 * HOUR + SECOND
    )
    assert state_of(program, person) == "admitted"


def test_who_loses_what_they_had_meanwhile_stays_outside() -> None:
    program = make_aged()
    person = joined(NOW - 30 * DAY + HOUR)
    foresee(program_id=program.pk, now=NOW)
    set_followers(person, 0)

    look_at_foreseen(program_id=program.pk, person_ids=[person.pk], until=NOW + DAY, now=NOW + HOUR)

    assert state_of(program, person) == ""
    assert len(foreseen()) == 1


def test_a_rule_that_time_does_not_touch_schedules_nothing() -> None:
    program, person = make_program(), make_followed(5)
    look(program, person)

    assert foresee(program_id=program.pk, now=NOW) == 0
    assert foreseen() == []
