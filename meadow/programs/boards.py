"""What the pages of programs draw: the door, criteria with their evidence, what would change it."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from meadow.programs.doors import Door, find_door
from meadow.programs.evaluation import CriterionResult
from meadow.programs.evidence import Evidence, Item
from meadow.programs.metrics import get_metric
from meadow.programs.pilot_words import say_limits
from meadow.programs.queries import CriterionView, Explanation, ProgramCard
from meadow.programs.queries.what_if import Question, WhatIf
from meadow.programs.standing import INSIDE
from meadow.programs.wording import describe_item, describe_result, phrase
from meadow.programs.words import STATE_NAMES, say_reason

OPEN, AJAR, SHUT = "open", "ajar", "shut"
_TITLES: Final[Mapping[str, str | Promise]] = {
    "admitted": gettext_lazy("The door is open: you are in"),
    "pilot": gettext_lazy("The door is open: you are in, with first limits"),
    "grace": gettext_lazy("You are in for the time being"),
    "waitlisted": gettext_lazy("You are on the waitlist"),
    "applied": gettext_lazy("Your application waits for an answer"),
    "invited": gettext_lazy("You are invited"),
    "suspended": gettext_lazy("You are suspended"),
    "refused": gettext_lazy("Your application was refused"),
    "lapsed": gettext_lazy("You are out"),
    "left": gettext_lazy("You left"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment that matters, with what happens then."""

    name: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class DoorBoard:
    """The head of the page: how far the door is open, and why, in a sentence or two.

    `behind` is where an open door leads, None where nothing is built or it is shut.
    """

    look: str
    title: str
    sentences: Sequence[str]
    words: str
    limits: Sequence[str]
    moments: Sequence[Moment]
    behind: Door | None


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One thing that was looked at; `figure` is its own figure where the rule asks for one."""

    title: str
    url: str
    counts: bool
    why: str
    figure: str
    leaves_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class CriterionBoard:
    """One criterion: value, what is asked, the gap, and what stands behind the figure.

    `share` is 0 to 100 where the figure grows towards what is asked, None where a bar says nothing.
    """

    key: str
    name: str
    met: bool
    is_blocking: bool
    value: str
    asked: str
    gap: str
    words: str
    share: int | None
    definition: str
    source: str
    provenance: str
    lines: Sequence[EvidenceLine]
    counting: int
    more: int
    as_of: dt.datetime | None
    mend_url: str


@dataclass(frozen=True, slots=True)
class Acts:
    """What somebody can do from here; each is a button only where it works."""

    apply: bool
    withdraw: bool
    leave: bool
    come_back: bool
    accept: bool
    use_code: bool
    appeal: bool


def make_door(told: Explanation) -> DoorBoard:
    """Return how far the door of a program is open to somebody."""
    card, standing = told.page.card, told.standing
    staff = told.entrant.staff and not standing.is_in and standing.state != "suspended"
    look = OPEN if standing.is_in or staff else SHUT
    look = AJAR if standing.state == "grace" else look
    look = SHUT if card.is_killed else look
    return DoorBoard(
        look=look,
        title=_title(told, staff=staff),
        sentences=_sentences(told, staff=staff),
        words=standing.words,
        limits=say_limits(standing.limits, capability=card.capability),
        moments=_moments(told),
        behind=find_door(card.capability) if look != SHUT and card.is_built else None,
    )


def fingerprint(told: Explanation, appeal_state: str) -> str:
    """Return what tells two explanations apart, so that an open page knows whether it is current."""
    return hashlib.sha256(f"{told!r} {appeal_state}".encode()).hexdigest()[:16]


def make_criteria(views: Sequence[CriterionView], *, prefix: str = "") -> list[CriterionBoard]:
    """Return criteria as they stand for somebody; `prefix` tells two rules on a page apart."""
    return [_criterion(one, prefix=prefix) for one in views]


def make_acts(told: Explanation, *, appeal_state: str, now: dt.datetime) -> Acts:
    """Return what somebody can do from here."""
    standing, card = told.standing, told.page.card
    meets = told.met or told.entrant.granted
    until = standing.appeal_until
    outside = not standing.is_in and standing.state not in ("waitlisted", "suspended")
    return Acts(
        apply=not told.why_not_apply,
        withdraw=standing.state == "applied",
        leave=standing.is_in or standing.state == "waitlisted",
        come_back=standing.state == "left" and meets and not told.blocked,
        accept=told.can_accept,
        use_code=outside
        and not card.is_killed
        and not told.entrant.accepted
        and (card.admission == "invitation" or card.stage == "invited"),
        appeal=until is not None and now <= until and not appeal_state,
    )


def list_changes(told: Explanation) -> list[str]:
    """Return in sentences what would change the answer."""
    standing, said = told.standing, []
    if not told.met and not told.entrant.granted:
        said += [
            _("%(name)s: %(words)s") % {"name": one.name, "words": one.words}
            for one in told.criteria
            if one.is_blocking
        ]
    elif standing.state == "waitlisted" and standing.queue_position is not None:
        before = standing.queue_position - 1
        said.append(
            ngettext(
                "A seat that becomes free: %(count)s person is before you.",
                "A seat that becomes free: %(count)s people are before you.",
                before,
            )
            % {"count": f"{before:,}"}
            if before
            else _("A seat that becomes free: you are next.")
        )
    if told.blocked and not standing.is_in and standing.state not in ("applied", "suspended"):
        said.append(told.blocked_words)
    if told.entrant.granted and standing.is_in:
        said.append(_("You are in by name: while that holds, the figures above change nothing."))
    elif standing.is_in and told.met:
        said.append(_say_loss(told))
    return said


def say_seats(card: ProgramCard) -> str:
    """Return how many are in and how many seats there are, in a sentence."""
    count = f"{card.admitted_count:,}"
    if card.capacity is None:
        return ngettext(
            "%(count)s person is in.", "%(count)s people are in.", card.admitted_count
        ) % {"count": count}
    return _("%(count)s of %(seats)s seats are taken.") % {
        "count": count,
        "seats": f"{card.capacity:,}",
    }


def say_what_if(asked: WhatIf) -> tuple[str, str]:
    """Return what would be, as a headline and a sentence on why."""
    if asked.changes and asked.after in INSIDE:
        title = _("The door would be open") if asked.after != "grace" else _("A grace period")
    elif asked.changes:
        title = str(STATE_NAMES.get(asked.after, asked.after))
    elif asked.after in INSIDE:
        title = _("You would stay in")
    elif asked.outcome.met:
        title = _("You would meet the rule")
    else:
        title = _("The door would stay shut")
    why = say_reason(asked.reason) if asked.reason else ""
    if not why and not asked.outcome.met:
        why = say_reason("criteria_unmet")
    if asked.after == "grace" and asked.changes and asked.until is not None:
        why = _("You would no longer meet the rule, and keep your place until %(date)s.") % {
            "date": date_format(asked.until, "DATE_FORMAT")
        }
    return title, why


def list_what_if(asked: WhatIf, question: Question) -> list[tuple[str, bool]]:
    """Return each criterion with the figures as asked, in words, and whether it is met."""
    names = {key: figure.name for figure in question.figures for key in figure.keys}
    return [
        (f"{names[one.key]}{_(': ')}{describe_result(one)}", one.met)
        for one in asked.outcome.results
    ]


def _title(told: Explanation, *, staff: bool) -> str:
    standing = told.standing
    if told.page.card.is_killed:
        return _("Switched off for everybody")
    if staff:
        return _("Open to you: you help to run this community")
    if standing.state:
        return str(_TITLES[standing.state])
    if told.met:
        return _("You meet the rule")
    return _("The door is shut so far")


def _sentences(told: Explanation, *, staff: bool) -> list[str]:
    standing = told.standing
    if told.page.card.is_killed:
        return [say_reason("program_closed")]
    said = [standing.why] if standing.state else []
    if standing.state == "grace":
        said.append(_("Nothing closes yet. Meet the rule again in time and you stay in."))
    if standing.state == "waitlisted" and standing.queue_position is not None:
        said.append(
            _("Your place is number %(place)s.") % {"place": f"{standing.queue_position:,}"}
        )
    if staff or standing.state in (*INSIDE, "waitlisted", "applied", "suspended"):
        return said
    if not told.met and not told.entrant.granted and standing.reason != "criteria_lost":
        said.append(say_reason("criteria_unmet"))
    if told.blocked and told.blocked_words not in said:
        said.append(told.blocked_words)
    return said


def _moments(told: Explanation) -> list[Moment]:
    standing = told.standing
    known = (
        (_("In since"), standing.admitted_at if standing.is_in else None),
        (_("In until"), standing.grace_until),
        (_("Since"), standing.since if standing.state and not standing.is_in else None),
        (_("Suspended until"), standing.suspended_until),
        (_("You can apply again from"), standing.reapply_at),
        (_("By time alone it may change on"), told.next_change_at),
    )
    return [Moment(name=name, at=at) for name, at in known if at is not None]


def _say_loss(told: Explanation) -> str:
    days = told.page.terms.grace_days
    return ngettext(
        "If you no longer meet the rule, you keep your place for %(count)s more day.",
        "If you no longer meet the rule, you keep your place for %(count)s more days.",
        days,
    ) % {"count": days}


def _criterion(view: CriterionView, *, prefix: str) -> CriterionBoard:
    result = view.result
    metric = get_metric(result.criterion.metric)
    lines = [_line(item) for item in view.evidence.items] if _is_listed(view.evidence) else []
    links = [item.url for item in view.evidence.items if item.url]
    return CriterionBoard(
        key=prefix + result.key,
        name=view.name,
        met=result.met,
        is_blocking=view.is_blocking,
        value=_say_value(result, metric.unit),
        asked=phrase(result.criterion),
        gap=_say_gap(result, metric.unit),
        words=view.words,
        share=_share(result, metric.unit),
        definition=str(metric.definition),
        source=str(metric.source),
        provenance=str(metric.provenance),
        lines=lines,
        counting=sum(line.counts for line in lines),
        more=view.evidence.more,
        as_of=view.evidence.as_of,
        mend_url="" if lines or result.met or not links else links[0],
    )


def _is_listed(evidence: Evidence) -> bool:
    """Whether the evidence is a list of things, and not the figure said once more."""
    return len(evidence.items) > 1 or any(item.params or item.leaves_at for item in evidence.items)


def _line(item: Item) -> EvidenceLine:
    asked_for_reads = bool(item.params.get("reads_needed"))
    return EvidenceLine(
        title=item.title,
        url=item.url,
        counts=item.counts,
        why=describe_item(item),
        figure=_say_reads(item) if asked_for_reads and item.counts else "",
        leaves_at=item.leaves_at if item.counts else None,
    )


def _say_reads(item: Item) -> str:
    if item.params.get("provenance") == "every":
        said = ngettext("%(count)s read of any kind", "%(count)s reads of any kind", item.value)
    else:
        said = ngettext("%(count)s valid read", "%(count)s valid reads", item.value)
    return said % {"count": f"{item.value:,}"}


def _say_value(result: CriterionResult, unit: str) -> str:
    if unit == "flag":
        return _("Yes") if result.value else _("No")
    return f"{result.value:,}"


def _say_gap(result: CriterionResult, unit: str) -> str:
    if result.met:
        return _("Met")
    if unit == "flag":
        return _("Not met")
    gap = {"gap": f"{abs(result.gap):,}"}
    return _("%(gap)s to go") % gap if result.gap > 0 else _("%(gap)s too many") % gap


def _share(result: CriterionResult, unit: str) -> int | None:
    if unit == "flag" or result.operator not in (">", ">="):
        return None
    if result.met:
        return 100
    needed = result.value + result.gap
    # Never a full bar before it is met.
    return min(99, max(0, result.value * 100 // needed)) if needed > 0 else 0
