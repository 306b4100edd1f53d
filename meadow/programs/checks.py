"""May this person do that? One call wherever a capability is used, and the reason with the answer.

A process remembers programs and people for at most a second, and forgets at once what it changed
itself: a change holds everywhere within a second. A grace period ends to the second, also where the
look that writes it down is yet to come.
"""

import datetime as dt
import functools
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from django.http import HttpRequest

from meadow.accounts.permissions import require_person
from meadow.accounts.queries import get_facts
from meadow.core.clock import now
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
    is_built: bool
    is_killed: bool
    limits: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class _Holder:
    """A person as checks know them: standings by program id."""

    is_active: bool
    is_staff: bool
    standings: Mapping[int, "_Place"]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where somebody stands with one program, as checks know it."""

    state: str = ""
    reason: str = ""
    step: int = 0
    decision_id: int | None = None
    grace_until: dt.datetime | None = None


_NOWHERE: Final = _Place()


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
    if not gate.is_built:
        return Answer(allowed=False, reason="not_built", program=gate.slug)
    if person_id is None:
        return Answer(allowed=False, reason="signed_out", program=gate.slug)
    return _answer(gate, _read_holders([person_id])[person_id])


def who_may(person_ids: Sequence[int], capability: str) -> list[int]:
    """Return those who may use a capability now, as `decide` answers for each, in two queries."""
    gate = _read_gates().get(capability)
    if gate is None or not gate.is_built or gate.is_killed:
        return []
    holders = _read_holders(person_ids)
    return [person for person in person_ids if _answer(gate, holders[person]).allowed]


def _answer(gate: _Gate, holder: _Holder) -> Answer:
    if not holder.is_active:
        return Answer(allowed=False, reason="signed_out", program=gate.slug)
    place = holder.standings.get(gate.id, _NOWHERE)
    said = functools.partial(
        Answer, program=gate.slug, state=place.state, decision_id=place.decision_id
    )
    if gate.is_killed:
        return said(allowed=False, reason="program_closed")
    is_over = place.state == "grace" and (place.grace_until or now()) <= now()
    if place.state in INSIDE and not is_over:
        is_piloted = place.state == "pilot" and place.step < len(gate.limits)
        limits = gate.limits[place.step] if is_piloted else {}
        return said(allowed=True, reason=place.reason, limits=limits)
    if holder.is_staff and place.state != "suspended":
        return said(allowed=True, reason="staff", decision_id=None)
    if is_over:
        return said(allowed=False, reason="grace_over")
    return said(allowed=False, reason=place.reason or "not_admitted")


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
    moment, known = time.monotonic(), _gates
    if known is not None and moment - known[0] < CACHE_SECONDS:
        return known[1]
    rows = Program.objects.values_list(
        "pk", "slug", "title", "is_built", "killed_at", "pilot", "capability"
    )
    found = {
        row[6]: _Gate(
            id=row[0],
            slug=row[1],
            title=row[2],
            is_built=row[3],
            is_killed=row[4] is not None,
            limits=tuple(step.get("limits", {}) for step in row[5] or ()),
        )
        for row in rows
    }
    _gates = (moment, found)
    return found


def _read_holders(person_ids: Sequence[int]) -> dict[int, _Holder]:
    # Noted before it is read: what changes meanwhile is a second old at most.
    moment = time.monotonic()
    known = {person: _holders.get(person) for person in person_ids}
    found = {
        person: entry[1]
        for person, entry in known.items()
        if entry is not None and moment - entry[0] < CACHE_SECONDS
    }
    missing = [person for person in known if person not in found]
    if not missing:
        return found
    facts = get_facts(missing)
    standings: dict[int, dict[int, _Place]] = {}
    rows = Membership.objects.filter(person_id__in=missing).values_list(
        "person_id", "program_id", "state", "reason", "step", "decision_id", "grace_until"
    )
    for row in rows:
        standings.setdefault(row[0], {})[row[1]] = _Place(*row[2:])
    for person in missing:
        found[person] = _Holder(
            is_active=person in facts,
            is_staff=person in facts and facts[person].is_staff,
            standings=standings.get(person, {}),
        )
    with _lock:
        if len(_holders) + len(missing) > MOST_PEOPLE:
            _holders.clear()
        _holders.update((person, (moment, found[person])) for person in missing[:MOST_PEOPLE])
    return found
