"""Remembering what a creator saw, so that the next visit can say what changed."""

import datetime as dt
from collections.abc import Mapping

from meadow.core.transactions import transaction
from meadow.studio.models import StudioVisit
from meadow.studio.queries import VISIT


def record_visit(
    *, person_id: int, seen: Mapping[str, int], seen_from: dt.date, now: dt.datetime
) -> None:
    """Write down what a creator sees now; a new visit moves what they saw before to `before`."""
    with transaction():
        visit = StudioVisit.objects.select_for_update().filter(pk=person_id).first()
        if visit is None:
            StudioVisit.objects.bulk_create(
                [
                    StudioVisit(
                        person_id=person_id, seen_at=now, seen_from=seen_from, seen=dict(seen)
                    )
                ],
                ignore_conflicts=True,
            )
            return
        if now - visit.seen_at >= VISIT:
            visit.before_at, visit.before_from = visit.seen_at, visit.seen_from
            visit.before = visit.seen
        visit.seen_at, visit.seen_from, visit.seen = now, seen_from, dict(seen)
        visit.save()
