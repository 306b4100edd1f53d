"""The signed decision on an order, and who may take one by hand."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Final

from meadow.accounts.queries import get_people
from meadow.core.transactions import transaction_required
from meadow.decisions.records import BY_RULE, DecisionRecord, Reason, Ruling
from meadow.decisions.services import record
from meadow.promotion.errors.orders import OrderMissing
from meadow.promotion.models import Order
from meadow.promotion.queries.weighing import Finding

SCOPE: Final = "promotion/review"
CAPABILITY: Final = "promotion.order"
APPEAL_WITHIN: Final = dt.timedelta(days=30)


@transaction_required
def decide(
    order: Order,
    *,
    outcome: str,
    reasons: Sequence[Reason],
    found: Sequence[Finding],
    words: str,
    by: int | None,
    now: dt.datetime,
) -> DecisionRecord:
    """Sign what was decided about an order, note it on the order, and return it.

    `words` stay with us, a digest of them is signed: they are the same that the buyer was told. A
    rejection can be appealed against. Raises OrderMissing once the buyer is erased.
    """
    if order.buyer_id is None:
        raise OrderMissing
    decided = record(
        ruling=Ruling(
            person_id=order.buyer_id,
            scope=SCOPE,
            capability=CAPABILITY,
            outcome=outcome,
            rule_version=f"promotion.v{order.rule.number}",
            inputs={
                "order": order.public_id,
                "unit": order.unit,
                "budget": order.budget,
                "found": [one.code for one in found],
                "words": hashlib.sha256(words.encode()).hexdigest() if words else "",
            },
            reasons=reasons,
            appeal_until=now + APPEAL_WITHIN if outcome == "rejected" else None,
            decided_by=BY_RULE if by is None else operator_name(by),
        ),
        now=now,
    )
    order.reviewed_at, order.decision = now, decided.public_id
    return decided


def operator_name(operator_id: int) -> str:
    """Return how decisions name whoever decided by hand."""
    return f"operator:{get_people([operator_id])[operator_id].public_id}"
