"""Decisions about notes, comments and people in the reader's language: the statement of reasons."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from meadow.decisions.reasons import InputWords, OutcomeWords
from meadow.decisions.records import DecisionRecord, Reason
from meadow.integrity.moderation.queue import get_action, title_of
from meadow.integrity.moderation.subjects import KIND_NAMES
from meadow.integrity.rulebook import get_rule

_TITLES: Final = {
    ("note", "hidden"): gettext_lazy("Your note is hidden"),
    ("comment", "hidden"): gettext_lazy("Your comment is hidden"),
    ("note", "warned"): gettext_lazy("A warning about your note"),
    ("comment", "warned"): gettext_lazy("A warning about your comment"),
    ("person", "warned"): gettext_lazy("A warning about your profile"),
    ("person", "hidden"): gettext_lazy("Your profile and what you wrote are hidden"),
    ("person", "suspended"): gettext_lazy("You cannot write here for now"),
    ("person", "barred"): gettext_lazy("You cannot write here, and others do not see you"),
}


def say_reason(reason: Reason) -> str:
    """Return the rule that was broken, and what it forbids."""
    rule = get_rule(str(reason.params["rule"]))
    return _("It breaks a rule of this community: %(rule)s. %(forbids)s") % {
        "rule": rule.name,
        "forbids": rule.forbids,
    }


def say_title(decision: DecisionRecord) -> str:
    """Return what happened to what."""
    kind = decision.scope.partition("/")[2]
    found = _TITLES.get((kind, decision.outcome))
    return str(found or KIND_NAMES.get(kind, kind))


def say_outcome(decision: DecisionRecord) -> OutcomeWords:
    """Return the outcome for a chip."""
    if decision.outcome == "hidden":
        return OutcomeWords(_("Hidden from others"), "poppy", "eye-off")
    if decision.outcome in ("suspended", "barred"):
        return OutcomeWords(_("Suspended"), "poppy", "ban")
    return OutcomeWords(_("Warned"), "straw", "triangle-alert")


def list_inputs(decision: DecisionRecord) -> Sequence[InputWords]:
    """Return the facts that were relied on; what mends it; whether a program decided.

    Whoever only checks a receipt sees what is signed: the words are for the person and for us.
    """
    reports = int(str(decision.inputs.get("reports", 0)))
    found = get_action(decision=decision.public_id) if decision.person_id is not None else None
    told = []
    if found is not None:
        action, content = found
        if content:
            told.append(InputWords(_("What it is about"), title_of(content)))
        if action.words:
            told.append(InputWords(_("What was found"), action.words))
        told.append(InputWords(_("What mends it"), str(get_rule(action.rule).mend)))
    else:
        told.append(InputWords(_("What it is about"), str(decision.inputs.get("subject", ""))))
    reported = ngettext("%(count)s person", "%(count)s people", reports) % {"count": reports}
    told.append(InputWords(_("Reported by"), reported))
    if decision.outcome in ("hidden", "suspended", "barred") and decision.scope.endswith("/person"):
        told.append(InputWords(_("How long"), _say_until(decision)))
    automated = decision.inputs.get("automated") is True
    told.append(
        InputWords(
            _("Decided by"),
            _("A rule, by itself; a person has yet to look")
            if automated
            else _("A person, who read it"),
        )
    )
    return told


def _say_until(decision: DecisionRecord) -> str:
    """Return until when a restriction of a person holds, in the reader's form."""
    until = decision.inputs.get("until")
    if not until:
        return _("Until somebody lifts it")
    moment = dt.datetime.fromisoformat(str(until)).astimezone(dt.UTC)
    return _("Until %(moment)s UTC") % {"moment": formats.date_format(moment, "DATETIME_FORMAT")}
