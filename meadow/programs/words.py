"""What programs say in the reader's language: titles, stages, states, reasons and changes."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from meadow.accounts.regions import region_name

Words = Mapping[str, str]

STAGE_NAMES: Final[dict[str, str | Promise]] = {
    "internal": gettext_lazy("Only the people who run this community"),
    "invited": gettext_lazy("By invitation"),
    "cohort": gettext_lazy("A chosen group"),
    "percentage": gettext_lazy("A share of everybody, drawn by lot"),
    "open": gettext_lazy("Open to everybody who meets the rule"),
}
ADMISSION_NAMES: Final[dict[str, str | Promise]] = {
    "automatic": gettext_lazy("Who meets the rule is in at once"),
    "application": gettext_lazy("Who meets the rule applies, and somebody answers"),
    "invitation": gettext_lazy("Who meets the rule and has an invitation is in"),
}
STATE_NAMES: Final[dict[str, str | Promise]] = {
    "waitlisted": gettext_lazy("On the waitlist"),
    "applied": gettext_lazy("Applied"),
    "invited": gettext_lazy("Invited"),
    "admitted": pgettext_lazy("where somebody stands", "In"),
    "pilot": gettext_lazy("In, with first limits"),
    "grace": gettext_lazy("In, for the time being"),
    "suspended": gettext_lazy("Suspended"),
    "refused": gettext_lazy("Refused"),
    "lapsed": gettext_lazy("Out"),
    "left": gettext_lazy("Left"),
}
# By reason code: why somebody stands where they stand, or what keeps them out.
REASONS: Final[dict[str, str | Promise]] = {
    "criteria_met": gettext_lazy("You meet every criterion of the rule."),
    "granted": gettext_lazy("Somebody who runs this community let you in by name."),
    "application_accepted": gettext_lazy("Your application was accepted."),
    "invitation_accepted": gettext_lazy("You took up an invitation and meet the rule."),
    "seat_freed": gettext_lazy("A seat became free and it was your turn."),
    "appeal_granted": gettext_lazy("Your appeal was granted."),
    "no_seat": gettext_lazy(
        "You meet the rule; every seat is taken, so you wait for the next one."
    ),
    "criteria_lost": gettext_lazy("You no longer meet the rule."),
    "criteria_met_again": gettext_lazy("You meet the rule again, in time."),
    "grace_over": gettext_lazy("The grace period ended and the rule was still not met."),
    "pilot_widened": gettext_lazy("A step of the pilot is over, and your limits are wider."),
    "pilot_held": gettext_lazy(
        "The days of this step of the pilot are over, but not everything that it asks for is met:"
        " your limits stay until it is."
    ),
    "pilot_completed": gettext_lazy("The pilot is over: you have no limits any more."),
    "suspended": gettext_lazy("Somebody who runs this community suspended you here."),
    "suspension_over": gettext_lazy("Your suspension is over."),
    "suspension_lifted": gettext_lazy("Your suspension was lifted."),
    "applied": gettext_lazy("You applied, and somebody will answer."),
    "application_refused": gettext_lazy("Your application was refused."),
    "application_withdrawn": gettext_lazy("You took your application back."),
    "invited": gettext_lazy("You are invited."),
    "invitation_over": gettext_lazy("Your invitation is over."),
    "invitation_revoked": gettext_lazy("Your invitation was taken back."),
    "left": gettext_lazy("You left."),
    "staff": gettext_lazy("You help to run this community."),
    "no_rule": gettext_lazy("No rule is in force here: nobody new comes in until there is one."),
    "criteria_unmet": gettext_lazy("You do not meet the rule yet."),
    "program_closed": gettext_lazy(
        "The program is switched off for everybody at the moment. Nobody loses their place."
    ),
    "not_built": gettext_lazy(
        "What this program opens is not built yet. The rule already says what it will ask."
    ),
    "program_paused": gettext_lazy("The program takes in nobody new at the moment."),
    "region_not_open": gettext_lazy("The program is not open in your region yet."),
    "stage_internal": gettext_lazy(
        "The program is being tried by the people who run this community."
    ),
    "stage_invited": gettext_lazy("The program is by invitation so far."),
    "stage_cohort": gettext_lazy("The program is open to a chosen group so far."),
    "stage_percentage": gettext_lazy(
        "The program is open to a share of everybody, drawn by lot, and grows."
    ),
    "needs_application": gettext_lazy("You meet the rule: apply, and somebody will answer."),
    "needs_invitation": gettext_lazy("You meet the rule and need an invitation."),
    "not_admitted": gettext_lazy("You are not in this program."),
    "signed_out": gettext_lazy("You are not signed in."),
    "no_program": gettext_lazy("No program opens this."),
}


def in_language(words: Words) -> str:
    """Return words that are kept by language, in the active one or else in English."""
    language = (get_language() or "en").lower()
    return words.get(language) or words.get("en") or next(iter(words.values()), "")


def say_reason(code: str) -> str:
    """Return a reason code as a sentence; the code itself where it has none."""
    return str(REASONS.get(code, code))


def say_stage(stage: str, *, percentage: int) -> str:
    """Return a program's stage in words."""
    if stage == "percentage":
        return _("Open to %(share)s %% of everybody, drawn by lot") % {"share": percentage}
    return str(STAGE_NAMES.get(stage, stage))


