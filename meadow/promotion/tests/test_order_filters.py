"""A buyer's list of orders, cut by how they stand and by note: in the page and over the API."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core import clock
from meadow.notes.models import Note
from meadow.notes.testing import make_note
from meadow.promotion.models import Order
from meadow.promotion.testing import make_order

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def buyer() -> Person:
    return make_person()


@pytest.fixture
def browser(buyer: Person) -> Client:
    return sign_in(buyer)


@pytest.fixture
def harbour(buyer: Person) -> Note:
    return make_note(buyer.pk, title="Quiet harbour", photos=0)


@pytest.fixture
def orders(buyer: Person, harbour: Note) -> dict[str, Order]:
    """Return an order of each way to stand, for one note; what is paused is for another."""
    now, other = clock.now(), make_note(buyer.pk, title="Loud market", photos=0)
    over = {"ended_at": now}
    return {
        "review": make_order(buyer=buyer, now=now, note_id=harbour.pk),
        "scheduled": make_order(
            buyer=buyer, now=now + dt.timedelta(hours=3), note_id=harbour.pk, state="running"
        ),
        "running": make_order(buyer=buyer, now=now, note_id=harbour.pk, state="running"),
        "paused": make_order(buyer=buyer, now=now, note_id=other.pk, state="paused"),
        **{
            state: make_order(buyer=buyer, now=now, note_id=harbour.pk, state=state, **over)
            for state in ("finished", "cancelled", "rejected")
        },
    }


def shown(page: str) -> list[str]:
    """Return the orders that a page lists."""
    return re.findall(r'href="/promote/(f\w+)"', page)


def test_each_way_to_stand_shows_those_orders_alone_and_its_chip_says_how_many(
    browser: Client, orders: dict[str, Order]
) -> None:
    for standing, order in orders.items():
        page = browser.get(f"/promote?standing={standing}").content.decode()

        assert shown(page) == [order.public_id], standing
        assert re.search(rf'id="standing-{standing}"[^>]*aria-current="page"', page), standing
    assert len(shown(browser.get("/promote").content.decode())) == len(orders)


def test_orders_of_one_note_are_shown_alone_with_a_way_back(
    browser: Client, harbour: Note, orders: dict[str, Order]
) -> None:
    page = browser.get(f"/promote?note={harbour.public_id}").content.decode()

    assert orders["paused"].public_id not in shown(page)
    assert len(shown(page)) == len(orders) - 1
    assert "You chose orders for “Quiet harbour”." in page
    assert re.search(rf'value="{harbour.public_id}"[^>]*selected', page)
    assert f'href="/promote?standing=running&amp;note={harbour.public_id}"' in page


def test_where_nothing_fits_the_page_says_which_filters_are_on_and_how_to_take_them_off(
    browser: Client, harbour: Note, orders: dict[str, Order]
) -> None:
    asked = f"/promote?standing=paused&note={harbour.public_id}"

    page = browser.get(asked).content.decode()

    assert shown(page) == []
    assert "No order fits" in page
    assert "You chose “Paused”, and orders for “Quiet harbour”." in page
    assert '<a class="btn btn-primary mt-2" href="/promote">Show all orders</a>' in page


def test_nothing_is_offered_where_there_is_nothing_to_choose(
    buyer: Person, browser: Client, harbour: Note
) -> None:
    for _ in range(2):
        make_order(buyer=buyer, now=clock.now(), note_id=harbour.pk)

    page = browser.get("/promote").content.decode()

    assert "standing-" not in page
    assert "filter-note" not in page


def test_the_filters_are_kept_through_the_pages(
    buyer: Person, browser: Client, harbour: Note
) -> None:
    for _ in range(26):
        make_order(buyer=buyer, now=clock.now(), note_id=harbour.pk, state="paused")
        make_order(buyer=buyer, now=clock.now(), note_id=harbour.pk)
    asked = f"/promote?standing=paused&note={harbour.public_id}"

    first = browser.get(asked).content.decode()
    older = re.search(r'href="([^"]+)"\s+rel="next"', first)
    assert older
    second = browser.get(older[1].replace("&amp;", "&")).content.decode()

    assert older[1].startswith(asked.replace("&", "&amp;") + "&amp;cursor=")
    listed = {*shown(first), *shown(second)}
    assert listed == set(
        Order.objects.filter(buyer=buyer, state="paused").values_list("public_id", flat=True)
    )


def test_htmx_is_given_the_list_alone(browser: Client, orders: dict[str, Order]) -> None:
    part = browser.get("/promote?standing=paused", headers=HTMX).content.decode()

    assert "<html" not in part
    assert part.lstrip().startswith('<div id="orders"')
    assert shown(part) == [orders["paused"].public_id]


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("standing=waiting", 422, "No order stands like this."),
        ("note=nNobody", 404, "You have no such note."),
        ("note=..%2Fx", 404, "You have no such note."),
    ],
)
def test_what_nobody_can_ask_for_is_said(
    browser: Client, query: str, status: int, said: str
) -> None:
    answer = browser.get(f"/promote?{query}")

    assert answer.status_code == status
    assert said in answer.content.decode()


def test_nobody_is_told_of_orders_for_a_note_of_somebody_else(browser: Client) -> None:
    other = make_person()
    note = make_note(other.pk, title="Not yours", photos=0)
    make_order(buyer=other, now=clock.now(), note_id=note.pk)

    answer = browser.get(f"/promote?note={note.public_id}")

    assert answer.status_code == 404
    assert "Not yours" not in answer.content.decode()


def test_orders_for_a_note_of_somebody_else_are_cut_by_it_too(
    buyer: Person, browser: Client, harbour: Note
) -> None:
    note = make_note(make_person().pk, title="A friend's", photos=0)
    theirs = make_order(buyer=buyer, now=clock.now(), note_id=note.pk)
    make_order(buyer=buyer, now=clock.now(), note_id=harbour.pk)

    whole = browser.get("/promote").content.decode()
    page = browser.get(f"/promote?note={note.public_id}")

    assert f'value="{note.public_id}"' in whole
    assert page.status_code == 200
    assert shown(page.content.decode()) == [theirs.public_id]


def test_a_cut_list_takes_the_same_queries_however_many_orders_and_notes_there_are(
    buyer: Person, browser: Client, harbour: Note
) -> None:
    asked = f"/promote?standing=paused&note={harbour.public_id}"
    counts = []
    for orders in (2, 9):
        for _ in range(orders):
            other = make_note(buyer.pk, photos=0)
            make_order(buyer=buyer, now=clock.now(), note_id=other.pk)
            make_order(buyer=buyer, now=clock.now(), note_id=harbour.pk, state="paused")
        browser.get(asked)
        with CaptureQueriesContext(connection) as queries:
            browser.get(asked)
        asked_of = [one["sql"] for one in queries]
        # Whether one may order is kept for a moment: its queries come or do not.
        counts.append(len([one for one in asked_of if "promotion_" in one or "notes_" in one]))

    assert counts == [7, 7]


def test_software_asks_with_the_same_filters_and_is_told_what_it_got_wrong(
    buyer: Person, harbour: Note, orders: dict[str, Order]
) -> None:
    token = make_token(buyer, "promotion:read")
    software = Client(headers={"Authorization": f"Bearer {token}"})
    path = "/api/v1/promotion/orders"

    for standing, order in orders.items():
        items = software.get(f"{path}?standing={standing}").json()["items"]
        assert [one["id"] for one in items] == [order.public_id], standing
    first = software.get(f"{path}?note={harbour.public_id}&which=live&size=2").json()
    second = software.get(
        f"{path}?note={harbour.public_id}&which=live&size=2&cursor={first['next_cursor']}"
    ).json()
    unknown = software.get(f"{path}?standing=waiting")
    nobody = software.get(f"{path}?note=nNobody")

    names = [one["id"] for one in (*first["items"], *second["items"])]
    assert names == [orders[one].public_id for one in ("running", "scheduled", "review")]
    assert second["next_cursor"] is None
    assert unknown.status_code == 422
    assert "standing" in unknown.content.decode()
    assert (nobody.status_code, nobody.json()["code"]) == (404, "promotion.note_unknown")


def test_a_deleted_note_is_offered_by_its_title_to_its_author_alone(
    buyer: Person, browser: Client, harbour: Note, orders: dict[str, Order]
) -> None:
    friends = make_note(make_person().pk, title="A friend's", photos=0)
    make_order(buyer=buyer, now=clock.now(), note_id=friends.pk)
    gone = Note.objects.filter(pk__in=[harbour.pk, friends.pk])
    gone.update(state="deleted", deleted_at=clock.now())

    page = browser.get("/promote").content.decode()

    assert re.search(rf'value="{harbour.public_id}"[^>]*>Deleted: Quiet harbour</option>', page)
    assert f'value="{friends.public_id}"' not in page
    assert "Deleted: A friend" not in page
    assert "Loud market" in page
