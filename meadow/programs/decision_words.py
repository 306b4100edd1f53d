"""Decisions of programs in the reader's language: what was decided, why, and on which values."""

from collections.abc import Sequence
from typing import Final

from meadow.decisions.reasons import InputWords, OutcomeWords, rule_number
from meadow.decisions.records import DecisionRecord, Reason
from meadow.programs import rules, words
from meadow.programs.errors import ProgramMissing
from meadow.programs.queries.catalogue import get_card
from meadow.programs.wording import describe_reason, name_criterion, phrase

# Tones of the chip: clover opens a door, straw leaves it ajar, poppy shuts it.
_TONES: Final = {
    "admitted": ("clover", "circle-check"),
    "pilot": ("clover", "circle-check"),
    "grace": ("straw", "hourglass"),
    "waitlisted": ("sky", "clock"),
    "applied": ("sky", "send"),
    "invited": ("sky", "mail"),
    "suspended": ("poppy", "ban"),
    "refused": ("poppy", "circle-x"),
    "lapsed": ("poppy", "door-closed"),
    "left": ("", "log-out"),
}


def say_reason(reason: Reason) -> str:
    """Return one reason of a program's decision in words."""
    if reason.code == "programs.criterion":
        return describe_reason(reason.params)
    return words.say_reason(reason.code.removeprefix("programs."))


def say_title(decision: DecisionRecord) -> str:
    """Return the program's title; its slug where the program is gone."""
    slug = decision.scope.partition("/")[2]
    try:
        return get_card(slug).title
    except ProgramMissing:
        return slug


def link_rule(decision: DecisionRecord) -> str:
    """Return the address of the version of the rule on the program's page."""
    slug, number = decision.scope.partition("/")[2], rule_number(decision.rule_version)
    return f"/programs/{slug}#rule-{number}"


def link_standing(decision: DecisionRecord) -> str:
    """Return the address of "Why am I in or out?", which says what would change it."""
    return f"/programs/{decision.scope.partition('/')[2]}/me"


def say_outcome(decision: DecisionRecord) -> OutcomeWords:
    """Return the outcome for a chip."""
    tone, icon = _TONES.get(decision.outcome, ("", ""))
    text = str(words.STATE_NAMES.get(decision.outcome, decision.outcome))
    return OutcomeWords(text=text, tone=tone, icon=icon)


def list_inputs(decision: DecisionRecord) -> Sequence[InputWords]:
    """Return each criterion's value as it stood, with what the rule asked for."""
    values = decision.inputs.get("values")
    if not isinstance(values, dict):
        return []
    rule = rules.from_json(decision.inputs["rule"])
    return [
        InputWords(name=name_criterion(one), value=f"{values.get(one.key, 0):,}", note=phrase(one))
        for one in rule.criteria()
    ]
