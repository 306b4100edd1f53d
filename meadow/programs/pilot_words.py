"""A pilot's steps in the reader's language: limits, what leads on, and what is missing for that."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meadow.programs.pilots import Step
from meadow.programs.queries.next_steps import NextStep
from meadow.programs.step_limits import find_limit
from meadow.programs.wording import describe_rule_inside
from meadow.programs.words import say_moment


def say_limits(limits: Mapping[str, int], *, capability: str) -> list[str]:
    """Return a pilot step's limits in words; one that nobody keeps to any more by its key."""
    said = []
    for key, value in limits.items():
        limit = find_limit(capability, key)
        said.append(limit.say(value) if limit else f"{key}: {value:,}")
    return said


def say_step(step: Step, *, capability: str) -> str:
    """Return one step in words: "14 days: 60 minutes a day"."""
    days = ngettext("%(count)s day", "%(count)s days", step.days) % {"count": step.days}
    said = days
    if step.limits:
        limits = _(", ").join(say_limits(step.limits, capability=capability))
        said = _("%(days)s: %(limits)s") % {"days": days, "limits": limits}
    if step.graduation is None:
        return said
    asked = describe_rule_inside(step.graduation)
    return _("%(step)s; to go on: %(asked)s") % {"step": said, "asked": asked}


def say_next_step(step: NextStep) -> list[str]:
    """Return in sentences where somebody is in a pilot and when their limits widen."""
    said = [
        _("You are at step %(number)s of %(count)s.") % {"number": step.number, "count": step.count}
    ]
    date = {"date": say_moment(step.ends_at)}
    last = step.number == step.count
    if step.from_at is not None:
        date = {"date": say_moment(step.from_at)}
        if step.met and last:
            said.append(_("As things stand you have no limits any more from %(date)s on.") % date)
        elif step.met:
            said.append(_("As things stand your limits widen on %(date)s.") % date)
        elif last:
            said.append(
                _("If nothing else happens, you have no limits any more from %(date)s on.") % date
            )
        else:
            said.append(_("If nothing else happens, your limits widen on %(date)s.") % date)
    elif last:
        said.append(
            _("Your limits end when all of this is met, on %(date)s at the earliest.") % date
        )
    else:
        said.append(
            _("Your limits widen when all of this is met, on %(date)s at the earliest.") % date
        )
    return said
