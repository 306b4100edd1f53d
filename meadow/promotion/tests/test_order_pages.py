"""Pages of orders: what they show, to whom, and in how many queries."""

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pyroaring import BitMap

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core import clock
from meadow.ledger.testing import wallet
from meadow.notes.models import Note
from meadow.notes.testing import make_note, make_topic
from meadow.programs.testing import admit
from meadow.promotion.audiences.index import AudienceIndex
from meadow.promotion.models import Order
from meadow.promotion.testing import (
    ensure_rule,
    make_figures,
    make_held_order,
    make_list,
    make_order,
    make_snapshot,
)
from meadow.promotion.tests.buying import everything, funds

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer() -> Person:
    return make_person()


@pytest.fixture
def browser(buyer: Person) -> Client:
    return sign_in(buyer)


def test_the_list_has_own_orders_alone_and_says_how_they_stand(
    buyer: Person, browser: Client
) -> None:
    note = make_note(buyer.pk, title="Quiet harbour", photos=0)
    ahead = clock.now() + dt.timedelta(hours=3)
    make_order(buyer=buyer, now=clock.now(), note_id=note.pk, budget=3_000, charged=1_250)
    make_order(buyer=buyer, now=ahead, note_id=note.pk, state="running", goal="follows")
    make_order(buyer=buyer, now=clock.now(), note_id=999_999, state="paused")
    make_order(buyer=make_person(), now=clock.now(), note_id=note.pk, budget=7_700)

    page = browser.get("/promote").content.decode()

    assert page.count("Quiet harbour") == 2
    assert "¥12.50 of ¥30.00 spent" in page
    for said in ("In review", "Scheduled", "Paused", "A note that is gone"):
        assert said in page
    assert "¥77.00" not in page


def test_an_empty_list_says_why_and_leads_to_why_who_may_not_order(browser: Client) -> None:
    page = browser.get("/promote").content.decode()

    assert "No orders yet" in page
    assert 'href="/programs/promotion/me"' in page
    assert 'href="/promote/new"' not in page


def test_the_list_takes_the_same_queries_however_long_it_is(buyer: Person, browser: Client) -> None:
    browser.get("/promote")
    counts = []
    for orders in (1, 7):
        for _ in range(orders):
            note = make_note(buyer.pk, photos=0)
            make_order(buyer=buyer, now=clock.now(), note_id=note.pk)
        with CaptureQueriesContext(connection) as asked:
            browser.get("/promote")
        counts.append(len(asked))

    assert counts[0] == counts[1]


@pytest.fixture
def note(buyer: Person) -> Note:
    ensure_rule()
    admit(buyer.pk, "promotion", now=clock.now())
    return make_note(buyer.pk, title="Quiet harbour", photos=0)


def filled(note: Note, **given: Any) -> dict[str, Any]:
    """Return what the form sends when nobody changed anything, or with what is `given`."""
    values = {
        "note": note.public_id,
        "key": "k1",
        "goal": "reads",
        "audience": "smart",
        "budget": "1000",
        "hours": "24",
        "act": "order",
    }
    return values | given


def test_a_new_order_is_filled_in_and_says_what_is_missing_in_the_wallet(
    buyer: Person, browser: Client, note: Note
) -> None:
    wallet(str(buyer.pk), 350, now=clock.now())

    page = browser.get(f"/promote/new?note={note.public_id}").content.decode()

    assert "Quiet harbour" in page
    for value in ('value="reads"', 'value="smart"', 'value="1000"', 'value="24"'):
        assert value in page
    assert "Top up ¥6.50" in page
    assert "/wallet?unit=CNY&amp;amount=6.50#top-up" in page
    assert 'value="order"' not in page


def test_the_part_that_follows_the_form_is_asked_for_alone_and_orders_nothing(
    buyer: Person, browser: Client, note: Note
) -> None:
    wallet(str(buyer.pk), 50_000, now=clock.now())
    before = everything(buyer)

    part = browser.post(
        "/promote/new",
        filled(note, budget="own", amount="30", act=""),
        headers={"HX-Request": "true"},
    ).content.decode()

    assert "<html" not in part
    assert "Order for ¥30.00" in part
    assert "¥470.00" in part
    assert everything(buyer) == before


