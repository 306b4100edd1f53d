"""Asking for a payout: out of the wallet at once, taken apart by the rules that hold, once a key."""

import datetime as dt
import logging

from meadow.core.ids import new_id
from meadow.core.money import Money, format_money
from meadow.core.transactions import transaction, transaction_required
from meadow.ledger.errors import InsufficientFunds
from meadow.ledger.queries import find_account, read_funds
from meadow.ledger.records import Draft, Leg
from meadow.ledger.services import post_transfer
from meadow.payments.services.accounts import wallet_account
from meadow.payouts.errors import (
    KeyTaken,
    MethodCooling,
    MethodMissing,
    MethodUnverified,
    NotEnough,
    NothingLeftOver,
    PayoutOutOfBounds,
)
from meadow.payouts.figuring import Figures
from meadow.payouts.models import Payout, PayoutMethod
from meadow.payouts.queries import figure_payout, terms_in_force
from meadow.payouts.records import PayoutRecord, method_record, payout_record
from meadow.payouts.services.accounts import fees_account, on_their_way, tax_account
from meadow.payouts.services.payees import lock_payee
from meadow.payouts.terms import Terms, next_turn

log = logging.getLogger(__name__)


def ask_payout(
    *, person_id: int, method: str, unit: str, gross: int, key: str, now: dt.datetime
) -> PayoutRecord:
    """Take `gross` minor units out of somebody's wallet to be paid out, once a key.

    Raises MethodMissing, MethodUnverified, MethodCooling, UnitNotPaid, PayoutOutOfBounds,
    NothingLeftOver, NotEnough, KeyTaken; and then nothing has changed.
    """
    with transaction():
        lock_payee(person_id)
        known = Payout.objects.select_related("method", "batch").filter(
            person_id=person_id, key=key
        )
        before = known.first()
        if before is not None:
            if (before.method.public_id, before.unit, before.gross) != (method, unit, gross):
                raise KeyTaken
            return payout_record(before)
        return payout_record(
            _ask(person_id=person_id, method=method, unit=unit, gross=gross, key=key, now=now)
        )


def quote_payout(
    *, person_id: int, method: str, unit: str, gross: int, now: dt.datetime
) -> Figures:
    """Return what a payout would be taken apart into now, and change nothing.

    Raises as `ask_payout` does, but for what is in the wallet.
    """
    found = _find_usable(person_id, method, now)
    figures, terms, _tax = figure_payout(
        person_id=person_id, method=method_record(found), unit=unit, gross=gross, now=now
    )
    _check(figures, terms)
    return figures


def ask_scheduled(*, person_id: int, now: dt.datetime) -> PayoutRecord | None:
    """Pay out what is free of a payee whose turn has come; None where there is nothing to pay.

    Their next turn is set in the same transaction, so that one turn is taken once.
    """
    with transaction():
        payee = lock_payee(person_id)
        if payee.next_at is None or payee.next_at > now or payee.method is None:
            return None
        terms = terms_in_force(payee.unit)
        turn, payee.next_at = payee.next_at, next_turn(payee.schedule, terms, now)
        payee.save(update_fields=["next_at"])
        gross = min(_available(person_id, payee.unit), terms.most)
        if gross < terms.least:
            return None
        try:
            payout = _ask(
                person_id=person_id,
                method=payee.method.public_id,
                unit=payee.unit,
                gross=gross,
                key=f"turn-{turn:%Y-%m-%d}-{payee.unit}",
                scheduled=True,
                now=now,
            )
        except (MethodMissing, MethodUnverified, MethodCooling, NothingLeftOver) as refused:
            # The turn is over; the account page says what is missing, and the next turn comes.
            log.info("payee %s is not paid this turn: %s", payee.pk, refused.code)
            return None
        return payout_record(payout)


@transaction_required
def _ask(
    *,
    person_id: int,
    method: str,
    unit: str,
    gross: int,
    key: str,
    now: dt.datetime,
    scheduled: bool = False,
) -> Payout:
    """Take a payout apart, book it and note it: one draft of the ledger, one row."""
    found = _find_usable(person_id, method, now)
    figures, terms, tax = figure_payout(
        person_id=person_id, method=method_record(found), unit=unit, gross=gross, now=now
    )
    _check(figures, terms)
    public_id = new_id("o")
    wallet = wallet_account(person_id=person_id, unit=unit, now=now)
    legs = [
        Leg(wallet, -figures.gross),
        Leg(on_their_way(unit=unit, now=now), figures.net),
    ]
    if figures.tax:
        legs.append(Leg(tax_account(region=found.region, unit=unit, now=now), figures.tax))
    if figures.fee:
        legs.append(Leg(fees_account(unit=unit, now=now), figures.fee))
    try:
        posted = post_transfer(
            draft=Draft(
                key=f"payout-{public_id}-asked",
                reason="payouts.asked",
                legs=tuple(legs),
                params={"tax": figures.tax, "fee": figures.fee, "net": figures.net},
                reference=public_id,
            ),
            now=now,
        )
    except InsufficientFunds:
        raise NotEnough from None
    return Payout.objects.create(
        public_id=public_id,
        person_id=person_id,
        method=found,
        account_id=wallet,
        unit=unit,
        gross=figures.gross,
        tax=figures.tax,
        fee=figures.fee,
        net=figures.net,
        rules=terms.number,
        tax_region=tax.region,
        tax_rule=tax.number,
        key=key,
        scheduled=scheduled,
        transfer_id=posted.id,
        asked_at=now,
    )


def _find_usable(person_id: int, method: str, now: dt.datetime) -> PayoutMethod:
    found = PayoutMethod.objects.filter(person_id=person_id, public_id=method)
    usable = found.exclude(state=PayoutMethod.State.REMOVED).first()
    if usable is None:
        raise MethodMissing
    if usable.state != PayoutMethod.State.VERIFIED or usable.usable_from is None:
        raise MethodUnverified
    if usable.usable_from > now:
        raise MethodCooling(day=usable.usable_from.date().isoformat())
    return usable


def _check(figures: Figures, terms: Terms) -> None:
    if not terms.least <= figures.gross <= terms.most:
        bounds = (format_money(Money(one, terms.unit)) for one in (terms.least, terms.most))
        raise PayoutOutOfBounds(**dict(zip(("least", "most"), bounds, strict=True)))
    if figures.net < 1:
        raise NothingLeftOver(gross=format_money(Money(figures.gross, terms.unit)))


def _available(person_id: int, unit: str) -> int:
    account = find_account(kind="person", purpose="wallet", unit=unit, owner=str(person_id))
    return read_funds(account).available if account is not None else 0
