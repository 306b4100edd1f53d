"""Orders over the API: what is answered, once a key, to whom."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, make_token
from meadow.core import clock
from meadow.core.testing import forget_jobs, race
from meadow.ledger.checking import check_books
from meadow.ledger.testing import wallet
from meadow.notes.models import Note
from meadow.notes.testing import make_note
from meadow.programs.testing import admit
from meadow.promotion.models import Order
from meadow.promotion.testing import ensure_rule
from meadow.promotion.tests.buying import everything, funds

pytestmark = pytest.mark.django_db
ORDERS = "/api/v1/promotion/orders"


class Desk:
    """Software that acts for a buyer."""

    def __init__(self, buyer: Person, *scopes: str) -> None:
        self.token = make_token(buyer, *scopes)

    def ask(self, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
        """Send a request and return the answer."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if key:
            headers["Idempotency-Key"] = key
        send = getattr(Client(), method)
        if method == "get":
            return send(path, headers=headers)
        return send(path, data=body or {}, content_type="application/json", headers=headers)


@pytest.fixture
def buyer() -> Person:
    ensure_rule()
    buyer = make_person()
    wallet(str(buyer.pk), 10_000, now=clock.now())
    admit(buyer.pk, "promotion", now=clock.now())
    return buyer


@pytest.fixture
def note(buyer: Person) -> Note:
    return make_note(buyer.pk, photos=0)


@pytest.fixture
def desk(buyer: Person) -> Desk:
    return Desk(buyer, "promotion:read", "promotion:write")


def test_an_order_is_placed_read_changed_and_cancelled(
    buyer: Person, note: Note, desk: Desk
) -> None:
    wanted = {"note": note.public_id, "budget": 3_000, "hours": 48, "goal": "follows"}

    placed = desk.ask("post", ORDERS, wanted, key="one")
    order = placed.json()
    path = f"{ORDERS}/{order['id']}"

    assert placed.status_code == 201
    assert (order["note"], order["goal"], order["audience"]) == (
        note.public_id,
        "follows",
        {"all": []},
    )
    assert (order["budget"], order["discount"], order["charged"], order["held"]) == (
        3_000,
        0,
        0,
        3_000,
    )
    assert (order["state"], order["released"], order["returned"]) == ("running", 0, 0)
    assert desk.ask("get", path).json() == order
    assert [one["id"] for one in desk.ask("get", ORDERS).json()["items"]] == [order["id"]]
    assert desk.ask("get", f"{ORDERS}?which=over").json()["items"] == []
    paused = desk.ask("post", f"{path}/pause").json()
    resumed = desk.ask("post", f"{path}/resume").json()
    changed = desk.ask("patch", path, {"goal": "reads"}).json()
    topped = desk.ask("post", f"{path}/top-up", {"amount": 500}, key="two").json()
    ended = desk.ask("post", f"{path}/cancel", key="three").json()
    assert (paused["state"], resumed["state"], changed["goal"]) == ("paused", "running", "reads")
    assert (topped["budget"], topped["held"]) == (3_500, 3_500)
    assert (ended["state"], ended["held"], ended["released"]) == ("cancelled", 0, 3_500)
    assert desk.ask("post", f"{path}/cancel", key="three").json() == ended
    assert funds(buyer) == (10_000, 0)


def test_the_same_key_is_the_same_order_and_another_body_is_refused(
    buyer: Person, note: Note, desk: Desk
) -> None:
    wanted = {"note": note.public_id, "budget": 1_000}
    first = desk.ask("post", ORDERS, wanted, key="one").json()
    before = everything(buyer)

    again = desk.ask("post", ORDERS, wanted, key="one")
    other = desk.ask("post", ORDERS, wanted | {"budget": 2_000}, key="one")
    without = desk.ask("post", ORDERS, wanted)

    assert (again.status_code, again.json()["id"]) == (201, first["id"])
    assert (other.status_code, other.json()["code"]) == (422, "promotion.key_taken")
    assert (without.status_code, without.json()["code"]) == (400, "idempotency.key_missing")
    assert everything(buyer) == before


