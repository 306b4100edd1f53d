"""Payouts on their pages and over the API: from adding an account to a paid batch, without scripts."""

import re
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core import clock
from meadow.ledger.testing import wallet
from meadow.payouts.models import Batch, Payout, PayoutMethod, PayoutRules, TaxRule
from meadow.payouts.services import hold_payout, send_payout
from meadow.payouts.testing import DAY, approve, ask, make_operator, make_payee

pytestmark = pytest.mark.django_db
ACCOUNT = {
    "payee_kind": "person",
    "region": "GB",
    "holder": "Ann Example",
    "bank": "West Bank",
    "bank_code": "",
    "account": "GB82 WEST 1234 5698 7654 32",
}
RULES = {
    "least": "10",
    "most": "500",
    "fee": "1",
    "fee_rate": "1.5",
    "cooldown_days": "0",
    "weekday": "0",
    "month_day": "1",
    "note": "Costs rose.",
    "seen": "0",
}


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def operators() -> tuple[Client, Client]:
    people = [Person.objects.get(pk=make_operator()) for _one in range(2)]
    return sign_in(people[0]), sign_in(people[1])


def test_from_an_account_to_a_paid_batch_on_pages_alone() -> None:
    ann = make_person()
    wallet(str(ann.pk), 100_000, now=clock.now())
    reader, (one, two) = sign_in(ann), operators()
    assert "Add the account that you want to be paid to." in text_of(reader.get("/wallet/payouts"))
    one.post("/operator/payouts/rules", {**RULES, "act": "set"})
    tax = {"region": "GB", "payee_kind": "person", "unit": "CNY", "period": "payout"}
    one.post("/operator/payouts/tax", {**tax, "brackets": "100 20", "note": "Law.", "act": "set"})
    assert (PayoutRules.objects.get().fee_rate, TaxRule.objects.get().brackets) == (
        150,
        [[10_000, 2_000]],
    )

    wrong = reader.post("/wallet/payouts/accounts/new", {**ACCOUNT, "account": "GB82WEST0"})
    assert (wrong.status_code, PayoutMethod.objects.count()) == (422, 0)
    reader.post("/wallet/payouts/accounts/new", ACCOUNT)
    method = PayoutMethod.objects.get()
    queue = f"/operator/payouts/accounts/{method.public_id}"
    assert "Ann Example" in text_of(one.get(queue))
    assert "GB82WEST" not in one.get(queue).content.decode()
    one.post(queue, {"act": "verify"})
    PayoutMethod.objects.update(usable_from=clock.now() - DAY)

    form = {"amount": "200", "unit": "CNY", "method": method.public_id, "key": "k"}
    quoted = text_of(reader.post("/wallet/payouts/ask", form))
    for words in ("From your wallet ¥200.00", "Tax withheld -¥20.00", "Fee -¥4.00", "¥176.00"):
        assert words in quoted
    assert Payout.objects.count() == 0
    for _twice in range(2):
        led = reader.post("/wallet/payouts/ask", {**form, "act": "ask"})
    payout = Payout.objects.get()
    assert led["Location"] == f"/wallet/payouts/{payout.public_id}"
    assert "Waits for the next batch" in text_of(reader.get(led["Location"]))

    drawn = one.post(
        "/operator/payouts/batches", {"provider": "sandbox", "unit": "CNY", "key": "b"}
    )
    seen = {"act": "approve", "count": "1", "total": "17600"}
    assert "somebody else has to approve it" in text_of(one.get(drawn["Location"]))
    assert one.post(drawn["Location"], seen).status_code == 422
    assert "Approve ¥176.00" in text_of(two.get(drawn["Location"]))
    assert two.post(drawn["Location"], seen).status_code == 302
    send_payout(payout=payout.public_id, now=clock.now())

    assert "Paid" in text_of(reader.get(led["Location"]))
    assert Batch.objects.get().state == "approved"
    table = reader.get("/wallet/payouts.csv").content.decode()
    assert f"{payout.public_id},paid,CNY,200.00,20.00,4.00,176.00,West Bank (5432)" in table


def test_a_held_payout_says_why_and_how_to_appeal_and_can_be_called_off() -> None:
    ann, operator = make_person(), make_operator()
    now = clock.now()
    asked = ask(ann.pk, make_payee(ann.pk, operator_id=operator, now=now), now=now)
    hold_payout(
        payout=asked.public_id, why="origin", words="A large tip.", operator_id=operator, now=now
    )
    reader = sign_in(ann)

    page = reader.get(f"/wallet/payouts/{asked.public_id}")
    for words in ("We are checking where this money came from.", "A large tip.", "how to appeal"):
        assert words in text_of(page)
    (decision,) = re.findall(r'href="(/decisions/\w+)"', page.content.decode())
    told = text_of(reader.get(decision))
    assert "Your payout is held" in told
    assert "A large tip." in told
    reader.post(f"/wallet/payouts/{asked.public_id}")
    assert "Back in the wallet" in text_of(reader.get(f"/wallet/payouts/{asked.public_id}"))
    again = sign_in(make_person()).get(f"/wallet/payouts/{asked.public_id}")
    assert again.status_code == 404


