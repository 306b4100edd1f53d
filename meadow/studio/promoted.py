"""What was paid for in the figures of a creator: the same as on the reports of their orders."""

from dataclasses import dataclass
from typing import Final

from meadow.analytics.words import format_value
from meadow.core import clock
from meadow.core.errors import EngineUnavailable
from meadow.promotion.queries.lifts import read_lift
from meadow.promotion.queries.promoted import PromotedOrder, list_promoted
from meadow.promotion.report_words import say_lift
from meadow.promotion.words import STATES, shown_state

SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class PromotedLine:
    """One order as the Studio names it; `added` says what it truly added, "" where that is not asked."""

    url: str
    state: str
    tone: str
    icon: str
    reads: int
    reads_text: str
    impressions_text: str
    added: str


def list_lines(*, author_id: int, note_id: int | None = None) -> list[PromotedLine]:
    """Return a creator's newest orders, of one note or of all; of one note with what the newest added."""
    orders = list_promoted(buyer_id=author_id, note_id=note_id, size=SHOWN)
    return [
        _line(one, asks_lift=note_id is not None and place == 0) for place, one in enumerate(orders)
    ]


def _line(one: PromotedOrder, *, asks_lift: bool) -> PromotedLine:
    order, seen = one.order, one.delivered
    said, tone, icon = STATES[shown_state(order, clock.now())]
    added = ""
    if asks_lift:
        try:
            lift = read_lift(order.id, clock.now())
        except EngineUnavailable:
            pass
        else:
            added = say_lift("reads", lift.of("reads"), lift)
    return PromotedLine(
        url=f"/promote/{order.public_id}/report",
        state=str(said),
        tone=tone,
        icon=icon,
        reads=seen.reads,
        reads_text=format_value(seen.reads, "count"),
        impressions_text=format_value(seen.impressions, "count"),
        added=added,
    )
