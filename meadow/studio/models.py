"""When creators last looked at their figures, and what they saw."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class StudioVisit(models.Model):
    """What one creator saw last, and on the visit before, from which changes are told.

    Figures are `{metric: number}` over the days `…_from` to the day they were seen.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    seen_at = models.DateTimeField()
    seen_from = models.DateField()
    seen = models.JSONField(default=dict)
    before_at = models.DateTimeField(null=True)
    before_from = models.DateField(null=True)
    before = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="visit_before_is_earlier",
                condition=Q(before_at__isnull=True, before_from__isnull=True)
                | Q(before_from__isnull=False, before_at__lte=F("seen_at")),
            ),
        ]
