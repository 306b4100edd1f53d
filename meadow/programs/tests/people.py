"""People with followers, and where they stand: what tests of admission share."""

import datetime as dt
from typing import Any
from unittest import mock

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.decisions.queries import list_decisions
from meadow.programs import checks
from meadow.programs.models import Membership, Program
from meadow.programs.services.admission import reconcile

NOW = dt.datetime(2026, 6, 1, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def make_followed(followers: int, **fields: Any) -> Person:
    """Return somebody with so many followers, of whom only the number exists."""
    return make_person(follower_count=followers, **fields)


def set_followers(person: Person, followers: int) -> None:
    """Change how many followers somebody has."""
    Person.objects.filter(pk=person.pk).update(follower_count=followers)


def look(program: Program, *people: Person, now: dt.datetime = NOW) -> None:
    """Settle these people as an event would."""
    reconcile(program_id=program.pk, person_ids=[one.pk for one in people], now=now)


def state_of(program: Program, person: Person) -> str:
    """Return a person's state, empty for none."""
    rows = Membership.objects.filter(program=program, person=person)
    return rows.values_list("state", flat=True).first() or ""


def ask(
    person: Person, capability: str = "garden.enter", *, now: dt.datetime = NOW
) -> checks.Answer:
    """Return the answer that another process, which remembers nothing, gives at a moment."""
    checks.forget_programs()
    with mock.patch.object(checks, "now", return_value=now):
        return checks.decide(person.pk, capability)


def reason_of(program: Program, person: Person) -> str:
    """Return the reason code of a person's state."""
    return Membership.objects.values_list("reason", flat=True).get(program=program, person=person)


def operator() -> Person:
    """Return somebody who runs the installation."""
    return make_person(role="operator")


def outcomes(person: Person) -> list[str]:
    """Return what was decided about somebody, the oldest first."""
    return [one.outcome for one in reversed(list_decisions(person.pk).items)]
