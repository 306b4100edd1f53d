"""An audience as a reader reads it: one line, in the active language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from meadow.accounts.regions import region_name
from meadow.core.zones import UTC_DIAL, Dial
from meadow.promotion.audiences.definition import Definition, Dimension, Not, Part, Term

# In minutes.
HOUR: Final = 60
DAY: Final = 24 * HOUR
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
    "active_hour": gettext_lazy("often here at %(values)s (%(zone)s)"),
    "fans_of": gettext_lazy("following %(values)s"),
    "engaged_with": gettext_lazy("who liked, saved or commented on notes by %(values)s"),
    "list": gettext_lazy("on %(values)s"),
    "look_alike": gettext_lazy("with tastes like those of the people on %(values)s"),
}


@dataclass(frozen=True, slots=True)
class ValueNames:
    """What values are called: accounts by handle, lists as their owner did, hours by a clock."""

    handles: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    dial: Dial = UTC_DIAL


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
        return say_hours([int(value)], dial=names.dial)
    if dimension in ("fans_of", "engaged_with"):
        handle = names.handles.get(value)
        return f"@{handle}" if handle else _("an account that is gone")
    if dimension == "list":
        return _say_list(value, names)
    name, percent = value.split(":")
    said = {"list": _say_list(name, names), "percent": percent}
    return _("%(list)s (the closest %(percent)s %% of everybody)") % said


def start_of(hour: int, *, dial: Dial) -> int:
    """Return when an hour of the UTC day begins on a clock, in minutes of its day."""
    return (hour * HOUR + dial.ahead) % DAY


def say_hours(hours: Sequence[int], *, dial: Dial) -> str:
    """Return hours of the UTC day as stretches on a clock: 8 and 9 are 16:00–18:00 in Shanghai."""
    stretches: list[list[int]] = []
    for start in sorted(start_of(hour, dial=dial) for hour in hours):
        if stretches and stretches[-1][1] == start:
            stretches[-1][1] = start + HOUR
        else:
            stretches.append([start, start + HOUR])
    # What goes on over midnight is one stretch, said last.
    if len(stretches) > 1 and stretches[-1][1] == stretches[0][0] + DAY:
        stretches[-1][1] = stretches.pop(0)[1] + DAY
    if [end - start for start, end in stretches] == [DAY]:
        stretches = [[0, DAY]]
    return _either([f"{say_minute(start)}–{say_minute(end)}" for start, end in stretches])


def say_minute(minute: int) -> str:
    """Return a minute of the day as clocks show it; its end is 24:00, and what is later the next day's."""
    hours, minutes = divmod(minute if minute <= DAY else minute - DAY, HOUR)
    return f"{hours:02}:{minutes:02}"


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
        values = say_hours([int(value) for value in term.values], dial=names.dial)
    else:
        said = [say_value(term.dimension, value, names=names) for value in term.values]
        # Accounts and lists stand by their names, those that are gone last and once.
        known = term.dimension not in ("fans_of", "engaged_with", "list", "look_alike")
        values = _either(said if known else sorted(set(said)))
    return str(_PHRASES[term.dimension]) % {"values": values, "zone": names.dial.name}


def _say_list(value: str, names: ValueNames) -> str:
    name = names.lists.get(value)
    return _("the list “%(name)s”") % {"name": name} if name else _("a list of theirs")


def _either(said: Sequence[str]) -> str:
    return pgettext("between alternatives", " or ").join(said)
