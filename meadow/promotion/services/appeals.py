"""What a granted appeal does: the money went back long ago, so its buyer may repeat the order."""

import datetime as dt

from meadow.core.transactions import transaction_required
from meadow.decisions.records import AppealRecord
from meadow.promotion.services.reviewing import tell
from meadow.promotion.services.steps import lock_order


@transaction_required
def act_on_granted(appeal: AppealRecord, now: dt.datetime) -> None:
    """Tell the buyer; the same order again, for no more, is approved by `queries.weighing`."""
    order = lock_order(str(appeal.decision.inputs["order"]))
    tell(order, "promotion.granted", now=now)
