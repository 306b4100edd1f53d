"""A rule that is retired with none after it: nobody comes in, and nobody loses what they have."""

import datetime as dt
from typing import Any

import pytest

from meadow.accounts.testing import make_person
from meadow.decisions.queries import public_keys, receipt
from meadow.decisions.receipts import verify
from meadow.programs.errors import (
    AnotherScheduled,
    CannotApply,
    NothingInForce,
    NoticeTooShort,
)
from meadow.programs.models import ChangeLog, Membership, Program, RuleVersion
from meadow.programs.queries import explain, program_page
from meadow.programs.queries.standings import my_standing
from meadow.programs.services.admission import look_again, reconcile_everybody
from meadow.programs.services.grants import grant_place, revoke_grant
from meadow.programs.services.joining import come_back, leave
from meadow.programs.services.rule_versions import (
    activate_due,
    draft_rule,
    retire_rule,
    schedule_rule,
)
from meadow.programs.services.suspensions import lift_suspension, suspend
from meadow.programs.testing import make_program
from meadow.programs.tests.people import DAY, NOW, ask, look, make_followed, set_followers, state_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def program() -> Program:
    return make_program(grace_days=7)


def retire(*, now: dt.datetime = NOW) -> int:
    return retire_rule(slug="garden", note="It was unfair.", operator_id=7, now=now)


def more_than(followers: int) -> dict[str, Any]:
    one = {"key": "followers", "metric": "followers", "operator": ">", "threshold": followers}
    return {"all": [one]}


def put_down(followers: int, *, start: dt.datetime, now: dt.datetime = NOW) -> int:
    rule = more_than(followers)
    number = draft_rule(slug="garden", rule=rule, note="", operator_id=None, now=now)
    return schedule_rule(slug="garden", number=number, active_from=start, operator_id=7, now=now)


def test_who_is_in_stays_in_and_nobody_comes_in(program: Program) -> None:
    inside, outside = make_followed(10), make_followed(2)
    look(program, inside, outside)

    assert retire() == 1

    set_followers(inside, 0)
    set_followers(outside, 100)
    reconcile_everybody(program_id=program.pk, now=NOW + DAY)
    assert (state_of(program, inside), state_of(program, outside)) == ("admitted", "")
    assert (ask(inside).allowed, ask(outside).allowed) == (True, False)
    assert RuleVersion.objects.get(program=program).state == "retired"


def test_a_grace_period_and_a_waitlist_stand_still(program: Program) -> None:
    Program.objects.filter(pk=program.pk).update(capacity=1)
    first, second = make_followed(10), make_followed(20)
    look(program, first)
    look(program, second)
    set_followers(first, 0)
    look(program, first)

    retire()
    reconcile_everybody(program_id=program.pk, now=NOW + 30 * DAY)
    seen = look_again(now=NOW + 30 * DAY)

    assert (state_of(program, first), state_of(program, second)) == ("grace", "waitlisted")
    assert seen.looked_at == 0
    assert ask(first).allowed


def test_the_change_log_and_the_explanation_say_it(program: Program) -> None:
    outside = make_followed(100)

    retire()

    page = program_page("garden", None, NOW)
    assert page.rule is None
    assert page.changes[0].words == (
        "Version 1 of the rule was retired and none follows: nobody new comes in,"
        " and everybody who is in stays in."
    )
    assert page.changes[0].note == "It was unfair."
    assert explain(outside.pk, "garden", NOW).met is False


def test_the_next_rule_warns_everybody_who_does_not_meet_it(program: Program) -> None:
    inside, kept = make_followed(10), make_followed(90)
    look(program, inside, kept)
    retire()

    with pytest.raises(NoticeTooShort):
        put_down(50, start=NOW + DAY)
    RuleVersion.objects.filter(program=program, state="draft").delete()
    told = put_down(50, start=NOW + 15 * DAY)
    activate_due(now=NOW + 15 * DAY)
    reconcile_everybody(program_id=program.pk, now=NOW + 15 * DAY)

    assert told == 1
    assert (state_of(program, inside), state_of(program, kept)) == ("grace", "admitted")


def test_clocks_go_on_with_the_next_rule(program: Program) -> None:
    person = make_followed(10)
    look(program, person)
    suspend(
        slug="garden",
        person_id=person.pk,
        words="A quarrel.",
        until=NOW + DAY,
        operator_id=7,
        now=NOW,
    )
    retire()
    look_again(now=NOW + 2 * DAY)
    assert state_of(program, person) == "suspended"

    put_down(3, start=NOW + 2 * DAY, now=NOW + 2 * DAY)
    look_again(now=NOW + 2 * DAY)

    assert state_of(program, person) == "admitted"


def test_what_is_done_by_hand_goes_on_and_is_recorded(program: Program) -> None:
    operator, leaver, guest = make_person(role="operator"), make_followed(10), make_followed(0)
    look(program, leaver)
    retire()
    by: dict[str, Any] = {"slug": "garden", "operator_id": operator.pk, "now": NOW}

    leave(slug="garden", person_id=leaver.pk, now=NOW)
    grant_place(person_id=guest.pk, reason="A guest of the house.", **by)
    suspend(person_id=guest.pk, words="A quarrel.", until=None, **by)
    lift_suspension(person_id=guest.pk, words="Made up.", **by)

    assert (state_of(program, leaver), state_of(program, guest)) == ("left", "admitted")
    standing = my_standing("garden", guest.pk, NOW)
    assert verify(receipt(standing.decision_id), keys=public_keys()).valid
    revoke_grant(person_id=guest.pk, **by)
    assert state_of(program, guest) == "grace"
    with pytest.raises(CannotApply):
        come_back(slug="garden", person_id=leaver.pk, now=NOW)
    assert state_of(program, leaver) == "left"


def test_a_rule_is_retired_once_and_not_under_a_successor(program: Program) -> None:
    put_down(3, start=NOW + DAY)
    with pytest.raises(AnotherScheduled):
        retire()
    assert RuleVersion.objects.get(program=program, number=1).state == "active"
    activate_due(now=NOW + DAY)

    retire(now=NOW + DAY)
    with pytest.raises(NothingInForce):
        retire(now=NOW + DAY)

    assert ChangeLog.objects.filter(program=program, kind="rule_retired").count() == 1
    assert not Membership.objects.filter(program=program).exists()
