"""Factories for tests: payees with a verified account and something in their wallet."""

import datetime as dt
from typing import Final

from meadow.accounts.testing import make_person
from meadow.core.ids import new_id
from meadow.ledger.testing import wallet
from meadow.payouts.records import BatchRecord, MethodRecord, PayoutRecord
from meadow.payouts.services import (
    add_method,
    approve_batch,
    ask_payout,
    ask_verification,
    draw_up_batch,
    verify_method,
)

WHEN: Final = dt.datetime(2026, 5, 1, 12, 0, tzinfo=dt.UTC)
DAY: Final = dt.timedelta(days=1)
# Examples of check digits that are right: the IBAN is of the ISO standard's registry.
IBAN: Final = "GB82 WEST 1234 5698 7654 32"
BANK: Final = {"holder": "Ann Example", "bank": "West Bank", "bank_code": "", "account": IBAN}


def make_operator(handle: str | None = None) -> int:
    """Return the id of somebody who runs the installation."""
    person = make_person(handle) if handle else make_person()
    person.role = "operator"
    person.save()
    return person.pk


def add_bank(
    person_id: int, *, account: str = IBAN, region: str = "GB", now: dt.datetime = WHEN - 30 * DAY
) -> MethodRecord:
    """Return a bank account of somebody that waits to be verified."""
    added = add_method(
        person_id=person_id,
        kind="bank",
        payee_kind="person",
        region=region,
        details={**BANK, "account": account},
        now=now,
    )
    return ask_verification(method=added.public_id, person_id=person_id, now=now)


def make_payee(
    person_id: int,
    *,
    operator_id: int,
    amount: int = 100_000,
    account: str = IBAN,
    region: str = "GB",
    now: dt.datetime = WHEN,
) -> MethodRecord:
    """Return a verified account that can be paid to by `now`, of somebody with `amount` to spend."""
    if amount:
        wallet(str(person_id), amount, now=now)
    asked = add_bank(person_id, account=account, region=region, now=now - 30 * DAY)
    return verify_method(method=asked.public_id, operator_id=operator_id, now=now - 20 * DAY)


def ask(
    person_id: int,
    method: MethodRecord,
    gross: int = 10_000,
    *,
    key: str = "one",
    now: dt.datetime = WHEN,
) -> PayoutRecord:
    """Return a payout that was asked for."""
    return ask_payout(
        person_id=person_id, method=method.public_id, unit="CNY", gross=gross, key=key, now=now
    )


def approve(
    *, by: int, then: int, provider: str = "sandbox", key: str = "b", now: dt.datetime = WHEN
) -> BatchRecord:
    """Return a batch of all that waits, drawn up by one operator and approved by another."""
    drawn = draw_up_batch(provider=provider, unit="CNY", operator_id=by, key=key, now=now)
    return approve_batch(
        batch=drawn.public_id, count=drawn.count, total=drawn.total, operator_id=then, now=now
    )


def make_payouts(person_id: int, *, now: dt.datetime) -> dict[str, str]:
    """Return names of somebody's payouts: one that waits, batches that do, and payout accounts."""
    # Named by chance: a running site may have people with the names of tests.
    one, two = (make_operator(new_id("k").lower()) for _one in range(2))
    method = make_payee(person_id, operator_id=one, now=now)
    asked = add_bank(person_id, account="1234567", region="CN", now=now)
    ask(person_id, method, key="filed", now=now)
    filed = approve(by=one, then=two, provider="bank_file", key="f", now=now)
    ask(person_id, method, key="drafted", now=now)
    drafted = draw_up_batch(
        provider="sandbox", unit="CNY", operator_id=one, key=f"d{person_id}", now=now
    )
    waits = ask(person_id, method, key="waits", now=now)
    return {
        "outgoing": waits.public_id,
        "pay_batch": drafted.public_id,
        "pay_file": filed.public_id,
        "pay_account": method.public_id,
        "asked_account": asked.public_id,
    }
