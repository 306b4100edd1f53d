"""What the page of ordering says while it is filled in, and the page of an order that waits."""

import pytest
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core import clock
from meadow.ledger.testing import wallet
from meadow.notes.testing import make_note
from meadow.programs.testing import admit
from meadow.promotion.testing import clear_market, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer() -> Person:
    clear_market()
    person = make_person()
    admit(person.pk, "promotion")
    wallet(str(person.pk), 50_000, now=clock.now())
    return person


def foreseen(buyer: Person, **given: str) -> str:
    """Return the part of the page that follows the form."""
    note = make_note(buyer.pk, title="Quiet harbour", photos=0)
    values = {"note": note.public_id, "key": "k1", "goal": "reads", "audience": "smart"}
    values |= {"budget": "1000", "hours": "24", "act": ""} | given
    answer = sign_in(buyer).post("/promote/new", values, headers={"HX-Request": "true"})
    return str(answer.content.decode())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"budget": "own"}, "Amount: Write how much."),
        ({"budget": "own", "amount": "abc"}, "Amount: Write an amount such as"),
        ({"hours": "own"}, "Hours: Write how many hours."),
        ({"audience": "custom", "who-interest_more": "no-such-topic"}, "Interests: "),
    ],
)
def test_what_is_wrong_is_named_where_the_fields_are_not_renewed(
    buyer: Person, given: dict[str, str], said: str
) -> None:
    part = foreseen(buyer, **given)

    assert said in part
    assert 'value="order"' not in part


def test_a_wrong_coupon_leaves_the_forecast_and_offers_no_order(buyer: Person) -> None:
    part = foreseen(buyer, coupon="NONE")

    assert "No coupon of yours has this code." in part
    assert "Held in your wallet" in part
    assert 'value="order"' not in part


def test_an_order_that_waits_says_why_and_that_it_loses_no_time(buyer: Person) -> None:
    note = make_note(buyer.pk, title="Quiet harbour", photos=0)
    order = make_order(buyer=buyer, now=clock.now(), note_id=note.pk, budget=60_000)
    browser: Client = sign_in(buyer)

    page = browser.get(f"/promote/{order.public_id}").content.decode()

    assert "Its budget of ¥600.00 is more than ¥500.00, above which a person looks." in page
    assert "The time that it waits is added to its end." in page
