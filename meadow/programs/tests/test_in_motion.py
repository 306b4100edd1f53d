"""A community that lives: after every event each person stands where a naive reading puts them.

Random rules, people and orders of what happens go through the real services, their events and the
tasks that hear them (`lives.py`).
"""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.decisions.queries import list_decisions, public_keys, receipt
from meadow.decisions.receipts import verify
from meadow.programs.evaluation import evaluate
from meadow.programs.rules import from_json
from meadow.programs.services import admission
from meadow.programs.standing import replay
from meadow.programs.tests.lives import (
    PEOPLE,
    WINDOW,
    Story,
    live,
)
from meadow.programs.tests.rule_samples import naive

# What a criterion may look at, with what its thresholds begin at.
FIGURES: list[tuple[str, dict[str, Any], int]] = [
    ("followers", {}, 0),
    ("following", {}, 0),
    ("account_age_days", {}, 9),
    ("notes_published", {"within_days": WINDOW}, 0),
    ("notes_published", {"within_days": 0, "topic": "tea"}, 0),
    ("notes_with_reads", {"within_days": WINDOW, "reads_at_least": 10}, 0),
    ("notes_with_reads", {"reads_at_least": 10, "provenance": "every"}, 0),
    ("open_violations", {}, 0),
    ("violations_recorded", {"within_days": WINDOW}, 0),
    ("evidence", {"name": "quiz"}, 0),
]


@st.composite
def rule_data(draw: st.DrawFn) -> dict[str, Any]:
    """Return the JSON of a rule: up to four criteria, some in a group of their own."""
    numbers = iter(range(4))

    def criterion() -> dict[str, Any]:
        metric, params, base = draw(st.sampled_from(FIGURES))
        below = ["<", "<="]
        every = params.get("provenance") == "every"
        return {
            "key": f"c{next(numbers)}",
            "metric": metric,
            "operator": draw(st.sampled_from(below if every else [*below, "==", ">=", ">"])),
            "threshold": base + draw(st.integers(0, 2)),
            "params": params,
        }

    def group(members: list[Any]) -> dict[str, Any]:
        kind = draw(st.sampled_from(["all", "any", "at_least"]))
        if kind == "at_least":
            return {"at_least": draw(st.integers(1, len(members))), "of": members}
        return {kind: members}

    members: list[Any] = [criterion() for _number in range(draw(st.integers(1, 2)))]
    if draw(st.booleans()):
        members.append(group([criterion() for _number in range(2)]))
    return group(members)


who = st.integers(0, PEOPLE - 1)
small = st.integers(0, 3)
events = st.lists(
    st.one_of(
        st.tuples(st.just("follow"), who, who),
        st.tuples(st.just("unfollow"), who, who),
        st.tuples(st.just("publish"), who, small),
        st.tuples(st.just("edit"), who, small),
        st.tuples(st.just("delete"), who, small),
        st.tuples(st.just("reads"), who, small),
        st.tuples(st.just("verdict"), who, small),
        st.tuples(st.just("violation"), who, small),
        st.tuples(st.just("close"), who, small),
        st.tuples(st.just("quiz"), who, small),
        st.tuples(st.just("grant"), who, small),
        st.tuples(st.just("revoke"), who, small),
        st.tuples(st.just("rule"), who, small),
        st.tuples(st.just("grow"), who, small),
        st.tuples(st.just("days"), st.integers(1, 4), small),
    ),
    min_size=1,
    max_size=14,
)


def judge_again(decision: dict[str, Any]) -> tuple[str, str]:
    """Return the state and reason that a decision's own recorded inputs lead to."""
    inputs = decision["inputs"]
    met = naive(inputs["rule"], inputs["values"])
    kept = inputs.get("graduation")
    graduates = naive(kept["rule"], kept["values"]) if kept else None
    assert (
        met
        is inputs["met"]
        is evaluate(rule=from_json(inputs["rule"]), values=inputs["values"]).met
    )
    again = replay(inputs=inputs, met=met, graduates=graduates)
    assert again is not None
    return again.state, f"programs.{again.reason}"


