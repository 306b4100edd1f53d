"""A wallet on its pages and over the API: topped up, told of, paged, given back."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core import clock
from meadow.core.testing import run_jobs
from meadow.core.transactions import transaction
from meadow.ledger.queries import find_account, list_entries
from meadow.ledger.services import hold_funds
from meadow.ledger.testing import give, wallet
from meadow.notifications.models import Notification
from meadow.payments.models import Payment, Refund
from meadow.payments.services import set_notice, tell_of_low
from meadow.payments.testing import WHEN, begin, pay
from meadow.payments.tests.test_top_up import funds
from meadow.runtime.payment_keys import PaymentKeys

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
FORM = {"amount": "12.50", "unit": "CNY", "provider": "sandbox", "key": "kOnce"}


def text_of(answer: Any) -> str:
    """Return a page's words, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def hold(person_id: int, amount: int) -> None:
    account = find_account(kind="person", purpose="wallet", unit="CNY", owner=str(person_id))
    assert account is not None
    with transaction():
        hold_funds(
            account_id=account,
            amount=amount,
            key=f"hold-{person_id}",
            reason="test",
            expires_at=clock.now() + HOUR,
            now=clock.now(),
        )


def test_a_wallet_is_topped_up_without_javascript() -> None:
    ann = make_person()
    reader = sign_in(ann)

    led = reader.post("/wallet/top-up", FORM)
    again = reader.post("/wallet/top-up", FORM)
    payment = Payment.objects.get()
    assert led["Location"] == again["Location"] == f"/sandbox/pay/{payment.reference}"
    asked = text_of(reader.get(led["Location"]))
    assert "Play money" in asked
    assert "Pay ¥12.50" in asked

    back = reader.post(led["Location"], {"act": "pay"})
    assert back["Location"] == f"http://testserver/wallet/payments/{payment.public_id}"
    assert "In your wallet" in text_of(reader.get(back["Location"]))
    assert funds(ann.pk) == 1_250
    page = text_of(reader.get("/wallet"))
    for words in ("Free to spend ¥12.50", "Top-up", "+¥12.50", "then ¥12.50"):
        assert words in page
    assert "was paid already" in text_of(reader.get(led["Location"]))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"amount": "0.99"}, "One top-up is ¥1.00 to ¥5,000.00."),
        ({"amount": "5,000.01"}, "One top-up is ¥1.00 to ¥5,000.00."),
        ({"amount": "twelve"}, "Write an amount such as 50.00."),
        ({"amount": "1.005"}, "Write an amount such as 50.00."),
        ({"amount": "-5"}, "Write an amount such as 50.00."),
        ({"amount": "0"}, "Choose an amount above zero"),
        ({"amount": "9" * 17}, "Choose an amount above zero"),
        ({"unit": "IMP"}, "cannot be chosen here: choose from what is offered."),
        ({"provider": "stripe"}, "cannot be chosen here: choose from what is offered."),
    ],
)
def test_what_cannot_be_topped_up_is_said_beside_the_form(
    changed: dict[str, str], said: str
) -> None:
    answer = sign_in(make_person()).post("/wallet/top-up", {**FORM, **changed})

    assert answer.status_code == 422
    assert said in text_of(answer)
    assert Payment.objects.count() == 0


def test_without_a_way_to_pay_the_page_says_so(settings: Any) -> None:
    settings.PAYMENTS = PaymentKeys()

    assert "no way to pay turned on yet" in text_of(sign_in(make_person()).get("/wallet"))


def test_what_is_held_and_what_waits_is_shown() -> None:
    ann = make_person()
    pay(ann.pk, 5_000)
    hold(ann.pk, 2_000)
    waits = begin(ann.pk, 700, key="two", now=clock.now())

    page = text_of(sign_in(ann).get("/wallet"))

    assert "Free to spend ¥30.00" in page
    assert "¥20.00 is held for something, of ¥50.00 in all." in page
    assert "Top-up of ¥7.00" in page
    shown = text_of(sign_in(ann).get(f"/wallet/payments/{waits.public_id}"))
    assert "On its way" in shown


