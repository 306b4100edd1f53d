"""Words for what was decided: packages above register theirs by the first part of a scope.

Made when somebody reads, in the language that is active then; what is stored are codes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from meadow.decisions.records import BY_RULE, DecisionRecord, Reason

APPEAL_GRANTED, APPEAL_REFUSED = "appeal.granted", "appeal.refused"


@dataclass(frozen=True, slots=True)
class OutcomeWords:
    """An outcome on a chip: `tone` is "", clover, poppy, straw or sky."""

    text: str
    tone: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class InputWords:
    """A value as it stood when it was decided; `note` may say what was needed."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class DecisionWords:
    """A decision as its reader sees it.

    `rule` is the number of the rule's version, without the name before it.
    `rule_url` leads to the version of the rule, `standing_url` to how its person stands today and
    what would change that; both are empty where there is no such page.
    """

    title: str
    outcome: OutcomeWords
    reasons: Sequence[str]
    inputs: Sequence[InputWords]
    by_hand: bool
    rule: str
    rule_url: str = ""
    standing_url: str = ""


@dataclass(frozen=True, slots=True)
class _Wording:
    render: Callable[[Reason], str]
    title: Callable[[DecisionRecord], str] | None
    outcome: Callable[[DecisionRecord], OutcomeWords] | None
    inputs: Callable[[DecisionRecord], Sequence[InputWords]] | None
    rule_url: Callable[[DecisionRecord], str] | None
    standing_url: Callable[[DecisionRecord], str] | None


_wordings: dict[str, _Wording] = {}


def register(
    scope_prefix: str,
    *,
    render: Callable[[Reason], str],
    title: Callable[[DecisionRecord], str] | None = None,
    outcome: Callable[[DecisionRecord], OutcomeWords] | None = None,
    inputs: Callable[[DecisionRecord], Sequence[InputWords]] | None = None,
    rule_url: Callable[[DecisionRecord], str] | None = None,
    standing_url: Callable[[DecisionRecord], str] | None = None,
) -> None:
    """Give words to decisions whose scope is `scope_prefix` or begins with it and a slash.

    `render` must know every code that was ever stored. `title` names what was decided about,
    `outcome` the outcome, `inputs` the values; what is left out is shown as it is stored. The
    addresses are of pages about the rule and about how the person stands today.
    """
    _wordings[scope_prefix] = _Wording(render, title, outcome, inputs, rule_url, standing_url)


def prefix_of(scope: str) -> str:
    """Return the first part of a scope: `programs` of `programs/creator-center`."""
    return scope.partition("/")[0]


def rule_number(rule_version: str) -> str:
    """Return the number in the name of a rule's version: `3` of `creator-center.v3`."""
    return rule_version.rpartition(".v")[2]


def describe(decision: DecisionRecord) -> DecisionWords:
    """Return a decision in words, in the active language."""
    wording = _wordings.get(prefix_of(decision.scope))
    title = wording.title(decision) if wording and wording.title else decision.capability
    return DecisionWords(
        title=title,
        outcome=_outcome(decision, wording),
        reasons=[render(decision.scope, reason) for reason in decision.reasons],
        inputs=_inputs(decision, wording),
        by_hand=decision.decided_by != BY_RULE,
        rule=rule_number(decision.rule_version),
        rule_url=wording.rule_url(decision) if wording and wording.rule_url else "",
        standing_url=wording.standing_url(decision) if wording and wording.standing_url else "",
    )


def render(scope: str, reason: Reason) -> str:
    """Return one reason in words; a code that nobody gave words is shown as it is."""
    if reason.code == APPEAL_GRANTED:
        return _("An appeal was granted: the decision before no longer stands.")
    if reason.code == APPEAL_REFUSED:
        return _("An appeal was refused: the decision before stands.")
    wording = _wordings.get(prefix_of(scope))
    return wording.render(reason) if wording else reason.code


def _outcome(decision: DecisionRecord, wording: _Wording | None) -> OutcomeWords:
    if decision.outcome == APPEAL_GRANTED:
        return OutcomeWords(_("Appeal granted"), "clover", "circle-check")
    if decision.outcome == APPEAL_REFUSED:
        return OutcomeWords(_("Appeal refused"), "straw", "circle-x")
    if wording and wording.outcome:
        return wording.outcome(decision)
    return OutcomeWords(decision.outcome)


def _inputs(decision: DecisionRecord, wording: _Wording | None) -> Sequence[InputWords]:
    if is_answer(decision):
        return [
            InputWords(_("Decision"), str(decision.inputs["decision"])),
            InputWords(_("Appeal"), str(decision.inputs["appeal"])),
        ]
    if wording and wording.inputs:
        return wording.inputs(decision)
    return [InputWords(name, str(value)) for name, value in decision.inputs.items()]


def is_answer(decision: DecisionRecord) -> bool:
    """Whether a decision is the answer to an appeal."""
    return decision.outcome in (APPEAL_GRANTED, APPEAL_REFUSED)
