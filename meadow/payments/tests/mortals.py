"""What `test_killed` kills: whole use cases in a row, as web and worker run them."""

import datetime as dt

from meadow.core.ids import new_id
from meadow.core.transactions import transaction
from meadow.core.worker import run_worker
from meadow.ledger.records import Leg
from meadow.ledger.services import capture_hold, hold_funds
from meadow.payments.models import Payment
from meadow.payments.providers import find_provider
from meadow.payments.providers.port import Repayment
from meadow.payments.services import ask_refund, send_refund, top_up
from meadow.payments.testing import SITE, WHEN

AMOUNT, BACK, CHARGED = 5_000, 2_000, 1_200


def top_up_once(person_id: int, provider: str, method: str = "") -> str:
    """Top up a wallet, as the page and the API do; return the payment's id."""
    return top_up(
        person_id=person_id,
        amount=AMOUNT,
        unit="CNY",
        provider=provider,
        method=method,
        key="one",
        site=SITE,
        now=WHEN,
    ).public_id


def refund_once(payment: str, operator_id: int) -> None:
    """Ask for a refund and send it at once."""
    asked = ask_refund(
        payment=payment, amount=BACK, key="back", note="why", operator_id=operator_id, now=WHEN
    )
    send_refund(refund=asked.public_id, now=WHEN)


def charge_once(name: str, payer: int, shop: int) -> None:
    """Promise a sum away, and charge a part of it; the rest is free again."""
    with transaction():
        held = hold_funds(
            account_id=payer,
            amount=AMOUNT,
            key=f"{name} hold",
            reason="test.held",
            expires_at=WHEN + dt.timedelta(hours=1),
            now=WHEN,
        )
    with transaction():
        capture_hold(
            hold_id=held.id,
            gains=[Leg(shop, CHARGED)],
            key=f"{name} charge",
            reason="test.charged",
            closes=True,
            now=WHEN,
        )


def work() -> None:
    """Do every job that is due, as `meadow worker` does."""
    run_worker(concurrency=1, wait=False)


def give_back_before_noting(payment: str) -> None:
    """Give money back under a name of the moment: for the control of what dies."""
    found = Payment.objects.get(public_id=payment)
    find_provider(found.provider).repay(
        Repayment(
            refund=new_id("r"),
            payment=payment,
            reference=found.reference,
            amount=BACK,
            total=found.amount,
            unit=found.unit,
        ),
        now=WHEN,
    )
