"""The wallet's part of the API: balances, history, top-ups, and for operators payments and refunds."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.params.functions import Path, Query

from meadow.accounts.api_auth import moves_money, scoped
from meadow.accounts.permissions import require_operator, require_person
from meadow.core import clock
from meadow.core.idempotency import demand_kept_key
from meadow.core.limits import check_rate
from meadow.ledger.reasons import say_reason
from meadow.payments import limits, queries, services
from meadow.payments.schemas import (
    UNIT,
    FundsOut,
    HoldsOut,
    NoticeIn,
    PaymentOut,
    PaymentsOut,
    RefundIn,
    RefundOut,
    RefundsOut,
    TopUpIn,
    WalletEntryOut,
    WalletHistoryOut,
    WalletHoldOut,
    WalletOut,
    payment_out,
    refund_out,
)
from meadow.payments.wallet_views import site_of

router = Router(tags=["wallet"])
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(24, ge=1, le=100, description="How many at most")
CURRENCY: Any = Query("CNY", pattern=UNIT, description="The currency, such as `CNY`")
NAME: Any = Path(..., max_length=24, pattern="^[A-Za-z0-9]+$")
WHICH: Any = Query("all", description="All, those that wait, or those that came in otherwise")


@router.get("/wallet", response=WalletOut, summary="Read your wallet", **scoped("wallet:read"))
def get_wallet(request: HttpRequest) -> WalletOut:
    """Read what you have, currency by currency, and below how much you are told."""
    person = require_person(request.user)
    balances = [
        FundsOut(unit=one.unit, posted=one.posted, held=one.held, available=one.available)
        for one in queries.read_wallet(person.pk)
    ]
    return WalletOut(balances=balances, notices=queries.read_notices(person.pk))


@router.get(
    "/wallet/history",
    response=WalletHistoryOut,
    summary="Read your wallet's history",
    **scoped("wallet:read"),
)
def get_history(
    request: HttpRequest, unit: str = CURRENCY, cursor: str | None = CURSOR, size: int = SIZE
) -> WalletHistoryOut:
    """Read what moved in your wallet in one currency, newest first."""
    person = require_person(request.user)
    page = queries.read_history(person.pk, unit=unit, cursor=cursor, size=size)
    items = [
        WalletEntryOut(
            transfer=one.transfer,
            reason=one.reason,
            title=say_reason(one.reason, one.params),
            reference=one.reference,
            decision=one.decision,
            amount=one.amount,
            balance_after=one.balance_after,
            unit=one.unit,
            effective_at=one.effective_at,
            booked_at=one.booked_at,
        )
        for one in page.items
    ]
    return WalletHistoryOut(items=items, next_cursor=page.next_cursor)


@router.get(
    "/wallet/holds", response=HoldsOut, summary="List what is held", **scoped("wallet:read")
)
def get_holds(request: HttpRequest, unit: str = CURRENCY) -> HoldsOut:
    """List what of your wallet is promised away, what ends first first."""
    person = require_person(request.user)
    items = [
        WalletHoldOut(
            id=one.public_id,
            reason=one.reason,
            title=say_reason(one.reason, one.params),
            reference=one.reference,
            amount=one.left,
            unit=one.unit,
            held_at=one.held_at,
            expires_at=one.expires_at,
        )
        for one in queries.read_holds(person.pk, unit=unit)
    ]
    return HoldsOut(items=items)


@router.put("/wallet/notice", response=WalletOut, **scoped("wallet:write"))
def set_notice(request: HttpRequest, wanted: NoticeIn) -> WalletOut:
    """Choose below how much you are told that your wallet is low."""
    person = require_person(request.user)
    check_rate(
        name="payments.notice",
        rate=limits.NOTICES,
        subject=f"person:{person.pk}",
        now=clock.now(),
    )
    services.set_notice(person_id=person.pk, unit=wanted.unit, below=wanted.below)
    return get_wallet(request)


@router.post(
    "/wallet/top-ups",
    response={201: PaymentOut},
    summary="Top up your wallet",
    **moves_money("wallet:write"),
)
def top_up(request: HttpRequest, wanted: TopUpIn) -> Status[PaymentOut]:
    """Begin a payment into your wallet. Send its payer to `pay_url`, or bring a `method`."""
    person, now = require_person(request.user), clock.now()
    key = demand_kept_key(request)
    check_rate(name="payments.top_up", rate=limits.TOP_UPS, subject=f"person:{person.pk}", now=now)
    begun = services.top_up(
        person_id=person.pk,
        amount=wanted.amount,
        unit=wanted.unit,
        provider=wanted.provider,
        key=key,
        site=site_of(request),
        method=wanted.method,
        now=now,
    )
    return Status(201, payment_out(begun, site=site_of(request)))


@router.get(
    "/wallet/top-ups", response=PaymentsOut, summary="List your top-ups", **scoped("wallet:read")
)
def list_top_ups(
    request: HttpRequest, cursor: str | None = CURSOR, size: int = SIZE
) -> PaymentsOut:
    """List your payments, newest first."""
    person = require_person(request.user)
    page = queries.list_payments(person_id=person.pk, cursor=cursor, size=size)
    items = [payment_out(one, site=site_of(request)) for one in page.items]
    return PaymentsOut(items=items, next_cursor=page.next_cursor)


@router.get(
    "/wallet/top-ups/{payment_id}",
    response=PaymentOut,
    summary="Read a top-up",
    **scoped("wallet:read"),
)
def get_top_up(request: HttpRequest, payment_id: str = NAME) -> PaymentOut:
    """Read how a payment of yours stands, as far as is known here."""
    person = require_person(request.user)
    found = queries.find_payment(payment_id, person_id=person.pk)
    return payment_out(found, site=site_of(request))


@router.get(
    "/payments", response=PaymentsOut, summary="List payments", **scoped("payments:operate")
)
def list_payments(
    request: HttpRequest,
    which: queries.Which = WHICH,
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> PaymentsOut:
    """List everybody's payments, newest first. For operators."""
    require_operator(request.user)
    page = queries.list_payments(which=which, cursor=cursor, size=size)
    items = [payment_out(one, site=site_of(request)) for one in page.items]
    return PaymentsOut(items=items, next_cursor=page.next_cursor)


@router.get(
    "/payments/{payment_id}/refunds",
    response=RefundsOut,
    summary="List the refunds of a payment",
    **scoped("payments:operate"),
)
def list_refunds(request: HttpRequest, payment_id: str = NAME) -> RefundsOut:
    """List what is or was to be given back of a payment. For operators."""
    require_operator(request.user)
    queries.find_payment(payment_id, person_id=None)
    return RefundsOut(items=[refund_out(one) for one in queries.list_refunds(payment_id)])


@router.post(
    "/payments/{payment_id}/refunds",
    response={201: RefundOut},
    summary="Give a payment back",
    **moves_money("payments:operate"),
)
def refund(request: HttpRequest, wanted: RefundIn, payment_id: str = NAME) -> Status[RefundOut]:
    """Take a part of a payment out of its wallet and have its provider give it back. For operators."""
    operator, now = require_operator(request.user), clock.now()
    key = demand_kept_key(request)
    check_rate(
        name="payments.refund", rate=limits.REFUNDS, subject=f"person:{operator.pk}", now=now
    )
    asked = services.ask_refund(
        payment=payment_id,
        amount=wanted.amount,
        key=key,
        note=wanted.note,
        operator_id=operator.pk,
        now=now,
    )
    return Status(201, refund_out(asked))
