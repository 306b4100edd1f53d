"""A rule as a form that works without JavaScript: every press sends the whole tree, one act changes it.

Fields are named by place: `r.mode` is the outermost group, `r-0.threshold` its first member. What
was entered wrongly stays as entered, with a sentence beside it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meadow.programs import rules
from meadow.programs.errors import MetricUnknown, RuleInvalid
from meadow.programs.metrics import Metric, ParamSpec, get_metric, list_metrics
from meadow.programs.rules import DEEPEST, MOST_CRITERIA, Criterion, Group, Rule

ROOT: Final = "r"
LONGEST_FIELD: Final = 2000
MODES: Final = ("all", "any", "at_least")
_OPERATORS: Final = {
    ">": gettext_lazy("more than"),
    ">=": gettext_lazy("at least"),
    "<": gettext_lazy("fewer than"),
    "<=": gettext_lazy("at most"),
    "==": gettext_lazy("exactly"),
}


@dataclass
class ParamField:
    """One parameter of a criterion as a field."""

    key: str
    spec: ParamSpec
    text: str
    name: str
    error: str = ""


@dataclass
class Node:
    """A criterion or a group as entered; `place` is how a rule's errors name it."""

    is_group: bool
    name: str = ROOT
    place: str = ""
    depth: int = 1
    mode: str = "all"
    k: str = "1"
    members: list["Node"] = field(default_factory=list)
    key: str = ""
    metric: str = ""
    operator: str = ">="
    threshold: str = ""
    params: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def known(self) -> Metric | None:
        """Return the metric of a criterion, None where nobody registered it."""
        try:
            return get_metric(self.metric)
        except MetricUnknown:
            return None

    @property
    def is_flag(self) -> bool:
        """Whether the figure is yes or no."""
        return self.known is not None and self.known.unit == "flag"

    @property
    def fields(self) -> list[ParamField]:
        """Return the parameters as fields."""
        specs = self.known.params if self.known else {}
        return [
            ParamField(
                key=key,
                spec=spec,
                text=self.params.get(key, ""),
                name=f"{self.name}.p.{key}",
                error=self.errors.get(f"params.{key}", ""),
            )
            for key, spec in specs.items()
        ]

    @property
    def may_hold_groups(self) -> bool:
        """Whether a group fits inside."""
        return self.depth < DEEPEST

    @property
    def problems(self) -> list[str]:
        """Return what is wrong with it and stands beside none of its fields."""
        shown = {"threshold", "k", *(f"params.{one.key}" for one in self.fields)}
        return [said for at, said in self.errors.items() if at not in shown]


def from_rule(rule: Rule) -> Node:
    """Return a rule as a tree of fields."""
    root = _from_group(rule.root)
    _number(root)
    return root


def from_post(data: Mapping[str, Any], *, root: str = ROOT) -> Node:
    """Return the tree that was sent; a missing or overlarge one is cut, never an error."""
    budget = [4 * MOST_CRITERIA]
    found = _read(data, root, budget, depth=1)
    found = found if found is not None and found.is_group else Node(is_group=True)
    rename(found, root)
    return found


def rename(root: Node, name: str) -> None:
    """Give a tree's outermost group a name, and all below it names that begin with it."""
    root.name = name
    _number(root)


def act(root: Node, what: str, data: Mapping[str, Any]) -> bool:
    """Add or remove as a pressed button says; returns whether it was such a button."""
    verb, _colon, name = what.partition(":")
    found = next((one for one in walk(root) if one.name == name), None)
    if verb not in ("add", "group", "remove") or found is None:
        return False
    if verb == "add" and found.is_group:
        found.members.append(_fresh(root, read_text(data, f"{name}.add")))
    elif verb == "group" and found.is_group and found.may_hold_groups:
        found.members.append(Node(is_group=True, mode="any"))
    elif verb == "remove" and found is not root:
        for parent in walk(root):
            parent.members = [one for one in parent.members if one is not found]
    _number(root)
    return True


