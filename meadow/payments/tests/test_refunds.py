"""Giving back: out of the wallet first, at the provider once, and never more than came in."""

import datetime as dt
from typing import Any

import pytest

from meadow.accounts.testing import make_person
from meadow.core.testing import forget_jobs, race, run_jobs, together, waiting_jobs
from meadow.core.transactions import transaction
from meadow.ledger.checking import check_books
from meadow.ledger.queries import find_account, read_funds
from meadow.ledger.services import hold_funds
from meadow.notifications.models import Notification
from meadow.payments.errors import KeyTaken, NotRefundable, PaymentMissing, SpentAlready
from meadow.payments.models import Payment, Refund, SandboxRefund
from meadow.payments.providers import find_provider
from meadow.payments.providers.port import Outcome, Repaid
from meadow.payments.records import RefundRecord
from meadow.payments.services import ask_refund, due_refunds, refunding, send_refund
from meadow.payments.testing import WHEN, begin, pay
from meadow.payments.tests.test_top_up import funds

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def ask(payment: str, amount: int, *, key: str = "r", operator: int) -> RefundRecord:
    return ask_refund(
        payment=payment, amount=amount, key=key, note="why", operator_id=operator, now=WHEN
    )


def on_the_way() -> int:
    account = find_account(kind="platform", purpose="refunds on their way", unit="CNY")
    return read_funds(account).posted if account else 0


def test_a_refund_leaves_the_wallet_at_once_and_the_books_when_it_is_there() -> None:
    forget_jobs()
    ann, operator = make_person(), make_person()
    paid = pay(ann.pk, 5_000)

    asked = ask(paid.public_id, 2_000, operator=operator.pk)
    assert (funds(ann.pk), on_the_way()) == (3_000, 2_000)
    assert waiting_jobs("payments.send_refund") == [{"refund": asked.public_id}]
    done = send_refund(refund=asked.public_id, now=WHEN + HOUR)

    assert send_refund(refund=asked.public_id, now=WHEN + HOUR) == done
    assert ask(paid.public_id, 2_000, operator=operator.pk) == done
    assert (done.state, done.settled_at) == ("succeeded", WHEN + HOUR)
    assert (funds(ann.pk), on_the_way()) == (3_000, 0)
    outside = find_account(kind="provider", purpose="sandbox", unit="CNY")
    assert outside is not None
    assert read_funds(outside).posted == -3_000
    assert Payment.objects.get().refunded == SandboxRefund.objects.get().amount == 2_000
    kinds = list(Notification.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["wallet.topped_up", "wallet.refunded"]
    assert list(check_books()) == []


def test_what_the_provider_refuses_is_in_the_wallet_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ann, operator = make_person(), make_person()
    paid = pay(ann.pk, 5_000)
    asked = ask(paid.public_id, 5_000, operator=operator.pk)
    refusal = Repaid(reference="", outcome=Outcome.FAILED, failure="card_gone")
    monkeypatch.setattr(find_provider("sandbox"), "repay", lambda *_a, **_k: refusal)

    failed = send_refund(refund=asked.public_id, now=WHEN)

    assert (failed.state, failed.failure) == ("failed", "card_gone")
    assert (funds(ann.pk), on_the_way(), Payment.objects.get().refunded) == (5_000, 0, 0)
    assert list(check_books()) == []


def test_what_waits_at_the_provider_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ann, operator = make_person(), make_person()
    asked = ask(pay(ann.pk).public_id, 1_000, operator=operator.pk)
    waiting = Repaid(reference="re_1", outcome=Outcome.WAITING)
    monkeypatch.setattr(find_provider("sandbox"), "repay", lambda *_a, **_k: waiting)

    assert send_refund(refund=asked.public_id, now=WHEN).state == "asked"
    assert due_refunds(now=WHEN) == []
    assert due_refunds(now=WHEN + HOUR) == [asked.public_id]
    monkeypatch.undo()

    assert send_refund(refund=asked.public_id, now=WHEN + HOUR).state == "succeeded"
    assert on_the_way() == 0


def test_what_cannot_be_given_back_is_refused_and_changes_nothing() -> None:
    ann, operator = make_person(), make_person()
    paid, waits = pay(ann.pk, 5_000), begin(ann.pk, key="waits")
    ask(paid.public_id, 2_000, operator=operator.pk)
    spent = pay(ann.pk, 1_000, key="spent")
    with transaction():
        account = find_account(kind="person", purpose="wallet", unit="CNY", owner=str(ann.pk))
        assert account is not None
        hold_funds(
            account_id=account,
            amount=3_500,
            key="spends",
            reason="test",
            expires_at=WHEN + HOUR,
            now=WHEN,
        )

    refused: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"payment": paid.public_id, "amount": 3_001}, NotRefundable),
        ({"payment": paid.public_id, "amount": 0}, NotRefundable),
        ({"payment": paid.public_id, "amount": -1}, NotRefundable),
        ({"payment": waits.public_id, "amount": 1}, NotRefundable),
        ({"payment": "pNobody", "amount": 1}, PaymentMissing),
        ({"payment": spent.public_id, "amount": 501}, SpentAlready),
        ({"payment": paid.public_id, "amount": 1_999, "key": "r"}, KeyTaken),
    ]
    for asked, refusal in refused:
        with pytest.raises(refusal):
            ask(operator=operator.pk, **{"key": "other", **asked})

    assert Refund.objects.count() == 1
    assert funds(ann.pk) == 4_000
    assert list(check_books()) == []


@pytest.mark.django_db(transaction=True)
def test_refunds_at_once_give_back_no_more_than_came_in() -> None:
    ann, operator = make_person(), make_person()
    paid = pay(ann.pk, 5_000)
    pay(ann.pk, 50_000, key="more")

    raised = race(
        lambda n: ask(paid.public_id, 2_000, key=f"r{n}", operator=operator.pk).amount, runners=8
    )
    run_jobs()

    assert raised.count(2_000) == 2
    assert sum(isinstance(one, NotRefundable) for one in raised) == 6
    assert (funds(ann.pk), on_the_way()) == (51_000, 0)
    assert list(check_books()) == []


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_refunds_at_once_give_back_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: everybody has looked before anybody notes a refund."""
    ann, operator = make_person(), make_person()
    paid = pay(ann.pk, 5_000)
    pay(ann.pk, 50_000, key="more")
    monkeypatch.setattr(refunding, "_lock", lambda one: Payment.objects.get(public_id=one))
    monkeypatch.setattr(Refund.objects, "create", together(Refund.objects.create, runners=8))

    raised = race(
        lambda n: ask(paid.public_id, 2_000, key=f"r{n}", operator=operator.pk).amount, runners=8
    )
    forget_jobs()

    assert raised == [2_000] * 8
    assert on_the_way() == 16_000