@pytest.mark.django_db(transaction=True)
def test_twenty_requests_at_once_with_one_key_are_answered_with_one_order(
    buyer: Person, note: Note, desk: Desk
) -> None:
    wanted = {"note": note.public_id, "budget": 1_000}

    def send(_: int) -> tuple[int, str]:
        answer = desk.ask("post", ORDERS, wanted, key="one")
        return answer.status_code, answer.json().get("id", "")

    answers = race(send, runners=20)

    forget_jobs()
    assert answers == [(201, Order.objects.get().public_id)] * 20
    assert funds(buyer) == (10_000, 1_000)
    assert list(check_books()) == []


def test_a_forecast_holds_nothing_and_says_what_would_be(
    buyer: Person, note: Note, desk: Desk
) -> None:
    starts_at = clock.now().replace(microsecond=0) + dt.timedelta(hours=2)
    wanted = {"note": note.public_id, "budget": 1_000, "starts_at": starts_at.isoformat()}

    told = desk.ask("post", "/api/v1/promotion/forecast", wanted).json()

    assert (told["unit"], told["budget"], told["discount"], told["held"]) == (
        "CNY",
        1_000,
        0,
        1_000,
    )
    assert dt.datetime.fromisoformat(told["starts_at"]) == starts_at
    assert dt.datetime.fromisoformat(told["ends_at"]) == starts_at + dt.timedelta(hours=24)
    assert told["size"]["enough"] is True
    assert set(told["forecast"]) == {
        *("people", "impressions", "results", "cost", "holdout", "notes"),
    }
    assert not Order.objects.filter(buyer=buyer).exists()
    assert funds(buyer) == (10_000, 0)


def test_what_reach_costs_is_public() -> None:
    ensure_rule()

    rule = Client().get("/api/v1/promotion/rule").json()

    assert (rule["number"], rule["on"], rule["unit"]) == (1, True, "CNY")
    assert rule["packs"] == [1_000, 3_000, 10_000, 50_000]
    assert (rule["smallest_budget"], rule["largest_budget"]) == (1_000, 10_000_000)
    assert (rule["shortest_hours"], rule["longest_hours"], rule["schedule_days"]) == (1, 720, 30)
    assert rule["reserve"] == 20_000


def test_who_is_not_admitted_orders_nothing_and_keeps_what_they_have(note: Note) -> None:
    outside = make_person()
    wallet(str(outside.pk), 5_000, now=clock.now())
    own = make_note(outside.pk, photos=0)
    desk = Desk(outside, "promotion:read", "promotion:write")
    wanted = {"note": own.public_id, "budget": 1_000}

    for path in (ORDERS, "/api/v1/promotion/forecast"):
        refused = desk.ask("post", path, wanted, key="one")
        assert (refused.status_code, refused.json()["code"]) == (
            403,
            "programs.capability_closed",
        )

    assert desk.ask("get", ORDERS).json() == {"items": [], "next_cursor": None}
    assert funds(outside) == (5_000, 0)


def test_a_token_without_the_scope_reads_and_writes_nothing(buyer: Person, note: Note) -> None:
    reader = Desk(buyer, "promotion:read")
    stranger = Desk(buyer, "notes:read")

    assert (
        reader.ask("post", ORDERS, {"note": note.public_id, "budget": 1_000}, key="k").status_code
        == 403
    )
    assert stranger.ask("get", ORDERS).status_code == 403
    assert not Order.objects.filter(buyer=buyer).exists()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"budget": 999}, "promotion.budget_out_of_bounds"),
        ({"unit": "USD"}, "promotion.unit_not_sold"),
        ({"hours": 721}, "promotion.duration_out_of_bounds"),
        ({"coupon": "NONE"}, "promotion.coupon_unusable"),
        ({"audience": {"one": []}}, "audience_invalid"),
        ({"note": "nNone"}, "promotion.note_not_promotable"),
        ({"goal": "sales"}, "invalid_input"),
        ({"budget": 10_001}, "promotion.budget_not_covered"),
    ],
)
def test_a_refusal_has_its_code_and_changes_nothing(
    buyer: Person, note: Note, desk: Desk, given: dict[str, Any], code: str
) -> None:
    before = everything(buyer)

    refused = desk.ask("post", ORDERS, {"note": note.public_id, "budget": 1_000} | given, key="k")

    assert refused.json()["code"] == code
    assert refused.status_code in (409, 422)
    assert everything(buyer) == before
