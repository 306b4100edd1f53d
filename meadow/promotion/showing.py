"""Orders as templates show them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from meadow.notes.queries import NoteCard, get_checked_cards
from meadow.promotion.records import OrderRecord
from meadow.promotion.words import GOALS, STATES, say_sum, shown_state


def show_orders(orders: Sequence[OrderRecord], now: dt.datetime) -> list[dict[str, Any]]:
    """Return orders for a list, with the cards of their notes: one query for all."""
    cards = {card.id: card for card in get_checked_cards([one.note_id for one in orders])}
    return [show_order(one, cards, now) for one in orders]


def show_order(
    order: OrderRecord, cards: Mapping[int, NoteCard], now: dt.datetime
) -> dict[str, Any]:
    """Return what a page says of an order; `card` is None where the note is gone."""
    said, tone, icon = STATES[shown_state(order, now)]
    return {
        "order": order,
        "card": cards.get(order.note_id),
        "said": said,
        "tone": tone,
        "icon": icon,
        "goal": GOALS[order.goal][0],
        "budget": say_sum(order.budget, order.unit),
        "charged": say_sum(order.charged, order.unit),
        "spent": 100 * order.charged // order.budget,
        "url": f"/promote/{order.public_id}",
    }
