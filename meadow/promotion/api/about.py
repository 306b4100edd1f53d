"""How promotion works, over the API."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from meadow.accounts.api_auth import open_to_all
from meadow.core.clock import now
from meadow.promotion.label import sponsored_label
from meadow.promotion.queries.about import LOAD_DAYS, read_about

router = Router(tags=["promotion"])


class CommercialLoadOut(Schema):
    """How many cards of Hot you looked at in the last `days`, and how many of them were sponsored."""

    days: int
    cards: int
    sponsored: int


class PromotionAboutOut(Schema):
    """What holds for promotion: at most one card in `one_in` that somebody is shown is sponsored.

    An order is shown to one person at most `cap` times in 24 hours (0: once a sitting). An impression costs
    at least `least_price`. `holdout_percent` of the people an order is for are not shown it, at least, so
    that what it adds can be measured. `load` is null signed out, and while it cannot be read.
    """

    is_on: bool
    label: str
    one_in: int
    cap: int
    least_price: str
    holdout_percent: float
    rule_version: int
    since: dt.datetime
    load: CommercialLoadOut | None


@router.get(
    "/promotion/about",
    response=PromotionAboutOut,
    summary="Read how promotion works",
    **open_to_all("notes:read"),
)
def read_how(request: HttpRequest) -> PromotionAboutOut:
    """Return what holds for promotion here, and how much of it you met."""
    person: Any = request.user
    pseudonym = str(person.pseudonym) if person.is_authenticated else ""
    found = read_about(pseudonym=pseudonym, now=now())
    load = None
    if found.seen is not None:
        load = CommercialLoadOut(
            days=LOAD_DAYS, cards=found.seen.cards, sponsored=found.seen.sponsored
        )
    return PromotionAboutOut(
        is_on=found.is_on,
        label=sponsored_label(),
        one_in=found.one_in,
        cap=found.cap,
        least_price=found.reserve,
        holdout_percent=float(found.holdout),
        rule_version=found.rule,
        since=found.since,
        load=load,
    )
