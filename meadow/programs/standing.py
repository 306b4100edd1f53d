"""Where somebody stands next with a program: one pure function of facts, terms and time.

Everything it looks at is JSON, is written into the decision record, and can be put in again
(`replay`): the record of a decision gives its own outcome.

Growing a percentage or changing a stage ejects nobody, since the way in is only looked at for who
is not in. A kill switch freezes every standing and closes the capability elsewhere (`checks.py`).
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

LOTS: Final = 10_000
INSIDE: Final = ("admitted", "pilot", "grace")
SEATED: Final = (*INSIDE, "suspended")
STAGES: Final = ("internal", "invited", "cohort", "percentage", "open")


@dataclass(frozen=True, slots=True)
class Standing:
    """A state, the reason code that led to it, since when, and what it ends with."""

    state: str
    reason: str
    since: dt.datetime
    admitted_at: dt.datetime | None = None
    grace_until: dt.datetime | None = None
    suspended_until: dt.datetime | None = None
    reapply_at: dt.datetime | None = None
    step: int = 0
    step_since: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """How a program admits now; `pilot_days` are the lengths of its pilot's steps."""

    stage: str
    admission: str
    percentage: int = 0
    regions: tuple[str, ...] = ()
    built: bool = True
    paused: bool = False
    killed: bool = False
    grace_days: int = 0
    pilot_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Entrant:
    """What a program knows of a person beside the values of its rule.

    `accepted` is an invitation that was taken up; `approved` an application that was accepted;
    `returns` somebody who had left and asks to come back.
    """

    lot: int
    region: str = ""
    staff: bool = False
    invited: bool = False
    accepted: bool = False
    in_cohort: bool = False
    approved: bool = False
    granted: bool = False
    returns: bool = False


