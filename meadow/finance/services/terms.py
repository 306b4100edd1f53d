"""Changing the limits of the operator's finance: each version stays."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.db import IntegrityError
from django.utils.translation import gettext as _

from meadow.core.errors import InvalidInput
from meadow.core.transactions import savepoint, transaction
from meadow.finance.errors import TermsChangedMeanwhile, WordsMissing
from meadow.finance.limits import MOST_HOURS
from meadow.finance.models import Terms
from meadow.finance.queries.terms import terms_in_force, terms_of
from meadow.finance.records import TermsRecord
from meadow.finance.sources import list_sources

_MOST: Final = MOST_HOURS * 60


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
    that is left out keeps its own. Raises TermsChangedMeanwhile, WordsMissing,
    InvalidInput.
    """
    said = " ".join(note.split())
    if not said:
        raise WordsMissing
    kinds = {one.name for one in list_sources(stuck=True)}
    wrong = sorted(
        kind for kind, after in stuck_after.items() if kind not in kinds or not 0 <= after <= _MOST
    )
    if wrong:
        words = _("Kinds are {kinds}; each is a number of minutes from 0 to {most}.")
        said_so = str(words).format(kinds=", ".join(sorted(kinds)), most=_MOST)
        raise InvalidInput(fields={"stuck_after": [said_so]})
    with transaction():
        before = terms_in_force()
        if before.number != seen:
            raise TermsChangedMeanwhile
        try:
            with savepoint():
                made = Terms.objects.create(
                    number=seen + 1,
                    proposal_days=proposal_days,
                    appeal_days=appeal_days,
                    stuck_after={**before.stuck_after, **stuck_after},
                    active_from=now,
                    note=said,
                    operator_id=operator_id,
                )
        except IntegrityError as first:
            raise TermsChangedMeanwhile from first
        return terms_of(made)