@pytest.mark.slow
@pytest.mark.django_db
@settings(
    max_examples=12,
)
@given(rule=rule_data(), second=rule_data(), story=events)
def test_after_every_event_everybody_stands_where_a_naive_reading_puts_them(
    rule: dict[str, Any], second: dict[str, Any], story: Story
) -> None:
    world, _program = live(rule, second, story)

    keys = public_keys()
    for person in world.people:
        for decision in list_decisions(person.pk, size=100).items:
            # What an outsider has: the text of the receipt, and the public keys.
            sent = json.loads(json.dumps(receipt(decision.public_id)))
            checked = verify(sent, keys=keys)
            assert checked.problems == []
            said = dict(checked.decision)
            assert judge_again(said) == (said["outcome"], said["reasons"][0]["code"])


LOVED: dict[str, Any] = {
    "all": [{"key": "c0", "metric": "followers", "operator": ">=", "threshold": 1}]
}
TEA: dict[str, Any] = {
    "all": [
        {
            "key": "c0",
            "metric": "notes_published",
            "operator": ">=",
            "threshold": 1,
            "params": {"topic": "tea"},
        }
    ]
}
READ: dict[str, Any] = {
    "all": [
        {
            "key": "c0",
            "metric": "notes_with_reads",
            "operator": ">=",
            "threshold": 1,
            "params": {"reads_at_least": 10},
        }
    ]
}
CLEAN: dict[str, Any] = {
    "all": [{"key": "c0", "metric": "open_violations", "operator": "==", "threshold": 0}]
}
EVERYBODY: Story = [("grow", 0, 0), ("grow", 0, 0)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("deaf_to", "rule", "story"),
    [
        ("programs.hear_follow", LOVED, [("follow", 0, 0)]),
        ("programs.hear_unfollow", LOVED, [("follow", 0, 0), ("unfollow", 0, 0)]),
        ("programs.hear_author", TEA, [("publish", 0, 1)]),
        ("programs.hear_author", TEA, [("publish", 0, 0), ("edit", 0, 0)]),
        ("programs.hear_person", CLEAN, [("violation", 0, 0)]),
        ("programs.hear_person", CLEAN, [("violation", 0, 0), ("close", 0, 0)]),
        ("programs.look_at_marked", READ, [("publish", 0, 0), ("reads", 0, 3)]),
        ("programs.reconcile_everybody", LOVED, [("follow", 0, 0), ("rule", 0, 0)]),
    ],
)
def test_the_control_catches_whoever_is_not_heard(
    deaf_to: str, rule: dict[str, Any], story: Story
) -> None:
    live(rule, CLEAN, [*EVERYBODY, *story])

    with pytest.raises(AssertionError):
        live(rule, CLEAN, [*EVERYBODY, *story], deaf_to=deaf_to)


@pytest.mark.django_db
def test_the_control_catches_a_look_that_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    story: Story = [*EVERYBODY, ("publish", 0, 0), ("days", 4, 0), ("days", 4, 0)]
    fresh = {
        "all": [
            {
                "key": "c0",
                "metric": "notes_published",
                "operator": ">=",
                "threshold": 1,
                "params": {"within_days": WINDOW},
            }
        ]
    }
    live(fresh, CLEAN, story)
    monkeypatch.setattr(admission, "look_again", lambda *, now: None)

    with pytest.raises(AssertionError):
        live(fresh, CLEAN, story)


@pytest.mark.django_db
def test_the_control_catches_a_receipt_whose_values_were_changed() -> None:
    world, _program = live(LOVED, CLEAN, [*EVERYBODY, ("follow", 0, 0)])
    (decision,) = list_decisions(world.people[1].pk, size=100).items

    sent = receipt(decision.public_id)
    honest = json.loads(sent["document"])
    forged = sent["document"].replace('"c0":1', '"c0":0')

    assert verify(sent, keys=public_keys()).valid
    assert judge_again(honest)[0] == "pilot"
    assert forged != sent["document"]
    assert not verify(sent | {"document": forged}, keys=public_keys()).valid
