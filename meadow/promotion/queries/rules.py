"""The rule that holds, whether anything is promoted, coupons: and how each came to be so."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count

from meadow.accounts.queries import get_people
from meadow.core.money import Money
from meadow.promotion.models import Coupon, PromotionRule, Switch

MOST_VERSIONS: Final = 50
MOST_COUPONS: Final = 200


@dataclass(frozen=True, slots=True)
class SwitchRecord:
    """Whether anything is promoted, since when, and who said so and why; shipped is on, by nobody."""

    on: bool
    reason: str
    set_by: int | None
    set_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class CouponRecord:
    """A coupon with how often it was used; `handle` is who alone may use it, empty for everybody."""

    code: str
    amount: Money
    least: Money
    uses: int
    uses_left: int
    handle: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    note: str
    made_by: int
    made_at: dt.datetime


def newest_rule() -> PromotionRule:
    """Return the rule that holds: the newest version. One ships."""
    return PromotionRule.objects.order_by("-number")[0]


def list_rules(*, most: int = MOST_VERSIONS) -> Sequence[PromotionRule]:
    """Return the newest versions of the rule, newest first."""
    return list(PromotionRule.objects.order_by("-number")[:most])


def is_on() -> bool:
    """Whether anything is promoted at all."""
    return newest_switch().on


def newest_switch() -> SwitchRecord:
    """Return how the switch stands."""
    found = list_switches(most=1)
    return found[0] if found else SwitchRecord(on=True, reason="", set_by=None, set_at=None)


def list_switches(*, most: int = MOST_VERSIONS) -> Sequence[SwitchRecord]:
    """Return when promotion was switched off and on, newest first."""
    rows = Switch.objects.order_by("-pk").values_list("on", "reason", "set_by", "set_at")
    return [SwitchRecord(*row) for row in rows[:most]]


def list_coupons(*, most: int = MOST_COUPONS) -> Sequence[CouponRecord]:
    """Return the newest coupons, newest first."""
    rows = list(Coupon.objects.annotate(used=Count("uses")).order_by("-pk")[:most])
    people = get_people({row.person_id for row in rows if row.person_id is not None})
    return [
        CouponRecord(
            code=row.code,
            amount=Money(row.amount, row.unit),
            least=Money(row.least, row.unit),
            uses=row.used,
            uses_left=row.uses_left,
            handle=people[row.person_id].handle if row.person_id in people else "",
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            note=row.note,
            made_by=row.made_by,
            made_at=row.made_at,
        )
        for row in rows
    ]
