"""Rules, results and reasons in the reader's language; the one place where they are said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from meadow.core.errors import join_sentences
from meadow.programs.evaluation import CriterionResult, meets
from meadow.programs.evidence import Item, Json
from meadow.programs.metrics import Params, get_metric
from meadow.programs.rules import (
    Criterion,
    Group,
    Operator,
    Rule,
    criterion_from_json,
    criterion_to_json,
)

Say = Callable[[Params], str]
_OPERATORS: Final[Mapping[Operator, str | Promise]] = {
    ">": gettext_lazy("more than %(what)s"),
    ">=": gettext_lazy("at least %(what)s"),
    "<": gettext_lazy("fewer than %(what)s"),
    "<=": gettext_lazy("at most %(what)s"),
    "==": gettext_lazy("exactly %(what)s"),
}
_reasons: dict[str, Say] = {}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a rule as a list: how deep it stands, its words, and its criterion, if it is one."""

    depth: int
    text: str
    criterion: Criterion | None = None


def describe(what: Criterion | Rule) -> str:
    """Return what a criterion or a whole rule asks for: "More than 5,000 followers"."""
    if isinstance(what, Rule):
        return _sentence(describe_rule_inside(what))
    return _sentence(phrase(what))


def phrase(criterion: Criterion) -> str:
    """Return what a criterion asks for, as a part of a sentence: "more than 5,000 followers"."""
    say = get_metric(criterion.metric).phrase
    operator, threshold = criterion.operator, criterion.threshold
    if threshold >= 0 and not meets(operator, 1, threshold) and meets(operator, 0, threshold):
        return say(0, criterion.params)
    if meets(operator, 1, threshold) and not meets(operator, 0, threshold):
        if get_metric(criterion.metric).unit == "flag":
            return say(1, criterion.params)
        if operator != "==":
            return _("at least %(what)s") % {"what": say(1, criterion.params)}
    if threshold <= 0:
        # Below nothing there are no words for an amount: the comparison itself says it.
        name = get_metric(criterion.metric).name
        return f"{name} {operator} {threshold:,}"
    return str(_OPERATORS[operator]) % {"what": say(threshold, criterion.params)}


def describe_rule_inside(rule: Rule) -> str:
    """Return what a rule asks for, as a part of a sentence."""
    return _describe_group(rule.root)


def list_lines(rule: Rule) -> list[Line]:
    """Return a rule as lines to be listed, a group above its members."""
    return list(_lines(rule.root, depth=0))


def name_criterion(criterion: Criterion) -> str:
    """Return what a criterion looks at, in a word or two: "Followers"."""
    return str(get_metric(criterion.metric).name)


def describe_result(result: CriterionResult) -> str:
    """Return a result with value, threshold and gap.

    "4,812 of more than 5,000 followers: 189 to go."
    """
    criterion, needed = result.criterion, phrase(result.criterion)
    if get_metric(criterion.metric).unit == "flag":
        if result.met:
            return _("As asked: %(needed)s.") % {"needed": needed}
        return _("Asked for: %(needed)s.") % {"needed": needed}
    said = {"value": f"{result.value:,}", "needed": needed, "gap": f"{abs(result.gap):,}"}
    if result.gap > 0:
        return _("%(value)s of %(needed)s: %(gap)s to go.") % said
    asked = _("%(value)s; asked for: %(needed)s.") % said
    if result.gap == 0:
        return asked
    return join_sentences(
        asked, ngettext("%(gap)s too many.", "%(gap)s too many.", -result.gap) % said
    )


def result_params(result: CriterionResult) -> dict[str, Json]:
    """Return a result as a decision's reason keeps it; `describe_reason` says it again."""
    return {
        "criterion": criterion_to_json(result.criterion),
        "value": result.value,
        "met": result.met,
        "gap": result.gap,
    }


def describe_reason(params: Mapping[str, Any]) -> str:
    """Return a kept result in words. Raises RuleInvalid when it was never one."""
    criterion = criterion_from_json(params["criterion"])
    return describe_result(
        CriterionResult(
            criterion=criterion,
            value=int(params["value"]),
            met=bool(params["met"]),
            gap=int(params["gap"]),
        )
    )


def register_reason(code: str, say: Say) -> None:
    """Say why a thing behind a figure does not count; `say` gets the item's parameters."""
    _reasons[code] = say


def describe_item(item: Item) -> str:
    """Return why an item does not count, or an empty string where it does."""
    if item.counts or not item.reason:
        return ""
    say = _reasons.get(item.reason)
    return say(item.params) if say else item.reason


def say_window(days: int) -> str:
    """Return a window as the end of a phrase: " of the last 30 days"; empty for none."""
    if not days:
        return ""
    said = ngettext(" of the last %(days)s day", " of the last %(days)s days", days)
    return said % {"days": f"{days:,}"}


def join_words(words: list[str], *, together: bool) -> str:
    """Return words as one enumeration with "and", or with "or"."""
    if len(words) == 1:
        return words[0]
    said = {"first": _(", ").join(words[:-1]), "last": words[-1]}
    if together:
        return _("%(first)s and %(last)s") % said
    return _("%(first)s or %(last)s") % said


def describe_kind(group: Group) -> str:
    """Return how many members of a group are asked for, as the head of a list."""
    if len(group.members) == 1 or group.needed == len(group.members):
        return _("All of these:")
    if group.needed == 1:
        return _("At least one of these:")
    return _("At least %(k)s of these %(count)s:") % {
        "k": group.needed,
        "count": len(group.members),
    }


def _describe_group(group: Group) -> str:
    words = [
        _describe_inner(one) if isinstance(one, Group) else phrase(one) for one in group.members
    ]
    if group.needed == len(words):
        return join_words(words, together=True)
    if group.needed == 1:
        return join_words(words, together=False)
    said = {"k": group.needed, "list": _("; ").join(words)}
    return _("at least %(k)s of: %(list)s") % said


def _describe_inner(group: Group) -> str:
    said = _describe_group(group)
    return said if len(group.members) == 1 else _("(%(group)s)") % {"group": said}


def _lines(group: Group, *, depth: int) -> "list[Line]":
    lines = [Line(depth, describe_kind(group))]
    for one in group.members:
        if isinstance(one, Group):
            lines += _lines(one, depth=depth + 1)
        else:
            lines.append(Line(depth + 1, describe(one), one))
    return lines


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _over(params: Params) -> str:
    return _("It is over.")


register_reason("over", _over)
