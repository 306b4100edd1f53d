"""What happens on the sandbox's pay page, and how it tells this site of it: as a real provider does."""

import datetime as dt
from typing import Literal

import orjson

from meadow.core.jobs import enqueue, find_task
from meadow.core.transactions import transaction
from meadow.payments.errors import PaymentMissing
from meadow.payments.models import SandboxCharge
from meadow.payments.providers import find_provider
from meadow.payments.providers.by_sandbox import DELAY, HEADER, sign
from meadow.payments.services.hearing import hear_provider

Act = Literal["pay", "pay_later", "decline"]


def play(*, reference: str, act: Act, now: dt.datetime) -> str:
    """Pay or decline a charge of play money, once; returns where the payer goes back to.

    `pay_later` pays after DELAY. Raises ProviderMissing where play money is off, PaymentMissing.
    """
    find_provider("sandbox")
    with transaction():
        charge = SandboxCharge.objects.select_for_update().filter(reference=reference).first()
        if charge is None:
            raise PaymentMissing
        # Somebody declined can try again, as with a real card; what is paid stays paid.
        if charge.state != SandboxCharge.State.PAID:
            arrives = now + DELAY if act == "pay_later" else now
            charge.state = SandboxCharge.State.PAID
            charge.pays_at = arrives
            if act == "decline":
                charge.state, charge.pays_at = SandboxCharge.State.DECLINED, None
            charge.save()
            enqueue(
                find_task("payments.sandbox_tells"),
                schedule_at=arrives if act == "pay_later" else None,
                payment=charge.payment,
                event=f"{charge.reference}-{charge.state}",
            )
    return charge.return_url


def tell_of_play(*, payment: str, event: str, now: dt.datetime) -> bool:
    """Send this site the sandbox's signed news of a charge; False when it was heard before."""
    body = orjson.dumps({"event": event, "kind": "charge.changed", "payment": payment})
    headers = {HEADER: sign(body, at=int(now.timestamp()))}
    return hear_provider(provider="sandbox", body=body, headers=headers, now=now)
