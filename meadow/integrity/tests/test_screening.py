"""Block words: found in any disguise, named as written, in force with the next text, tried before."""

import datetime as dt
import unicodedata
from typing import Any

import pytest
from django.db import IntegrityError, connection
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.accounts.testing import make_person, sign_in
from meadow.core.testing import race
from meadow.integrity.errors import (
    ScreenRuleExists,
    ScreenRuleRetired,
    ScreenRuleUnusable,
    WordsRefused,
)
from meadow.integrity.models import ScreenRule
from meadow.integrity.screening import check_words, keeping, lists, screen
from meadow.integrity.screening.folding import LOOKALIKES, fold, fold_text
from meadow.integrity.screening.matching import SCOPES, Kind, ListRule, WordList

NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
DRAWN_ALIKE = {latin: other for other, latin in LOOKALIKES.items()}


def find(kind: Kind, pattern: str, text: str) -> list[str]:
    rule = ListRule("w1", kind, pattern, "refuse", SCOPES, "spam")
    return [match.word for match in WordList([rule]).find(text, scope="body")]


def add(pattern: str = "viagra", **more: Any) -> str:
    given: dict[str, Any] = {
        "kind": "disguised",
        "action": "refuse",
        "scopes": ("title", "body", "comment"),
        "rule": "spam",
        "note": "Forty notes a day.",
        "now": NOW,
        "operator_id": 1,
    }
    return keeping.add_rule(pattern=pattern, **(given | more))


@pytest.mark.parametrize(
    ("kind", "pattern", "text", "found"),
    [
        ("word", "spam", "Ｓｐａｍ, please", ["Ｓｐａｍ"]),
        ("word", "spam", "spammers and antispam", []),
        ("word", "spam", "加spam吧", ["spam"]),
        ("word", "free money", "FREE   money", ["FREE   money"]),
        ("disguised", "viagra", "v.i-a_g*r a", ["v.i-a_g*r a"]),
        ("disguised", "viagra", "v.i-a_g*ra", ["v.i-a_g*ra"]),
        ("disguised", "viagra", "v i a g r a", ["v i a g r a"]),
        ("disguised", "viagra", "Vіágrа", ["Vіágrа"]),
        ("disguised", "penis", "the pen is mightier", []),
        ("disguised", "viagra", "viagras and v.ia g.ra", []),
        ("substring", "加微信", "请加 微\u200b信联系", ["加 微\u200b信"]),
        ("substring", "加微信", "加了微信", []),
        ("link", "bad.example", "go to https://www.BAD.example/x?y", ["www.BAD.example/x?y"]),
        ("link", "bad.example", "notbad.example and bad.example.org", []),
        ("link", "bad.example/x", "bad.example/xy bad.example/x/y", ["bad.example/x/y"]),
        ("link", "坏.example", "shop。坏。example", ["shop。坏。example"]),
    ],
)
def test_a_word_is_found_as_it_was_written(
    kind: Kind, pattern: str, text: str, found: list[str]
) -> None:
    assert find(kind, pattern, text) == found


@settings(max_examples=40)
@given(st.text(max_size=20))
def test_folding_twice_is_folding_once_and_every_letter_knows_its_place(text: str) -> None:
    for deep in (False, True):
        folded = fold(text, deep=deep)

        assert folded.text == fold_text(text, deep=deep)
        assert fold_text(folded.text, deep=deep) == folded.text
        assert len(folded.places) == len(folded.text)
        assert folded.places == sorted(folded.places)


def widen(letter: str) -> str:
    return chr(ord(letter) + 0xFEE0)


DISGUISES = (
    str.upper,
    widen,
    lambda letter: f"{letter}\u0301",
    lambda letter: unicodedata.normalize("NFC", f"{letter}\u0301"),
    lambda letter: DRAWN_ALIKE.get(letter, letter),
    *(lambda letter, mark=mark: letter + mark for mark in ZERO_WIDTH + ".-*_"),
)


@given(st.lists(st.sampled_from(DISGUISES), min_size=6, max_size=6), st.sampled_from(["", " "]))
def test_no_disguise_of_its_letters_hides_a_word(disguises: list[Any], gap: str) -> None:
    written = gap.join(
        disguise(letter) for disguise, letter in zip(disguises, "viagra", strict=True)
    )

    (found,) = find("disguised", "viagra", f"buy {written} now")

    assert fold_text(found, deep=True).startswith("v")
    assert written.startswith(found)


@given(st.text(alphabet="abcdefghij ", max_size=60), st.sampled_from(["abc", "jig", "hide"]))
def test_a_whole_word_is_found_exactly_where_it_stands_alone(text: str, word: str) -> None:
    assert len(find("word", word, text)) == text.split(" ").count(word)


@pytest.mark.django_db
def test_a_rule_is_in_force_with_the_next_text_and_ends_with_its_retirement() -> None:
    assert screen(text="cheap viagra", scope="body") == []

    public_id = add()

    assert [one.word for one in screen(text="cheap viagra", scope="body")] == ["viagra"]
    assert screen(text="cheap viagra", scope="handle") == []
    with pytest.raises(WordsRefused) as refused:
        check_words(texts={"title": "Viagra", "body": "V I A G R A"})
    assert refused.value.params == {"words": "“Viagra”, “V I A G R A”"}
    keeping.retire_rule(public_id=public_id, note="Too broad.", operator_id=1, now=NOW)
    assert screen(text="cheap viagra", scope="body") == []
    with pytest.raises(ScreenRuleRetired):
        keeping.retire_rule(public_id=public_id, note="Again.", operator_id=1, now=NOW)
    assert [(one.what, one.note) for one in lists.list_changes().items] == [
        ("retired", "Too broad."),
        ("added", "Forty notes a day."),
    ]


@pytest.mark.django_db
def test_a_list_that_has_not_changed_is_made_ready_once() -> None:
    add()
    first = lists.word_list()

    assert lists.word_list() is first
    add("cialis")
    assert lists.word_list() is not first


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wanted",
    [
        {"pattern": "x"},
        {"pattern": "..."},
        {"pattern": "\u200b"},
        {"pattern": "nodots", "kind": "link"},
        {"scopes": ()},
        {"scopes": ("handle",), "action": "hold"},
    ],
)
def test_a_rule_that_would_find_everything_or_nothing_is_refused(wanted: dict[str, Any]) -> None:
    with pytest.raises(ScreenRuleUnusable):
        add(**wanted)

    assert ScreenRule.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    ["UPDATE integrity_screenrule SET pattern = 'b'", "DELETE FROM integrity_screenchange"],
)
def test_rules_and_their_log_are_never_changed(statement: str) -> None:
    add()

    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_handles_and_profiles_are_refused_beside_the_field() -> None:
    add(scopes=("handle", "profile"))
    ann = make_person("ann")

    page = sign_in(ann).post("/settings/profile", {"name": "V1agra", "bio": "I sell Viagra"})

    assert page.status_code == 422
    assert "This is not accepted here: “Viagra”." in page.content.decode()
    ann.refresh_from_db()
    assert ann.bio == ""
    answer = sign_in(ann).patch("/api/v1/me", {"bio": "Viagra"}, content_type="application/json")
    assert answer.json()["code"] == "integrity.words_refused"


@pytest.mark.django_db(transaction=True)
def test_eight_who_add_the_same_word_add_it_once() -> None:
    added = race(lambda number: add(), runners=8)

    assert sum(isinstance(one, str) for one in added) == 1
    assert sum(isinstance(one, ScreenRuleExists) for one in added) == 7
