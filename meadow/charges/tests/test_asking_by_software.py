"""Charges over the API and on their pages: asked, agreed to, captured in part, given back."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.charges.models import Charge
from meadow.charges.testing import ask, funds
from meadow.core import clock
from meadow.payments.testing import pay
from meadow.payments.tests.test_wallet import call, text_of
from meadow.runtime.payment_keys import PaymentKeys

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sandbox(settings: Any) -> None:
    settings.PAYMENTS = PaymentKeys(sandbox=True)


def wanted(**changed: Any) -> dict[str, Any]:
    until = (clock.now() + dt.timedelta(days=7)).isoformat()
    asked = {"person": "ann", "most": 3_000, "unit": "CNY", "title": "Booth", "expires_at": until}
    return asked | changed


def test_software_asks_and_captures_and_the_person_agrees() -> None:
    ann, operator = make_person("ann"), make_person("ada", role="operator")
    pay(ann.pk, 5_000)
    desk = make_token(operator, "charges:write")
    own = make_token(ann, "wallet:read", "wallet:spend")
    asked = wanted()

    assert call(desk, "post", "/charges", asked).json()["code"] == "idempotency.key_missing"
    assert call(own, "post", "/charges", asked, "k").status_code == 403
    first, again = (call(desk, "post", "/charges", asked, "k") for _twice in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    charge = first.json()["id"]
    assert (first.json()["person"], first.json()["asked_by"]) == ("ann", "ada")
    assert call(desk, "post", "/charges", asked | {"most": 1}, "k").json()["code"] == (
        "charges.key_taken"
    )

    assert call(own, "get", "/wallet/charges").json()["items"] == [first.json()]
    path = f"/wallet/charges/{charge}/agree"
    assert call(own, "post", path).json()["code"] == "idempotency.key_missing"
    agreed, twice = (call(own, "post", path, key="a") for _twice in range(2))
    assert (agreed.status_code, twice.json()) == (200, agreed.json())
    assert (agreed.json()["state"], agreed.json()["held"]) == ("agreed", 3_000)

    part = {"amount": 1_000}
    taken = [call(desk, "post", f"/charges/{charge}/captures", part, "c") for _twice in range(2)]
    assert [one.status_code for one in taken] == [201, 201]
    assert taken[0].json() == taken[1].json()
    voided = call(desk, "post", f"/charges/{charge}/void", key="v").json()
    assert (voided["state"], voided["captured"], voided["held"]) == ("voided", 1_000, 0)
    back = {"amount": 400, "note": "Rained off."}
    assert call(desk, "post", f"/charges/{charge}/returns", back, "r").status_code == 201
    moves = call(desk, "get", f"/charges/{charge}/moves").json()
    assert [one["returned"] for one in moves["captures"]] == [400]
    assert [one["note"] for one in moves["returns"]] == ["Rained off."]
    assert call(desk, "get", f"/charges/{charge}").json()["returned"] == 400
    assert funds(ann.pk) == (4_400, 0)
    lines = call(own, "get", "/wallet/history").json()["items"]
    assert [one["title"] for one in lines[:2]] == ["Given back: Booth", "Paid: Booth"]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"person": "nobody_here"}, 404),
        ({"most": 0}, 422),
        ({"title": ""}, 422),
        ({"title": "x" * 81}, 422),
        ({"expires_at": "2026-01-01T00:00:00"}, 422),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422),
    ],
)
def test_what_cannot_be_asked_is_refused(changed: dict[str, Any], status: int) -> None:
    make_person("ann")
    desk = make_token(make_person(role="operator"), "charges:write")

    assert call(desk, "post", "/charges", wanted(**changed), "k").status_code == status
    assert Charge.objects.count() == 0


def test_a_person_reads_agrees_and_sees_what_is_held() -> None:
    ann, operator = make_person("ann"), make_person("ada", role="operator")
    asked = ask(ann.pk, operator.pk, 3_000, now=clock.now())
    reader, address = sign_in(ann), f"/wallet/charges/{asked.public_id}"

    poor = text_of(reader.get(address))
    for words in ("up to ¥30.00", "@ada", "B-12", "¥30.00 is missing", "Top up the rest"):
        assert words in poor
    refused = reader.post(f"{address}/agree")
    assert (refused.status_code, "Your wallet has ¥0.00 free" in text_of(refused)) == (409, True)
    pay(ann.pk, 3_000)
    said = text_of(reader.post(f"{address}/agree", follow=True))
    assert "Agreed. Up to ¥30.00 is held in your wallet." in said
    assert "Held now ¥30.00" in said
    late = reader.post(f"{address}/decline")
    assert (late.status_code, "answered or has ended" in text_of(late)) == (409, True)
    assert "Held for: Booth at the spring market" in text_of(reader.get("/wallet"))
    assert sign_in(make_person()).get(address).status_code == 404


def test_a_person_declines() -> None:
    ann, operator = make_person(), make_person(role="operator")
    asked = ask(ann.pk, operator.pk, now=clock.now())
    reader = sign_in(ann)

    said = reader.post(f"/wallet/charges/{asked.public_id}/decline", follow=True)

    assert "Declined. Nothing was moved." in text_of(said)
    assert "Declined" in text_of(reader.get("/wallet/charges"))


def test_an_operator_gives_back_calls_off_and_takes_the_list_along() -> None:
    ann, operator = make_person("ann"), make_person(role="operator")
    pay(ann.pk, 5_000)
    desk, own = sign_in(operator), make_token(ann, "wallet:spend")
    asked = ask(ann.pk, operator.pk, 3_000, now=clock.now())
    address = f"/operator/charges/{asked.public_id}"
    call(own, "post", f"/wallet/charges/{asked.public_id}/agree", key="a")
    software = make_token(operator, "charges:write")
    call(software, "post", f"/charges/{asked.public_id}/captures", {"amount": 2_000}, "c")

    off = text_of(desk.post(f"{address}/void", follow=True))
    assert "Called off. What was held is free again." in off
    form = {"amount": "20.01", "note": "Rained off.", "key": "kBack"}
    too_much = desk.post(address, form)
    assert (too_much.status_code, "At most ¥20.00" in text_of(too_much)) == (422, True)
    for _twice in range(2):
        assert desk.post(address, form | {"amount": "5"})["Location"] == address
    shown = text_of(desk.get(address))
    assert "Given back, ¥5.00 in all" in shown
    assert "@ann" in text_of(desk.get("/operator/charges?which=ended"))
    assert "No charge here" in text_of(desk.get("/operator/charges?which=asked"))
    table = desk.get("/operator/charges.csv").content.decode().splitlines()
    assert table[1].startswith(f"{asked.public_id},CNY,3000,2000,500,voided,Booth")
    assert funds(ann.pk) == (3_500, 0)


def test_a_long_list_costs_no_more_questions_than_a_short_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    ann, operator = make_person(), make_person(role="operator")
    for number in range(30):
        ask(ann.pk, operator.pk, key=f"k{number}", now=clock.now())
    reader, desk = sign_in(ann), sign_in(operator)
    reader.get("/wallet/charges")

    with django_assert_max_num_queries(5):
        reader.get("/wallet/charges")
    with django_assert_max_num_queries(6):
        desk.get("/operator/charges")
    assert Client().get("/wallet/charges").status_code == 302
