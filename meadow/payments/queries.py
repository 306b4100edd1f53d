"""What is read of wallets and payments: plain frozen records."""

from collections.abc import Sequence
from typing import Literal

from django.db.models import Count

from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.ledger.queries import (
    find_account,
    funds_of_owners,
    list_entries,
    list_holds,
    list_runs,
)
from meadow.ledger.records import EntryLine, Funds, OpenHold
from meadow.ledger.runs import Run
from meadow.payments.errors import PaymentMissing
from meadow.payments.limits import CURRENCIES
from meadow.payments.models import (
    BalanceNotice,
    Difference,
    Payment,
    Reconciliation,
    Refund,
    SandboxCharge,
)
from meadow.payments.providers import find_provider
from meadow.payments.records import (
    ComparedDay,
    DifferenceRecord,
    PaymentRecord,
    PlayRecord,
    RefundRecord,
    payment_record,
    refund_record,
)

PAGE_SIZE = 24
MOST_HOLDS = 100
Which = Literal["all", "waiting", "trouble"]


def read_wallet(person_id: int) -> list[Funds]:
    """Return what a person has, the first currency of the site first, also when it is nothing."""
    owner = str(person_id)
    found = {
        one.unit: one
        for one in funds_of_owners(kind="person", purpose="wallet", owners=[owner]).get(owner, ())
    }
    first = CURRENCIES[0]
    found.setdefault(first, Funds(unit=first, posted=0, held=0))
    order = [*CURRENCIES, *found]
    return sorted(found.values(), key=lambda one: order.index(one.unit))


def read_history(
    person_id: int, *, unit: str, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[EntryLine]:
    """Return one page of what moved in a wallet, newest first. Raises InvalidCursor."""
    account = _wallet(person_id, unit)
    if account is None:
        return Page(items=[], next_cursor=None)
    return list_entries(account, cursor=cursor, size=size)


def read_runs(
    person_id: int, *, unit: str, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[Run[EntryLine]]:
    """Return one page of what moved in a wallet as its owner reads it. Raises InvalidCursor."""
    account = _wallet(person_id, unit)
    if account is None:
        return Page(items=[], next_cursor=None)
    return list_runs(account, cursor=cursor, size=size)


def read_holds(person_id: int, *, unit: str) -> list[OpenHold]:
    """Return what of a wallet is promised away, what ends first first."""
    account = _wallet(person_id, unit)
    return list_holds(account_id=account, most=MOST_HOLDS) if account is not None else []


def read_notices(person_id: int) -> dict[str, int]:
    """Return below how much a person wants to be told, by unit."""
    notices = BalanceNotice.objects.filter(person_id=person_id).order_by("unit")
    return dict(notices.values_list("unit", "below"))


def list_open_payments(person_id: int, *, most: int = 10) -> list[PaymentRecord]:
    """Return a person's payments that have not come in yet, newest first."""
    waiting = Payment.objects.filter(
        person_id=person_id, state__in=[Payment.State.OPENED, Payment.State.WAITING]
    )
    return [payment_record(one) for one in waiting.order_by("-pk")[:most]]


def find_payment(public_id: str, *, person_id: int | None) -> PaymentRecord:
    """Return a payment of a person; None: of anybody, for operators. Raises PaymentMissing."""
    found = Payment.objects.filter(public_id=public_id)
    if person_id is not None:
        found = found.filter(person_id=person_id)
    payment = found.first()
    if payment is None:
        raise PaymentMissing
    return payment_record(payment)


def list_refunds(public_id: str) -> Sequence[RefundRecord]:
    """Return what is or was to be given back of a payment, oldest first."""
    refunds = Refund.objects.filter(payment__public_id=public_id).order_by("pk")
    return [refund_record(one) for one in refunds]


def list_payments(
    *,
    person_id: int | None = None,
    which: Which = "all",
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[PaymentRecord]:
    """Return one page of payments, newest first: of a person, or of all. Raises InvalidCursor."""
    payments = Payment.objects.all()
    if person_id is not None:
        payments = payments.filter(person_id=person_id)
    if which == "waiting":
        payments = payments.filter(state__in=[Payment.State.OPENED, Payment.State.WAITING])
    if which == "trouble":
        payments = payments.exclude(trouble="")
    if cursor is not None:
        before = decode_cursor(cursor).get("before")
        if not isinstance(before, int):
            raise InvalidCursor
        payments = payments.filter(pk__lt=before)
    found = list(payments.order_by("-pk")[: size + 1])
    more = encode_cursor({"before": found[size - 1].pk}) if len(found) > size else None
    return Page(items=[payment_record(one) for one in found[:size]], next_cursor=more)


def list_compared_days(*, most: int = 60) -> list[ComparedDay]:
    """Return the days that were held against providers, the latest first."""
    days = Reconciliation.objects.annotate(found=Count("differences")).order_by("-day", "provider")
    return [
        ComparedDay(
            day=one.day,
            provider=one.provider,
            charges=one.charges,
            differences=one.found,
            compared_at=one.compared_at,
        )
        for one in days[:most]
    ]


def list_differences(*, most: int = 1000) -> list[DifferenceRecord]:
    """Return where providers and our books differ, the latest day first."""
    found = Difference.objects.select_related("reconciliation")
    return [
        DifferenceRecord(
            day=one.reconciliation.day,
            provider=one.reconciliation.provider,
            kind=one.kind,
            payment=one.payment,
            reference=one.reference,
            unit=one.unit,
            ours=one.ours,
            theirs=one.theirs,
        )
        for one in found.order_by("-reconciliation__day", "pk")[:most]
    ]


def find_play(reference: str) -> PlayRecord:
    """Return a charge of play money. Raises ProviderMissing where that is off, PaymentMissing."""
    find_provider("sandbox")
    found = SandboxCharge.objects.filter(reference=reference).first()
    if found is None:
        raise PaymentMissing
    return PlayRecord(
        reference=found.reference,
        amount=found.amount,
        unit=found.unit,
        state=found.state,
        return_url=found.return_url,
    )


def _wallet(person_id: int, unit: str) -> int | None:
    return find_account(kind="person", purpose="wallet", unit=unit, owner=str(person_id))