def say_moment(moment: dt.datetime | str) -> str:
    """Return a moment as a date with its time."""
    found = dt.datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return date_format(localtime(found), "DATETIME_FORMAT")


def describe_change(kind: str, before: Any, after: Any) -> str:
    """Return one line of a program's change log."""
    say = _CHANGES.get(kind)
    return say(before, after) if say else kind


def _stage(before: Any, after: Any) -> str:
    return _("Stage: from “%(before)s” to “%(after)s”.") % {
        "before": say_stage(before["stage"], percentage=before.get("percentage", 0)),
        "after": say_stage(after["stage"], percentage=after.get("percentage", 0)),
    }


def _capacity(before: Any, after: Any) -> str:
    if after is None:
        return _("The number of seats is no longer limited.")
    return ngettext("%(count)s seat from now on.", "%(count)s seats from now on.", after) % {
        "count": f"{after:,}"
    }


def _regions(before: Any, after: Any) -> str:
    if not after:
        return _("Open in every region.")
    names = ", ".join(region_name(code) or code for code in after)
    return _("Open in: %(regions)s.") % {"regions": names}


def _rule_scheduled(before: Any, after: Any) -> str:
    return _("Version %(number)s of the rule comes into force on %(date)s.") % {
        "number": after["number"],
        "date": say_moment(after["from"]),
    }


def _rule_active(before: Any, after: Any) -> str:
    return _("Version %(number)s of the rule is in force.") % {"number": after["number"]}


def _rule_retired(before: Any, after: Any) -> str:
    return _(
        "Version %(number)s of the rule was retired and none follows: nobody new comes in,"
        " and everybody who is in stays in."
    ) % {"number": before["number"]}


def _rule_unscheduled(before: Any, after: Any) -> str:
    return _("Version %(number)s of the rule was taken back before its day.") % {
        "number": before["number"]
    }


def _days(kind: str) -> Callable[[Any, Any], str]:
    names = {
        "grace_days": gettext_lazy("Grace period: %(before)s days before, %(after)s from now on."),
        "notice_days": gettext_lazy(
            "Notice period: %(before)s days before, %(after)s from now on."
        ),
        "reapply_days": gettext_lazy(
            "Wait before applying again: %(before)s days before, %(after)s from now on."
        ),
        "appeal_days": gettext_lazy(
            "Time in which to appeal: %(before)s days before, %(after)s from now on."
        ),
    }
    return lambda before, after: str(names[kind]) % {"before": before, "after": after}


def _next_review(before: Any, after: Any) -> str:
    if after is None:
        return _("No next review is planned.")
    return _("Next review: %(date)s.") % {
        "date": date_format(dt.date.fromisoformat(after), "DATE_FORMAT")
    }


_CHANGES: Final[dict[str, Callable[[Any, Any], str]]] = {
    "stage": _stage,
    "capacity": _capacity,
    "regions": _regions,
    "admission": lambda before, after: str(ADMISSION_NAMES.get(after, after)),
    "rule_scheduled": _rule_scheduled,
    "rule_unscheduled": _rule_unscheduled,
    "rule_active": _rule_active,
    "rule_retired": _rule_retired,
    "paused": lambda before, after: _("Paused: nobody new is taken in."),
    "resumed": lambda before, after: _("Resumed: who meets the rule is taken in again."),
    "killed": lambda before, after: _("Switched off for everybody; nobody loses their place."),
    "revived": lambda before, after: _("Switched on again."),
    "questions": lambda before, after: _("The questions of the application changed."),
    "pilot": lambda before, after: _("The steps of the pilot changed."),
    "next_review": _next_review,
    **{name: _days(name) for name in ("grace_days", "notice_days", "reapply_days", "appeal_days")},
}