def test_the_form_orders_once_however_often_it_is_sent(
    buyer: Person, browser: Client, note: Note
) -> None:
    wallet(str(buyer.pk), 50_000, now=clock.now())

    sent = [browser.post("/promote/new", filled(note)) for _ in range(2)]

    order = Order.objects.get(buyer=buyer)
    assert [one["Location"] for one in sent] == [f"/promote/{order.public_id}"] * 2
    assert funds(buyer) == (50_000, 1_000)
    page = browser.get(f"/promote/{order.public_id}").content.decode()
    for said in ("Running", "everybody", "¥10.00 held in your wallet", "Approved", "Pause"):
        assert said in page


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"budget": "own", "amount": "5"}, "A budget is ¥10.00 to ¥100,000.00."),
        ({"budget": "own"}, "Write how much."),
        ({"hours": "own"}, "Write how many hours."),
        ({"hours": "own", "own_hours": "721"}, "An order runs for 1 to 720 hours."),
        ({"coupon": "NONE"}, "No coupon of yours has this code."),
        ({"audience": "kept", "definition": "{"}, "This audience cannot be read."),
        (
            {"audience": "custom", "who-interest_more": "no-such-topic"},
            "Mend what is marked in whom you describe.",
        ),
        ({"starts_at": "2020-01-01T10:00"}, "An order starts now or within the next 30 days."),
        ({"starts_at": "tomorrow"}, "This time could not be understood."),
        ({"budget": "50000"}, "Your wallet has ¥400.00 free, and ¥500.00 would be held."),
    ],
)
def test_what_cannot_be_ordered_is_said_beside_the_form_and_changes_nothing(
    buyer: Person, browser: Client, note: Note, given: dict[str, str], said: str
) -> None:
    wallet(str(buyer.pk), 40_000, now=clock.now())
    before = everything(buyer)

    answer = browser.post("/promote/new", filled(note, **given))

    assert answer.status_code in (409, 422)
    assert said in answer.content.decode()
    assert everything(buyer) == before


def test_an_order_is_acted_on_from_its_page(buyer: Person, browser: Client, note: Note) -> None:
    order = make_held_order(buyer, note_id=note.pk, now=clock.now())
    wallet(str(buyer.pk), 5_000, now=clock.now())
    url = f"/promote/{order.public_id}"

    browser.post(f"{url}/pause")
    paused = browser.get(url).content.decode()
    browser.post(f"{url}/resume")
    browser.post(f"{url}/top-up", {"amount": "5", "key": "k1"})
    browser.post(f"{url}/edit", {"goal": "follows", "audience": "smart", "hours": "48"})
    browser.post(f"{url}/cancel")
    ended = browser.get(url).content.decode()

    assert "Nobody is shown it and nothing is charged until you resume." in paused
    order.refresh_from_db()
    assert (order.state, order.budget, order.goal) == ("cancelled", 1_500, "follows")
    assert order.ends_at - order.starts_at == dt.timedelta(hours=48)
    assert funds(buyer) == (6_000, 0)
    for said in ("Back in your wallet, not spent", "¥15.00", "Order the same again"):
        assert said in ended
    again = browser.get(f"/promote/new?repeat={order.public_id}").content.decode()
    assert "Quiet harbour" in again
    assert 'value="15.00"' in again
    refused = browser.post(f"{url}/pause")
    assert refused.status_code == 409
    assert "This cannot be done to the order as it stands now." in refused.content.decode()


def test_who_may_no_longer_order_still_reads_pauses_and_cancels(
    buyer: Person, browser: Client
) -> None:
    order = make_held_order(buyer, note_id=make_note(buyer.pk).pk, now=clock.now())
    url = f"/promote/{order.public_id}"

    page = browser.get(url).content.decode()
    edited, topped = browser.get(f"{url}/edit"), browser.post(f"{url}/top-up")
    browser.post(f"{url}/cancel")

    assert f'href="{url}/edit"' not in page
    assert [edited["Location"], topped["Location"]] == ["/programs/promotion/me"] * 2
    order.refresh_from_db()
    assert order.state == "cancelled"


def test_what_an_order_comes_to_stays_in_sight_and_is_renewed_with_the_forecast(
    buyer: Person, browser: Client, note: Note
) -> None:
    wallet(str(buyer.pk), 50_000, now=clock.now())
    asked = filled(note, budget="3000", act="")

    page = browser.get(f"/promote/new?note={note.public_id}").content.decode()
    part = browser.post("/promote/new", asked, headers={"HX-Request": "true"}).content.decode()

    first, renewed = (one.split('id="outlook-bar"')[1].split("</p>")[0] for one in (page, part))
    assert "¥10.00" in first
    assert "hx-swap-oob" not in first
    assert "¥30.00" in renewed
    assert 'hx-swap-oob="true"' in renewed


