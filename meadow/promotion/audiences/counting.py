"""Who is of an audience, and exactly how many."""

from collections.abc import Sequence

from pyroaring import BitMap

from meadow.promotion.audiences.alternatives import Alternative
from meadow.promotion.audiences.definition import Definition, Not, Part, Term
from meadow.promotion.audiences.index import AudienceIndex


def people_of(index: AudienceIndex, *, definition: Definition) -> BitMap:
    """Return everybody of an audience; the caller's own copy."""
    if definition.is_everyone:
        return index.present.copy()
    return _people(index, definition.root).copy()


def count_people(index: AudienceIndex, *, definition: Definition) -> int:
    """Return exactly how many people are of an audience."""
    return len(index.present) if definition.is_everyone else _count(index, definition.root)


def count_alternative(index: AudienceIndex, *, alternative: Alternative) -> int:
    """Return exactly how many people are of one alternative."""
    if not alternative.needs_profile:
        return len(index.present)
    return _count(index, alternative.as_part())


def _count(index: AudienceIndex, part: Part) -> int:
    """Count without making the last set: that costs a tenth of making it."""
    if isinstance(part, Not):
        return len(index.may_be_targeted) - _count(index, part.member)
    if isinstance(part, Term) or len(part.members) == 1:
        return len(_people(index, part))
    if part.kind == "any":
        *most, last = _sorted(index, part.members)
        return _union(most).union_cardinality(last)
    within, without = _all_but(index, part.members)
    if not without:
        *most, last = within
        return _intersection(most).intersection_cardinality(last)
    return _intersection(within).difference_cardinality(_union(without))


def _people(index: AudienceIndex, part: Part) -> BitMap:
    """Return a set that may be one of the index's own."""
    if isinstance(part, Term):
        return _union([index.of(part.dimension, value) for value in part.values])
    if isinstance(part, Not):
        return index.may_be_targeted - _people(index, part.member)
    if part.kind == "any":
        return _union(_sorted(index, part.members))
    within, without = _all_but(index, part.members)
    found = _intersection(within)
    return found - _union(without) if without else found


def _all_but(index: AudienceIndex, members: Sequence[Part]) -> tuple[list[BitMap], list[BitMap]]:
    """Return the sets to be in, smallest first, at least one, and those not to be in."""
    within = _sorted(index, [one for one in members if not isinstance(one, Not)])
    without = [_people(index, one.member) for one in members if isinstance(one, Not)]
    return within or [index.may_be_targeted], without


def _sorted(index: AudienceIndex, members: Sequence[Part]) -> list[BitMap]:
    return sorted((_people(index, one) for one in members), key=len)


def _union(sets: Sequence[BitMap]) -> BitMap:
    return sets[0] if len(sets) == 1 else BitMap.union(*sets)


def _intersection(sets: Sequence[BitMap]) -> BitMap:
    found = sets[0]
    for one in sets[1:]:
        found = found & one
    return found
