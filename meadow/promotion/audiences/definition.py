"""An audience as data: who is meant, read from JSON and written to it without loss.

A term is `{"in": dimension, "values": […]}`: people who have at least one of the values. `{"all": […]}`,
`{"any": […]}` and `{"not": …}` put terms together. `{"all": []}` is everyone, and only it uses nothing that
is known of a person.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, Never, get_args

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from meadow.accounts.regions import is_region
from meadow.promotion.audiences.errors import AudienceInvalid

Dimension = Literal[
    "age",
    "gender",
    "region",
    "interest",
    "active_hour",
    "fans_of",
    "engaged_with",
    "list",
    "look_alike",
]
DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)
# A person has at most one value of these; of the others any number.
SINGLE: Final[frozenset[Dimension]] = frozenset({"age", "gender", "region"})

AGE_BANDS: Final = ("18-24", "25-34", "35-44", "45-54", "55-")
GENDERS: Final = ("female", "male", "other")
LARGEST_LOOK_ALIKE: Final = 10  # percent of the people who may be targeted

DEEPEST: Final = 4
MOST_TERMS: Final = 20
MOST_VALUES: Final = 60

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_TOPIC: Final = re.compile(r"[^\s\x00-\x1f]{1,40}")
_HOUR: Final = re.compile(r"[0-9]|1[0-9]|2[0-3]")
_LOOK_ALIKE: Final = re.compile(r"[A-Za-z0-9_-]{1,40}:(?:[1-9]|10)")

# What a value of each dimension looks like. Hours are UTC; fans and engagement name an account, lists a
# list, both by public id; a look-alike is `list:percent`.
_IS_VALUE: Final[dict[Dimension, Callable[[str], object]]] = {
    "age": AGE_BANDS.__contains__,
    "gender": GENDERS.__contains__,
    "region": is_region,
    "interest": _TOPIC.fullmatch,
    "active_hour": _HOUR.fullmatch,
    "fans_of": _ID.fullmatch,
    "engaged_with": _ID.fullmatch,
    "list": _ID.fullmatch,
    "look_alike": _LOOK_ALIKE.fullmatch,
}


@dataclass(frozen=True, slots=True, order=True)
class Term:
    """People with at least one of `values` of one dimension; values ascend and stand once."""

    dimension: Dimension
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Everybody who may be targeted and is not of `member`."""

    member: "Part"


@dataclass(frozen=True, slots=True)
class Group:
    """People of all members, or of any."""

    kind: Literal["all", "any"]
    members: "tuple[Part, ...]"


Part = Term | Not | Group
EVERYONE: Final = Group(kind="all", members=())


@dataclass(frozen=True, slots=True)
class Definition:
    """Whom a promotion is for."""

    root: Part

    @property
    def is_everyone(self) -> bool:
        """Whether it asks for nothing, and so needs no profile of anybody."""
        return self.root == EVERYONE

    def terms(self) -> tuple[Term, ...]:
        """Return every term in reading order."""
        return tuple(_terms_of(self.root))


def is_value(dimension: Dimension, value: str) -> bool:
    """Whether `value` can stand in this dimension."""
    return bool(_IS_VALUE[dimension](value))


def to_json(definition: Definition) -> dict[str, Any]:
    """Return a definition as it is stored and shown over the API."""
    return part_to_json(definition.root)


def part_to_json(part: Part) -> dict[str, Any]:
    """Return one part of a definition as JSON."""
    if isinstance(part, Term):
        return {"in": part.dimension, "values": list(part.values)}
    if isinstance(part, Not):
        return {"not": part_to_json(part.member)}
    return {part.kind: [part_to_json(one) for one in part.members]}


def from_json(data: Any) -> Definition:
    """Return the definition that `data` describes. Raises AudienceInvalid with place and problem.

    At most MOST_TERMS terms of MOST_VALUES values each, groups and negations at most DEEPEST deep.
    """
    if data == {"all": []}:
        return Definition(root=EVERYONE)
    definition = Definition(root=_read_part(data, place="", depth=1))
    if len(definition.terms()) > MOST_TERMS:
        refuse("", str(_("at most %s conditions fit in an audience")) % MOST_TERMS)
    return definition


def _read_part(data: Any, *, place: str, depth: int) -> Part:
    if not isinstance(data, dict):
        refuse(place, _("a condition or a group must be an object"))
    if set(data) == {"in", "values"}:
        return _read_term(data, place=place)
    if depth > DEEPEST:
        refuse(place, str(_("groups stand at most %s deep")) % DEEPEST)
    if set(data) == {"not"}:
        return Not(_read_part(data["not"], place=_at(place, "not"), depth=depth + 1))
    if set(data) == {"all"}:
        return Group("all", _read_members(data["all"], place=_at(place, "all"), depth=depth))
    if set(data) == {"any"}:
        return Group("any", _read_members(data["any"], place=_at(place, "any"), depth=depth))
    refuse(place, _("it must have the members in and values, or one of all, any and not"))


def _read_members(data: Any, *, place: str, depth: int) -> tuple[Part, ...]:
    if not isinstance(data, list) or not data:
        refuse(place, _("a group needs a list with at least one member"))
    if len(data) > MOST_TERMS:
        refuse(place, str(_("at most %s conditions fit in an audience")) % MOST_TERMS)
    return tuple(
        _read_part(one, place=f"{place}[{number}]", depth=depth + 1)
        for number, one in enumerate(data)
    )


def _read_term(data: dict[str, Any], *, place: str) -> Term:
    dimension, values = data["in"], data["values"]
    if not isinstance(dimension, str) or dimension not in _IS_VALUE:
        refuse(_at(place, "in"), _("there is no such dimension"))
    at = _at(place, "values")
    if not isinstance(values, list) or not values:
        refuse(at, _("a condition needs a list with at least one value"))
    if len(values) > MOST_VALUES:
        refuse(at, str(_("at most %s values fit in a condition")) % MOST_VALUES)
    for number, value in enumerate(values):
        if not isinstance(value, str) or not _IS_VALUE[dimension](value):
            refuse(f"{at}[{number}]", _("this is no value of this dimension"))
    return Term(dimension=dimension, values=tuple(sorted(set(values))))


def _terms_of(part: Part) -> Iterator[Term]:
    if isinstance(part, Term):
        yield part
    elif isinstance(part, Not):
        yield from _terms_of(part.member)
    else:
        for one in part.members:
            yield from _terms_of(one)


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def refuse(place: str, problem: str | Promise) -> Never:
    """Raise AudienceInvalid for a place, the whole when it is empty."""
    raise AudienceInvalid(place=place or str(_("the whole")), problem=problem)
