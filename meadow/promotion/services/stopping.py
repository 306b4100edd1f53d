"""Orders whose note or author is out of sight: they stop by themselves, and go on when that is over."""

import datetime as dt
from typing import Final

from django.db.models import Q

from meadow.core.transactions import transaction, transaction_required
from meadow.promotion.models import Order, OrderStep
from meadow.promotion.queries.weighing import STOPS, weigh, weigh_note
from meadow.promotion.services.reviewing import review_new, tell
from meadow.promotion.services.steps import add_step

State = Order.State
Kind = OrderStep.Kind
LIVE: Final = (State.REVIEW, State.RUNNING, State.PAUSED)
# Whose end nobody asked the buyer about: the order goes on by itself when they are over.
KEPT_FROM_VIEW: Final = ("note_hidden", "author_hidden", "author_suspended")


def look_at_note(*, note_id: int, edited: bool = False, now: dt.datetime) -> int:
    """Pause, reject or resume the orders of a note by how it stands; returns how many changed.

    `edited`: its words or photos changed, so orders that run are held against the rules again.
    """
    return _look_at(Q(note_id=note_id), edited=edited, now=now)


def look_at_author(*, author_id: int, now: dt.datetime) -> int:
    """Pause or resume the orders for an author's notes by how they stand; returns how many changed."""
    return _look_at(Q(author_id=author_id), edited=False, now=now)


def _look_at(which: Q, *, edited: bool, now: dt.datetime) -> int:
    ids = list(
        Order.objects.filter(which, state__in=LIVE).order_by("pk").values_list("pk", flat=True)
    )
    return sum(_look_at_one(pk, edited=edited, now=now) for pk in ids)


def _look_at_one(order_id: int, *, edited: bool, now: dt.datetime) -> bool:
    with transaction():
        order = (
            Order.objects.select_for_update(of=["self"], no_key=True)
            .select_related("rule")
            .get(pk=order_id)
        )
        before = order.state
        if before == State.REVIEW:
            if any(one.is_hard for one in weigh_note(order, now=now)):
                review_new(order=order, now=now)
        elif before == State.RUNNING:
            _stop(order, edited=edited, now=now)
        elif before == State.PAUSED:
            _resume(order, now=now)
        return order.state != before


@transaction_required
def _stop(order: Order, *, edited: bool, now: dt.datetime) -> None:
    found = weigh(order, now=now) if edited else weigh_note(order, now=now)
    stop = next((one.code for one in found if one.code in STOPS), "")
    if stop:
        order.state = State.PAUSED
        order.save(update_fields=["state"])
        add_step(order, Kind.PAUSED, by=None, now=now, why=stop)
        tell(order, "promotion.paused", why=stop, now=now)
    elif found:
        add_step(order, Kind.EDITED, by=order.author_id, now=now, changed=["note"])
        review_new(order=order, now=now)


@transaction_required
def _resume(order: Order, *, now: dt.datetime) -> None:
    """Let an order go on that those who keep order had stopped, not its buyer or the note's author."""
    paused = order.steps.filter(kind=Kind.PAUSED).order_by("-pk").first()
    if paused is None or paused.by is not None or paused.params.get("why") not in KEPT_FROM_VIEW:
        return
    if weigh(order, now=now) or order.ends_at <= now:
        return
    order.state = State.RUNNING
    order.save(update_fields=["state"])
    add_step(order, Kind.RESUMED, by=None, now=now, why=paused.params["why"])
    tell(order, "promotion.resumed", now=now)
