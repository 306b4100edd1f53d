"""Person by person after events ends as a full pass does, and as a naive reading of the rule."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.accounts.models import Person
from meadow.core.transactions import transaction
from meadow.decisions.queries import list_decisions
from meadow.programs.evaluation import evaluate
from meadow.programs.models import Grant, Membership, Program, PushedEvidence
from meadow.programs.rules import from_json
from meadow.programs.services.admission import reconcile, reconcile_everybody
from meadow.programs.services.grants import push_evidence
from meadow.programs.standing import replay
from meadow.programs.testing import make_program
from meadow.programs.tests.people import NOW, make_followed

PEOPLE = 4
RULE: dict[str, Any] = {
    "any": [
        {"key": "followers", "metric": "followers", "operator": ">", "threshold": 5},
        {
            "at_least": 2,
            "of": [
                {"key": "following", "metric": "following", "operator": ">=", "threshold": 3},
                {
                    "key": "course",
                    "metric": "evidence",
                    "operator": ">=",
                    "threshold": 50,
                    "params": {"name": "course"},
                },
                {"key": "age", "metric": "account_age_days", "operator": ">", "threshold": 40},
            ],
        },
    ]
}
who = st.integers(0, PEOPLE - 1)
events = st.lists(
    st.one_of(
        st.tuples(st.just("followers"), who, st.integers(4, 7)),
        st.tuples(st.just("following"), who, st.integers(2, 4)),
        st.tuples(st.just("course"), who, st.integers(48, 52)),
        st.tuples(st.just("days"), who, st.integers(1, 12)),
    ),
    min_size=1,
    max_size=12,
)


def naive(person: Person, course: int, now: dt.datetime) -> bool:
    """Return what the rule says, read by a person."""
    joined = person.joined_at
    assert joined is not None
    old = (now - joined).days > 40
    return person.follower_count > 5 or (person.following_count >= 3) + (course >= 50) + old >= 2


def happen(kind: str, person: Person, number: int, now: dt.datetime) -> None:
    """Let one thing happen to somebody."""
    if kind == "course":
        push_evidence(person_id=person.pk, name="course", value=number, now=now)
    elif kind != "days":
        Person.objects.filter(pk=person.pk).update(
            **{"follower_count" if kind == "followers" else "following_count": number}
        )


@pytest.mark.django_db
@settings(
    max_examples=12,
)
@given(story=events, seats=st.none() | st.integers(1, 3))
def test_person_by_person_ends_as_the_full_pass_and_as_the_naive_reading(
    story: list[tuple[str, int, int]], seats: int | None
) -> None:
    start(story)
    one = make_program("one", rule=RULE, grace_days=0, capacity=seats)
    all_at_once = make_program("all", rule=RULE, grace_days=0, capacity=seats)
    people = [make_followed(0) for _number in range(PEOPLE)]
    now = NOW

    for kind, place, number in story:
        if kind == "days":
            now += dt.timedelta(days=number)
        happen(kind, people[place], number, now)
        # Time moves everybody; whatever else happens, one.
        touched = people if kind == "days" else [people[place]]
        reconcile(program_id=one.pk, person_ids=[each.pk for each in touched], now=now)
    reconcile_everybody(program_id=all_at_once.pk, now=now)
    if seats is not None:
        reconcile_everybody(program_id=one.pk, now=now)

    for person in people:
        person.refresh_from_db()
    course = dict(PushedEvidence.objects.values_list("person_id", "value"))
    expected = {each.pk for each in people if naive(each, course.get(each.pk, 0), now)}
    assert wanted(one) == wanted(all_at_once) == expected
    if seats is not None:
        assert inside(one) == inside(all_at_once) == min(seats, len(expected))
    assert_every_receipt_gives_its_outcome(people)


def start(story: list[tuple[str, int, int]]) -> None:
    """Forget the example before: hypothesis runs them all in one transaction."""
    assert story
    with transaction():
        Membership.objects.all().delete()
        Grant.objects.all().delete()
        PushedEvidence.objects.all().delete()
        for slug in ("one", "all"):
            for program in Program.objects.filter(slug=slug):
                Program.objects.filter(pk=program.pk).update(
                    slug=f"old-{program.pk}", capability=f"old.{program.pk}"
                )
        Person.objects.update(is_active=False)


def wanted(program: Program) -> set[int]:
    """Return who is in or waits for a seat."""
    rows = Membership.objects.filter(program=program, state__in=["admitted", "waitlisted"])
    return set(rows.values_list("person_id", flat=True))


def inside(program: Program) -> int:
    """Return how many are in; the seats that are taken must say the same."""
    program.refresh_from_db()
    count = Membership.objects.filter(program=program, state="admitted").count()
    assert count == program.admitted_count
    return count


def assert_every_receipt_gives_its_outcome(people: list[Person]) -> None:
    """Put every decision's recorded inputs through rule and standing once more."""
    for person in people:
        for decision in list_decisions(person.pk, size=100).items:
            inputs: Any = decision.inputs
            outcome = evaluate(rule=from_json(inputs["rule"]), values=inputs["values"])
            again = replay(inputs=inputs, met=outcome.met)
            assert outcome.met == inputs["met"]
            assert again is not None
            assert again.state == decision.outcome
