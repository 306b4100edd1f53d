"""Telling open pages of the Studio that figures moved; who may not open it hears nothing."""

from collections.abc import Collection, Sequence
from typing import Final

from meadow.core import realtime
from meadow.programs.checks import who_may
from meadow.studio.opening import CAPABILITY

FAMILY: Final = "studio"
FIGURES: Final = f"{FAMILY}.figures"


def let_in(person_ids: Sequence[int]) -> list[int]:
    """Return those who hear of figures: whoever may open the Studio now."""
    return who_may(person_ids, CAPABILITY)


def tell_studios(author_ids: Collection[int]) -> None:
    """Tell authors' open pages of the Studio that their figures moved."""
    realtime.publish_many(person_ids=sorted(author_ids), kind=FIGURES, payload={})
