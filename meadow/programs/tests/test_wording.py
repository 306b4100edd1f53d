"""Criteria, rules and results in words, in both languages."""

from typing import Any

import pytest
from django.utils import translation

from meadow.programs.evaluation import evaluate
from meadow.programs.evidence import Item
from meadow.programs.rules import from_json
from meadow.programs.tests.rule_samples import DEFAULT
from meadow.programs.wording import (
    describe,
    describe_item,
    describe_reason,
    describe_result,
    list_lines,
    result_params,
)

NOTES = {"within_days": 180, "reads_at_least": 2000}


def one(metric: str, operator: str, threshold: int, **params: Any) -> dict[str, Any]:
    return {
        "key": f"{metric}_one",
        "metric": metric,
        "operator": operator,
        "threshold": threshold,
        "params": params,
    }


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (one("followers", ">", 5000), "More than 5,000 followers"),
        (one("followers", ">=", 5001), "At least 5,001 followers"),
        (one("followers", "<", 20), "Fewer than 20 followers"),
        (one("followers", "<=", 20), "At most 20 followers"),
        (one("followers", "==", 1), "Exactly 1 follower"),
        (one("followers", ">", 0), "At least 1 follower"),
        (one("followers", ">=", 1), "At least 1 follower"),
        (one("followers", "==", 0), "No followers"),
        (one("followers", "<", 1), "No followers"),
        (one("followers", ">=", 0), "Followers >= 0"),
        (
            one("notes_with_reads", ">", 10, **NOTES),
            "More than 10 notes of the last 180 days with at least 2,000 valid reads each",
        ),
        (
            one("notes_with_reads", ">=", 1, reads_at_least=5, topic="tea"),
            "At least 1 note on “tea” with at least 5 valid reads",
        ),
        (
            one("notes_published", "==", 0, within_days=1),
            "No published notes of the last 1 day",
        ),
        (one("account_age_days", ">=", 30), "At least 30 days since joining"),
        (one("age_years", ">=", 18), "At least 18 years of age"),
        (one("has_photo", "==", 1), "A profile photo"),
        (one("has_photo", "==", 0), "No profile photo"),
        (one("region_in", "==", 1, regions=["DE", "CN"]), "A region among: Germany, China"),
        (one("grant", "==", 1, program="live"), "A grant by an operator"),
        (one("evidence", ">=", 80, name="quiz"), "At least 80 points in “quiz”"),
    ],
)
def test_a_criterion_is_a_sentence(asked: dict[str, Any], words: str) -> None:
    assert describe(from_json({"all": [asked]}).criteria()[0]) == words


def test_a_rule_is_one_sentence_or_a_list() -> None:
    rule = from_json(
        {
            "all": [
                one("followers", ">", 5000),
                {"any": [one("has_photo", "==", 1), one("has_bio", "==", 1)]},
                {
                    "at_least": 2,
                    "of": [
                        one("account_age_days", ">", 9),
                        one("following", ">", 9),
                        one("email_verified", "==", 1),
                    ],
                },
            ]
        }
    )

    assert describe(rule) == (
        "More than 5,000 followers, (a profile photo or words about oneself) and (at least 2 of:"
        " more than 9 days since joining; more than 9 followed people; a confirmed e-mail address)"
    )
    assert [(line.depth, line.text) for line in list_lines(rule)] == [
        (0, "All of these:"),
        (1, "More than 5,000 followers"),
        (1, "At least one of these:"),
        (2, "A profile photo"),
        (2, "Words about oneself"),
        (1, "At least 2 of these 3:"),
        (2, "More than 9 days since joining"),
        (2, "More than 9 followed people"),
        (2, "A confirmed e-mail address"),
    ]
    assert list_lines(rule)[1].criterion == rule.criteria()[0]


@pytest.mark.parametrize(
    ("asked", "value", "words"),
    [
        (one("followers", ">", 5000), 4812, "4,812 of more than 5,000 followers: 189 to go."),
        (one("followers", ">", 5000), 5001, "5,001; asked for: more than 5,000 followers."),
        (
            one("followers", "<=", 20),
            25,
            "25; asked for: at most 20 followers. 5 too many.",
        ),
        (one("followers", "==", 0), 1, "1; asked for: no followers. 1 too many."),
        (one("has_photo", "==", 1), 0, "Asked for: a profile photo."),
        (one("has_photo", "==", 1), 1, "As asked: a profile photo."),
        (one("has_photo", "==", 0), 1, "Asked for: no profile photo."),
    ],
)
def test_a_result_says_value_threshold_and_gap(
    asked: dict[str, Any], value: int, words: str
) -> None:
    rule = from_json({"all": [asked]})
    (result,) = evaluate(rule=rule, values={asked["key"]: value}).results

    assert describe_result(result) == words
    assert describe_reason(result_params(result)) == words


def test_an_item_says_why_it_does_not_count() -> None:
    def item(reason: str, **params: Any) -> Item:
        return Item(title="", url="", value=0, counts=not reason, reason=reason, params=params)

    assert describe_item(item("notes.too_old", within_days=180)) == "Older than 180 days."
    assert describe_item(item("notes.other_topic", topic="tea")) == "Not on “tea”."
    few = {"reads_valid": 1999, "reads_raw": 1999, "reads_needed": 2000}
    assert describe_item(item("notes.too_few_reads", **few)) == "1,999 of 2,000 valid reads."
    assert describe_item(item("")) == ""
    assert describe_item(item("unheard of")) == "unheard of"


def test_the_default_rule_speaks_chinese(words: None) -> None:
    rule = from_json(DEFAULT)
    result = evaluate(rule=rule, values={"followers": 4812, "notes": 11}).result("followers")

    with translation.override("zh-hans"):
        assert [line.text for line in list_lines(rule)] == [
            "以下全部满足：",
            "超过 5,000 位粉丝",
            "超过 10 篇最近 180 天内发布、每篇至少 2,000 次有效阅读的笔记",
        ]
        assert describe_result(result) == "4,812，要求超过 5,000 位粉丝：还差 189。"
