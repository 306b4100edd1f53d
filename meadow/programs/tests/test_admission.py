"""Coming in, losing a criterion, waiting for a seat, pausing and switching off."""

import datetime as dt

import pytest

from meadow.decisions.queries import get_decisions, list_decisions
from meadow.notifications.queries import list_notifications
from meadow.programs.errors import CapacityBelowSeats
from meadow.programs.models import Membership, Program
from meadow.programs.services.admission import fill_seats, look_again, reconcile_everybody
from meadow.programs.services.joining import come_back, leave
from meadow.programs.services.stages import (
    change_capacity,
    change_stage,
    kill,
    pause,
    resume,
    revive,
)
from meadow.programs.testing import make_program
from meadow.programs.tests.people import (
    DAY,
    NOW,
    ask,
    look,
    make_followed,
    reason_of,
    set_followers,
    state_of,
)

pytestmark = pytest.mark.django_db
OPERATOR = 1


def test_who_meets_the_rule_is_in_with_a_decision_and_news() -> None:
    program, person = make_program(), make_followed(6)

    look(program, person)

    row = Membership.objects.get(program=program, person=person)
    decision = get_decisions([row.decision_id])[row.decision_id]
    news = list_notifications(person_id=person.pk).items
    assert (row.state, row.reason, row.admitted_at) == ("admitted", "criteria_met", NOW)
    assert (decision.outcome, decision.rule_version) == ("admitted", "garden.v1")
    assert decision.inputs["values"] == {"followers": 6}
    assert [(one.kind, one.url) for one in news] == [("programs.admitted", "/programs/garden/me")]


def test_one_too_few_stays_out_without_a_trace() -> None:
    program, person = make_program(), make_followed(5)

    look(program, person)

    assert state_of(program, person) == ""
    assert list_decisions(person.pk).items == []


def test_looking_a_second_time_changes_nothing() -> None:
    program, person = make_program(), make_followed(6)

    look(program, person)
    look(program, person, now=NOW + DAY)

    assert len(list_decisions(person.pk).items) == 1
    assert len(list_notifications(person_id=person.pk).items) == 1


def test_losing_a_criterion_is_a_grace_period_and_then_the_end() -> None:
    program, person = make_program(grace_days=14), make_followed(6)
    look(program, person)
    set_followers(person, 5)

    look(program, person, now=NOW + DAY)

    row = Membership.objects.get(program=program, person=person)
    assert (row.state, row.grace_until) == ("grace", NOW + 15 * DAY)
    assert row.recheck_at == NOW + 15 * DAY
    assert ask(person).allowed

    look_again(now=NOW + 15 * DAY - dt.timedelta(seconds=1))
    assert state_of(program, person) == "grace"
    assert ask(person, now=NOW + 15 * DAY - dt.timedelta(microseconds=1)).allowed
    late = ask(person, now=NOW + 15 * DAY)
    assert (late.allowed, late.reason, late.state) == (False, "grace_over", "grace")

    look_again(now=NOW + 15 * DAY)
    assert (state_of(program, person), reason_of(program, person)) == ("lapsed", "grace_over")
    assert not ask(person).allowed
    program.refresh_from_db()
    assert program.admitted_count == 0


def test_who_meets_it_again_in_time_stays() -> None:
    program, person = make_program(), make_followed(6)
    look(program, person)
    set_followers(person, 5)
    look(program, person, now=NOW + DAY)
    set_followers(person, 7)

    look(program, person, now=NOW + 2 * DAY)

    row = Membership.objects.get(program=program, person=person)
    assert (row.state, row.reason) == ("admitted", "criteria_met_again")
    assert (row.admitted_at, row.grace_until) == (NOW, None)


def test_a_full_program_has_a_waitlist_and_a_freed_seat_goes_to_its_first() -> None:
    program = make_program(capacity=1)
    first, second, third = make_followed(6), make_followed(7), make_followed(8)
    look(program, first)
    look(program, second)
    look(program, third, now=NOW + DAY)
    assert [state_of(program, one) for one in (first, second, third)] == [
        "admitted",
        "waitlisted",
        "waitlisted",
    ]

    leave(slug="garden", person_id=first.pk, now=NOW + DAY)
    came_in = fill_seats(program_id=program.pk, now=NOW + DAY)

    assert came_in == 1
    assert state_of(program, second) == "admitted"
    assert reason_of(program, second) == "seat_freed"
    assert state_of(program, third) == "waitlisted"


