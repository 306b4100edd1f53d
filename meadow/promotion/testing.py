"""Orders and audiences for tests, without the money and the review that services ask for."""

import datetime as dt
import importlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from django.apps import apps
from pyroaring import BitMap

from meadow.accounts.testing import WHEN, make_person
from meadow.core.ids import new_id
from meadow.core.transactions import transaction
from meadow.ledger.testing import wallet
from meadow.promotion.audiences.index import AudienceIndex
from meadow.promotion.audiences.snapshot import to_bytes
from meadow.promotion.lift.holdout import new_salt
from meadow.promotion.models import (
    AudienceSnapshot,
    InventoryHour,
    Order,
    OrderStep,
    Pace,
    PeopleWithin,
    PromotionRule,
    ResponseModel,
    SavedAudience,
    UploadedList,
)
from meadow.promotion.pacing.calibration import Calibrator
from meadow.promotion.services.holding import hold_budget
from meadow.promotion.services.steps import add_step

DAY = dt.timedelta(hours=24)


def make_order(*, buyer: Any, now: dt.datetime, note_id: int = 1, **given: Any) -> Order:
    """Return an order of a buyer's own note that waits for review, or as `given`; nothing is held."""
    public_id = new_id("f")
    values: dict[str, Any] = {
        "public_id": public_id,
        "key": public_id,
        "buyer_id": buyer.pk,
        "note_id": note_id,
        "author_id": buyer.pk,
        "goal": Order.Goal.READS,
        "audience": {"all": []},
        "unit": "CNY",
        "budget": 1_000,
        "starts_at": now,
        "ends_at": now + DAY,
        "rule": ensure_rule(),
        "salt": new_salt(),
        "holdout": 1_000,
        "forecast": {},
        "placed_at": now,
    }
    return Order.objects.create(**(values | given))


def make_held_order(buyer: Any, *, note_id: int, now: dt.datetime, budget: int = 1_000) -> Order:
    """Return an order that runs, with its budget held in a wallet that has it."""
    wallet(str(buyer.pk), budget, now=now)
    order = make_order(
        buyer=buyer,
        now=now,
        note_id=note_id,
        budget=budget,
        state=Order.State.RUNNING,
        reviewed_at=now,
    )
    with transaction():
        hold_budget(order=order, amount=budget, key=order.key, now=now)
        add_step(order, OrderStep.Kind.PLACED, by=buyer.pk, now=now, amount=budget)
        add_step(order, OrderStep.Kind.APPROVED, by=None, now=now)
    return order


def ensure_rule() -> PromotionRule:
    """Return the newest rule, having shipped the first, which Django's flush between tests empties."""
    if not PromotionRule.objects.exists():
        shipped = importlib.import_module("meadow.promotion.migrations.0002_what_was_ordered_stays")
        shipped.ship_first_rule(apps, None)
    return PromotionRule.objects.order_by("-number")[0]


def clear_market() -> None:
    """Have no order compete with those to come, and nothing known of traffic: tests share a site."""
    Order.objects.filter(state=Order.State.RUNNING).update(state=Order.State.PAUSED)
    InventoryHour.objects.all().delete()


def make_snapshot(index: AudienceIndex, *, now: dt.datetime) -> AudienceSnapshot:
    """Keep an index as the newest building of the audiences."""
    return AudienceSnapshot.objects.create(
        made_at=now, people=len(index.present), body=to_bytes(index, watermark=0)
    )


def make_list(owner: Any, people: Iterable[int], *, name: str = "Customers") -> UploadedList:
    """Return an uploaded list on which these people were found."""
    return UploadedList.objects.create(
        public_id=new_id("l"),
        person_id=owner.pk,
        name=name,
        lines=5_000,
        matched=BitMap(people).serialize(),
        uploaded_at=WHEN,
    )


def make_figures(*, buyer: Any, note_id: int, now: dt.datetime) -> Order:
    """Return an order that is half through, with its pace, a day of inventory and a learning."""
    hour = dt.timedelta(hours=1)
    began = now - 12 * hour
    order = make_order(
        buyer=buyer,
        note_id=note_id,
        now=began,
        state=Order.State.RUNNING,
        reviewed_at=began,
        budget=30_000,
    )
    course = [
        {
            "began": (began + place * hour).timestamp(),
            "planned": 12_500_000,
            "spent": 11_000_000 if place < 12 else 0,
            "opportunities": 700,
        }
        for place in range(24)
    ]
    # A worker of the same site may pace it already, and count its own hours.
    paced = {"version": order.pk, "course": course, "high": 900_000.0, "paced_at": now}
    Pace.objects.update_or_create(order=order, defaults=paced)
    first = now.replace(minute=0, second=0, microsecond=0) - 23 * hour
    for place in range(24):
        pages = 400 + 300 * (place % 12)
        InventoryHour.objects.update_or_create(
            hour=first + place * hour,
            defaults={
                "pages": pages,
                "filled": pages // 3,
                "people": pages // 4,
                "wins": {"165": pages // 2, "172": pages // 4, "188": pages // 4},
                "spent": pages // 3 * 24_000,
            },
        )
    ResponseModel.objects.create(
        goal=Order.Goal.READS,
        base=0.05,
        prior=100,
        calibrator={**Calibrator(middle=0.05).state(), "middle": 0.05},
        plot=[[rate / 100, rate / 95, rate / 92, 900.0 / rate] for rate in range(2, 12)],
        facts=1_740,
        predicted=87.5,
        observed=91,
        made_at=now,
    )
    return order


def make_audience(owner: Any) -> dict[str, str]:
    """Return the names of an audience and a list that somebody keeps."""
    kept = SavedAudience.objects.create(
        public_id=new_id("d"),
        person_id=owner.pk,
        name="Everybody",
        definition={"all": []},
        saved_at=WHEN,
    )
    return {"audience": kept.public_id, "uploaded": make_list(owner, [owner.pk]).public_id}


def make_market(*, now: dt.datetime, people: int, topics: int, live: int) -> None:
    """Keep four weeks of hours with prices, who comes how often, an index of people, and live orders.

    Half of the people like tea, half of them are women, and 5,000 like each other topic.
    """
    luck = np.random.default_rng(1)
    until = now.replace(minute=0, second=0, microsecond=0)
    hour = dt.timedelta(hours=1)
    InventoryHour.objects.bulk_create(
        InventoryHour(
            hour=until - back * hour,
            pages=20_000,
            people=4_000,
            filled=15_000,
            spent=900_000_000,
            wins={str(place): int(luck.integers(1, 400)) for place in range(200, 260)},
        )
        for back in range(1, 28 * 24 + 1)
    )
    windows = {2: 8e3, 24: 6e4, 72: 9e4, 168: 1.2e5, 672: 1.5e5}
    PeopleWithin.objects.bulk_create(
        PeopleWithin(hours=hours, people=count, pages=20_000, made_at=now)
        for hours, count in windows.items()
    )
    everybody = BitMap(range(people))
    index = AudienceIndex(everybody, everybody)
    for number in range(topics):
        some = luck.choice(people, 5_000, replace=False).tolist()
        index.fill(dimension="interest", value=f"topic{number}", people=some)
    index.fill(dimension="interest", value="tea", people=range(people // 2))
    index.fill(dimension="gender", value="female", people=range(0, people, 2))
    make_snapshot(index, now=now)
    buyer = make_person()
    for number in range(live):
        make_order(
            buyer=buyer,
            now=now,
            note_id=1_000_000 + number,
            budget=3_000,
            state=Order.State.RUNNING,
        )
