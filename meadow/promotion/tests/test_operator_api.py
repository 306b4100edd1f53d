"""Promotion's operators over the API: answers, refusals that change nothing, figures as they are kept."""

from typing import Any

import pytest
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, make_token
from meadow.core import clock
from meadow.notes.testing import make_note
from meadow.promotion.models import Order
from meadow.promotion.queries.rules import is_on, newest_rule
from meadow.promotion.testing import make_figures, make_order

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/operator/promotion"


class Caller:
    """An operator with a token for promotion."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self._client = Client()
        token = make_token(person, "promotion:operate")
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        return self._client.get(f"{ROOT}{path}", headers=self._headers).json()

    def post(self, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        answer = self._client.post(
            f"{ROOT}{path}", body or {}, content_type="application/json", headers=headers
        )
        return answer.status_code, answer.json()


@pytest.fixture
def caller() -> Caller:
    return Caller(make_person(role="operator"))


def order_of(**given: Any) -> Order:
    buyer = make_person()
    note = make_note(buyer.pk, photos=0)
    return make_order(buyer=buyer, note_id=note.pk, now=clock.now(), **({"budget": 60_000} | given))


def test_an_order_is_read_and_approved(caller: Caller) -> None:
    order = order_of()

    [waiting] = caller.get("/orders")["items"]
    assert (waiting["id"], waiting["budget"], waiting["state"]) == (
        order.public_id,
        60_000,
        "review",
    )
    read = caller.get(f"/orders/{order.public_id}")
    assert read["found"] == [
        {"code": "budget_above", "params": {"budget": 60_000, "above": 50_000, "unit": "CNY"}}
    ]
    status, approved = caller.post(f"/orders/{order.public_id}/approval")

    assert (status, approved["state"]) == (200, "running")
    assert caller.get("/orders")["items"] == []
    status, refused = caller.post(f"/orders/{order.public_id}/approval")
    assert (status, refused["code"]) == (409, "promotion.order_reviewed")


def test_a_rejection_needs_a_key_and_gives_one_answer_for_it(caller: Caller) -> None:
    order = order_of()
    path = f"/orders/{order.public_id}/rejection"
    body = {"why": "rights", "words": "The photo is from a book."}

    assert caller.post(path, body)[0] == 400
    first = caller.post(path, body, key="r1")
    again = caller.post(path, body, key="r1")

    assert (first[0], first[1]["state"]) == (200, "rejected")
    assert again == first
    order.refresh_from_db()
    assert order.decision == first[1]["decision"]


def test_nobody_answers_their_own_order_over_the_api(caller: Caller) -> None:
    note = make_note(caller.person.pk, photos=0)
    order = make_order(buyer=caller.person, note_id=note.pk, now=clock.now())

    status, refused = caller.post(f"/orders/{order.public_id}/approval")

    assert (status, refused["code"]) == (403, "promotion.own_order")
    order.refresh_from_db()
    assert order.state == "review"


def test_figures_are_tried_and_set_and_refused_by_name(caller: Caller) -> None:
    [shipped] = caller.get("/rules")["items"]
    figures = {
        name: value
        for name, value in shipped.items()
        if name not in ("number", "unit", "note", "set_at")
    }

    assert caller.post("/rules/trial", figures)[1]["orders"] == 0
    wrong = figures | {"place": 20}
    status, refused = caller.post("/rules", {"figures": wrong, "note": "Scarce.", "seen": 1})
    assert (status, list(refused["errors"])) == (422, ["place"])
    assert newest_rule().number == 1
    status, made = caller.post(
        "/rules", {"figures": figures | {"reserve": 25_000}, "note": "Scarce.", "seen": 1}
    )

    assert (status, made["number"], made["reserve"]) == (201, 2, 25_000)


def test_the_switch_and_a_coupon(caller: Caller) -> None:
    assert caller.get("/switch") == {"on": True, "reason": "", "set_at": None}
    assert caller.post("/switch", {"on": False, "reason": "A wrong price."})[1]["on"] is False
    assert not is_on()
    assert caller.post("/switch", {"on": False, "reason": "Again."})[0] == 409
    ann = make_person()
    coupon = {
        "code": "ann-5",
        "amount": 500,
        "least": 3_000,
        "uses": 1,
        "person": ann.handle,
        "starts_at": "2026-01-01T00:00:00Z",
        "ends_at": "2126-01-01T00:00:00Z",
        "note": "A late start.",
    }

    status, made = caller.post("/coupons", coupon)

    assert (status, made["code"], made["person"], made["uses"]) == (201, "ANN-5", ann.handle, 0)
    assert [one["code"] for one in caller.get("/coupons")["items"]] == ["ANN-5"]
    assert caller.post("/coupons", coupon | {"code": "BOB-5", "person": "nobody"})[0] == 422


def test_figures_are_handed_out_as_they_are_kept(caller: Caller) -> None:
    buyer = make_person()
    note = make_note(buyer.pk, photos=0)
    order = make_figures(buyer=buyer, note_id=note.pk, now=clock.now())

    inventory, pacing = caller.get("/inventory"), caller.get("/pacing")
    [learning] = caller.get("/predictions/reads")["items"]

    assert len(inventory["hours"]) in (23, 24)
    assert inventory["demand"] == [{"state": "running", "unit": "CNY", "orders": 1, "left": 30_000}]
    [pace] = pacing["items"]
    assert (pace["order"], pace["spent_micro"]) == (order.public_id, 132_000_000)
    assert pace["planned_micro"] in range(149_000_000, 151_500_000)
    assert pacing["troubles"] == []
    assert (learning["predicted"], learning["observed"], len(learning["plot"])) == (87.5, 91, 10)
