"""Orders and audiences for tests, without the money and the review that services ask for."""

import datetime as dt
import importlib
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from pyroaring import BitMap

from meadow.accounts.testing import WHEN
from meadow.core.ids import new_id
from meadow.promotion.audiences.index import AudienceIndex
from meadow.promotion.audiences.snapshot import to_bytes
from meadow.promotion.lift.holdout import new_salt
from meadow.promotion.models import AudienceSnapshot, Order, PromotionRule, UploadedList

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


def ensure_rule() -> PromotionRule:
    """Return the newest rule, having shipped the first, which Django's flush between tests empties."""
    if not PromotionRule.objects.exists():
        shipped = importlib.import_module("meadow.promotion.migrations.0002_what_was_ordered_stays")
        shipped.ship_first_rule(apps, None)
    return PromotionRule.objects.order_by("-number")[0]


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
