"""Orders of reach, what is held for them, and every step they took."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from meadow.promotion.models.rules import LEAST_HELD_OUT, MOST_HELD_OUT, PromotionRule

PERSON = settings.AUTH_USER_MODEL
LONGEST_KEY = 255
LONGEST_WHY = 500
OVER = ("rejected", "cancelled", "finished")


class Order(models.Model):
    """Somebody's order of reach for a note: `budget` minor units of `unit`, spent by `ends_at`.

    It waits for review, runs (from `starts_at` on), may be paused, and ends once: rejected,
    cancelled or finished. `discount` of the budget is paid by the platform (a coupon), and first.
    `charged` is what valid impressions cost so far (net of what was found invalid later), `absorbed`
    what they cost beyond the budget, which the platform bears, in millionths of the unit. `returned`
    went back to the wallet for good of what had been charged: shortfalls, and invalid traffic found
    once it was settled (before, it is held for the order again).
    `salt` and `holdout` (of 10,000) draw who is held out. `forecast` is what the buyer was told.
    """

    class State(models.TextChoices):
        REVIEW = "review"
        RUNNING = "running"
        PAUSED = "paused"
        REJECTED = "rejected"
        CANCELLED = "cancelled"
        FINISHED = "finished"

    class Goal(models.TextChoices):
        READS = "reads"
        INTERACTIONS = "interactions"
        FOLLOWS = "follows"

    public_id = models.CharField(max_length=24, unique=True, db_collation="C")
    key = models.CharField(max_length=LONGEST_KEY, db_collation="C")
    # None once the buyer's account is erased: the books stay.
    buyer = models.ForeignKey(PERSON, on_delete=models.SET_NULL, null=True, related_name="+")
    # Not foreign keys: an order outlives its note.
    note_id = models.BigIntegerField()
    author_id = models.BigIntegerField()
    goal = models.CharField(max_length=12, choices=Goal.choices)
    # `audiences.definition.to_json`, and which saved audience it was taken from, if one.
    audience = models.JSONField()
    saved_audience = models.ForeignKey(
        "promotion.SavedAudience", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    unit = models.CharField(max_length=3)
    budget = models.BigIntegerField()
    discount = models.BigIntegerField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    rule = models.ForeignKey(PromotionRule, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State.choices, default=State.REVIEW)
    salt = models.CharField(max_length=32, db_collation="C")
    holdout = models.PositiveSmallIntegerField()
    forecast = models.JSONField()
    charged = models.BigIntegerField(default=0)
    returned = models.BigIntegerField(default=0)
    absorbed = models.BigIntegerField(default=0)
    placed_at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)
    # Public ids of the signed decision on the last review (`decisions`); empty before.
    decision = models.CharField(max_length=24, blank=True, db_collation="C")
    # When it ended; its rest went back to the wallet at `settled_at`.
    ended_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    # The transaction that last changed whether, when, whom or how it is shown; written by a trigger. Web
    # processes read by it what they do not know yet (`queries.live`).
    changed = models.BigIntegerField(default=0, editable=False, db_index=True)

    class Meta:
        indexes = [
            models.Index(name="promotion_orders_of_buyer", fields=["buyer", "-id"]),
            models.Index(name="promotion_orders_of_author", fields=["author_id", "-id"]),
            models.Index(
                name="promotion_orders_live",
                fields=["ends_at"],
                condition=Q(state__in=["review", "running", "paused"]),
            ),
            models.Index(
                name="promotion_orders_to_settle",
                fields=["ended_at"],
                condition=Q(settled_at__isnull=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="promotion_order_key_once", fields=["buyer", "key"]),
            models.CheckConstraint(
                name="promotion_order_of_something",
                condition=Q(budget__gt=0, discount__gte=0, discount__lt=F("budget")),
            ),
            models.CheckConstraint(
                name="promotion_never_charged_over_budget",
                condition=Q(
                    charged__gte=0,
                    charged__lte=F("budget"),
                    returned__gte=0,
                    absorbed__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="promotion_order_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="promotion_order_holds_out_some",
                condition=Q(holdout__range=(LEAST_HELD_OUT, MOST_HELD_OUT)),
            ),
            models.CheckConstraint(
                name="promotion_order_over_has_its_time",
                condition=Q(state__in=OVER, ended_at__isnull=False)
                | ~Q(state__in=OVER) & Q(ended_at__isnull=True, settled_at__isnull=True),
            ),
        ]


class OrderHold(models.Model):
    """What is held in the buyer's wallet for an order: once when placed, once a top-up.

    What was credited before its end is settled is held again, as a row of its own. `captured` of
    `amount` was taken; captures go to the oldest hold first.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="holds")
    hold_id = models.BigIntegerField(unique=True)
    amount = models.BigIntegerField()
    captured = models.BigIntegerField(default=0)
    key = models.CharField(max_length=LONGEST_KEY, db_collation="C")
    held_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="promotion_hold_key_once", fields=["order", "key"]),
            models.CheckConstraint(
                name="promotion_captured_within_hold",
                condition=Q(amount__gt=0, captured__gte=0, captured__lte=F("amount")),
            ),
        ]


class OrderStep(models.Model):
    """What happened to an order, in its order; only added. `params` are rendered in words.

    `by` is who did it: None for the platform itself.
    """

    class Kind(models.TextChoices):
        PLACED = "placed"
        APPROVED = "approved"
        REJECTED = "rejected"
        EDITED = "edited"
        PAUSED = "paused"
        RESUMED = "resumed"
        TOPPED_UP = "topped_up"
        CANCELLED = "cancelled"
        FINISHED = "finished"
        CREDITED = "credited"
        MADE_GOOD = "made_good"
        SETTLED = "settled"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    params = models.JSONField(default=dict)
    by = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(name="promotion_steps_of_order", fields=["order", "id"])]
