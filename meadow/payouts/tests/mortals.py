"""What `test_killed` kills: a payout from its asking to its booking, as web and worker run it."""

import datetime as dt

from meadow.payouts.services import approve_batch, ask_payout, draw_up_batch, send_payout
from meadow.payouts.testing import WHEN

GROSS = 10_000


def pay_out_once(person_id: int, method: str, by: int, then: int, now: dt.datetime = WHEN) -> str:
    """Ask for a payout, draw up a batch, have another approve it, and send it; return its id."""
    name = ask_payout(
        person_id=person_id, method=method, unit="CNY", gross=GROSS, key="one", now=now
    ).public_id
    drawn = draw_up_batch(
        provider="sandbox", unit="CNY", operator_id=by, key=f"batch {person_id}", now=now
    )
    approve_batch(
        batch=drawn.public_id, count=drawn.count, total=drawn.total, operator_id=then, now=now
    )
    send_payout(payout=name, now=now)
    return name
