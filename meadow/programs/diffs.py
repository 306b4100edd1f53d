"""The difference of two versions of a rule: in sentences, and whether it can take anything away."""

import itertools
from typing import Final

import numpy as np
from django.utils.translation import gettext as _

from meadow.programs.evaluation import evaluate_many, meets
from meadow.programs.metrics import Ids, get_metric
from meadow.programs.rules import Criterion, Group, Rule, to_json
from meadow.programs.wording import describe, phrase

# Beyond this many cases the question is not decided by trying, and the careful answer stands.
MOST_CASES: Final = 500_000


def what_changed(old: Rule, new: Rule) -> list[str]:
    """Return what is different in `new`, a sentence each; nothing where the rules are the same."""
    before = {one.key: one for one in old.criteria()}
    after = {one.key: one for one in new.criteria()}
    plain_before, plain_after = _always_asked(old.root), _always_asked(new.root)
    sentences = [
        (
            _("Asked for from now on: %(what)s.")
            if key in plain_after
            else _("New among several ways: %(what)s.")
        )
        % {"what": phrase(one)}
        for key, one in after.items()
        if key not in before
    ]
    sentences += [
        (
            _("No longer asked for: %(what)s.")
            if key in plain_before
            else _("No longer among several ways: %(what)s.")
        )
        % {"what": phrase(one)}
        for key, one in before.items()
        if key not in after
    ]
    sentences += [
        _describe_change(before[key], one)
        for key, one in after.items()
        if key in before and before[key] != one
    ]
    if _shape(old.root, shared=set(before) & set(after)) != _shape(
        new.root, shared=set(before) & set(after)
    ):
        sentences.append(
            _("How it is put together changes. Before: %(old)s. From now on: %(new)s.")
            % {"old": describe(old), "new": describe(new)}
        )
    if not sentences and to_json(old) != to_json(new):
        sentences.append(_("Only the order changes; what is asked for stays the same."))
    return sentences


def takes_away(old: Rule, new: Rule) -> bool:
    """Whether somebody could meet `old` and not `new`.

    Decided by trying every combination of values at which a criterion's answer changes. Figures
    that are read with other parameters are taken as unrelated, so that "10 notes with 2,000 reads"
    becoming "10 notes with 1,000" is called a loss though it is none; and so is what has too many
    combinations to try. Never the other way round.
    """
    figures: dict[str, set[int]] = {}
    for one in (*old.criteria(), *new.criteria()):
        figures.setdefault(_figure(one), {0}).update(_points(one))
    values = [sorted(points) for points in figures.values()]
    cases = 1
    for points in values:
        cases *= len(points)
    if cases > MOST_CASES:
        return True
    tried = np.array(list(itertools.product(*values)), dtype=np.int64).T
    columns = dict(zip(figures, tried, strict=True))
    met_before = evaluate_many(rule=old, columns=_by_key(old, columns)).met
    met_after = evaluate_many(rule=new, columns=_by_key(new, columns)).met
    return bool((met_before & ~met_after).any())


def _by_key(rule: Rule, columns: dict[str, Ids]) -> dict[str, Ids]:
    return {one.key: columns[_figure(one)] for one in rule.criteria()}


def _figure(criterion: Criterion) -> str:
    return f"{criterion.metric} {sorted(criterion.params.items())}"


def _describe_change(old: Criterion, new: Criterion) -> str:
    said = {"old": phrase(old), "new": phrase(new)}
    if _figure(old) != _figure(new):
        return _("Instead of %(old)s: %(new)s.") % said
    points = {0} | _points(old) | _points(new)
    lost = any(_meets(old, point) and not _meets(new, point) for point in points)
    gained = any(_meets(new, point) and not _meets(old, point) for point in points)
    if lost and not gained:
        return _("Harder: instead of %(old)s, %(new)s.") % said
    if gained and not lost:
        return _("Easier: instead of %(old)s, %(new)s.") % said
    return _("Instead of %(old)s: %(new)s.") % said


def _points(criterion: Criterion) -> set[int]:
    """Return the values around the threshold that the metric can have."""
    around = {criterion.threshold - 1, criterion.threshold, criterion.threshold + 1}
    unit = get_metric(criterion.metric).unit
    if unit == "flag":
        return {0, 1}
    # Everything is counted from 0 but points, which are what others make of them.
    return around if unit == "points" else {point for point in around if point >= 0}


def _always_asked(group: Group) -> set[str]:
    """Return the criteria without which the rule is never met because they stand in "all" alone."""
    if group.needed < len(group.members):
        return set()
    return {
        key
        for one in group.members
        for key in (_always_asked(one) if isinstance(one, Group) else {one.key})
    }


def _meets(criterion: Criterion, value: int) -> bool:
    return meets(criterion.operator, value, criterion.threshold)


def _shape(group: Group, *, shared: set[str]) -> object:
    """Return how the criteria that both versions have are grouped, whatever their order.

    A group of one is that one; "all" within "all" and "any" within "any" are the same as without.
    """
    members: list[object] = []
    for one in group.members:
        if isinstance(one, Group):
            inner = _shape(one, shared=shared)
            if inner is None:
                continue
            if isinstance(inner, tuple) and inner[0] == group.kind != "at_least":
                members += inner[1]
            else:
                members.append(inner)
        elif one.key in shared:
            members.append(one.key)
    if not members:
        return None
    if len(members) == 1 and group.kind != "at_least":
        return members[0]
    kind = f"{group.k} of {len(group.members)}" if group.kind == "at_least" else group.kind
    return (kind, sorted(members, key=repr))
