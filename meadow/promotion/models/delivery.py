"""Delivery: what web processes served, at which pace, what the warehouse counted, what there is to sell."""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from meadow.promotion.models.orders import Order


class Pace(models.Model):
    """The bid of one live order, and what each web process may serve for; written by the pacing tick.

    `low`, `high`, `share`: price per predicted response in millionths of the unit (`pacing.Decision`).
    `loans` is {process: all that it was ever lent, in millionths}: a process subtracts what it served.
    `served` is what processes reported; `pacer` and `purse` are the states of `pacing.Pacer` and `Purse`.
    `version` grows with each change, over all rows. `scarce`: less is left than every process could
    use, so one that does not need its loan gives it back. `open`: it is paced, or money is still out.
    """

    order = models.OneToOneField(
        Order, on_delete=models.CASCADE, primary_key=True, related_name="pace"
    )
    version = models.BigIntegerField(db_index=True)
    low = models.FloatField(default=0)
    high = models.FloatField(default=0)
    share = models.FloatField(default=1)
    loans = models.JSONField(default=dict)
    served = models.BigIntegerField(default=0)
    served_count = models.BigIntegerField(default=0)
    ghosts = models.BigIntegerField(default=0)
    opportunities = models.FloatField(default=0)
    pacer = models.JSONField(default=dict)
    purse = models.JSONField(default=dict)
    # Each slot of the flight: when it began, opportunities, served so far, planned; for the report.
    course = models.JSONField(default=list)
    feasible = models.BooleanField(null=True)
    attainable = models.BigIntegerField(null=True)
    paced_at = models.DateTimeField(null=True)
    scarce = models.BooleanField(default=False)
    open = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(name="promotion_paces_open", fields=["order"], condition=Q(open=True))
        ]


class WebServer(models.Model):
    """A web process that serves sponsored cards, and when it was heard last.

    `reported` is the number of its last report: one that is sent again is not taken twice.
    """

    name = models.CharField(max_length=40, primary_key=True, db_collation="C")
    seen_at = models.DateTimeField()
    reported = models.BigIntegerField(default=0)


class ServedReport(models.Model):
    """What one web process served and saw since its last report; the pacing tick takes it in and drops it."""

    process = models.CharField(max_length=40, db_collation="C")
    body = models.BinaryField()
    at = models.DateTimeField()


class Delivered(models.Model):
    """What the warehouse counted of an order, as of `as_of`; written by the projection alone.

    `price` adds up what valid impressions cost, in millionths of the unit. `impressions`, `opens`,
    `reads`, `interactions` and `follows` are valid ones that were paid for; `ghosts` are those held
    out who would have been shown it. `told_at` is when the buyer's page was told last.
    """

    order = models.OneToOneField(
        Order, on_delete=models.CASCADE, primary_key=True, related_name="delivered"
    )
    as_of = models.DateTimeField()
    raw_impressions = models.BigIntegerField(default=0)
    impressions = models.BigIntegerField(default=0)
    invalid = models.BigIntegerField(default=0)
    price = models.BigIntegerField(default=0)
    people = models.BigIntegerField(default=0)
    opens = models.BigIntegerField(default=0)
    reads = models.BigIntegerField(default=0)
    clicks = models.BigIntegerField(default=0)
    interactions = models.BigIntegerField(default=0)
    follows = models.BigIntegerField(default=0)
    ghosts = models.BigIntegerField(default=0)
    # The price that was last settled with the ledger: what differs from it is still to be charged.
    settled_price = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                name="promotion_delivered_unsettled",
                fields=["order"],
                condition=~Q(price=models.F("settled_price")),
            )
        ]


class Met(models.Model):
    """That a person was served an order's note, or would have been and was held out: for the cap.

    Kept two days. Nearly every page writes one, so nothing is checked on the way: a check of the order
    would lock the same few rows for all readers at once, and rows of who is gone go by themselves.
    """

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    at = models.DateTimeField()
    held_out = models.BooleanField()

    class Meta:
        indexes = [
            models.Index(name="promotion_met_by_person", fields=["person", "at"]),
            BrinIndex(name="promotion_met_when", fields=["at"]),
        ]


class InventoryHour(models.Model):
    """One hour of what could be sold: pages with a sponsored slot, and what winning them took.

    `people` is how many distinct readers (at most), `wins` is {bin: pages} of the score needed to win,
    by the bins of `pacing.market`; `filled` pages had a sponsored card.
    """

    hour = models.DateTimeField(primary_key=True)
    pages = models.BigIntegerField(default=0)
    filled = models.BigIntegerField(default=0)
    people = models.BigIntegerField(default=0)
    wins = models.JSONField(default=dict)
    spent = models.BigIntegerField(default=0)


class PeopleWithin(models.Model):
    """How many different people come within so many hours, a mean over the last days' stretches.

    They are those who meet the sponsored place of Hot's pages, and `pages` how often they do in an hour.
    """

    hours = models.PositiveSmallIntegerField(primary_key=True)
    people = models.FloatField()
    pages = models.FloatField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="promotion_people_within_some_time",
                condition=Q(hours__gte=1, people__gte=0, pages__gte=0),
            )
        ]
