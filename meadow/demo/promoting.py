"""Two of the demo's creators promote a note with play money, through everybody's services.

What that brings is not made up: the crowd's browsers are shown the cards, and their facts are counted.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from meadow.accounts import queries as accounts
from meadow.demo.errors import MoneyNotArrived
from meadow.demo.services import ADMITTED_WITH, refuse_production
from meadow.demo.texts import note_id, read_people
from meadow.notes.queries import find_seen
from meadow.payments.errors import ProviderMissing
from meadow.payments.queries import read_wallet
from meadow.payments.services import top_up
from meadow.payments.services.playing import play
from meadow.programs.queries import my_standing
from meadow.programs.services.grants import grant_place
from meadow.promotion.drafts import OrderDraft
from meadow.promotion.services.ordering import place_order

UNIT: Final = "CNY"
LONGEST_WAIT: Final = dt.timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Promoted:
    """A note of the demo that is promoted; `budget` in minor units."""

    handle: str
    note: str
    goal: str
    budget: int
    hours: int


PROMOTED: Final = (
    Promoted("nora_field", "quince", goal="reads", budget=3_000, hours=6),
    Promoted("lin_yu", "stream", goal="follows", budget=1_000, hours=12),
)


def promote_notes(*, now: dt.datetime, wait: Callable[[], dt.datetime]) -> int:
    """Order reach for the demo's promoted notes, once; returns how many of them are there.

    Needs a running worker, for play money comes as real money does. Where play money is off nothing
    is promoted. Raises DemoRefused, MoneyNotArrived.
    """
    refuse_production()
    ids = accounts.find_by_handles([one.handle for one in PROMOTED])
    there = [one for one in PROMOTED if one.handle in ids and _is_public(one)]
    for one in there:
        person_id = ids[one.handle]
        _admit(one.handle, person_id, now)
        try:
            moment = _fill_wallet(person_id, one.budget, now=now, wait=wait)
        except ProviderMissing:
            return 0
        draft = OrderDraft(
            note=note_id(one.note), goal=one.goal, unit=UNIT, budget=one.budget, hours=one.hours
        )
        place_order(buyer_id=person_id, draft=draft, key=_key(one), now=moment)
    return len(there)


def _is_public(one: Promoted) -> bool:
    return find_seen(public_id=note_id(one.note), viewer_id=None) is not None


def _key(one: Promoted) -> str:
    return f"demo-{one.note}"


def _admit(handle: str, person_id: int, now: dt.datetime) -> None:
    if my_standing("promotion", person_id, now).is_in:
        return
    language = next(person.language for person in read_people() if person.handle == handle)
    grant_place(
        slug="promotion",
        person_id=person_id,
        reason=ADMITTED_WITH[language],
        operator_id=None,
        now=now,
    )


def _fill_wallet(
    person_id: int, amount: int, *, now: dt.datetime, wait: Callable[[], dt.datetime]
) -> dt.datetime:
    """Top a wallet up by play money, once, and return the time at which it has come in."""
    asked = top_up(
        person_id=person_id,
        amount=amount,
        unit=UNIT,
        provider="sandbox",
        key="demo-promotion",
        site=settings.ENVIRONMENT.base_url,
        now=now,
    )
    if not asked.is_open:
        return now
    play(reference=asked.reference, act="pay", now=now)
    moment = now
    while all(one.available < amount for one in read_wallet(person_id) if one.unit == UNIT):
        if moment > now + LONGEST_WAIT:
            raise MoneyNotArrived(seconds=int(LONGEST_WAIT.total_seconds()))
        moment = wait()
    return moment
