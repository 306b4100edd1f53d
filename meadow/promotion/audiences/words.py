"""An audience as a reader reads it: one line, in the active language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from meadow.accounts.regions import region_name
from meadow.promotion.audiences.definition import Definition, Dimension, Not, Part, Term

AGES: Final[dict[str, str | Promise]] = {
    "18-24": "18–24",
    "25-34": "25–34",
    "35-44": "35–44",
    "45-54": "45–54",
    "55-": gettext_lazy("55 and over"),
}
GENDERS: Final[dict[str, str | Promise]] = {
    "female": pgettext_lazy("an audience", "women"),
    "male": pgettext_lazy("an audience", "men"),
    "other": pgettext_lazy("an audience", "people of another gender"),
}
# Labels of fields, which the stubs of forms know as their own kind of promise.
DIMENSION_NAMES: Final[dict[Dimension, Any]] = {
    "age": gettext_lazy("Age"),
    "gender": gettext_lazy("Gender"),
    "region": gettext_lazy("Region"),
    "interest": gettext_lazy("Interests"),
    "active_hour": gettext_lazy("Hours in which they are here"),
    "fans_of": gettext_lazy("Fans of"),
    "engaged_with": gettext_lazy("Engaged with"),
    "list": gettext_lazy("Your lists"),
    "look_alike": gettext_lazy("People like those on a list"),
}
_PHRASES: Final[dict[Dimension, str | Promise]] = {
    "age": gettext_lazy("aged %(values)s"),
    "gender": gettext_lazy("%(values)s"),
    "region": pgettext_lazy("an audience in a region", "in %(values)s"),
    "interest": gettext_lazy("interested in %(values)s"),
    "active_hour": gettext_lazy("often here at %(values)s UTC"),
    "fans_of": gettext_lazy("following %(values)s"),
    "engaged_with": gettext_lazy("who liked, saved or commented on notes by %(values)s"),
    "list": gettext_lazy("on %(values)s"),
    "look_alike": gettext_lazy("with tastes like those of the people on %(values)s"),
}


@dataclass(frozen=True, slots=True)
class ValueNames:
    """What public ids are called: accounts by handle, lists by the name their owner gave them."""

    handles: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)


def say_audience(definition: Definition, *, names: ValueNames) -> str:
    """Return whom an audience means; a list that `names` does not know is said to be somebody's."""
    if definition.is_everyone:
        return _("everybody")
    return _say(definition.root, names, top=True)


def say_value(dimension: Dimension, value: str, *, names: ValueNames) -> str:
    """Return one value as people read it."""
    if dimension == "age":
        return str(AGES[value])
    if dimension == "gender":
        return str(GENDERS[value])
    if dimension == "region":
        return region_name(value)
    if dimension == "interest":
        return f"#{value}"
    if dimension == "active_hour":
        return say_hours([int(value)])
    if dimension in ("fans_of", "engaged_with"):
        handle = names.handles.get(value)
        return f"@{handle}" if handle else _("an account that is gone")
    if dimension == "list":
        return _say_list(value, names)
    name, percent = value.split(":")
    said = {"list": _say_list(name, names), "percent": percent}
    return _("%(list)s (the closest %(percent)s %% of everybody)") % said


def say_hours(hours: Sequence[int]) -> str:
    """Return hours of a day as stretches: 8, 9 and 20 are 08:00 to 10:00 or 20:00 to 21:00."""
    stretches: list[list[int]] = []
    for hour in sorted(hours):
        if stretches and stretches[-1][1] == hour:
            stretches[-1][1] = hour + 1
        else:
            stretches.append([hour, hour + 1])
    # An hour ends where the next begins; the last one of a day at 24:00.
    return _either([f"{start:02}:00–{end:02}:00" for start, end in stretches])


def _say(part: Part, names: ValueNames, *, top: bool = False) -> str:
    if isinstance(part, Term):
        return _say_term(part, names)
    if isinstance(part, Not):
        return _("not %(part)s") % {"part": _say(part.member, names)}
    said = [_say(one, names) for one in part.members]
    if len(said) == 1:
        return said[0]
    gap = pgettext("between conditions that all hold", ", ")
    joined = gap.join(said) if part.kind == "all" else _either(said)
    return joined if top else _("(%(parts)s)") % {"parts": joined}


def _say_term(term: Term, names: ValueNames) -> str:
    if term.dimension == "active_hour":
        values = say_hours([int(value) for value in term.values])
    else:
        said = [say_value(term.dimension, value, names=names) for value in term.values]
        # Accounts and lists stand by their names, those that are gone last and once.
        known = term.dimension not in ("fans_of", "engaged_with", "list", "look_alike")
        values = _either(said if known else sorted(set(said)))
    return str(_PHRASES[term.dimension]) % {"values": values}


def _say_list(value: str, names: ValueNames) -> str:
    name = names.lists.get(value)
    return _("the list “%(name)s”") % {"name": name} if name else _("a list of theirs")


def _either(said: Sequence[str]) -> str:
    return pgettext("between alternatives", " or ").join(said)
