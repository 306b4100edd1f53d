"""One person's answer, everybody's answers and a naive reading are the same, whatever the rule."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from meadow.programs.evaluation import evaluate, evaluate_many, meets
from meadow.programs.rules import OPERATORS, Group, Rule, to_json
from meadow.programs.tests.rule_samples import SMALL, criterion, naive, rules


@given(rule=rules(), data=st.data())
def test_one_many_and_a_naive_reading_agree(rule: Rule, data: Any) -> None:
    keys = [one.key for one in rule.criteria()]
    people = data.draw(
        st.lists(st.fixed_dictionaries(dict.fromkeys(keys, SMALL)), min_size=1, max_size=20)
    )
    columns = {key: np.array([one[key] for one in people], dtype=np.int64) for key in keys}

    many = evaluate_many(rule=rule, columns=columns)

    for place, values in enumerate(people):
        single = evaluate(rule=rule, values=values)
        assert single.met is naive(to_json(rule), values)
        assert many.outcome(place) == single


@given(operator=st.sampled_from(OPERATORS), threshold=SMALL, value=st.integers(-20, 20))
def test_a_gap_is_just_enough(operator: Any, threshold: int, value: int) -> None:
    rule = Rule(Group("all", (criterion("one", operator, threshold),)))

    result = evaluate(rule=rule, values={"one": value}).result("one")

    assert meets(operator, value + result.gap, threshold)
    assert result.met is (result.gap == 0)
    if result.gap:
        one_less = result.gap - 1 if result.gap > 0 else result.gap + 1
        assert not meets(operator, value + one_less, threshold)


@given(rule=rules(), data=st.data())
def test_what_blocks_is_unmet_and_mending_all_of_it_opens(rule: Rule, data: Any) -> None:
    values = {one.key: data.draw(SMALL) for one in rule.criteria()}
    outcome = evaluate(rule=rule, values=values)
    assume(not outcome.met)

    mended = values | {key: values[key] + outcome.result(key).gap for key in outcome.blocking}

    assert outcome.blocking
    assert not any(outcome.result(key).met for key in outcome.blocking)
    assert evaluate(rule=rule, values=mended).met


def test_nothing_blocks_who_meets_the_rule() -> None:
    rule = Rule(Group("any", (criterion("many", ">", 10), criterion("few", ">", 1))))

    outcome = evaluate(rule=rule, values={"many": 2, "few": 2})

    assert (outcome.met, outcome.blocking) == (True, ())
    assert (outcome.result("many").met, outcome.result("many").gap) == (False, 9)


def test_a_met_way_does_not_block_beside_an_unmet_one() -> None:
    ways = Group("any", (criterion("many", ">", 10), criterion("few", ">", 1)))
    rule = Rule(Group("all", (ways, criterion("old", ">=", 30))))

    outcome = evaluate(rule=rule, values={"many": 2, "few": 2, "old": 29})

    assert outcome.blocking == ("old",)


def test_a_value_that_was_not_read_is_an_error() -> None:
    rule = Rule(Group("all", (criterion("one", ">", 1),)))

    with pytest.raises(KeyError):
        evaluate(rule=rule, values={})
    with pytest.raises(KeyError):
        evaluate_many(rule=rule, columns={})


def test_nobody_is_evaluated_too() -> None:
    rule = Rule(Group("at_least", (criterion("a", ">", 1), criterion("b", ">", 1)), k=1))
    nobody = np.empty(0, dtype=np.int64)

    assert len(evaluate_many(rule=rule, columns={"a": nobody, "b": nobody}).met) == 0
