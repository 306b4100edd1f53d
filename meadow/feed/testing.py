"""For tests of pages that show a feed: rank at once, and let this process know."""

import datetime as dt

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.feed import services
from meadow.feed.fragments import forget_all
from meadow.feed.keeper import keeper
from meadow.feed.reading import forget_passed
from meadow.promotion.delivery.keeper import keeper as promoted
from meadow.promotion.lift.holdout import HELD_OUT, Draw, arm_of
from meadow.promotion.models import Order


def rank_now(*, now: dt.datetime) -> int:
    """Rank what is published and take the wall over in this process; returns its version."""
    version = services.rank_hot(now=now)
    keeper.look()
    return version


def forget_feed() -> None:
    """Drop what this process remembers: databases of tests come and go, and ids start again."""
    keeper.forget()
    promoted.forget()
    forget_all()
    forget_passed()


def holds_out(order: Order, pseudonym: str) -> bool:
    """Whether an order holds somebody out."""
    draw = Draw(order=str(order.pk), salt=order.salt, share=order.holdout)
    return arm_of(draw, person=pseudonym) == HELD_OUT


def reader_of(order: Order, *, held_out: bool = False) -> Person:
    """Return a new person to whom the order may be shown, or one whom it holds out."""
    while holds_out(order, (person := make_person()).pseudonym) != held_out:
        pass
    return person
