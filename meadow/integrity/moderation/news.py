"""What reporters, authors and those who keep order are told."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meadow.integrity.moderation.acting import ANSWERED, TOLD
from meadow.integrity.moderation.reporting import URGENT
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
}
_RESTORED: Final = {
    "note": gettext_lazy("Your note is in view again"),
    "comment": gettext_lazy("Your comment is in view again"),
}
_WARNED: Final = {
    "note": gettext_lazy("A warning about your note"),
    "comment": gettext_lazy("A warning about your comment"),
    "person": gettext_lazy("A warning about your profile"),
}


def say_outcome(outcome: str, *, shown_again: bool = False) -> str:
    """Return what became of a report, in a sentence for whoever made it."""
    if outcome == "hidden" and shown_again:
        return _("It was hidden, and after another look it is in view again.")
    if outcome == "hidden":
        return _("It breaks the rules, and nobody but its author sees it any more.")
    if outcome == "warned":
        return _("Its author was warned, and told what to change.")
    if outcome == "dismissed":
        return _("We found no rule broken, and left it as it is. Thank you for looking out.")
    return _("Somebody will look at it.")


def _answered_title(params: Params) -> str:
    return str(_REPORTED[params["kind"]])


def _answered_body(params: Params) -> str:
    return say_outcome(params["outcome"])


def _hidden_title(params: Params) -> str:
    return str(_HIDDEN[params["kind"]])


def _warned_title(params: Params) -> str:
    return str(_WARNED[params["kind"]])


def _restored_title(params: Params) -> str:
    return str(_RESTORED[params["kind"]])


def _rule_body(params: Params) -> str:
    rule = get_rule(params["rule"]).name
    return _("%(rule)s. Read why, and appeal if it is wrong.") % {"rule": rule}


def _restored_body(params: Params) -> str:
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
