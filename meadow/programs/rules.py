"""Rules as data: groups of criteria, read from JSON and written to it without loss.

A criterion is `{"key", "metric", "operator", "threshold", "params"}`; a group is `{"all": […]}`,
`{"any": […]}` or `{"at_least": k, "of": […]}`. A rule is its outermost group. Parameters that are
left out are filled in when a rule is read, so that a stored version never changes its meaning.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Never, get_args

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from meadow.programs.errors import MetricUnknown, RuleInvalid
from meadow.programs.evidence import Json
from meadow.programs.metrics import check_params, get_metric

Operator = Literal[">", ">=", "<", "<=", "=="]
OPERATORS: Final[tuple[Operator, ...]] = get_args(Operator)
DEEPEST: Final = 4
MOST_CRITERIA: Final = 30
LARGEST_THRESHOLD: Final = 10**12
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FIELDS: Final = frozenset({"key", "metric", "operator", "threshold", "params"})


@dataclass(frozen=True, slots=True)
class Criterion:
    """One comparison; `key` is unique in its rule and stays the same from version to version."""

    key: str
    metric: str
    operator: Operator
    threshold: int
    params: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Members of which all, any, or at least `k` must be met."""

    kind: Literal["all", "any", "at_least"]
    members: "tuple[Criterion | Group, ...]"
    k: int | None = None

    @property
    def needed(self) -> int:
        """How many members must be met."""
        if self.kind == "at_least":
            return self.k or 0
        return len(self.members) if self.kind == "all" else 1


@dataclass(frozen=True, slots=True)
class Rule:
    """What a program asks for."""

    root: Group

    def criteria(self) -> tuple[Criterion, ...]:
        """Return every criterion in reading order."""
        return tuple(_criteria_of(self.root))

    def criterion(self, key: str) -> Criterion:
        """Return the criterion with this key. Raises KeyError."""
        for one in self.criteria():
            if one.key == key:
                return one
        raise KeyError(key)


def to_json(rule: Rule) -> dict[str, Json]:
    """Return a rule as it is stored and shown over the API."""
    return _group_to_json(rule.root)


def from_json(data: Any) -> Rule:
    """Return the rule that `data` describes. Raises RuleInvalid with the place and the problem."""
    root = _read_group(data, place="", depth=1)
    criteria = list(_criteria_of(root))
    if len(criteria) > MOST_CRITERIA:
        _refuse("", str(_("at most %s criteria fit in a rule")) % MOST_CRITERIA)
    keys = [one.key for one in criteria]
    for key in keys:
        if keys.count(key) > 1:
            _refuse("", str(_("two criteria have the key “%s”")) % key)
    return Rule(root=root)


def criterion_to_json(criterion: Criterion) -> dict[str, Json]:
    """Return a criterion as a rule stores it."""
    return {
        "key": criterion.key,
        "metric": criterion.metric,
        "operator": criterion.operator,
        "threshold": criterion.threshold,
        "params": dict(criterion.params),
    }


def criterion_from_json(data: Any, *, place: str = "") -> Criterion:
    """Return the criterion that `data` describes. Raises RuleInvalid."""
    if not isinstance(data, dict):
        _refuse(place, _("a criterion or a group must be an object"))
    for name in data:
        if name not in _FIELDS:
            _refuse(_at(place, str(name)[:40]), _("a criterion has no such member"))
    key = data.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        _refuse(_at(place, "key"), _("a key is up to 40 small letters, digits and underscores"))
    try:
        metric = get_metric(_text(data, "metric", place))
    except MetricUnknown as unknown:
        _refuse(_at(place, "metric"), unknown.text().rstrip(".。"))
    operator = _text(data, "operator", place)
    if operator not in OPERATORS:
        _refuse(_at(place, "operator"), _("an operator is one of >, >=, <, <= and =="))
    threshold = data.get("threshold")
    if type(threshold) is not int or abs(threshold) > LARGEST_THRESHOLD:
        _refuse(_at(place, "threshold"), _("a threshold is a whole number of up to 13 digits"))
    if metric.unit == "flag" and (operator, threshold) not in _FLAG_TESTS:
        _refuse(place, _("this is yes or no: ask for == 1 or == 0"))
    params = check_params(metric, data.get("params", {}), place=_at(place, "params"))
    for name, spec in metric.params.items():
        if spec.only_below and params[name] in spec.only_below and operator not in ("<", "<="):
            _refuse(
                _at(place, "operator"),
                _(
                    "what is not organic never helps anybody in: ask for fewer than or at most so many"
                ),
            )
    return Criterion(
        key=key,
        metric=metric.key,
        operator=operator,
        threshold=threshold,
        params=params,
    )


_FLAG_TESTS: Final = frozenset({("==", 1), ("==", 0)})


def _group_to_json(group: Group) -> dict[str, Json]:
    members: list[Json] = [
        _group_to_json(one) if isinstance(one, Group) else criterion_to_json(one)
        for one in group.members
    ]
    if group.kind == "at_least":
        return {"at_least": group.k, "of": members}
    return {group.kind: members}


def _read_group(data: Any, *, place: str, depth: int) -> Group:
    if not isinstance(data, dict):
        _refuse(place, _("a group must be an object"))
    if depth > DEEPEST:
        _refuse(place, str(_("groups stand at most %s deep")) % DEEPEST)
    if set(data) == {"at_least", "of"}:
        k, members = data["at_least"], _read_members(data["of"], _at(place, "of"), depth)
        if type(k) is not int or not 1 <= k <= len(members):
            _refuse(_at(place, "at_least"), _("it must be from 1 to the number of members"))
        return Group(kind="at_least", members=members, k=k)
    if set(data) == {"all"}:
        return Group(kind="all", members=_read_members(data["all"], _at(place, "all"), depth))
    if set(data) == {"any"}:
        return Group(kind="any", members=_read_members(data["any"], _at(place, "any"), depth))
    _refuse(place, _("a group has the member all, or any, or at_least and of, and no other"))


def _read_members(data: Any, place: str, depth: int) -> tuple[Criterion | Group, ...]:
    if not isinstance(data, list) or not 1 <= len(data) <= MOST_CRITERIA:
        _refuse(place, str(_("a group has 1 to %s members")) % MOST_CRITERIA)
    return tuple(
        criterion_from_json(one, place=f"{place}[{number}]")
        if isinstance(one, dict) and "metric" in one
        else _read_group(one, place=f"{place}[{number}]", depth=depth + 1)
        for number, one in enumerate(data)
    )


def _criteria_of(group: Group) -> Iterator[Criterion]:
    for one in group.members:
        if isinstance(one, Group):
            yield from _criteria_of(one)
        else:
            yield one


def _text(data: dict[str, Any], name: str, place: str) -> str:
    value = data.get(name)
    if not isinstance(value, str):
        _refuse(_at(place, name), _("it must be a text"))
    return value


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _refuse(place: str, problem: str | Promise) -> Never:
    raise RuleInvalid(place=place or str(_("the outermost group")), problem=problem)
