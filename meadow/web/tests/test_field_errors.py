"""Fields of all forms say what is wrong and how to mend it, in both languages."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django import forms
from django.utils.translation import override

from meadow.web.vendor import WEB

# How Django's own sentences begin, in English.
STIFF = re.compile(
    "This field |Enter |Ensure |Select a valid|Upload a valid|No file was|The submitted file|Please |"
    "File extension|Null characters|.*not a valid value"
)
HAN = re.compile("[\u4e00-\u9fff]")


def all_forms() -> set[type[forms.BaseForm]]:
    """Return every form class of the project."""
    for path in WEB.parent.glob("**/*.py"):
        if "tests" not in path.parts and re.search(r"\bforms\.\w*Form\b|Form\):", path.read_text()):
            import_module(".".join(path.relative_to(WEB.parent.parent).with_suffix("").parts))
    found, waiting = set(), [forms.BaseForm]
    while waiting:
        for one in waiting.pop().__subclasses__():
            waiting.append(one)
            found.add(one)
    return {one for one in found if one.__module__.startswith("meadow.")}


def sentences_of(field: forms.Field) -> Iterator[str]:
    """Return all that a field can say, before its numbers are filled in."""
    yield from (str(one) for one in field.error_messages.values() if str(one))
    for check in field.validators:
        given = [getattr(check, "message", ""), *getattr(check, "messages", {}).values()]
        yield from (str(one) for one in given if str(one))


def test_no_field_of_any_form_speaks_stiffly() -> None:
    found = all_forms()

    stiff = {
        (form.__qualname__, name, said)
        for form in found
        for name, field in getattr(form, "base_fields", {}).items()
        for said in sentences_of(field)
        if STIFF.match(said)
    }

    assert len(found) > 40
    assert stiff == set()


@pytest.mark.parametrize(
    "said",
    [
        "This field is required.",
        "Select a valid choice. X is not one of the available choices.",
        "Ensure this value is greater than or equal to 1.",
        "Enter a valid date.",
    ],
)
def test_what_django_says_itself_would_be_found(said: str) -> None:
    assert STIFF.match(said)


@pytest.mark.parametrize(
    ("field", "given", "said"),
    [
        (forms.CharField(), "", "This is still empty: fill it in, or choose something."),
        (forms.IntegerField(min_value=1), "0", "This is too small: write 1 or more."),
        (forms.IntegerField(max_value=9), "10", "This is too large: write 9 or less."),
        (
            forms.CharField(max_length=3),
            "four",
            "This is too long, 4 of at most 3 characters: shorten it.",
        ),
        (
            forms.ChoiceField(choices=[("a", "A")]),
            "X",
            "“X” cannot be chosen here: choose from what is offered.",
        ),
        (
            forms.DateField(),
            "soon",
            "This is not a date: write year, month and day, such as 2026-05-01.",
        ),
        (
            forms.EmailField(),
            "me",
            "This is not an e-mail address: write all of it, such as name@example.org.",
        ),
        (
            forms.DecimalField(decimal_places=2),
            "1.234",
            "This number is too exact: write at most 2 digits after the point.",
        ),
        (forms.FileField(), None, "This is still empty: fill it in, or choose something."),
    ],
)
def test_a_wrong_entry_is_told_with_the_way_out(
    words: None, field: Any, given: Any, said: str
) -> None:
    told = []
    for language in ("en", "zh-hans"):
        with override(language):
            with pytest.raises(forms.ValidationError) as refused:
                field.clean(given)
            told.append(refused.value.messages)

    assert told[0] == [said]
    assert HAN.search(told[1][0])
