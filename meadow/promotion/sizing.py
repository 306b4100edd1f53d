"""What a buyer is told of the size of an audience, in words."""

from typing import Any

from django.utils.translation import gettext as _

from meadow.core.zones import Dial
from meadow.promotion.audiences.alternatives import Alternative
from meadow.promotion.audiences.definition import Definition, Term
from meadow.promotion.audiences.floor import FLOOR, Estimate
from meadow.promotion.audiences.words import say_audience
from meadow.promotion.queries.audiences import name_values


def say_size(
    told: Estimate, *, definition: Definition, owner_id: int, dial: Dial
) -> dict[str, Any]:
    """Return what a page says of a size: `about`, `low` and `high`, or `small` and `parts`."""
    if told.enough:
        return {"about": told.about, "low": told.low, "high": told.high}
    names = name_values([definition], owner_id=owner_id, dial=dial)
    parts = [say_audience(Definition(root=_part(one)), names=names) for one in told.too_small]
    # Where the whole is too small there is one part, which is the whole.
    return {"small": say_floor(), "parts": parts}


def say_floor() -> str:
    """Return that an audience is too small for an order, and what to do."""
    return _("Fewer than %(floor)s people, or too close to it: widen it.") % {"floor": f"{FLOOR:,}"}


def _part(one: Alternative | Term) -> Any:
    return one if isinstance(one, Term) else one.as_part()