def test_the_page_of_an_order_takes_the_same_queries_whatever_happened_to_it(
    buyer: Person, browser: Client, note: Note
) -> None:
    order = make_held_order(buyer, note_id=note.pk, now=clock.now())
    wallet(str(buyer.pk), 50_000, now=clock.now())
    url = f"/promote/{order.public_id}"
    browser.get(url)
    counts = []
    for turn in range(2):
        with CaptureQueriesContext(connection) as asked:
            browser.get(url)
        counts.append(len(asked))
        for number in range(3):
            browser.post(f"{url}/pause")
            browser.post(f"{url}/resume")
            browser.post(f"{url}/top-up", {"amount": "10", "key": f"k{turn}{number}"})
        browser.get(url)

    assert counts[0] == counts[1]


def crowd(**topics: int) -> None:
    """Keep an index of 8,000 people, with this many of a topic each."""
    everybody = BitMap(range(8_000))
    index = AudienceIndex(everybody, everybody)
    for topic, people in topics.items():
        index.fill(dimension="interest", value=topic, people=range(people))
    make_snapshot(index, now=clock.now())


def test_whom_an_order_reaches_is_described_in_its_form_with_size_and_forecast(
    buyer: Person, browser: Client, note: Note
) -> None:
    wallet(str(buyer.pk), 50_000, now=clock.now())
    make_topic("tea", note)
    crowd(tea=4_000)
    make_figures(buyer=make_person(), note_id=note.pk, now=clock.now())
    described = {"audience": "custom", "who-interest_more": "#Tea"}

    fresh = browser.get(f"/promote/new?note={note.public_id}").content.decode()
    typed = browser.post("/promote/new", filled(note, **described, act="pick")).content.decode()
    part = browser.post(
        "/promote/new", filled(note, **described, act=""), headers={"HX-Request": "true"}
    ).content.decode()
    placed = browser.post("/promote/new", filled(note, **described))

    assert 'name="who-interest_more"' in fresh
    assert "People reached" in fresh
    assert 'name="who-interest"' in typed
    assert "about " in part
    assert "Order for ¥10.00" in part
    order = Order.objects.get(buyer=buyer)
    assert placed["Location"] == f"/promote/{order.public_id}"
    assert order.audience == {"all": [{"in": "interest", "values": ["tea"]}]}
    again = browser.get(f"/promote/new?repeat={order.public_id}").content.decode()
    assert 'name="who-interest"' in again


def test_an_audience_with_too_few_is_refused_in_words_that_name_the_part(
    buyer: Person, browser: Client, note: Note
) -> None:
    wallet(str(buyer.pk), 50_000, now=clock.now())
    make_topic("rare", note)
    make_topic("tea", note)
    crowd(tea=4_000, rare=20)
    few = make_list(buyer, range(20), name="Regulars").public_id
    before = everything(buyer)
    whole = filled(note, **{"audience": "custom", "who-interest": "rare"})
    part = filled(note, **{"audience": "custom", "who-interest": "tea", "who-not_list": few})

    told = [
        browser.post("/promote/new", sent | {"act": ""}, headers={"HX-Request": "true"})
        for sent in (whole, part)
    ]
    refused = [browser.post("/promote/new", sent) for sent in (whole, part)]

    assert [one.status_code for one in refused] == [422, 422]
    for answer in (*told, *refused):
        page = answer.content.decode()
        assert "This audience, or a part of it, is too small." in page
        assert 'value="order"' not in page
    assert "Regulars" in told[1].content.decode()
    assert everything(buyer) == before


def test_whom_an_order_reaches_is_changed_in_place_and_kept_where_no_field_says_it(
    buyer: Person, browser: Client, note: Note
) -> None:
    make_topic("tea", note)
    crowd(tea=4_000, walks=3_000)
    order = make_held_order(buyer, note_id=note.pk, now=clock.now())
    url = f"/promote/{order.public_id}/edit"
    given = {"goal": "reads", "audience": "custom", "hours": "24"}

    typed = browser.post(url, given | {"who-interest_more": "tea", "act": "pick"})
    browser.post(url, given | {"who-interest": "tea"})
    order.refresh_from_db()
    changed = order.audience
    same = browser.post(url, given | {"who-interest": "tea"})
    bent = {"any": [{"in": "interest", "values": ["tea"]}, {"in": "interest", "values": ["walks"]}]}
    Order.objects.filter(pk=order.pk).update(audience=bent)
    page = browser.get(url).content.decode()
    kept = given | {"audience": "kept", "definition": json.dumps(bent), "hours": "48"}
    browser.post(url, kept)

    assert typed.status_code == 200
    assert 'name="who-interest"' in typed.content.decode()
    assert changed == {"all": [{"in": "interest", "values": ["tea"]}]}
    assert "This is how the order stands already." in same.content.decode()
    assert 'value="kept"' in page
    order.refresh_from_db()
    assert order.audience == bent
    assert order.ends_at - order.starts_at == dt.timedelta(hours=48)
