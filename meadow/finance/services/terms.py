"""Changing the limits of the operator's finance: each version stays."""

import datetime as dt
from collections.abc import Mapping

from django.db import IntegrityError

from meadow.core.transactions import savepoint, transaction
from meadow.finance.errors import TermsChangedMeanwhile, WordsMissing
from meadow.finance.models import Terms
from meadow.finance.queries.terms import terms_in_force, terms_of
from meadow.finance.records import TermsRecord


def change_terms(
    *,
    proposal_days: int,
    appeal_days: int,
    stuck_after: Mapping[str, int],
    note: str,
    seen: int,
    operator_id: int,
    now: dt.datetime,
) -> TermsRecord:
    """Set the limits from now on; `seen` is the version that the operator looked at.

    What waits keeps the day it was given. `stuck_after` is in minutes, by kind of what waits: one
    that is left out keeps its own. Raises TermsChangedMeanwhile, WordsMissing.
    """
    said = " ".join(note.split())
    if not said:
        raise WordsMissing
    with transaction():
        if terms_in_force().number != seen:
            raise TermsChangedMeanwhile
        try:
            with savepoint():
                made = Terms.objects.create(
                    number=seen + 1,
                    proposal_days=proposal_days,
                    appeal_days=appeal_days,
                    stuck_after=dict(stuck_after),
                    active_from=now,
                    note=said,
                    operator_id=operator_id,
                )
        except IntegrityError as first:
            raise TermsChangedMeanwhile from first
        return terms_of(made)
