"""What an operator's switches do to how many people, in sentences."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meadow.programs.standing import INSIDE


def say_effects(act: str, states: Mapping[str, int]) -> list[str]:
    """Return in sentences what pausing, switching off, opening again or retiring the rule does."""
    inside = sum(states.get(one, 0) for one in INSIDE)
    waiting = states.get("waitlisted", 0)
    said = {"count": f"{inside:,}"}
    if act == "kill":
        return [
            ngettext(
                "%(count)s person who is in cannot use it from the next second on.",
                "%(count)s people who are in cannot use it from the next second on.",
                inside,
            )
            % said,
            _("Everybody keeps their place: it is all there when you switch it on again."),
            _("Nobody comes in, and no grace period runs out, while it is off."),
        ]
    if act == "revive":
        return [
            ngettext(
                "%(count)s person who was in can use it again within a second.",
                "%(count)s people who were in can use it again within a second.",
                inside,
            )
            % said,
            _("Everybody is then looked at: who lost a criterion meanwhile has the grace period."),
        ]
    if act == "retire":
        return [
            _stay_in(inside),
            _keep_waiting(waiting),
            _(
                "Nobody comes in by rule until another version is in force; you can let people in by name."
            ),
            _("Grace periods, pilot steps and suspensions with an end stand still meanwhile."),
            _(
                "The version that comes next has the notice period before it takes a place from"
                " anybody who is in."
            ),
        ]
    if act == "pause":
        return [
            _stay_in(inside),
            _keep_waiting(waiting),
            _("Nobody new comes in until you take people in again."),
        ]
    return [
        _("Who meets the rule and may come in does so within a minute."),
        ngettext(
            "%(count)s person on the waitlist comes first.",
            "%(count)s people on the waitlist come first.",
            waiting,
        )
        % {"count": f"{waiting:,}"},
    ]


def _stay_in(inside: int) -> str:
    return ngettext(
        "%(count)s person who is in stays in.", "%(count)s people who are in stay in.", inside
    ) % {"count": f"{inside:,}"}


def _keep_waiting(waiting: int) -> str:
    return ngettext(
        "%(count)s person on the waitlist keeps their place there.",
        "%(count)s people on the waitlist keep their place there.",
        waiting,
    ) % {"count": f"{waiting:,}"}
