"""A pilot's step is left when its days are over and what it asks for is met, and not before."""

import datetime as dt
import re
from typing import Any

import pytest

from meadow.accounts.models import Person
from meadow.accounts.testing import sign_in
from meadow.core import clock
from meadow.decisions.queries import list_decisions
from meadow.decisions.records import DecisionRecord
from meadow.notes.testing import make_note
from meadow.notifications.models import Notification
from meadow.programs import rules
from meadow.programs.evaluation import evaluate
from meadow.programs.models import Membership, Program
from meadow.programs.services.admission import look_again, reconcile_everybody
from meadow.programs.services.grants import push_evidence
from meadow.programs.standing import replay
from meadow.programs.testing import make_program
from meadow.programs.tests.people import DAY, NOW, ask, look, make_followed, reason_of, state_of
from meadow.programs.words import say_moment

QUIZ: dict[str, Any] = {
    "key": "quiz",
    "metric": "evidence",
    "operator": ">=",
    "threshold": 80,
    "params": {"name": "quiz"},
}
ACTIVITY: dict[str, Any] = {
    "key": "activity",
    "metric": "notes_published",
    "operator": ">=",
    "threshold": 1,
    "params": {"within_days": 10},
}
QUIET: dict[str, Any] = {
    "key": "quiet",
    "metric": "notes_published",
    "operator": "==",
    "threshold": 0,
    "params": {"within_days": 10},
}
OVER = NOW + 7 * DAY
MOMENT = dt.timedelta(microseconds=1)
pytestmark = pytest.mark.django_db


def make_pilot(*criteria: dict[str, Any], slug: str = "garden") -> Program:
    """Return a program with a week's step that asks for these, and one of days alone."""
    asked = rules.to_json(rules.from_json({"all": list(criteria)}))
    first = {"days": 7, "limits": {"minutes_a_day": 10}, "graduation": asked}
    return make_program(slug, pilot=[first, {"days": 7, "limits": {"minutes_a_day": 20}}])


def admit(program: Program) -> Person:
    person = make_followed(6)
    look(program, person)
    return person


def pass_quiz(person: Person, *, now: dt.datetime, value: int = 80) -> None:
    push_evidence(person_id=person.pk, name="quiz", value=value, now=now)


def step_of(program: Program, person: Person) -> int:
    return Membership.objects.get(program=program, person=person).step


def recheck_of(program: Program, person: Person) -> dt.datetime | None:
    return Membership.objects.get(program=program, person=person).recheck_at


def _key_of(params: Any) -> str:
    return str(params["criterion"]["key"])


def test_days_alone_do_not_widen_limits_where_a_step_asks_for_more() -> None:
    program = make_pilot(QUIZ)
    person = admit(program)
    assert recheck_of(program, person) == OVER

    look_again(now=OVER)

    assert (state_of(program, person), step_of(program, person)) == ("pilot", 0)
    assert reason_of(program, person) == "pilot_held"
    assert ask(person).limits == {"minutes_a_day": 10}


def test_what_is_met_too_early_widens_nothing_before_the_days_are_over() -> None:
    program = make_pilot(QUIZ)
    person = admit(program)

    pass_quiz(person, now=NOW)
    look(program, person, now=OVER - MOMENT)

    assert (reason_of(program, person), step_of(program, person)) == ("criteria_met", 0)


@pytest.mark.parametrize(("value", "step"), [(79, 0), (80, 1)])
def test_a_quiz_that_is_passed_widens_limits_when_it_is_looked_at(value: int, step: int) -> None:
    program = make_pilot(QUIZ)
    person = admit(program)
    look_again(now=OVER)

    pass_quiz(person, now=OVER + DAY, value=value)
    look(program, person, now=OVER + DAY)

    assert step_of(program, person) == step
    assert ask(person).limits == {"minutes_a_day": 20 if step else 10}


def test_the_last_step_ends_only_when_it_is_met() -> None:
    asked = rules.to_json(rules.from_json({"all": [QUIZ]}))
    program = make_program(pilot=[{"days": 7, "limits": {}, "graduation": asked}])
    person = admit(program)
    look_again(now=OVER)
    assert state_of(program, person) == "pilot"

    pass_quiz(person, now=OVER + DAY)
    look(program, person, now=OVER + DAY)

    assert (state_of(program, person), reason_of(program, person)) == (
        "admitted",
        "pilot_completed",
    )


def test_time_alone_brings_somebody_on_at_the_moment_that_was_noted() -> None:
    program = make_pilot(QUIET)
    person = admit(program)
    make_note(person.pk, photos=0, now=NOW + DAY)

    look_again(now=OVER)

    until = NOW + 11 * DAY + MOMENT
    assert recheck_of(program, person) == until
    look_again(now=until - MOMENT)
    assert step_of(program, person) == 0
    look_again(now=until)
    assert (step_of(program, person), reason_of(program, person)) == (1, "pilot_widened")


def test_who_is_held_is_told_once_and_looked_at_only_when_something_may_change() -> None:
    program = make_pilot(QUIZ)
    person = admit(program)
    look_again(now=OVER)

    for hour in range(3):
        look_again(now=OVER + hour * dt.timedelta(hours=1))
        look(program, person, now=OVER + hour * dt.timedelta(hours=1))
    reconcile_everybody(program_id=program.pk, now=OVER + DAY)

    assert recheck_of(program, person) is None
    assert len(list_decisions(person.pk, size=100).items) == 2
    news = Notification.objects.filter(person=person, kind="programs.held")
    assert news.count() == 1