def draw_lot(*, salt: str, person: str) -> int:
    """Return a person's lot in a program, 0 to 9,999: the same for ever, evenly spread.

    `person` is a public id. A percentage p lets in the lots below 100 p.
    """
    digest = hashlib.sha256(f"{salt}:{person}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % LOTS


def next_standing(
    *,
    current: Standing | None,
    met: bool,
    terms: Terms,
    entrant: Entrant,
    seat: bool,
    now: dt.datetime,
    graduates: bool = True,
) -> Standing | None:
    """Return where somebody stands at `now`; the same object when nothing changes.

    `met` is whether they meet the rule, `seat` whether there is one for them if they need it, and
    `graduates` whether they meet what their step of the pilot asks for beside its days.
    None is somebody who never was in, nor waited, nor applied.
    """
    if terms.killed:
        return current
    meets = met or entrant.granted
    if current is not None and current.state == "suspended":
        return _suspended(current, meets=meets, terms=terms, now=now)
    if current is not None and current.state in INSIDE:
        return _inside(current, meets=meets, graduates=graduates, terms=terms, now=now)
    return _outside(current, meets=meets, terms=terms, entrant=entrant, seat=seat, now=now)


def blocked_by(*, terms: Terms, entrant: Entrant) -> str:
    """Return the reason code that keeps somebody out who meets the rule; empty when none does."""
    if terms.killed:
        return "program_closed"
    if not terms.built:
        return "not_built"
    if terms.paused:
        return "program_paused"
    if entrant.granted or entrant.staff:
        return ""
    if terms.regions and entrant.region not in terms.regions:
        return "region_not_open"
    if not passes_stage(terms=terms, entrant=entrant):
        return f"stage_{terms.stage}"
    if terms.admission == "application" and not entrant.approved:
        return "needs_application"
    if terms.admission == "invitation" and not entrant.accepted:
        return "needs_invitation"
    return ""


def passes_stage(*, terms: Terms, entrant: Entrant) -> bool:
    """Whether the program's stage has reached a person; each stage includes those before it."""
    reached = STAGES.index(terms.stage)
    return (
        terms.stage == "open"
        or entrant.staff
        or (reached >= 1 and (entrant.invited or entrant.accepted))
        or (reached >= 2 and entrant.in_cohort)
        or (reached >= 3 and entrant.lot < terms.percentage * (LOTS // 100))
    )


def next_look(standing: Standing | None, *, terms: Terms) -> dt.datetime | None:
    """Return when a standing changes by time alone, or None."""
    if standing is None or terms.killed:
        return None
    if standing.state == "grace":
        return standing.grace_until
    if standing.state == "suspended":
        return standing.suspended_until
    if standing.state == "pilot":
        return None if is_held(standing, terms=terms) else step_ends(standing, terms=terms)
    return None


def is_held(standing: Standing, *, terms: Terms) -> bool:
    """Whether somebody was told that their step is over and what it asks for is not met."""
    ends = step_ends(standing, terms=terms)
    return standing.reason == "pilot_held" and ends is not None and standing.since >= ends


def _inside(
    current: Standing, *, meets: bool, graduates: bool, terms: Terms, now: dt.datetime
) -> Standing:
    if meets and current.state == "grace":
        back = "pilot" if current.step_since is not None else "admitted"
        kept = replace(current, state=back, reason="criteria_met_again", since=now)
        return replace(kept, grace_until=None)
    if meets:
        return _widened(current, graduates=graduates, terms=terms, now=now)
    if current.state != "grace":
        return _lose(current, terms=terms, now=now)
    if current.grace_until is not None and now >= current.grace_until:
        return _lapse(current, reason="grace_over", now=now)
    return current


def _lose(current: Standing, *, terms: Terms, now: dt.datetime) -> Standing:
    if terms.grace_days == 0:
        return _lapse(current, reason="criteria_lost", now=now)
    until = now + dt.timedelta(days=terms.grace_days)
    return replace(current, state="grace", reason="criteria_lost", since=now, grace_until=until)


def _lapse(current: Standing, *, reason: str, now: dt.datetime) -> Standing:
    return Standing(state="lapsed", reason=reason, since=now, admitted_at=current.admitted_at)


def _widened(current: Standing, *, graduates: bool, terms: Terms, now: dt.datetime) -> Standing:
    ends = step_ends(current, terms=terms)
    if current.state != "pilot" or (ends is not None and now < ends):
        return current
    if ends is not None and not graduates:
        held = is_held(current, terms=terms)
        return current if held else replace(current, reason="pilot_held", since=now)
    step = current.step + 1
    if ends is None or step >= len(terms.pilot_days):
        return replace(
            current, state="admitted", reason="pilot_completed", since=now, step_since=None
        )
    return replace(current, reason="pilot_widened", since=now, step=step, step_since=now)


def step_ends(current: Standing, *, terms: Terms) -> dt.datetime | None:
    """Return when a pilot's step is over; None where the program has no such step any more."""
    if current.step_since is None or current.step >= len(terms.pilot_days):
        return None
    return current.step_since + dt.timedelta(days=terms.pilot_days[current.step])


def _suspended(current: Standing, *, meets: bool, terms: Terms, now: dt.datetime) -> Standing:
    if current.suspended_until is None or now < current.suspended_until:
        return current
    return resume(current, reason="suspension_over", meets=meets, terms=terms, now=now)


def resume(
    current: Standing, *, reason: str, meets: bool, terms: Terms, now: dt.datetime
) -> Standing:
    """Return the standing of somebody whose suspension ends: inside again, or in grace."""
    state = "pilot" if current.step_since is not None else "admitted"
    back = replace(current, state=state, reason=reason, since=now, suspended_until=None)
    back = replace(back, grace_until=None)
    return back if meets else _lose(back, terms=terms, now=now)


def _outside(
    current: Standing | None,
    *,
    meets: bool,
    terms: Terms,
    entrant: Entrant,
    seat: bool,
    now: dt.datetime,
) -> Standing | None:
    if current is not None and current.state == "invited" and not entrant.invited:
        return Standing(state="lapsed", reason="invitation_over", since=now)
    waits = current is not None and current.state == "waitlisted"
    if not meets:
        taken_in = current is not None and current.state == "applied" and entrant.approved
        if waits or taken_in:
            return Standing(state="lapsed", reason="criteria_lost", since=now)
        return current
    if current is not None and current.state == "left" and not entrant.returns:
        return current
    # Whoever waits had passed the stage when they joined the list: they keep their place.
    blocked = blocked_by(terms=replace(terms, stage="open") if waits else terms, entrant=entrant)
    refused = current is not None and current.state == "refused" and not entrant.granted
    if blocked or (refused and not entrant.approved):
        return current
    if not seat:
        return current if waits else Standing(state="waitlisted", reason="no_seat", since=now)
    return _enter(reason=_why_in(current, entrant), terms=terms, now=now)


def _why_in(current: Standing | None, entrant: Entrant) -> str:
    if current is not None and current.state == "waitlisted":
        return "seat_freed"
    if entrant.granted:
        return "granted"
    if entrant.approved:
        return "application_accepted"
    if entrant.accepted:
        return "invitation_accepted"
    return "criteria_met"


def _enter(*, reason: str, terms: Terms, now: dt.datetime) -> Standing:
    piloted = bool(terms.pilot_days)
    return Standing(
        state="pilot" if piloted else "admitted",
        reason=reason,
        since=now,
        admitted_at=now,
        step_since=now if piloted else None,
    )


def to_json(thing: Standing | Terms | Entrant) -> dict[str, Any]:
    """Return the parts of a record that say something, moments as ISO 8601: for a decision."""
    said: dict[str, Any] = {}
    for name in _NAMES[type(thing)]:
        value = getattr(thing, name)
        if value or name == "built":
            said[name] = _plain(value)
    return said


def replay(
    *, inputs: Mapping[str, Any], met: bool, graduates: bool | None = None
) -> Standing | None:
    """Return the standing that a decision's recorded inputs lead to.

    `met` is the rule's answer and `graduates` that of the rule of a pilot's step, both worked out
    from the recorded values; None takes what is recorded of the second.
    """
    if graduates is None:
        graduates = bool(inputs.get("graduation", {}).get("met", True))
    current = inputs.get("current")
    terms = {**inputs["terms"]}
    for name in ("regions", "pilot_days"):
        terms[name] = tuple(terms.get(name, ()))
    return next_standing(
        current=standing_from_json(current) if current else None,
        met=met,
        terms=Terms(**terms),
        entrant=Entrant(**{"lot": 0, **inputs["entrant"]}),
        seat=bool(inputs["seat"]),
        now=dt.datetime.fromisoformat(inputs["at"]),
        graduates=graduates,
    )


def standing_from_json(said: Mapping[str, Any]) -> Standing:
    """Return a standing from what `to_json` made of it."""
    parts: dict[str, Any] = {
        name: dt.datetime.fromisoformat(value) if name in _MOMENTS else value
        for name, value in said.items()
    }
    return Standing(**parts)


_MOMENTS: Final = frozenset(
    ("since", "admitted_at", "grace_until", "suspended_until", "reapply_at", "step_since")
)
_NAMES: Final = {
    kind: tuple(one.name for one in fields(kind)) for kind in (Standing, Terms, Entrant)
}


def _plain(value: Any) -> Any:
    if type(value) is tuple:
        return list(value)
    return value.isoformat() if isinstance(value, dt.datetime) else value
