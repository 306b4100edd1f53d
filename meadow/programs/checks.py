"""May this person do that? One call wherever a capability is used, and the reason with the answer.

A process remembers programs and people for at most a second, and forgets at once what it changed
itself: a change holds everywhere within a second.
"""

import functools
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from django.http import HttpRequest

from meadow.accounts.permissions import require_person
from meadow.accounts.queries import get_facts
from meadow.programs.errors import CapabilityClosed
from meadow.programs.models import Membership, Program
from meadow.programs.standing import INSIDE
from meadow.programs.words import in_language

CACHE_SECONDS: Final = 1.0
MOST_PEOPLE: Final = 10_000

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it is allowed, why (a reason code), within which limits, and by which decision.

    `decision_id` is the row of the decision record; `decisions.queries` knows its public id. None
    for staff, and for who never came near the program.
    """

    allowed: bool
    reason: str
    program: str = ""
    state: str = ""
    limits: Mapping[str, Any] = field(default_factory=dict)
    decision_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Gate:
    """A program as checks know it."""

    id: int
    slug: str
    title: Mapping[str, str]
    is_killed: bool
    limits: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class _Holder:
    """A person as checks know them: standings by program id."""

    is_active: bool
    is_staff: bool
    standings: Mapping[int, tuple[str, str, int, int]]


_lock = threading.Lock()
_gates: tuple[float, dict[str, _Gate]] | None = None
_holders: dict[int, tuple[float, _Holder]] = {}


def allows(person_id: int | None, capability: str) -> bool:
    """Whether a person may use a capability now; None is somebody signed out."""
    return decide(person_id, capability).allowed


def decide(person_id: int | None, capability: str) -> Answer:
    """Return whether a person may use a capability now, and why. Unknown ones are closed."""
    gate = _read_gates().get(capability)
    if gate is None:
        return Answer(allowed=False, reason="no_program")
    if person_id is None:
        return Answer(allowed=False, reason="signed_out", program=gate.slug)
    holder = _read_holder(person_id)
    if not holder.is_active:
        return Answer(allowed=False, reason="signed_out", program=gate.slug)
    state, reason, step, decision_id = holder.standings.get(gate.id, ("", "", 0, None))
    if gate.is_killed:
        return Answer(
            allowed=False,
            reason="program_closed",
            program=gate.slug,
            state=state,
            decision_id=decision_id,
        )
    if state in INSIDE:
        limits = gate.limits[step] if state == "pilot" and step < len(gate.limits) else {}
        return Answer(
            allowed=True,
            reason=reason,
            program=gate.slug,
            state=state,
            limits=limits,
            decision_id=decision_id,
        )
    if holder.is_staff and state != "suspended":
        return Answer(allowed=True, reason="staff", program=gate.slug, state=state)
    return Answer(
        allowed=False,
        reason=reason or "not_admitted",
        program=gate.slug,
        state=state,
        decision_id=decision_id,
    )


def check(person_id: int | None, capability: str) -> Answer:
    """Return the answer where it is yes. Raises CapabilityClosed with the program and the reason."""
    answer = decide(person_id, capability)
    if not answer.allowed:
        gate = _read_gates().get(capability)
        raise CapabilityClosed(
            capability=capability,
            program=answer.program,
            reason=answer.reason,
            title=in_language(gate.title) if gate else capability,
        )
    return answer


def require(
    capability: str,
) -> Callable[[Callable[Concatenate[HttpRequest, P], R]], Callable[Concatenate[HttpRequest, P], R]]:
    """Open a view or an API operation only to who may. Raises NotSignedIn, CapabilityClosed."""

    def wrap(
        view: Callable[Concatenate[HttpRequest, P], R],
    ) -> Callable[Concatenate[HttpRequest, P], R]:
        @functools.wraps(view)
        def checked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> R:
            check(require_person(request.user).pk, capability)
            return view(request, *args, **kwargs)

        return checked  # type: ignore[return-value] # Concatenate and wraps do not agree on names

    return wrap


def forget_people(person_ids: Collection[int]) -> None:
    """Drop what this process remembers of people."""
    with _lock:
        for person in person_ids:
            _holders.pop(person, None)


def forget_programs() -> None:
    """Drop what this process remembers of programs and people."""
    global _gates
    with _lock:
        _gates = None
        _holders.clear()


def _read_gates() -> dict[str, _Gate]:
    global _gates
    now, known = time.monotonic(), _gates
    if known is not None and now - known[0] < CACHE_SECONDS:
        return known[1]
    rows = Program.objects.values_list("pk", "slug", "title", "killed_at", "pilot", "capability")
    found = {
        row[5]: _Gate(
            id=row[0],
            slug=row[1],
            title=row[2],
            is_killed=row[3] is not None,
            limits=tuple(step.get("limits", {}) for step in row[4] or ()),
        )
        for row in rows
    }
    _gates = (now, found)
    return found


def _read_holder(person_id: int) -> _Holder:
    # Noted before it is read: what changes meanwhile is a second old at most.
    now, known = time.monotonic(), _holders.get(person_id)
    if known is not None and now - known[0] < CACHE_SECONDS:
        return known[1]
    facts = get_facts([person_id]).get(person_id)
    rows = Membership.objects.filter(person_id=person_id).values_list(
        "program_id", "state", "reason", "step", "decision_id"
    )
    holder = _Holder(
        is_active=facts is not None,
        is_staff=facts is not None and facts.is_staff,
        standings={row[0]: (row[1], row[2], row[3], row[4]) for row in rows},
    )
    with _lock:
        if len(_holders) >= MOST_PEOPLE:
            _holders.clear()
        _holders[person_id] = (now, holder)
    return holder
