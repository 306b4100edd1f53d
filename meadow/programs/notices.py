"""The news that programs give people: which standing is news, and what it says."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from meadow.notifications.kinds import Kind, register
from meadow.programs.standing import Standing
from meadow.programs.words import in_language, say_moment, say_reason

Params = Mapping[str, Any]
# By state; an own act (applying, leaving) is no news.
_BY_STATE: Final = {
    "admitted": "programs.admitted",
    "pilot": "programs.admitted",
    "grace": "programs.grace",
    "lapsed": "programs.lapsed",
    "waitlisted": "programs.waitlisted",
    "suspended": "programs.suspended",
    "refused": "programs.refused",
    "invited": "programs.invited",
}
_BY_REASON: Final = {
    "criteria_met_again": "programs.back",
    "suspension_over": "programs.back",
    "suspension_lifted": "programs.back",
    "pilot_widened": "programs.widened",
    "pilot_completed": "programs.widened",
    "pilot_held": "programs.held",
}
CHANGED: Final = "programs.changed"
RULE_SCHEDULED: Final = "programs.rule_scheduled"


def kind_of(standing: Standing) -> str | None:
    """Return which kind of news a new standing is, or None."""
    if standing.reason == "invitation_revoked":
        return None
    return _BY_REASON.get(standing.reason) or _BY_STATE.get(standing.state)


def register_kinds() -> None:
    """Tell notifications the words of every kind."""
    for key, icon, title, body, email in (
        ("admitted", "party-popper", _admitted, _reason, True),
        ("back", "door-open", _back, _reason, True),
        ("widened", "trending-up", _widened, _reason, False),
        ("held", "clock", _held, _reason, False),
        ("grace", "hourglass", _grace, _grace_body, True),
        ("lapsed", "door-closed", _lapsed, _reason, True),
        ("waitlisted", "clock", _waitlisted, _reason, False),
        ("suspended", "ban", _suspended, _suspended_body, True),
        ("refused", "x", _refused, _refused_body, True),
        ("invited", "mail", _invited, _invited_body, True),
        ("changed", "info", _changed, _changed_body, True),
        ("rule_scheduled", "calendar", _rule_scheduled, _rule_scheduled_body, True),
    ):
        register(
            Kind(
                key=f"programs.{key}",
                group="programs",
                icon=icon,
                title=title,
                body=body,
                email=email,
            )
        )


def _titled(sentence: str, params: Params) -> str:
    return sentence % {"title": in_language(params["title"])}


def _admitted(params: Params) -> str:
    return _titled(_("You are in: %(title)s"), params)


def _back(params: Params) -> str:
    return _titled(_("You are back in: %(title)s"), params)


def _widened(params: Params) -> str:
    return _titled(_("Wider limits: %(title)s"), params)


def _held(params: Params) -> str:
    return _titled(_("Something is missing for wider limits: %(title)s"), params)


def _grace(params: Params) -> str:
    return _titled(_("Your place in %(title)s is at risk"), params)


def _lapsed(params: Params) -> str:
    return _titled(_("You are no longer in: %(title)s"), params)


def _waitlisted(params: Params) -> str:
    return _titled(_("You are on the waitlist: %(title)s"), params)


def _suspended(params: Params) -> str:
    return _titled(_("You are suspended: %(title)s"), params)


def _refused(params: Params) -> str:
    return _titled(_("Your application was refused: %(title)s"), params)


def _invited(params: Params) -> str:
    return _titled(_("You are invited: %(title)s"), params)


def _changed(params: Params) -> str:
    return _titled(_("Something changed: %(title)s"), params)


def _rule_scheduled(params: Params) -> str:
    return _titled(_("A new rule will come: %(title)s"), params)


def _reason(params: Params) -> str:
    return say_reason(params["reason"])


def _grace_body(params: Params) -> str:
    return _(
        "You no longer meet the rule. Nothing changes until %(until)s: meet it again by then and you"
        " stay in."
    ) % {"until": say_moment(params["until"])}


def _suspended_body(params: Params) -> str:
    said = _with_words(params)
    if not params["until"]:
        return said
    until = _("It ends on %(until)s.") % {"until": say_moment(params["until"])}
    return f"{said} {until}"


def _refused_body(params: Params) -> str:
    said = _with_words(params)
    if not params["until"]:
        return said
    again = _("You can apply again from %(until)s.") % {"until": say_moment(params["until"])}
    return f"{said} {again}"


def _invited_body(params: Params) -> str:
    return _("Open the page to see the rule and where you stand.")


def _changed_body(params: Params) -> str:
    return _("You asked to hear of it. The page shows what is new and where you stand.")


def _rule_scheduled_body(params: Params) -> str:
    return _(
        "By the rule that comes into force on %(until)s you would lose your place as things stand."
        " The page shows what is missing."
    ) % {"until": say_moment(params["until"])}


def _with_words(params: Params) -> str:
    return str(params.get("words") or say_reason(params["reason"]))
