"""The steps of a pilot: how long each lasts, what it limits, and what has to be met to go on.

A step is `{"days", "limits", "graduation"}`; `graduation` is a rule as everywhere, and may be left
out: then the days alone lead on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Never

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from meadow.programs import rules
from meadow.programs.diffs import takes_away
from meadow.programs.errors import PilotInvalid, RuleInvalid
from meadow.programs.evidence import Json
from meadow.programs.step_limits import LARGEST_LIMIT, find_limit, list_limits

MOST_STEPS: Final = 6
LONGEST_STEP: Final = 365
_FIELDS: Final = frozenset({"days", "limits", "graduation"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a pilot; `graduation` None: whoever has been at it for `days` goes on."""

    days: int
    limits: Mapping[str, int] = field(default_factory=dict)
    graduation: rules.Rule | None = None


def steps_of(pilot: Any) -> tuple[Step, ...]:
    """Return the steps that a program keeps; none where it has no pilot."""
    return tuple(
        Step(
            days=int(step["days"]),
            limits=step.get("limits", {}),
            graduation=rules.from_json(step["graduation"]) if step.get("graduation") else None,
        )
        for step in pilot or ()
    )


def read_pilot(data: Any, *, capability: str) -> list[dict[str, Json]] | None:
    """Return steps as a program keeps them, None for no pilot. Raises PilotInvalid.

    Limits are those that somebody registered for the capability (`step_limits.register_limit`).
    """
    if data is None or data == []:
        return None
    if not isinstance(data, list) or len(data) > MOST_STEPS:
        _refuse("", str(_("a pilot is a list of up to %s steps")) % MOST_STEPS)
    return [
        _read_step(one, place=f"[{number}]", capability=capability)
        for number, one in enumerate(data)
    ]


def narrows(before: Step | None, after: Step | None) -> bool:
    """Whether a step that becomes another takes something from who is at it or comes to it.

    None is no such step: where there was none, a new one asks for more days; one that goes, for none.
    """
    if after is None:
        return False
    if before is None or after.days > before.days:
        return True
    # What was not limited has no largest value.
    unlimited = LARGEST_LIMIT + 1
    if any(value < before.limits.get(key, unlimited) for key, value in after.limits.items()):
        return True
    if after.graduation is None:
        return False
    return before.graduation is None or takes_away(before.graduation, after.graduation)


def _read_step(data: Any, *, place: str, capability: str) -> dict[str, Json]:
    if not isinstance(data, dict):
        _refuse(place, _("a step must be an object"))
    for name in data:
        if name not in _FIELDS:
            _refuse(f"{place}.{str(name)[:40]}", _("a step has no such member"))
    days = data.get("days")
    if type(days) is not int or not 1 <= days <= LONGEST_STEP:
        problem = str(_("give a whole number of days from 1 to %s")) % LONGEST_STEP
        _refuse(f"{place}.days", problem)
    step: dict[str, Json] = {
        "days": days,
        "limits": _read_limits(
            data.get("limits", {}), place=f"{place}.limits", capability=capability
        ),
    }
    if data.get("graduation") is not None:
        step["graduation"] = _read_graduation(data["graduation"], place=f"{place}.graduation")
    return step


def _read_limits(data: Any, *, place: str, capability: str) -> dict[str, Json]:
    if not isinstance(data, dict):
        _refuse(place, _("limits must be an object"))
    limits: dict[str, Json] = {}
    for key, value in data.items():
        at = f"{place}.{str(key)[:40]}"
        if find_limit(capability, str(key)) is None:
            known = ", ".join(one.key for one in list_limits(capability))
            said = _("this program can limit: %s") if known else _("this program has no limits")
            _refuse(at, str(said) % known if known else said)
        if type(value) is not int or not 1 <= value <= LARGEST_LIMIT:
            _refuse(at, str(_("give a whole number from 1 to %s")) % f"{LARGEST_LIMIT:,}")
        limits[str(key)] = value
    return limits


def _read_graduation(data: Any, *, place: str) -> Json:
    try:
        read = rules.to_json(rules.from_json(data))
    except RuleInvalid as wrong:
        where = wrong.params["place"]
        inside = "" if where == str(_("the outermost group")) else f".{where}"
        _refuse(f"{place}{inside}", wrong.params["problem"])
    return dict(read)


def _refuse(place: str, problem: str | Promise) -> Never:
    raise PilotInvalid(place=place or str(_("the list of steps")), problem=problem)
