"""Pages of orders: what they show, to whom, and in how many queries."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core import clock
from meadow.notes.testing import make_note
from meadow.promotion.testing import make_order

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
