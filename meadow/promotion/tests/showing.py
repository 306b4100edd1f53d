"""Facts of an order as browsers and PostgreSQL tell them, stored in the tests' warehouse."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from meadow.analytics.facts import SUBJECT_WEB, Fact, encode_facts
from meadow.analytics.questions import AS_OF, Bindings, ask
from meadow.analytics.testing import last_message, make_fact, wait_for
from meadow.analytics.tokens import HELD_OUT_ARM
from meadow.core.nats import jetstream_publish
from meadow.promotion.models import Order

PRICE = 40_000


def someone(number: int) -> str:
    """Return the pseudonym of reader `number`."""
    return f"{number:032x}"


def did(kind: str, order: Order, person: int, *, at: dt.datetime, **given: Any) -> Fact:
    """Return that somebody did something to an order's note, or followed its author."""
    moment = int(at.timestamp() * 1000)
    here: dict[str, Any] = {
        "author_id": order.author_id,
        "note_id": 0 if kind == "follow" else order.note_id,
        "at": moment,
        "received_at": moment,
        "person": someone(person),
        "ms": 2_000,
    }
    return make_fact(kind=kind, **(here | given))


def paid(kind: str, order: Order, person: int, *, at: dt.datetime, **given: Any) -> Fact:
    """Return a fact of a showing that the order paid for."""
    mark: dict[str, Any] = {"campaign_id": order.pk, "provenance": "paid", "price": PRICE}
    return did(kind, order, person, at=at, **(mark | given))


def ghost(order: Order, person: int, *, at: dt.datetime, **given: Any) -> Fact:
    """Return that somebody held out saw the place where the note would have stood."""
    mark: dict[str, Any] = {"campaign_id": order.pk, "arm": HELD_OUT_ARM}
    return did("ghost", order, person, at=at, **(mark | given))


def tell(facts: Sequence[Fact]) -> None:
    """Publish facts and return once all of them are counted."""
    # The stream is there from here on, also where the warehouse has only just begun.
    last_message()
    jetstream_publish(SUBJECT_WEB, encode_facts(facts))
    wait_until_counted(sorted({fact.id for fact in facts}))


def wait_until_counted(ids: Sequence[str]) -> None:
    """Return once the facts with these ids are stored, and counted."""

    def are_counted() -> bool:
        bind = Bindings()
        stored = f"SELECT count(), max(inserted_at) <= fromUnixTimestamp64Micro({AS_OF})"
        ((count, is_counted),) = ask(f"{stored} FROM facts WHERE id IN {bind.words(ids)}", bind)
        return bool(count == len(ids) and is_counted)

    assert wait_for(are_counted)
