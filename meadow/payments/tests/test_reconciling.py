"""A day of a provider against our books: what one has and the other does not is named."""

import datetime as dt
from typing import Any

import pytest

from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core.exports import BYTE_ORDER_MARK
from meadow.payments.models import Payment, Reconciliation, SandboxCharge, SandboxRefund
from meadow.payments.queries import list_compared_days, list_differences
from meadow.payments.services import ask_refund, reconcile_day, send_refund
from meadow.payments.services.playing import play
from meadow.payments.testing import WHEN, begin, make_card, pay
from meadow.payments.tests.test_stripe import charge
from meadow.payments.tests.test_top_up import funds
from meadow.runtime.payment_keys import StripeKeys

pytestmark = pytest.mark.django_db
DAY = WHEN.date()
NIGHT = WHEN + dt.timedelta(days=1)


def found() -> list[tuple[str, str, int, int]]:
    return [(one.kind, one.payment, one.ours, one.theirs) for one in list_differences()]


def test_where_both_say_the_same_nothing_differs_and_lost_news_is_made_up_for() -> None:
    ann, operator = make_person(), make_person()
    paid = pay(ann.pk, 5_000)
    refund = ask_refund(
        payment=paid.public_id, amount=500, key="r", note="", operator_id=operator.pk, now=WHEN
    )
    send_refund(refund=refund.public_id, now=WHEN)
    ask_refund(
        payment=paid.public_id, amount=100, key="s", note="", operator_id=operator.pk, now=WHEN
    )
    unheard = begin(ann.pk, 700, key="unheard")
    play(reference=unheard.reference, act="pay", now=WHEN)
    begin(ann.pk, 900, key="waits")
    pay(ann.pk, 1_100, key="another day", now=NIGHT)

    assert reconcile_day(day=DAY, now=NIGHT) == 0
    assert reconcile_day(day=DAY, now=NIGHT) == 0

    assert Payment.objects.get(public_id=unheard.public_id).state == "succeeded"
    assert funds(ann.pk) == 5_000 - 600 + 700 + 1_100
    [one] = list_compared_days()
    assert (one.day, one.provider, one.charges, one.differences) == (DAY, "sandbox", 3, 0)


def test_every_difference_is_named_once_and_goes_when_it_is_mended() -> None:
    ann = make_person()
    less, undone, back, lost = (pay(ann.pk, 1_000 + n, key=f"k{n}").public_id for n in range(4))
    SandboxCharge.objects.filter(payment=less).update(amount=999)
    SandboxCharge.objects.filter(payment=undone).update(state="declined", pays_at=None)
    given = SandboxCharge.objects.get(payment=back)
    SandboxRefund.objects.create(refund="rElsewhere", charge=given, amount=50)
    SandboxCharge.objects.filter(payment=lost).update(payment="pElsewhere")
    more = begin(ann.pk, 2_000, key="more")
    play(reference=more.reference, act="pay", now=WHEN)
    SandboxCharge.objects.filter(payment=more.public_id).update(amount=2_500)

    assert reconcile_day(day=DAY, now=NIGHT) == 5
    assert sorted(found()) == sorted(
        [
            ("amount", less, 1_000, 999),
            ("not_there", undone, 1_001, 0),
            ("refunded", back, 0, 50),
            ("unknown_here", "pElsewhere", 0, 1_003),
            ("not_booked", more.public_id, 0, 2_500),
        ]
    )

    SandboxCharge.objects.filter(payment=less).update(amount=1_000)
    SandboxCharge.objects.filter(payment=undone).update(state="paid", pays_at=WHEN)
    assert reconcile_day(day=DAY, now=NIGHT) == 3
    assert Reconciliation.objects.count() == 1


def test_operators_read_the_report_as_page_table_and_over_the_api() -> None:
    ann, operator = make_person(), make_person(role="operator")
    desk = sign_in(operator)
    assert "Nothing was compared yet" in desk.get("/operator/payments/differences").content.decode()
    reconcile_day(day=DAY, now=NIGHT)
    assert "Nothing differs" in desk.get("/operator/payments/differences").content.decode()
    paid = pay(ann.pk, 5_000)
    SandboxCharge.objects.update(amount=4_000, reference="=cmd()")

    reconcile_day(day=DAY, now=NIGHT)

    page = desk.get("/operator/payments/differences").content.decode()
    assert "Here ¥50.00, there ¥40.00" in page
    assert "Another amount came in than is booked" in page
    lines = desk.get("/operator/payments/differences.csv").content.decode().splitlines()
    assert lines == [
        f"{BYTE_ORDER_MARK}day,provider,kind,payment,reference,unit,ours,theirs,resolved_at,words",
        f"2026-05-01,sandbox,amount,{paid.public_id},'=cmd(),CNY,5000,4000,,",
    ]
    token = make_token(operator, "payments:operate")
    told = desk.get("/api/v1/payments/differences", headers={"Authorization": f"Bearer {token}"})
    assert [(one["kind"], one["ours"]) for one in told.json()["items"]] == [("amount", 5_000)]


def test_a_day_of_stripe_is_compared_by_its_list(stripe: StripeKeys, settings: Any) -> None:
    ann = make_person()
    paid = charge(ann.pk, make_card(stripe))
    Payment.objects.filter(public_id=paid.public_id).update(opened_at=WHEN)

    reconcile_day(day=DAY, now=NIGHT)

    assert [one for one in found() if one[1] == paid.public_id] == []
    compared = {one.provider: one.charges for one in list_compared_days()}
    assert compared["stripe"] >= 1
