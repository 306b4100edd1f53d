"""A pilot's steps as a form that works without JavaScript, as `editor` does it for a rule.

Fields are named by step: `s0.days`, `s0.limit.minutes_a_day`; what a step asks for beside its days
is a rule whose outermost group is `s0`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from meadow.programs import rules
from meadow.programs.errors import PilotInvalid
from meadow.programs.operator import editor
from meadow.programs.operator.editor import Node, as_sentence, as_whole, read_text
from meadow.programs.pilots import MOST_STEPS, Step, read_pilot
from meadow.programs.step_limits import Limit, list_limits


@dataclass
class LimitField:
    """One limit of a step; empty is none."""

    limit: Limit
    name: str
    text: str
    error: str = ""


@dataclass
class StepFields:
    """One step as entered; `tree` None asks for nothing but the days."""

    name: str
    days: str
    limits: list[LimitField]
    tree: Node | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """Return which step it is, from 1."""
        return int(self.name[1:]) + 1


@dataclass
class PilotFields:
    """All steps as entered, in their order."""

    capability: str
    steps: list[StepFields]

    @property
    def may_grow(self) -> bool:
        """Whether another step fits."""
        return len(self.steps) < MOST_STEPS


def from_pilot(steps: tuple[Step, ...], *, capability: str) -> PilotFields:
    """Return steps as fields."""
    found = [
        StepFields(
            name="",
            days=str(step.days),
            limits=_limits(capability, {key: str(said) for key, said in step.limits.items()}),
            tree=editor.from_rule(step.graduation) if step.graduation else None,
        )
        for step in steps
    ]
    return _numbered(PilotFields(capability, found))


def from_post(data: Mapping[str, Any], *, capability: str) -> PilotFields:
    """Return the steps that were sent; a missing or overlarge one is cut, never an error."""
    found = []
    for number in range(MOST_STEPS):
        name = f"s{number}"
        if f"{name}.days" not in data:
            continue
        sent = {
            one.key: read_text(data, f"{name}.limit.{one.key}") for one in list_limits(capability)
        }
        found.append(
            StepFields(
                name="",
                days=read_text(data, f"{name}.days"),
                limits=_limits(capability, sent),
                tree=editor.from_post(data, root=name) if f"{name}.type" in data else None,
            )
        )
    return _numbered(PilotFields(capability, found))


def act(pilot: PilotFields, what: str, data: Mapping[str, Any]) -> bool:
    """Add or remove as a pressed button says; returns whether it was such a button."""
    verb, _colon, name = what.partition(":")
    if verb == "step" and pilot.may_grow:
        pilot.steps.append(StepFields(name="", days="", limits=_limits(pilot.capability, {})))
        _numbered(pilot)
        return True
    step = next((one for one in pilot.steps if one.name == name), None)
    if verb == "drop" and step is not None:
        pilot.steps.remove(step)
        _numbered(pilot)
        return True
    if verb in ("ask", "unask") and step is not None:
        step.tree = Node(is_group=True) if verb == "ask" else None
        _numbered(pilot)
        return True
    trees = [one.tree for one in pilot.steps if one.tree is not None]
    return any(editor.act(tree, what, data) for tree in trees)


def to_pilot(pilot: PilotFields) -> list[dict[str, Any]]:
    """Return the steps that the fields say. Raises RuleInvalid, PilotInvalid, laid at the place too."""
    data = [
        {
            "days": as_whole(step.days),
            "limits": {one.limit.key: as_whole(one.text) for one in step.limits if one.text},
            **({"graduation": rules.to_json(editor.to_rule(step.tree))} if step.tree else {}),
        }
        for step in pilot.steps
    ]
    try:
        read_pilot(data, capability=pilot.capability)
    except PilotInvalid as refused:
        _lay_at(pilot, refused)
        raise
    return data


def _limits(capability: str, texts: Mapping[str, str]) -> list[LimitField]:
    return [
        LimitField(limit=one, name="", text=texts.get(one.key, ""))
        for one in list_limits(capability)
    ]


def _numbered(pilot: PilotFields) -> PilotFields:
    for number, step in enumerate(pilot.steps):
        step.name = f"s{number}"
        for one in step.limits:
            one.name = f"{step.name}.limit.{one.limit.key}"
        if step.tree is not None:
            editor.rename(step.tree, step.name)
    return pilot


def _lay_at(pilot: PilotFields, refused: PilotInvalid) -> None:
    """Put a sentence beside the field that a refusal names, such as `[0].limits.minutes_a_day`."""
    said = as_sentence(str(refused.params["problem"]))
    number, _bracket, inside = str(refused.params["place"]).lstrip("[").partition("].")
    if not number.isdigit() or int(number) >= len(pilot.steps):
        return
    step = pilot.steps[int(number)]
    for one in step.limits:
        if inside == f"limits.{one.limit.key}":
            one.error = said
            return
    step.errors["days" if inside == "days" else "whole"] = said
