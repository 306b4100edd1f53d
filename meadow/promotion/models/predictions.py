"""What is expected of a showing: learnt from facts, calibrated, kept as versions."""

from django.db import models
from django.db.models import Q

from meadow.promotion.models.orders import Order


class ResponseModel(models.Model):
    """One learning of how people respond, by goal; the newest of each goal counts.

    `base` is the community's responses an impression, `prior` the impressions it counts as;
    `calibrator` is the state of `pacing.Calibrator`, `plot` its plot as of then, `facts` how many
    paid impressions it was held against, and `predicted`, `observed` their responses. `affinity` is the
    state of `prediction.Affinity`, the factors of each class of match; `classes` is how many paid
    impressions of each there were, and their predicted and observed responses.
    """

    goal = models.CharField(max_length=12, choices=Order.Goal.choices)
    base = models.FloatField()
    prior = models.FloatField()
    calibrator = models.JSONField()
    plot = models.JSONField()
    affinity = models.JSONField(default=dict)
    classes = models.JSONField(default=list)
    facts = models.BigIntegerField()
    predicted = models.FloatField()
    observed = models.BigIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(name="promotion_models_of_goal", fields=["goal", "-id"])]
        constraints = [
            models.CheckConstraint(
                name="promotion_model_rates_are_rates",
                condition=Q(base__gt=0, base__lt=1, prior__gt=0),
            )
        ]


class Prediction(models.Model):
    """What one order's showing to a usual person is expected to bring: responses of its goal.

    `rate` is calibrated and decides, `raw` is before that; `quality` is in thousandths.
    """

    order = models.OneToOneField(
        Order, on_delete=models.CASCADE, primary_key=True, related_name="prediction"
    )
    raw = models.FloatField()
    rate = models.FloatField()
    quality = models.PositiveIntegerField(default=1000)
    made_at = models.DateTimeField()
    # As `Order.changed`.
    changed = models.BigIntegerField(default=0, editable=False, db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="promotion_prediction_is_a_rate",
                condition=Q(
                    rate__gt=0, rate__lte=1, raw__gt=0, raw__lte=1, quality__range=(1, 10_000)
                ),
            )
        ]
