"""What is said of a sponsored place to whoever sees it: who paid, and why it was shown to them."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from meadow.accounts.queries import PersonCard, get_people
from meadow.core.zones import UTC_DIAL, Dial
from meadow.promotion.audiences.alternatives import Alternative, alternatives_of
from meadow.promotion.audiences.definition import Definition, Group, Term, from_json
from meadow.promotion.audiences.index import AudienceIndex
from meadow.promotion.models import Met, Order
from meadow.promotion.queries.audiences import newest_index, words_of

# A token is made within this after its page was put together, and says when in whole seconds.
PAGE_TAKES: Final = dt.timedelta(minutes=1)
SECOND: Final = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class PaidPlace:
    """Who paid for a place and whom for; amounts in millionths of `unit`.

    `buyer` is None once their account is gone, `is_own` where they pay for a note of their own.
    `for_everyone`: nothing about anybody chose whom it is for; otherwise `because` says in words what is
    known of the reader that the audience asks for, empty where that is not known any more. `by_topics`:
    what the reader is interested in was asked when it was chosen, which nobody else is told. Of the cards
    that one person sees at most one in `one_in` is sponsored; an impression costs `reserve` at least.
    """

    buyer: PersonCard | None
    is_own: bool
    goal: str
    for_everyone: bool
    because: str
    by_topics: bool
    unit: str
    reserve: int
    one_in: int


def explain_place(
    *,
    order_id: int,
    viewer_id: int | None,
    shown_at: dt.datetime,
    match_class: int = 0,
    dial: Dial = UTC_DIAL,
) -> PaidPlace | None:
    """Return what there is to say of a place that an order paid for, or None for no such order.

    shown_at, match_class: those of the place's token, which others may hold too: the address of the note
    that it leads to has it, and addresses are passed on. dial: by which hours are said.
    """
    order = Order.objects.select_related("rule").filter(pk=order_id).first()
    if order is None:
        return None
    definition = from_json(order.audience)
    because = ""
    if viewer_id is not None and not definition.is_everyone:
        met = met_by(definition, person=viewer_id, index=newest_index())
        because = words_of(met, dial=dial) if met is not None else ""
    buyers = get_people([order.buyer_id]) if order.buyer_id is not None else {}
    return PaidPlace(
        buyer=buyers.get(order.buyer_id or 0),
        is_own=order.buyer_id == order.author_id,
        goal=order.goal,
        for_everyone=definition.is_everyone,
        because=because,
        by_topics=match_class > 0 and _was_shown(order_id, viewer_id, shown_at),
        unit=order.unit,
        reserve=order.rule.reserve,
        one_in=order.rule.one_in,
    )


def _was_shown(order_id: int, viewer_id: int | None, at: dt.datetime) -> bool:
    """Whether it is this viewer who was shown an order's note then."""
    if viewer_id is None:
        return False
    met = Met.objects.filter(person_id=viewer_id, order_id=order_id, held_out=False)
    return met.filter(at__gt=at - PAGE_TAKES, at__lt=at + SECOND).exists()


def met_by(definition: Definition, *, person: int, index: AudienceIndex) -> Definition | None:
    """Return what of an audience somebody meets, with the values that they have and no others.

    None where they meet it no longer, or only by what they are not.
    """
    for one in alternatives_of(definition):
        terms = _met(one, person, index)
        if terms:
            return Definition(root=terms[0] if len(terms) == 1 else Group("all", terms))
    return None


def _met(one: Alternative, person: int, index: AudienceIndex) -> tuple[Term, ...]:
    terms = []
    for term in one.wants:
        asked = [(term.dimension, value) for value in term.values]
        values = tuple(value for _, value in index.values_of(person=person, among=asked))
        if not values:
            return ()
        terms.append(Term(term.dimension, values))
    avoided = [(term.dimension, value) for term in one.avoids for value in term.values]
    return () if index.values_of(person=person, among=avoided) else tuple(terms)