def test_a_newcomer_does_not_pass_the_waitlist() -> None:
    program = make_program(capacity=1)
    first, waits, newcomer = make_followed(6), make_followed(6), make_followed(600)
    look(program, first)
    look(program, waits)
    leave(slug="garden", person_id=first.pk, now=NOW)

    look(program, newcomer)

    assert state_of(program, newcomer) == "waitlisted"
    fill_seats(program_id=program.pk, now=NOW)
    assert state_of(program, waits) == "admitted"
    assert state_of(program, newcomer) == "waitlisted"


def test_who_waits_and_no_longer_meets_the_rule_gives_the_turn_to_the_next() -> None:
    program = make_program(capacity=1)
    first, waits, next_one = make_followed(6), make_followed(6), make_followed(6)
    look(program, first)
    look(program, waits)
    look(program, next_one, now=NOW + DAY)
    set_followers(waits, 0)
    leave(slug="garden", person_id=first.pk, now=NOW)

    fill_seats(program_id=program.pk, now=NOW + DAY)

    assert [state_of(program, one) for one in (waits, next_one)] == ["lapsed", "admitted"]


def test_seats_grow_for_who_waits_and_do_not_shrink_below_who_is_in() -> None:
    program = make_program(capacity=1)
    people = [make_followed(6) for _number in range(3)]
    look(program, *people)
    assert Membership.objects.filter(state="admitted").count() == 1

    change_capacity(slug="garden", capacity=2, operator_id=OPERATOR, now=NOW)
    fill_seats(program_id=program.pk, now=NOW)

    assert Membership.objects.filter(state="admitted").count() == 2
    with pytest.raises(CapacityBelowSeats):
        change_capacity(slug="garden", capacity=1, operator_id=OPERATOR, now=NOW)
    assert Program.objects.get(pk=program.pk).capacity == 2


def test_pause_takes_nobody_in_and_throws_nobody_out() -> None:
    program, inside, outside = make_program(), make_followed(6), make_followed(6)
    look(program, inside)

    pause(slug="garden", operator_id=OPERATOR, now=NOW)
    look(program, inside, outside)

    assert ask(inside).allowed
    assert state_of(program, outside) == ""

    resume(slug="garden", operator_id=OPERATOR, now=NOW)
    reconcile_everybody(program_id=program.pk, now=NOW)
    assert state_of(program, outside) == "admitted"


def test_the_kill_switch_closes_the_capability_and_keeps_every_standing() -> None:
    program, person = make_program(), make_followed(6)
    look(program, person)

    kill(slug="garden", operator_id=OPERATOR, now=NOW)
    set_followers(person, 0)
    look(program, person, now=NOW + 100 * DAY)

    answer = ask(person)
    assert (answer.allowed, answer.reason) == (False, "program_closed")
    assert state_of(program, person) == "admitted"

    set_followers(person, 6)
    revive(slug="garden", operator_id=OPERATOR, now=NOW)
    assert ask(person).allowed


def test_a_region_that_is_not_open_keeps_out() -> None:
    program = make_program(regions=["DE"])
    here, there = make_followed(6, region="DE"), make_followed(6, region="FR")

    look(program, here, there)

    assert [state_of(program, one) for one in (here, there)] == ["admitted", ""]


def test_going_back_a_stage_ejects_nobody() -> None:
    program, person = make_program(), make_followed(6)
    look(program, person)

    change_stage(slug="garden", stage="internal", percentage=0, operator_id=OPERATOR, now=NOW)
    reconcile_everybody(program_id=program.pk, now=NOW)

    assert state_of(program, person) == "admitted"


def test_who_left_comes_back_only_when_they_ask() -> None:
    program, person = make_program(), make_followed(6)
    look(program, person)
    leave(slug="garden", person_id=person.pk, now=NOW)

    look(program, person)
    assert state_of(program, person) == "left"

    assert come_back(slug="garden", person_id=person.pk, now=NOW)
    assert state_of(program, person) == "admitted"


def test_a_pilot_widens_step_by_step() -> None:
    pilot = [{"days": 7, "limits": {"minutes": 10}}, {"days": 7, "limits": {"minutes": 30}}]
    program, person = make_program(pilot=pilot), make_followed(6)

    look(program, person)
    first = ask(person)
    look_again(now=NOW + 7 * DAY)
    second = ask(person)
    look_again(now=NOW + 14 * DAY)
    third = ask(person)

    assert [one.limits for one in (first, second, third)] == [{"minutes": 10}, {"minutes": 30}, {}]
    assert [one.state for one in (first, second, third)] == ["pilot", "pilot", "admitted"]