def test_history_is_paged_newest_first_with_what_was_left(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    ann = make_person()
    for number in range(5):
        pay(ann.pk, 100 + number, key=f"k{number}", now=WHEN + number * HOUR)
    account = find_account(kind="person", purpose="wallet", unit="CNY", owner=str(ann.pk))
    assert account is not None
    seen, cursor = [], None

    with django_assert_num_queries(3):
        while True:
            page = list_entries(account, cursor=cursor, size=2)
            seen += [(one.amount, one.balance_after) for one in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break

    assert seen == [(104, 510), (103, 406), (102, 303), (101, 201), (100, 100)]


def test_a_full_wallet_costs_no_more_questions_than_a_short_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    ann = make_person()
    reader = sign_in(ann)
    account = wallet(str(ann.pk))
    for number in range(30):
        give(account, 100, now=WHEN + number * HOUR)
    reader.get("/wallet")

    with django_assert_max_num_queries(10):
        reader.get("/wallet")


def test_a_low_wallet_is_told_of_once_until_it_is_up_again() -> None:
    ann, bob = make_person(), make_person()
    pay(ann.pk, 5_000)
    for one in (ann, bob):
        set_notice(person_id=one.pk, unit="CNY", below=3_001)
    told = Notification.objects.filter(kind="wallet.low")

    assert tell_of_low(now=WHEN) == 0
    hold(ann.pk, 2_000)
    assert [tell_of_low(now=WHEN + n * HOUR) for n in (1, 2)] == [1, 0]
    assert told.get().params == {"amount": 3_000, "unit": "CNY", "below": 3_001}
    pay(ann.pk, 1_000, key="up", now=WHEN + 3 * HOUR)
    assert tell_of_low(now=WHEN + 3 * HOUR) == 0
    set_notice(person_id=ann.pk, unit="CNY", below=4_001)
    assert tell_of_low(now=WHEN + 4 * HOUR) == 1
    set_notice(person_id=ann.pk, unit="CNY", below=None)
    assert tell_of_low(now=WHEN + 5 * HOUR) == 0
    assert told.count() == 2


def test_a_notice_is_set_and_taken_back_on_the_page() -> None:
    reader = sign_in(make_person())

    said = reader.post("/wallet/notice", {"below": "20", "unit": "CNY"}, follow=True)
    assert "You are told when less than ¥20.00 is left." in text_of(said)
    assert 'value="20.00"' in said.content.decode()
    said = reader.post("/wallet/notice", {"below": "", "unit": "CNY"}, follow=True)
    assert "You hear nothing of a low balance any more." in text_of(said)
    assert reader.post("/wallet/notice", {"below": "x", "unit": "CNY"}).status_code == 422


def test_an_operator_gives_back_on_the_page_once() -> None:
    ann, operator = make_person(), make_person(role="operator")
    paid = pay(ann.pk, 5_000, now=clock.now())
    desk = sign_in(operator)
    form = {"amount": "20", "note": "Asked for.", "key": "kBack"}
    address = f"/operator/payments/{paid.public_id}"

    assert "¥50.00" in text_of(desk.get("/operator/payments"))
    for _twice in range(2):
        assert desk.post(address, form)["Location"] == address
    too_much = desk.post(address, {**form, "amount": "30.01", "key": "kMore"})

    assert (too_much.status_code, Refund.objects.count()) == (422, 1)
    assert "At most ¥30.00 of this payment can be given back." in text_of(too_much)
    assert "Asked for." in text_of(desk.get(address))
    shown = text_of(sign_in(ann).get(f"/wallet/payments/{paid.public_id}"))
    assert "¥20.00 of it goes back to you, or has." in shown
    assert "Asked for." not in shown
    assert "No payment here" in text_of(desk.get("/operator/payments?which=trouble"))


def call(token: str, method: str, path: str, body: Any = None, key: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
    send = getattr(Client(), method)
    given = {} if body is None else {"data": body, "content_type": "application/json"}
    return send(f"/api/v1{path}", headers=headers, **given)


@pytest.mark.django_db(transaction=True)
def test_software_tops_up_and_gives_back_once_a_key() -> None:
    ann, operator = make_person(), make_person(role="operator")
    token = make_token(ann, "wallet:read", "wallet:write")
    desk = make_token(operator, "payments:operate")
    wanted = {"amount": 5_000, "unit": "CNY", "provider": "sandbox"}

    missing = call(token, "post", "/wallet/top-ups", wanted)
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency.key_missing")
    first = call(token, "post", "/wallet/top-ups", wanted, "k" * 255)
    again = call(token, "post", "/wallet/top-ups", wanted, "k" * 255)
    other = call(token, "post", "/wallet/top-ups", {**wanted, "amount": 1_000}, "k" * 255)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert (other.status_code, other.json()["code"]) == (422, "payments.key_taken")
    begun = first.json()
    assert begun["pay_url"].startswith("http://testserver/sandbox/pay/x")

    Client().post(begun["pay_url"].removeprefix("http://testserver"), {"act": "pay"})
    run_jobs()
    [came_in] = call(token, "get", "/wallet/history").json()["items"]
    assert (came_in["reason"], came_in["title"], came_in["amount"], came_in["balance_after"]) == (
        "payments.top_up",
        "Top-up",
        5_000,
        5_000,
    )
    assert call(token, "get", f"/wallet/top-ups/{begun['id']}").json()["state"] == "succeeded"

    path, back = f"/payments/{begun['id']}/refunds", {"amount": 2_000, "note": "Asked for."}
    asked = [call(desk, "post", path, back, "back") for _twice in range(2)]
    run_jobs()
    assert [one.status_code for one in asked] == [201, 201]
    [refund] = call(desk, "get", path).json()["items"]
    assert (refund["id"], refund["state"]) == (asked[0].json()["id"], "succeeded")
    noticed = call(token, "put", "/wallet/notice", {"unit": "CNY", "below": 500}).json()
    assert noticed == {
        "balances": [{"unit": "CNY", "posted": 3_000, "held": 0, "available": 3_000}],
        "notices": {"CNY": 500},
    }
    [listed] = call(desk, "get", "/payments").json()["items"]
    assert (listed["id"], listed["refunded"]) == (begun["id"], 2_000)