def to_rule(root: Node) -> Rule:
    """Return the rule that the fields say. Raises RuleInvalid, with a sentence at the place too."""
    for node in walk(root):
        node.errors = {}
    problem = next((said for node in walk(root) for said in _mistakes(node)), None)
    data = _to_json(root)
    if problem is None:
        try:
            return rules.from_json(data)
        except RuleInvalid as refused:
            problem = refused
    _lay_at(root, problem)
    raise problem


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, in reading order."""
    yield node
    for member in node.members:
        yield from walk(member)


def list_choices() -> list[tuple[str, str]]:
    """Return the metrics that may be added, by name."""
    return sorted(((one.key, str(one.name)) for one in list_metrics()), key=lambda one: one[1])


def list_operators() -> list[tuple[str, str]]:
    """Return the comparisons in words."""
    return [(one, str(words)) for one, words in _OPERATORS.items()]


def _from_group(group: Group) -> Node:
    return Node(
        is_group=True,
        mode=group.kind,
        k=str(group.k or 1),
        members=[
            _from_group(one) if isinstance(one, Group) else _from_criterion(one)
            for one in group.members
        ],
    )


def _from_criterion(one: Criterion) -> Node:
    return Node(
        is_group=False,
        key=one.key,
        metric=one.metric,
        operator=one.operator,
        threshold=str(one.threshold),
        params={
            key: ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            for key, value in one.params.items()
        },
    )


def _read(data: Mapping[str, Any], name: str, budget: list[int], *, depth: int) -> Node | None:
    kind = read_text(data, f"{name}.type")
    if kind not in ("group", "criterion") or budget[0] <= 0 or depth > DEEPEST + 1:
        return None
    budget[0] -= 1
    if kind == "criterion":
        node = Node(
            is_group=False,
            key=read_text(data, f"{name}.key"),
            metric=read_text(data, f"{name}.metric"),
            operator=read_text(data, f"{name}.operator"),
            threshold=read_text(data, f"{name}.threshold"),
        )
        specs = node.known.params if node.known else {}
        node.params = {key: read_text(data, f"{name}.p.{key}") for key in specs}
        return node
    mode = read_text(data, f"{name}.mode")
    node = Node(
        is_group=True, mode=mode if mode in MODES else "all", k=read_text(data, f"{name}.k") or "1"
    )
    for number in range(MOST_CRITERIA + 1):
        member = _read(data, f"{name}-{number}", budget, depth=depth + 1)
        if member is not None:
            node.members.append(member)
    return node


def _fresh(root: Node, metric: str) -> Node:
    keys = {one.key for one in walk(root) if not one.is_group}
    node = Node(is_group=False, metric=metric)
    if node.known is None:
        node.metric = list_choices()[0][0]
    key, number = node.metric, 2
    while key in keys:
        key, number = f"{node.metric}_{number}"[:40], number + 1
    node.key = key
    node.threshold = "1" if node.is_flag else ""
    node.operator = "==" if node.is_flag else ">="
    specs = node.known.params if node.known else {}
    node.params = {
        key: "" if spec.default is None else str(spec.default) for key, spec in specs.items()
    }
    return node


def _number(node: Node) -> None:
    """Give every node below its name, its place and its depth."""
    inside = "of" if node.mode == "at_least" else node.mode
    for number, member in enumerate(node.members):
        member.name = f"{node.name}-{number}"
        member.place = f"{node.place}.{inside}[{number}]" if node.place else f"{inside}[{number}]"
        member.depth = node.depth + 1
        _number(member)


def _to_json(node: Node) -> dict[str, Any]:
    if node.is_group:
        members = [_to_json(one) for one in node.members]
        if node.mode == "at_least":
            return {"at_least": as_whole(node.k), "of": members}
        return {node.mode: members}
    specs = node.known.params if node.known else {}
    return {
        "key": node.key,
        "metric": node.metric,
        "operator": node.operator,
        "threshold": as_whole(node.threshold),
        "params": {key: _value(spec, node.params.get(key, "")) for key, spec in specs.items()},
    }


def _mistakes(node: Node) -> Iterator[RuleInvalid]:
    """Yield what cannot be put into JSON at all."""
    fields = {"at_least": node.k} if node.is_group and node.mode == "at_least" else {}
    if not node.is_group:
        fields = {"threshold": node.threshold}
    for name, text in fields.items():
        if as_whole(text) is None:
            place = f"{node.place}.{name}" if node.place else name
            yield RuleInvalid(place=place, problem=_("give a whole number"))
    if node.is_group and not node.members:
        inside = "of" if node.mode == "at_least" else node.mode
        place = f"{node.place}.{inside}" if node.place else inside
        yield RuleInvalid(
            place=place, problem=_("this group is empty: add a criterion, or remove the group")
        )


def _lay_at(root: Node, refused: RuleInvalid) -> None:
    """Put a sentence beside the node and field that a refusal names."""
    place = str(refused.params["place"])
    nodes = [one for one in walk(root) if one.place and place.startswith(one.place)]
    node = max(nodes, key=lambda one: len(one.place), default=root)
    inside = place[len(node.place) :].lstrip(".") if node.place else place
    said = as_sentence(str(refused.params["problem"]))
    node.errors["k" if inside == "at_least" else inside or "whole"] = said


def as_sentence(said: str) -> str:
    """Return what is wrong at a place as a sentence of its own."""
    sentence = said[:1].upper() + said[1:]
    return sentence + ("" if sentence.endswith((".", "。")) else ".")


def _value(spec: ParamSpec, text: str) -> Any:
    if spec.kind == "number":
        number = as_whole(text)
        return text if number is None else number
    if spec.kind == "list":
        return [one for part in text.replace(";", ",").split(",") if (one := part.strip().upper())]
    return text


def as_whole(text: str) -> int | None:
    """Return a whole number as people write it, None for anything else."""
    plain = text.strip().replace(",", "").replace(" ", "").replace("_", "")
    digits = plain.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 15:
        return None
    return int(plain)


def read_text(data: Mapping[str, Any], name: str) -> str:
    """Return what was entered in a field, trimmed and cut."""
    return str(data.get(name, ""))[:LONGEST_FIELD].strip()
