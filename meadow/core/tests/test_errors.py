"""Sentences of an expected failure, side by side."""

from django.utils import translation

from meadow.core.errors import MeadowError, join_sentences


class TooTall(MeadowError):
    message = "It is {metres} m tall."
    hint = "Cut it to {most} m."


def test_what_happened_and_what_to_do_make_one_line() -> None:
    assert TooTall(metres=3, most=2).sentences() == "It is 3 m tall. Cut it to 2 m."


def test_a_failure_without_a_hint_ends_after_its_sentence() -> None:
    assert MeadowError().sentences() == "That did not work."


def test_chinese_sentences_stand_without_a_space() -> None:
    with translation.override("zh-hans"):
        assert join_sentences("太高了。", "", "剪短一点。") == "太高了。剪短一点。"
