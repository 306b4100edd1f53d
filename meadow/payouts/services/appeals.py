"""What a granted appeal does: a held payout is released, a refused account can be paid to."""

import datetime as dt

from meadow.core.transactions import transaction_required
from meadow.decisions.records import AppealRecord
from meadow.payouts.services import holding, methods


@transaction_required
def act_on_granted(appeal: AppealRecord, now: dt.datetime) -> None:
    """Undo what a granted appeal was against, in the transaction of the answer."""
    if appeal.decision.scope == holding.SCOPE:
        holding.release_on_appeal(appeal, now)
    else:
        methods.verify_on_appeal(appeal, now)