def test_the_receipt_names_what_is_missing_and_gives_its_outcome_again() -> None:
    program = make_pilot(QUIZ, ACTIVITY)
    person = admit(program)
    make_note(person.pk, photos=0, now=OVER)

    look_again(now=OVER)
    pass_quiz(person, now=OVER + DAY)
    look(program, person, now=OVER + DAY)

    widened, held, _entered = list_decisions(person.pk, size=100).items
    missing = [_key_of(one.params) for one in held.reasons[1:]]
    assert (held.reasons[0].code, missing) == ("programs.pilot_held", ["quiz"])
    said: list[tuple[DecisionRecord, bool, dict[str, int], int]] = [
        (held, False, {"quiz": 0, "activity": 1}, 0),
        (widened, True, {"quiz": 80, "activity": 1}, 1),
    ]
    for decision, graduates, values, step in said:
        kept: Any = decision.inputs["graduation"]
        assert kept["values"] == values
        again = evaluate(rule=rules.from_json(kept["rule"]), values=kept["values"])
        assert again.met is kept["met"] is graduates
        standing = replay(inputs=decision.inputs, met=True, graduates=again.met)
        assert standing is not None
        assert (standing.state, standing.step) == (decision.outcome, step)
        # The control: another answer leads elsewhere.
        other = replay(inputs=decision.inputs, met=True, graduates=not again.met)
        assert other is not None
        assert (other.reason, other.step) != (standing.reason, standing.step)


def test_one_by_one_and_all_at_once_end_at_the_same_step() -> None:
    one, everybody = make_pilot(QUIZ), make_pilot(QUIZ, slug="meadow")
    people = [admit(one) for _number in range(4)]
    look(everybody, *people)
    for person in people[:2]:
        pass_quiz(person, now=NOW)

    for person in people:
        look(one, person, now=OVER)
    reconcile_everybody(program_id=everybody.pk, now=OVER)

    assert [step_of(one, person) for person in people] == [1, 1, 0, 0]
    assert [step_of(everybody, person) for person in people] == [1, 1, 0, 0]


def test_a_rule_that_goes_holds_nobody() -> None:
    program = make_pilot(QUIZ)
    person = admit(program)
    look_again(now=OVER)

    Program.objects.filter(pk=program.pk).update(pilot=[{"days": 7, "limits": {}}])
    reconcile_everybody(program_id=program.pk, now=OVER + DAY)

    assert state_of(program, person) == "admitted"


def test_who_loses_the_rule_while_they_are_held_has_the_grace_period_and_comes_back_to_the_step() -> (
    None
):
    program = make_pilot(QUIZ)
    person = admit(program)
    look_again(now=OVER)

    Person.objects.filter(pk=person.pk).update(follower_count=0)
    look(program, person, now=OVER + DAY)
    assert state_of(program, person) == "grace"
    Person.objects.filter(pk=person.pk).update(follower_count=6)
    look(program, person, now=OVER + 2 * DAY)
    assert (state_of(program, person), reason_of(program, person)) == (
        "pilot",
        "criteria_met_again",
    )

    look_again(now=OVER + 2 * DAY)

    assert (step_of(program, person), reason_of(program, person)) == (0, "pilot_held")
    assert recheck_of(program, person) is None


def read_page(person: Person, program: Program) -> str:
    html = sign_in(person).get(f"/programs/{program.slug}/me").content.decode()
    words = re.sub(r"<svg.*?</svg>|<[^>]*>", " ", html.partition("<main")[2], flags=re.DOTALL)
    return " ".join(words.split())


def test_the_page_says_what_is_missing_for_the_next_step_and_from_when() -> None:
    program = make_pilot(QUIZ, ACTIVITY)
    person = make_followed(6)
    start = clock.now().replace(microsecond=0)
    look(program, person, now=start)
    ends = say_moment(start + 7 * DAY)

    page = read_page(person, program)

    assert "The way to wider limits You are at step 1 of 2." in page
    assert f"Your limits widen when all of this is met, on {ends} at the earliest." in page
    assert "0 asked for: at least 80 points in “quiz”" in page
    pass_quiz(person, now=start)
    make_note(person.pk, photos=0, now=start)
    assert f"As things stand your limits widen on {ends}." in read_page(person, program)


def test_the_page_says_from_when_time_alone_is_enough() -> None:
    program = make_pilot(QUIET)
    person = make_followed(6)
    start = clock.now().replace(microsecond=0)
    look(program, person, now=start)
    make_note(person.pk, photos=0, now=start - DAY)

    moment = say_moment(start + 9 * DAY + MOMENT)
    assert f"If nothing else happens, your limits widen on {moment}." in read_page(person, program)


def test_the_public_page_says_what_every_step_asks_for() -> None:
    program = make_pilot(QUIZ, ACTIVITY)
    Program.objects.filter(slug="live").update(slug="live-as-shipped", capability="live.shipped")
    Program.objects.filter(pk=program.pk).update(capability="live.broadcast")

    page = sign_in(make_followed(0)).get(f"/programs/{program.slug}").content.decode()

    words = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert (
        "7 days: 10 minutes a day; to go on: at least 80 points in “quiz” and at least 1 published"
        " note of the last 10 days 7 days: 20 minutes a day"
    ) in words
