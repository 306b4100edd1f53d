"""Prices, limits and switches: versions that are only added."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

PERSON = settings.AUTH_USER_MODEL
LONGEST_NOTE = 300
LONGEST_CODE = 32
# Of 10,000, as `lift.holdout.Draw` counts.
LEAST_HELD_OUT, MOST_HELD_OUT = 100, 5_000


class PromotionRule(models.Model):
    """Version `number` of what promotion costs and keeps to; only added, the latest holds.

    Amounts are minor units of `unit`; `reserve` is the least an impression costs, in millionths of
    the unit (a fen is 10,000 of them). `packs` are offered budgets and `hours` offered durations.
    """

    number = models.PositiveIntegerField(unique=True)
    unit = models.CharField(max_length=3)
    packs = models.JSONField()
    hours = models.JSONField()
    smallest_budget = models.BigIntegerField()
    largest_budget = models.BigIntegerField()
    shortest_hours = models.PositiveSmallIntegerField()
    longest_hours = models.PositiveSmallIntegerField()
    # What may be ordered ahead, in days.
    schedule_days = models.PositiveSmallIntegerField()
    reserve = models.BigIntegerField()
    # No impression costs more than so many times that.
    most_reserves = models.PositiveSmallIntegerField(default=10)
    # Pages an hour that an order is planned over where no hour was counted yet. Too many is put right
    # within minutes, at too low a bid meanwhile.
    unknown_hour = models.PositiveIntegerField(default=1_000)
    # Times one person may be shown one order within 24 h; 0 is no cap but the sitting's.
    cap = models.PositiveSmallIntegerField()
    # At most one card in so many is sponsored, and it stands at this place of a page, from 0.
    one_in = models.PositiveSmallIntegerField()
    place = models.PositiveSmallIntegerField()
    # Of 10,000; `smallest_effect` of 10,000 is what a holdout is planned to be able to show.
    holdout = models.PositiveSmallIntegerField()
    smallest_effect = models.PositiveSmallIntegerField()
    # Orders of more than this wait for an operator, also when no automatic rule stops them.
    review_above = models.BigIntegerField()
    # How long after the end late impressions are waited for, before the rest goes back.
    settle_minutes = models.PositiveSmallIntegerField()
    # How long after the end invalid traffic that is found is still given back.
    credit_days = models.PositiveSmallIntegerField()
    # Share of what an impression cost above the worst of the forecast that is given back, in per cent.
    makegood = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=LONGEST_NOTE)
    # None: shipped with Meadow.
    set_by = models.BigIntegerField(null=True)
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="promotion_rule_counted_from_one", condition=Q(number__gte=1)
            ),
            models.CheckConstraint(
                name="promotion_rule_has_bounds",
                condition=Q(
                    smallest_budget__gte=1,
                    largest_budget__gte=F("smallest_budget"),
                    shortest_hours__gte=1,
                    longest_hours__gte=F("shortest_hours"),
                    longest_hours__lte=24 * 90,
                    schedule_days__lte=365,
                    reserve__gte=1,
                    review_above__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="promotion_rule_keeps_load_low",
                condition=Q(one_in__gte=5, one_in__lte=200, place__lt=F("one_in")),
            ),
            models.CheckConstraint(
                name="promotion_rule_paces",
                condition=Q(most_reserves__range=(1, 1_000), unknown_hour__range=(1, 10**8)),
            ),
            models.CheckConstraint(
                name="promotion_rule_holds_out_some",
                condition=Q(
                    holdout__range=(LEAST_HELD_OUT, MOST_HELD_OUT), smallest_effect__range=(1, 5000)
                ),
            ),
            models.CheckConstraint(
                name="promotion_rule_settles",
                condition=Q(
                    settle_minutes__range=(1, 1440), credit_days__range=(1, 90), makegood__lte=100
                ),
            ),
        ]


class Switch(models.Model):
    """Whether anything is promoted at all; only added, the latest holds. None is on."""

    on = models.BooleanField()
    reason = models.CharField(max_length=LONGEST_NOTE)
    set_by = models.BigIntegerField()
    set_at = models.DateTimeField()


class Coupon(models.Model):
    """`amount` minor units of an order that the platform pays, for orders of `least` or more.

    `uses_left` goes down by one statement; `person` is who alone may use it, None for everybody.
    """

    code = models.CharField(max_length=LONGEST_CODE, unique=True, db_collation="C")
    unit = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    least = models.BigIntegerField()
    uses_left = models.PositiveIntegerField()
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, null=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=LONGEST_NOTE)
    made_by = models.BigIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="promotion_coupon_pays_less_than_the_order",
                condition=Q(amount__gt=0, least__gt=F("amount")),
            ),
            models.CheckConstraint(
                name="promotion_coupon_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
            ),
        ]


class CouponUse(models.Model):
    """That a person used a coupon, once; for which order."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="uses")
    person = models.ForeignKey(PERSON, on_delete=models.SET_NULL, null=True, related_name="+")
    order = models.OneToOneField(
        "promotion.Order", on_delete=models.PROTECT, related_name="coupon_use"
    )
    used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="promotion_coupon_once_a_person", fields=["coupon", "person"]
            )
        ]
