"""Seats and codes under races, each with a control that fails with the guard off."""

import datetime as dt
import threading
from collections.abc import Iterable

import pytest
from django.db import connection

from meadow.accounts.models import Person
from meadow.core.testing import forget_jobs, race
from meadow.core.transactions import transaction_required
from meadow.programs.errors import InvitationInvalid
from meadow.programs.models import Invitation, Membership, Program
from meadow.programs.services import invitations, settling
from meadow.programs.testing import make_program
from meadow.programs.tests.people import NOW, look, make_followed

pytestmark = pytest.mark.django_db(transaction=True)
RUNNERS, SEATS = 8, 3


def crowd(program: Program) -> list[Person]:
    """Let everybody look at once for the same few seats."""
    people = [make_followed(6) for _number in range(RUNNERS)]
    race(lambda number: look(program, people[number]), runners=RUNNERS)
    forget_jobs()
    return people


def count_in(program: Program) -> int:
    """Return how many are in."""
    return Membership.objects.filter(program=program, state="admitted").count()


def test_as_many_come_in_as_there_are_seats_and_the_others_wait() -> None:
    program = make_program(capacity=SEATS)

    crowd(program)

    program.refresh_from_db()
    assert (count_in(program), program.admitted_count) == (SEATS, SEATS)
    assert Membership.objects.filter(state="waitlisted").count() == RUNNERS - SEATS
    assert len(set(Membership.objects.values_list("decision_id", flat=True))) == RUNNERS


def test_control_seats_that_are_counted_before_they_are_taken_are_sold_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    all_have_counted = threading.Barrier(RUNNERS)

    @transaction_required
    def count_then_take(*, program_id: int, wanted: int) -> int:
        program = Program.objects.get(pk=program_id)
        free = (program.capacity or 0) - program.admitted_count
        all_have_counted.wait(timeout=60)
        taken = min(wanted, max(free, 0))
        Program.objects.filter(pk=program_id).update(admitted_count=program.admitted_count + taken)
        return taken

    monkeypatch.setattr(settling, "take_seats", count_then_take)
    program = make_program(capacity=SEATS)

    crowd(program)

    assert count_in(program) > SEATS


def test_a_code_lets_one_in() -> None:
    program = make_program(stage="invited")
    people = [make_followed(6) for _number in range(RUNNERS)]
    code = invitations.issue_codes(
        slug="garden", count=1, expires_at=NOW + dt.timedelta(days=7), operator_id=1, now=NOW
    )[0].code

    results = race(
        lambda number: invitations.redeem_code(
            slug="garden", code=code.lower(), person_id=people[number].pk, now=NOW
        ),
        runners=RUNNERS,
    )

    forget_jobs()
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, InvitationInvalid) for result in results) == RUNNERS - 1
    assert count_in(program) == 1


def test_control_a_code_that_is_looked_up_before_it_is_used_lets_several_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    all_have_looked = threading.Barrier(RUNNERS)

    @transaction_required
    def look_then_use(chosen: Iterable[int], *, person_id: int, now: dt.datetime) -> None:
        found = Invitation.objects.get(pk__in=chosen, used_by__isnull=True)
        all_have_looked.wait(timeout=60)
        Invitation.objects.filter(pk=found.pk).update(used_by=person_id, used_at=now)

    monkeypatch.setattr(invitations, "_use", look_then_use)
    make_program(stage="invited")
    people = [make_followed(6) for _number in range(RUNNERS)]
    code = invitations.issue_codes(
        slug="garden", count=1, expires_at=NOW + dt.timedelta(days=7), operator_id=1, now=NOW
    )[0].code

    results = race(
        lambda number: invitations.redeem_code(
            slug="garden", code=code, person_id=people[number].pk, now=NOW
        ),
        runners=RUNNERS,
    )

    forget_jobs()
    assert sum(result is None for result in results) > 1


def test_the_same_person_at_the_same_moment_has_one_standing_and_one_decision() -> None:
    program, person = make_program(), make_followed(6)

    race(lambda _number: look(program, person), runners=RUNNERS)

    program.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM decisions_decision")
        decisions = cursor.fetchone()[0]
    forget_jobs()
    assert (count_in(program), program.admitted_count, decisions) == (1, 1, 1)
