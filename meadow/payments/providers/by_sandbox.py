"""Play money: a provider of our own with its own pay page, to try everything with.

It keeps its own books (`SandboxCharge`), signs its news as a real one does, and is asked over the
same port. It never runs in production.
"""

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import Final

import orjson
from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from meadow.core.ids import new_id
from meadow.core.money import UNITS
from meadow.core.transactions import transaction
from meadow.payments.errors import ProviderRefused, WebhookForged, WebhookUnreadable
from meadow.payments.models import SandboxCharge, SandboxRefund
from meadow.payments.providers.port import (
    Begun,
    Charge,
    Listed,
    News,
    Outcome,
    Repaid,
    Repayment,
    Standing,
)
from meadow.payments.providers.signing import check_fresh

HEADER: Final = "Sandbox-Signature"
# How long a payment that is "on its way" takes.
DELAY: Final = dt.timedelta(seconds=5)


class Sandbox:
    """A provider of play money."""

    name = "sandbox"
    label = _("Play money (for trying things out)")
    units = frozenset(unit for unit in UNITS if unit != "IMP")
    takes_methods = False
    lists_charges = True

    def begin(self, charge: Charge, *, now: dt.datetime) -> Begun:
        """Note the charge once, and lead to the pay page."""
        with transaction():
            noted, _fresh = SandboxCharge.objects.get_or_create(
                payment=charge.payment,
                defaults={
                    "reference": new_id("x"),
                    "amount": charge.amount,
                    "unit": charge.unit,
                    "return_url": charge.return_url,
                    "created_at": now,
                },
            )
        return Begun(reference=noted.reference, pay_url=f"/sandbox/pay/{noted.reference}")

    def confirm(self, reference: str, *, now: dt.datetime) -> None:
        """Do nothing: a payer decides on the pay page."""

    def read(self, reference: str, *, payment: str, now: dt.datetime) -> Standing:
        """Return how a charge stands; one that is on its way has arrived once its time has come."""
        found = self._find(reference)
        outcome, failure = Outcome.WAITING, ""
        if found.state == SandboxCharge.State.DECLINED:
            outcome, failure = Outcome.FAILED, "declined"
        elif found.pays_at is not None and found.pays_at <= now:
            outcome = Outcome.SUCCEEDED
        return Standing(outcome=outcome, amount=found.amount, unit=found.unit, failure=failure)

    def repay(self, wanted: Repayment, *, now: dt.datetime) -> Repaid:
        """Give play money back, once a refund and never more than came in."""
        with transaction():
            charge = SandboxCharge.objects.select_for_update().get(reference=wanted.reference)
            known = SandboxRefund.objects.filter(refund=wanted.refund).first()
            if known is None:
                given = charge.refunds.aggregate(sum=Sum("amount"))["sum"] or 0
                if given + wanted.amount > charge.amount:
                    return Repaid(reference="", outcome=Outcome.FAILED, failure="more_than_came_in")
                SandboxRefund.objects.create(
                    refund=wanted.refund, charge=charge, amount=wanted.amount
                )
        return Repaid(reference=wanted.refund, outcome=Outcome.SUCCEEDED)

    def verify(self, body: bytes, headers: Mapping[str, str], *, now: dt.datetime) -> News:
        """Return the news in a message that this installation has signed."""
        signed_at, _comma, signature = headers.get(HEADER, "").partition(",")
        if not signed_at.isdecimal() or not hmac.compare_digest(
            sign(body, at=int(signed_at)), f"{signed_at},{signature}"
        ):
            raise WebhookForged
        check_fresh(int(signed_at), now=now)
        try:
            told = orjson.loads(body)
            return News(event=told["event"], kind=told["kind"], payment=told["payment"])
        except (ValueError, KeyError, TypeError) as broken:
            raise WebhookUnreadable from broken

    def list_charges(self, *, since: dt.datetime, until: dt.datetime) -> Iterator[Listed]:
        """List the charges that were paid, begun from `since` on and before `until`."""
        paid = SandboxCharge.objects.filter(
            state=SandboxCharge.State.PAID, created_at__gte=since, created_at__lt=until
        )
        for one in paid.annotate(given=Sum("refunds__amount")).order_by("pk"):
            yield Listed(
                reference=one.reference,
                payment=one.payment,
                amount=one.amount,
                unit=one.unit,
                refunded=one.given or 0,
                at=one.created_at,
            )

    def _find(self, reference: str) -> SandboxCharge:
        found = SandboxCharge.objects.filter(reference=reference).first()
        if found is None:
            raise ProviderRefused(reason="no_such_charge")
        return found


def sign(body: bytes, *, at: int) -> str:
    """Return the header that shows that a message comes from this installation's sandbox."""
    key = hashlib.sha256(b"meadow.sandbox:" + settings.SECRET_KEY.encode()).digest()
    return f"{at},{hmac.new(key, b'%d.%s' % (at, body), hashlib.sha256).hexdigest()}"
