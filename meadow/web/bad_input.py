"""What the API says of input that does not fit: which field, as its caller sent it, and how to mend it."""

from collections.abc import Iterable, Mapping, Sequence
from json import JSONDecodeError
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WHOLE = "body"
# What holds a value which a function names for itself: nobody who calls the API knows that name.
_NAMED_WITHIN: Final = frozenset({"body"})
_SOURCES: Final = frozenset({"body", "query", "path", "form", "file", "header", "cookie"})

# By pydantic's type of a problem; what stands in braces is in its context. Those that are not here are rare,
# and say what pydantic says.
_SENTENCES: Final[dict[str, str | Promise]] = {
    "missing": _("It is missing."),
    "string_type": _("It must be text."),
    "string_too_short": _("It must have {min_length} characters or more."),
    "string_too_long": _("It can have {max_length} characters at most."),
    "string_pattern_mismatch": _("It must match the pattern {pattern}."),
    "string_unicode": _("It holds characters that cannot be kept."),
    "int_type": _("It must be a whole number."),
    "int_parsing": _("It must be a whole number."),
    "int_parsing_size": _("It is too large a number."),
    "int_from_float": _("It must be a whole number."),
    "float_type": _("It must be a number."),
    "float_parsing": _("It must be a number."),
    "finite_number": _("It must be a number that is not endless."),
    "greater_than_equal": _("It must be {ge} or more."),
    "greater_than": _("It must be more than {gt}."),
    "less_than_equal": _("It can be {le} at most."),
    "less_than": _("It must be less than {lt}."),
    "bool_type": _("It must be true or false."),
    "bool_parsing": _("It must be true or false."),
    "literal_error": _("It must be one of these: {expected}."),
    "enum": _("It must be one of these: {expected}."),
    "list_type": _("It must be a list."),
    "too_short": _("It must have {min_length} entries or more; it has {actual_length}."),
    "too_long": _("It can have {max_length} entries at most."),
    "dict_type": _("It must be an object."),
    "model_type": _("It must be an object."),
    "model_attributes_type": _("It must be an object."),
    "extra_forbidden": _("Nothing of this name is known here."),
    "none_required": _("It must be null."),
    "date_type": _("It must be a day, such as 2026-11-23."),
    "date_parsing": _("It must be a day, such as 2026-11-23."),
    "date_from_datetime_parsing": _("It must be a day, such as 2026-11-23."),
    "date_from_datetime_inexact": _("It must be a day, such as 2026-11-23."),
    "datetime_type": _("It must be a moment, such as 2026-11-23T08:30:00Z."),
    "datetime_parsing": _("It must be a moment, such as 2026-11-23T08:30:00Z."),
    "datetime_from_date_parsing": _("It must be a moment, such as 2026-11-23T08:30:00Z."),
    "datetime_object_invalid": _("It must be a moment, such as 2026-11-23T08:30:00Z."),
    "timezone_aware": _("It must name its time zone: end it with Z, or with one such as +08:00."),
}
_NOT_JSON = _("The body is not JSON: it cannot be read at line {line}, column {column}.")


def fields_of(problems: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the sentences of each field, in the active language, by the path under which it was sent.

    `problems` are pydantic's: `type`, `loc`, `msg` and `ctx`.
    """
    fields: dict[str, list[str]] = {}
    for problem in problems:
        sentence = sentence_of(problem)
        said = fields.setdefault(path_of(problem["loc"]), [])
        # Of a value that fits none of several shapes, each shape says the same.
        if sentence not in said:
            said.append(sentence)
    return fields


def path_of(place: Sequence[str | int]) -> str:
    """Return where a value stands for its sender: `budget`, `lines.0.amount`, `body` for all of it."""
    parts = list(place)
    if parts and parts[0] in _NAMED_WITHIN:
        parts = parts[2:]
    elif parts and parts[0] in _SOURCES:
        parts = parts[1:]
    return ".".join(map(str, parts)) or WHOLE


def sentence_of(problem: Mapping[str, Any]) -> str:
    """Return what is wrong and how to mend it, in the active language."""
    context = problem.get("ctx") or {}
    if problem["type"] == "value_error" and "error" in context:
        return str(context["error"])
    sentence = _SENTENCES.get(problem["type"])
    return str(problem["msg"]) if sentence is None else str(sentence).format(**context)


def why_not_json(error: BaseException | None) -> str:
    """Return where a body stops being JSON, or an empty string where that is not what is wrong."""
    if not isinstance(error, JSONDecodeError):
        return ""
    return str(_NOT_JSON).format(line=error.lineno, column=error.colno)
