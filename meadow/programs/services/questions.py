"""The questions of an application: what operators ask, checked before anybody has to answer it."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from meadow.core.transactions import transaction
from meadow.programs.errors import QuestionsInvalid
from meadow.programs.models import Program
from meadow.programs.services.applications import LONGEST_ANSWER
from meadow.programs.services.changes import log_change, tell_watchers
from meadow.programs.services.stages import lock_program

MOST_QUESTIONS: Final = 10
LONGEST_LABEL: Final = 200
MOST_OPTIONS: Final = 20
LONGEST_OPTION: Final = 100
LANGUAGES: Final = ("en", "zh-hans")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FIELDS: Final = frozenset({"key", "label", "max_length", "required", "options"})
Faults = dict[str, list[str]]


def change_questions(*, slug: str, questions: Any, operator_id: int, now: dt.datetime) -> None:
    """Ask other questions from now on; who applied already is judged by what they were asked.

    The change log keeps both lists. Raises ProgramMissing, QuestionsInvalid, whose fields are such
    as `1.label` for the second question.
    """
    wanted = read_questions(questions)
    with transaction():
        program = lock_program(slug)
        if wanted == program.questions:
            return
        Program.objects.filter(pk=program.pk).update(questions=wanted)
        line = log_change(
            program=program,
            kind="questions",
            before=program.questions,
            after=wanted,
            operator_id=operator_id,
            now=now,
        )
        tell_watchers(program=program, what=str(line), now=now)


def read_questions(data: Any) -> list[dict[str, Any]]:
    """Return questions as a program keeps them, every member filled in. Raises QuestionsInvalid."""
    if not isinstance(data, list) or len(data) > MOST_QUESTIONS:
        said = _("Give a list of up to %(most)s questions.") % {"most": MOST_QUESTIONS}
        raise QuestionsInvalid(fields={"questions": [said]})
    faults: Faults = {}
    found = [_read(one, place=str(number), faults=faults) for number, one in enumerate(data)]
    keys = [one["key"] for one in found]
    for number, key in enumerate(keys):
        if key in keys[:number]:
            said = _("Another question has this key.")
            faults.setdefault(f"{number}.key", []).append(said)
    if faults:
        raise QuestionsInvalid(fields=faults)
    return found


def _read(data: Any, *, place: str, faults: Faults) -> dict[str, Any]:
    given = data if isinstance(data, Mapping) else {"": ""}
    if set(given) - _FIELDS:
        said = _("A question has the members key, label, max_length, required and options.")
        faults[place] = [said]
    key = given.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        said = _("A key is up to 40 small letters, digits and underscores.")
        faults[f"{place}.key"] = [said]
    required = given.get("required", True)
    if not isinstance(required, bool):
        faults[f"{place}.required"] = [_("Say true or false.")]
    most = given.get("max_length", LONGEST_ANSWER)
    if type(most) is not int or not 1 <= most <= LONGEST_ANSWER:
        faults[f"{place}.max_length"] = [_("Give a whole number from 1 to 2,000.")]
    return {
        "key": key,
        "label": _read_label(given.get("label"), place=f"{place}.label", faults=faults),
        "max_length": most,
        "required": required,
        "options": _read_options(given.get("options", []), place=f"{place}.options", faults=faults),
    }


def _read_label(data: Any, *, place: str, faults: Faults) -> dict[str, str]:
    """Return the words by language; at least one of the languages has some."""
    given = data if isinstance(data, Mapping) else {}
    label = {
        language: said.strip()
        for language in LANGUAGES
        if isinstance(said := given.get(language, ""), str) and said.strip()
    }
    if set(given) - set(LANGUAGES):
        faults[place] = [_("Give the words as “en”, as “zh-hans”, or as both.")]
    elif not label:
        faults[place] = [_("Write the question in one language at least.")]
    elif any(len(said) > LONGEST_LABEL for said in label.values()):
        faults[place] = [_("At most %(most)s characters fit.") % {"most": LONGEST_LABEL}]
    return label


def _read_options(data: Any, *, place: str, faults: Faults) -> list[str]:
    given = data if isinstance(data, list) else [None]
    options = [one.strip() for one in given if isinstance(one, str) and one.strip()]
    if len(options) < len(given) or len(options) > MOST_OPTIONS:
        said = _("Give up to %(most)s answers, each a text.") % {"most": MOST_OPTIONS}
        faults[place] = [said]
    elif any(len(one) > LONGEST_OPTION for one in options):
        faults[place] = [_("At most %(most)s characters fit.") % {"most": LONGEST_OPTION}]
    elif len(set(options)) < len(options) or len(options) == 1:
        faults[place] = [_("Give two answers or more that are not the same, or none.")]
    return options
