"""What differs between two versions, in sentences, and whether it takes anything away."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meadow.programs.diffs import takes_away, what_changed
from meadow.programs.evaluation import evaluate
from meadow.programs.rules import Rule, from_json
from meadow.programs.tests.rule_samples import rules


def one(key: str, operator: str = ">", threshold: int = 10, **given: Any) -> dict[str, Any]:
    metric = {"a": "followers", "b": "following", "c": "account_age_days", "d": "has_photo"}[key]
    return {"key": key, "metric": metric, "operator": operator, "threshold": threshold} | given


A, B, C, D = one("a"), one("b"), one("c"), one("d", "==", 1)


@pytest.mark.parametrize(
    ("old", "new", "sentences", "loss"),
    [
        ({"all": [A]}, {"all": [A]}, [], False),
        (
            {"all": [A, B]},
            {"all": [B, A]},
            ["Only the order changes; what is asked for stays the same."],
            False,
        ),
        (
            {"all": [A]},
            {"all": [A, B]},
            ["Asked for from now on: more than 10 followed people."],
            True,
        ),
        (
            {"all": [A, B]},
            {"all": [A]},
            ["No longer asked for: more than 10 followed people."],
            False,
        ),
        (
            {"any": [A, B]},
            {"any": [A, B, D]},
            ["New among several ways: a profile photo."],
            False,
        ),
        (
            {"any": [A, B, D]},
            {"any": [A, B]},
            ["No longer among several ways: a profile photo."],
            True,
        ),
        (
            {"all": [A]},
            {"all": [one("a", ">", 20)]},
            ["Harder: instead of more than 10 followers, more than 20 followers."],
            True,
        ),
        (
            {"all": [A]},
            {"all": [one("a", ">=", 10)]},
            ["Easier: instead of more than 10 followers, at least 10 followers."],
            False,
        ),
        (
            {"all": [A]},
            {"all": [one("a", ">=", 11)]},
            ["Instead of more than 10 followers: at least 11 followers."],
            False,
        ),
        (
            {"all": [A]},
            {"all": [one("a", "<", 5)]},
            ["Instead of more than 10 followers: fewer than 5 followers."],
            True,
        ),
        (
            {"all": [A, B]},
            {"any": [A, B]},
            [
                "How it is put together changes."
                " Before: More than 10 followers and more than 10 followed people."
                " From now on: More than 10 followers or more than 10 followed people."
            ],
            False,
        ),
        (
            {"all": [A, B]},
            {"all": [A, {"all": [B]}]},
            ["Only the order changes; what is asked for stays the same."],
            False,
        ),
    ],
)
def test_versions_differ_in_sentences(old: Any, new: Any, sentences: list[str], loss: bool) -> None:
    before, after = from_json(old), from_json(new)

    assert what_changed(before, after) == sentences
    assert takes_away(before, after) is loss


def test_other_parameters_are_told_and_taken_for_a_loss() -> None:
    def asking(reads: int) -> Rule:
        notes = {"key": "n", "metric": "notes_with_reads", "operator": ">", "threshold": 10}
        return from_json({"all": [notes | {"params": {"reads_at_least": reads}}]})

    assert what_changed(asking(2000), asking(1000)) == [
        "Instead of more than 10 notes with at least 2,000 valid reads each:"
        " more than 10 notes with at least 1,000 valid reads each."
    ]
    assert takes_away(asking(2000), asking(1000)) is True


def test_a_flag_has_no_values_but_yes_and_no() -> None:
    either = {"any": [D, one("d", "==", 0) | {"key": "e"}]}

    assert takes_away(from_json({"all": [D]}), from_json(either)) is False
    assert takes_away(from_json(either), from_json({"all": [D]})) is True


def test_what_cannot_be_tried_is_taken_for_a_loss() -> None:
    many = from_json({"all": [A | {"key": f"k{n}", "threshold": n * 10} for n in range(3)]})
    wide = from_json(
        {
            "all": [
                {
                    "key": f"n{n}",
                    "metric": "notes_published",
                    "operator": ">",
                    "threshold": 1 + n,
                    "params": {"within_days": n + 1},
                }
                for n in range(12)
            ]
        }
    )

    assert takes_away(many, many) is False
    assert takes_away(wide, wide) is True


@given(old=rules(), new=rules(), data=st.data())
def test_who_loses_was_warned(old: Rule, new: Rule, data: Any) -> None:
    figures = {name: data.draw(st.integers(0, 9)) for name in ("followers", "following")}

    def met(rule: Rule) -> bool:
        values = {one.key: figures[one.metric] for one in rule.criteria()}
        return evaluate(rule=rule, values=values).met

    if met(old) and not met(new):
        assert takes_away(old, new)