def test_a_bank_file_runs_no_formula_and_holds_what_the_bank_needs() -> None:
    ann = make_person()
    one, two = operators()
    makers = list(Person.objects.filter(role="operator").order_by("pk"))
    method = make_payee(ann.pk, operator_id=makers[0].pk, now=clock.now())
    PayoutMethod.objects.update(bank="=HYPERLINK()")
    asked = ask(ann.pk, method, now=clock.now())
    batch = approve(
        by=makers[0].pk, then=makers[1].pk, provider="bank_file", now=clock.now()
    ).public_id
    page = f"/operator/payouts/batches/{batch}"

    answer = two.post(f"{page}/file")

    lines = answer.content.decode().splitlines()
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert f"{asked.public_id},Ann Example,GB82WEST12345698765432" in lines[1]
    assert "\n=" not in answer.content.decode()
    listed = one.get(f"{page}.csv").content.decode()
    assert "'=HYPERLINK" in listed
    assert "GB82WEST" not in listed
    taken = two.post(page, {"act": "results", "text": f"{asked.public_id},paid"})
    assert taken.status_code == 302
    refused = two.post(page, {"act": "results", "text": "oNobody,paid"})
    assert "Line 1, oNobody: There is no such payout." in text_of(refused)
    assert Payout.objects.get().state == "paid"


def test_rules_are_tried_before_they_are_set() -> None:
    ann = make_person()
    one, _two = operators()
    operator = Person.objects.filter(role="operator").order_by("pk")[0].pk
    ask(ann.pk, make_payee(ann.pk, operator_id=operator, now=clock.now()), now=clock.now())

    tried = text_of(one.post("/operator/payouts/rules", {**RULES, "act": "try"}))
    tax = {"region": "GB", "payee_kind": "person", "unit": "CNY", "period": "month"}
    withheld = one.post("/operator/payouts/tax", {**tax, "brackets": "0 20%", "note": "Law."})

    assert "Fees: under these rules ¥2.50" in tried
    assert "Withheld: under these rules ¥20.00" in text_of(withheld)
    assert (PayoutRules.objects.count(), TaxRule.objects.count()) == (0, 0)
    for broken in ("800", "800 x", "800 101", "20 5\n10 5", "1 2 3"):
        answer = one.post(
            "/operator/payouts/tax", {**tax, "brackets": broken, "note": "L.", "act": "set"}
        )
        assert answer.status_code == 422


def test_the_api_pays_out_once_a_key_and_needs_its_scope() -> None:
    ann, operator = make_person(), make_operator()
    method = make_payee(ann.pk, operator_id=operator, now=clock.now())
    token = {"Authorization": f"Bearer {make_token(ann, 'payouts:write', 'wallet:read')}"}
    body = {"amount": 10_000, "unit": "CNY", "account": method.public_id}
    send: dict[str, Any] = {"data": body, "content_type": "application/json"}
    client = Client()

    missing = client.post("/api/v1/wallet/payouts", **send, headers=token)
    keyed = {**token, "Idempotency-Key": "one"}
    first, again = (client.post("/api/v1/wallet/payouts", **send, headers=keyed) for _ in "ab")
    narrow = {"Authorization": f"Bearer {make_token(ann, 'wallet:write')}"}
    refused = client.post("/api/v1/wallet/payouts", **send, headers={**keyed, **narrow})

    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency.key_missing")
    assert (first.status_code, first.json()) == (201, again.json())
    assert refused.status_code == 403
    assert Payout.objects.count() == 1
    quote = client.get(
        f"/api/v1/wallet/payouts/quote?amount=5000&account={method.public_id}", headers=token
    )
    assert quote.json() == {"gross": 5_000, "tax": 0, "fee": 0, "net": 5_000}


def test_a_long_list_costs_no_more_questions_than_a_short_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    ann = make_person()
    one, _two = operators()
    operator = Person.objects.filter(role="operator").order_by("pk")[0].pk
    method = make_payee(ann.pk, operator_id=operator, now=clock.now())
    for number in range(12):
        ask(ann.pk, method, 1_000, key=f"k{number}", now=clock.now())
    reader = sign_in(ann)
    for client, page in ((reader, "/wallet/payouts"), (one, "/operator/payouts")):
        client.get(page)
        with django_assert_max_num_queries(14):
            client.get(page)


def test_production_asks_for_a_key_of_its_own(settings: Any) -> None:
    settings.PRODUCTION = True

    assert "payouts.E001" in {one.id for one in run_checks(tags=["security"])}
