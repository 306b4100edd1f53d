"""The API names a field as its caller sent it, and says in plain words what would fit."""

import json
import string
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal

import pytest
from django.utils.translation import override
from ninja.operation import Operation
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from meadow.accounts.testing import make_person, sign_in
from meadow.web.api import api
from meadow.web.bad_input import _SENTENCES, fields_of, path_of


class Box(BaseModel):
    """What a caller may send."""

    model_config = ConfigDict(extra="forbid")

    width: int = Field(ge=1, le=10)


BAD: list[tuple[Any, Any, str]] = [
    (Annotated[str, Field(max_length=3)], "four", "It can have 3 characters at most."),
    (Annotated[str, Field(min_length=3)], "no", "It must have 3 characters or more."),
    (Annotated[str, Field(pattern="^[a-z]$")], "A", "It must match the pattern ^[a-z]$."),
    (str, 5, "It must be text."),
    (int, "five", "It must be a whole number."),
    (int, 1.5, "It must be a whole number."),
    (Annotated[int, Field(ge=1)], 0, "It must be 1 or more."),
    (Annotated[int, Field(le=10)], 11, "It can be 10 at most."),
    (bool, "perhaps", "It must be true or false."),
    (Literal["a", "b"], "c", "It must be one of these: 'a' or 'b'."),
    (list[int], 5, "It must be a list."),
    (Annotated[list[int], Field(max_length=1)], [1, 2], "It can have 1 entries at most."),
    (Box, 5, "It must be an object."),
    (Box, {}, "It is missing."),
    (Box, {"width": 5, "depth": 1}, "Nothing of this name is known here."),
    (date, "tomorrow", "It must be a day, such as 2026-11-23."),
    (datetime, "soon", "It must be a moment, such as 2026-11-23T08:30:00Z."),
    (
        AwareDatetime,
        "2026-11-23T08:30:00",
        "It must name its time zone: end it with Z, or with one such as +08:00.",
    ),
]


def problems_of(shape: Any, value: Any) -> list[Any]:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(shape).validate_python(value)
    return refused.value.errors()


def operations() -> Iterator[Operation]:
    for _, router in api._routers:
        for view in router.path_operations.values():
            yield from view.operations


@pytest.mark.parametrize(("shape", "value", "sentence"), BAD)
def test_each_kind_of_problem_is_said_in_plain_words(shape: Any, value: Any, sentence: str) -> None:
    assert [said for each in fields_of(problems_of(shape, value)).values() for said in each] == [
        sentence
    ]


def test_sentences_ask_only_for_what_their_problems_tell(words: None) -> None:
    told = {
        **{"min_length": 1, "max_length": 2, "actual_length": 3, "pattern": "^x$"},
        **{"ge": 4, "gt": 5, "le": 6, "lt": 7, "expected": "'a' or 'b'"},
    }
    for language in ("en", "zh-hans"):
        with override(language):
            for sentence in _SENTENCES.values():
                named = {name for _, name, _, _ in string.Formatter().parse(str(sentence)) if name}
                assert named <= set(told)


def test_sentences_are_said_in_chinese(words: None) -> None:
    with override("en"):
        english = [str(one) for one in _SENTENCES.values()]
    with override("zh-hans"):
        chinese = [str(one) for one in _SENTENCES.values()]

    assert not set(english) & set(chinese)


def test_the_path_is_the_senders() -> None:
    assert path_of(("body", "wanted", "lines", 0, "amount")) == "lines.0.amount"
    assert path_of(("body", "wanted")) == "body"
    assert path_of(("query", "cursor")) == "cursor"
    # A field may be called as a source is.
    assert path_of(("body", "wanted", "body")) == "body"


def test_an_operation_reads_its_body_into_one_value() -> None:
    """Otherwise the name that `path_of` leaves out would be one that callers send."""
    counted = 0
    for operation in operations():
        for model in operation.models:
            if model.__ninja_param_source__ == "body":
                assert len(model.model_fields) == 1, operation.view_func
                counted += 1

    assert counted > 50


@pytest.mark.django_db
def test_bad_bodies_are_answered_by_field_and_place() -> None:
    client = sign_in(make_person())

    def post(body: str) -> tuple[int, Any]:
        answer = client.post("/api/v1/promotion/forecast", body, content_type="application/json")
        return answer.status_code, answer.json()

    status, wrong = post(json.dumps({"note": "n!", "budget": -1, "goal": "fame"}))
    broken_status, broken = post('{"note": "n1",\n "budget": }')

    assert status == 422
    assert wrong["errors"]["budget"] == ["It must be 1 or more."]
    assert wrong["errors"]["goal"] == [
        "It must be one of these: 'reads', 'interactions' or 'follows'."
    ]
    assert (broken_status, broken["code"]) == (400, "malformed_request")
    assert broken["title"] == "The body is not JSON: it cannot be read at line 2, column 12."
