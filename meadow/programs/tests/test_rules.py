"""Rules survive JSON, and what is no rule is refused with the place and the problem."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given

from meadow.programs.errors import RuleInvalid
from meadow.programs.rules import Criterion, Rule, from_json, to_json
from meadow.programs.tests.rule_samples import DEFAULT, rules


@given(rule=rules())
def test_a_rule_is_the_same_after_json_and_back(rule: Rule) -> None:
    stored = json.loads(json.dumps(to_json(rule)))

    assert from_json(stored) == rule
    assert to_json(from_json(stored)) == stored


def test_the_default_rule_reads_as_written() -> None:
    rule = from_json(DEFAULT)

    assert rule.criteria() == (
        Criterion("followers", "followers", ">", 5000, {}),
        Criterion(
            "notes",
            "notes_with_reads",
            ">",
            10,
            {
                "within_days": 180,
                "reads_at_least": 2000,
                "topic": "",
                "type": "",
                "provenance": "organic",
            },
        ),
    )
    assert to_json(rule) == DEFAULT


def test_parameters_left_out_are_written_down() -> None:
    rule = from_json({"all": [one("notes_published", params={"within_days": 30})]})

    assert rule.criteria()[0].params == {"within_days": 30, "topic": "", "type": ""}


def one(metric: Any = "followers", **given: Any) -> dict[str, Any]:
    return {"key": "one", "metric": metric, "operator": ">", "threshold": 1} | given


@pytest.mark.parametrize(
    ("data", "place", "problem"),
    [
        ([], "the outermost group", "a group must be an object"),
        ({}, "the outermost group", "a group has the member all, or any"),
        ({"all": []}, "all", "1 to 30 members"),
        ({"all": "x"}, "all", "1 to 30 members"),
        ({"all": [1]}, "all[0]", "a group must be an object"),
        ({"all": [one()], "any": [one()]}, "the outermost group", "and no other"),
        ({"at_least": 3, "of": [one()]}, "at_least", "from 1 to the number of members"),
        ({"at_least": True, "of": [one()]}, "at_least", "from 1 to the number of members"),
        ({"all": [one(), one()]}, "the outermost group", "two criteria have the key “one”"),
        ({"all": [one(key="Big")]}, "all[0].key", "small letters"),
        ({"all": [one(metric="luck")]}, "all[0].metric", "There is no metric called “luck”"),
        ({"all": [one(metric=["luck"])]}, "all[0].metric", "it must be a text"),
        ({"all": [one(operator="!=")]}, "all[0].operator", "one of >, >=, <, <= and =="),
        ({"all": [one(threshold="5")]}, "all[0].threshold", "a whole number"),
        ({"all": [one(threshold=1.5)]}, "all[0].threshold", "a whole number"),
        ({"all": [one(threshold=True)]}, "all[0].threshold", "a whole number"),
        ({"all": [one(threshold=10**13)]}, "all[0].threshold", "up to 13 digits"),
        ({"all": [one(weight=2)]}, "all[0].weight", "no such member"),
        ({"all": [one(params={"luck": 1})]}, "all[0].params.luck", "no such parameter"),
        ({"all": [one(params=[])]}, "all[0].params", "must be an object"),
        (
            {"all": [{"any": [one("notes_with_reads", params={"within_days": 5})]}]},
            "all[0].any[0].params.reads_at_least",
            "a whole number from 1 to 1,000,000,000",
        ),
        (
            {"all": [one("notes_published", params={"within_days": 3651})]},
            "all[0].params.within_days",
            "from 0 to 3,650",
        ),
        (
            {"all": [one("notes_published", params={"topic": "x" * 81})]},
            "all[0].params.topic",
            "up to 80 characters",
        ),
        (
            {"all": [one("region_in", operator="==", params={"regions": ["XX"]})]},
            "all[0].params.regions",
            "“XX” is not known",
        ),
        (
            {"all": [one("region_in", operator="==", params={"regions": []})]},
            "all[0].params.regions",
            "a list of different texts",
        ),
        ({"all": [one("has_photo")]}, "all[0]", "ask for == 1 or == 0"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_place(data: Any, place: str, problem: str) -> None:
    with pytest.raises(RuleInvalid) as refused:
        from_json(data)

    assert refused.value.params["place"] == place
    assert problem in str(refused.value.params["problem"])
    assert place in refused.value.text()


def test_groups_end_four_deep() -> None:
    deepest: Any = {"all": [one()]}
    for _level in range(3):
        deepest = {"any": [deepest]}
    from_json(deepest)

    with pytest.raises(RuleInvalid, match=r"4 deep|rule_invalid") as refused:
        from_json({"all": [deepest]})
    assert refused.value.params["place"] == "all[0].any[0].any[0].any[0]"


def test_thirty_criteria_fit_and_no_more() -> None:
    members = [one(key=f"c{number}") for number in range(30)]
    from_json({"all": members})
    spread = [{"all": members[:15]}, {"all": [*members[15:], one(key="c30")]}]

    with pytest.raises(RuleInvalid) as refused:
        from_json({"all": spread})
    assert refused.value.params["problem"] == "at most 30 criteria fit in a rule"


def test_reading_leaves_the_data_alone() -> None:
    data = copy.deepcopy(DEFAULT)

    from_json(data)

    assert data == DEFAULT
