"""What reporters, authors and those who keep order are told."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meadow.integrity.moderation.acting import ANSWERED
from meadow.integrity.moderation.reporting import URGENT
from meadow.integrity.moderation.restricting import TOLD
from meadow.integrity.rulebook import get_rule
from meadow.notifications.kinds import Kind, Params

_REPORTED: Final = {
    "note": gettext_lazy("We looked at a note you reported"),
    "comment": gettext_lazy("We looked at a comment you reported"),
    "person": gettext_lazy("We looked at somebody you reported"),
}
_HIDDEN: Final = {
    "note": gettext_lazy("Your note is hidden from others"),
    "comment": gettext_lazy("Your comment is hidden from others"),
    "person": gettext_lazy("Your profile and what you wrote are hidden from others"),
}
_RESTORED: Final = {
    "note": gettext_lazy("Your note is in view again"),
    "comment": gettext_lazy("Your comment is in view again"),
    "person": gettext_lazy("Others see your profile again"),
}
_WARNED: Final = {
    "note": gettext_lazy("A warning about your note"),
    "comment": gettext_lazy("A warning about your comment"),
    "person": gettext_lazy("A warning about your profile"),
}


def say_outcome(outcome: str, *, kind: str = "", shown_again: bool = False) -> str:
    """Return what became of a report, in a sentence for whoever made it."""
    if kind == "person" and outcome in ("hidden", "suspended", "barred"):
        return _say_of_person(outcome, over=shown_again)
    if outcome == "hidden" and shown_again:
        return _("It was hidden, and after another look it is in view again.")
    if outcome == "hidden":
        return _("It breaks the rules, and nobody but its author sees it any more.")
    if outcome == "warned":
        return _("Its author was warned, and told what to change.")
    if outcome == "dismissed":
        return _("We found no rule broken, and left it as it is. Thank you for looking out.")
    return _("Somebody will look at it.")


def _say_of_person(outcome: str, *, over: bool) -> str:
    if over:
        return _("They were restricted, and after another look no more.")
    if outcome == "hidden":
        return _("They broke the rules, and others do not see their page and notes for now.")
    if outcome == "suspended":
        return _("They broke the rules, and cannot write here for now.")
    return _("They broke the rules: they cannot write here for now, and others do not see them.")


def _answered_title(params: Params) -> str:
    return str(_REPORTED[params["kind"]])


def _answered_body(params: Params) -> str:
    return say_outcome(params["outcome"], kind=params["kind"])


def _hidden_title(params: Params) -> str:
    return str(_HIDDEN[params["kind"]])


def _warned_title(params: Params) -> str:
    return str(_WARNED[params["kind"]])


def _suspended_title(params: Params) -> str:
    if params["act"] == "bar":
        return _("You cannot write here for now, and others do not see you")
    return _("You cannot write here for now")


def _restored_title(params: Params) -> str:
    if params.get("act") in ("suspend", "bar"):
        return _("You can write here again")
    return str(_RESTORED[params["kind"]])


def _rule_body(params: Params) -> str:
    rule = get_rule(params["rule"]).name
    return _("%(rule)s. Read why, and appeal if it is wrong.") % {"rule": rule}


def _restored_body(params: Params) -> str:
    if params.get("over"):
        return _("The time that was set is over. Thank you for your patience.")
    if params["kind"] == "person":
        return _("Somebody looked at it again and lifted it.")
    return _("It was looked at again. Everybody who could see it before can see it now.")


def _urgent_title(params: Params) -> str:
    return _("An urgent report waits")


def _urgent_body(params: Params) -> str:
    return _("Somebody may be in danger. Please look at it first.")


KINDS: Final = (
    Kind(
        key=ANSWERED,
        group="reports",
        icon="flag",
        title=_answered_title,
        body=_answered_body,
        email=True,
    ),
    Kind(
        key=TOLD["hide"],
        group="record",
        icon="eye-off",
        title=_hidden_title,
        body=_rule_body,
        email=True,
    ),
    Kind(
        key=TOLD["suspend"],
        group="record",
        icon="ban",
        title=_suspended_title,
        body=_rule_body,
        email=True,
    ),
    Kind(
        key=TOLD["warn"],
        group="record",
        icon="triangle-alert",
        title=_warned_title,
        body=_rule_body,
        email=True,
    ),
    Kind(
        key=TOLD["restore"],
        group="record",
        icon="circle-check",
        title=_restored_title,
        body=_restored_body,
        email=True,
    ),
    Kind(
        key=URGENT,
        group="keeping_order",
        icon="triangle-alert",
        title=_urgent_title,
        body=_urgent_body,
        email=True,
    ),
)
