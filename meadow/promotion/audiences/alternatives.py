"""A definition as alternatives: whoever is of one of them is of the audience.

An alternative is a conjunction, terms that somebody must meet and values that nobody may have: the form
in which an audience is served (membership), guarded (floor), and compared with another (equal sets of
alternatives are one question, however they were written).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Never

import orjson
from django.utils.translation import gettext_lazy as _

from meadow.promotion.audiences.definition import (
    SINGLE,
    Definition,
    Dimension,
    Group,
    Not,
    Part,
    Term,
    refuse,
)

MOST_ALTERNATIVES: Final = 32


@dataclass(frozen=True, slots=True, order=True)
class Alternative:
    """People who meet each of `wants` and have no value of `avoids`.

    Both ascend. `wants` has one term a single-valued dimension, `avoids` one a dimension. Neither
    is everybody who may be targeted, and `needs_profile` false is everyone.
    """

    wants: tuple[Term, ...] = ()
    avoids: tuple[Term, ...] = ()
    needs_profile: bool = True

    def as_part(self) -> Part:
        """Return the same people as a part of a definition."""
        return Group("all", (*self.wants, *(Not(one) for one in self.avoids)))


def alternatives_of(definition: Definition) -> tuple[Alternative, ...]:
    """Return the alternatives of a definition, ascending, none inside another; none: nobody.

    Raises AudienceInvalid when there are more than MOST_ALTERNATIVES of them.
    """
    if definition.is_everyone:
        return (Alternative(needs_profile=False),)
    return _smallest(_expand(definition.root, negated=False))


def digest_of(alternatives: Iterable[Alternative]) -> str:
    """Return 64 hex characters that name these alternatives."""
    plain = [
        [
            one.needs_profile,
            [[term.dimension, *term.values] for term in one.wants],
            [[term.dimension, *term.values] for term in one.avoids],
        ]
        for one in alternatives
    ]
    return hashlib.sha256(orjson.dumps(plain)).hexdigest()


def _expand(part: Part, *, negated: bool) -> list[Alternative]:
    if isinstance(part, Not):
        return _expand(part.member, negated=not negated)
    if isinstance(part, Term):
        return [Alternative(avoids=(part,)) if negated else Alternative(wants=(part,))]
    kind = part.kind
    if negated:
        kind = "any" if kind == "all" else "all"
    if kind == "any":
        return _any_of([_expand(one, negated=negated) for one in part.members])
    found = [Alternative()]
    for one in part.members:
        found = list(_smallest(_both(found, _expand(one, negated=negated))))
    return found


def _any_of(lists: list[list[Alternative]]) -> list[Alternative]:
    """Return all of them; lone terms of one dimension become one term with all their values."""
    lone: dict[Dimension, set[str]] = {}
    rest: list[Alternative] = []
    for one in (one for each in lists for one in each):
        if len(one.wants) == 1 and not one.avoids:
            lone.setdefault(one.wants[0].dimension, set()).update(one.wants[0].values)
        else:
            rest.append(one)
    merged = [
        Alternative(wants=(Term(dimension, tuple(sorted(values))),))
        for dimension, values in lone.items()
    ]
    return list(_smallest(merged + rest))


def _both(left: list[Alternative], right: list[Alternative]) -> list[Alternative]:
    # What is thrown away at once below may be many: refuse before, not after, it is made.
    if len(left) * len(right) > MOST_ALTERNATIVES**2:
        _too_many()
    pairs = (_meet(one, other) for one in left for other in right)
    return [one for one in pairs if one is not None]


def _meet(one: Alternative, other: Alternative) -> Alternative | None:
    """Return who is of both, or None where nobody can be."""
    avoided: dict[Dimension, set[str]] = {}
    for term in (*one.avoids, *other.avoids):
        avoided.setdefault(term.dimension, set()).update(term.values)
    wanted: dict[Dimension, set[str]] = {}
    many: set[Term] = set()
    for term in (*one.wants, *other.wants):
        if term.dimension not in SINGLE:
            many.add(term)
        elif term.dimension in wanted:
            wanted[term.dimension] &= set(term.values)
        else:
            wanted[term.dimension] = set(term.values)
    for dimension in list(wanted):
        # Who has one of the wanted values of a single-valued dimension has no other.
        wanted[dimension] -= avoided.pop(dimension, set())
        if not wanted[dimension]:
            return None
    left: set[Term] = set()
    for term in many:
        values = set(term.values) - avoided.get(term.dimension, set())
        if not values:
            return None
        left.add(_term(term.dimension, values))
    # Who meets a term meets every wider one of the same dimension.
    many = {
        term for term in left if not any(other != term and _wider(term, other) for other in left)
    }
    return Alternative(
        wants=tuple(sorted({*many, *(_term(name, values) for name, values in wanted.items())})),
        avoids=tuple(sorted(_term(name, values) for name, values in avoided.items())),
    )


def _wider(term: Term, other: Term) -> bool:
    return term.dimension == other.dimension and set(term.values) >= set(other.values)


def _term(dimension: Dimension, values: set[str]) -> Term:
    return Term(dimension, tuple(sorted(values)))


def _smallest(found: list[Alternative]) -> tuple[Alternative, ...]:
    """Return them ascending, each once, without those that lie inside another."""
    kept = [
        one
        for one in set(found)
        if not any(other != one and _inside(one, other) for other in set(found))
    ]
    if len(kept) > MOST_ALTERNATIVES:
        _too_many()
    return tuple(sorted(kept))


def _inside(one: Alternative, other: Alternative) -> bool:
    """Whether whoever is of `one` is surely of `other`: it asks for at least as much."""
    return all(any(_wider(term, mine) for mine in one.wants) for term in other.wants) and all(
        any(_wider(mine, term) for mine in one.avoids) for term in other.avoids
    )


def _too_many() -> Never:
    refuse(
        "",
        str(_("it comes to more than %s alternatives; use fewer any and not")) % MOST_ALTERNATIVES,
    )
