"""What the page of an order says of how it goes: its key figures, live, and how it stands."""

import re
from typing import Any

import pytest
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core import clock
from meadow.notes.models import Note
from meadow.notes.testing import make_note
from meadow.promotion.models import Delivered, Order
from meadow.promotion.services.reviewing import reject_order
from meadow.promotion.testing import ensure_rule, make_figures, make_held_order, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer() -> Person:
    ensure_rule()
    return make_person()


@pytest.fixture
def browser(buyer: Person) -> Client:
    return sign_in(buyer)


@pytest.fixture
def note(buyer: Person) -> Note:
    return make_note(buyer.pk, title="Quiet harbour", photos=0)


def test_the_page_of_an_order_shows_its_key_figures_and_renews_them_alone(
    buyer: Person, browser: Client, note: Note
) -> None:
    now = clock.now()
    order = make_figures(buyer=buyer, note_id=note.pk, now=now)
    Delivered.objects.create(
        order=order, as_of=now, raw_impressions=210, impressions=200, price=66_000_000, reads=40
    )

    page = browser.get(f"/promote/{order.public_id}").content.decode()
    part = browser.get(f"/promote/{order.public_id}", headers={"HX-Request": "true"})

    assert "<html" in page
    assert "<html" not in part.content.decode()
    for body in (page, part.content.decode()):
        # 12 of 24 hours are over, and ¥150.00 was planned for them.
        said = {"reads": "40", "spent": "¥66.00", "impressions": "200", "pace": "44%"}
        found = re.findall(r'data-figure="(\w+)"\s+data-value="[^"]*">([^<]+)<', body)
        assert dict(found) == said
        assert "¥1.65 each" in body
        assert f'href="/promote/{order.public_id}/report"' in body


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"state": "paused"}, "Nobody has been shown it yet, and nobody is while it is paused."),
        ({"state": "running"}, "The first impression stands here within seconds."),
        ({"state": "finished", "settled": True}, "It is over and settled"),
    ],
)
def test_an_order_says_how_it_stands_and_nothing_of_what_is_past(
    buyer: Person, browser: Client, note: Note, given: dict[str, Any], said: str
) -> None:
    now = clock.now()
    is_settled = given.pop("settled", False)
    over = {"ended_at": now, "settled_at": now} if is_settled else {}
    order = make_order(buyer=buyer, now=now, note_id=note.pk, reviewed_at=now, **given, **over)

    page = browser.get(f"/promote/{order.public_id}").content.decode()

    assert said in page
    assert ("are still counted" in page) is False


def test_the_list_says_what_came_of_an_order(buyer: Person, browser: Client, note: Note) -> None:
    now = clock.now()
    order = make_order(buyer=buyer, now=now, note_id=note.pk, state="running", goal="follows")
    make_order(buyer=buyer, now=now, note_id=note.pk, state="running")
    Delivered.objects.create(
        order=order, as_of=now, raw_impressions=1_900, impressions=1_800, people=1_200, follows=1
    )

    page = browser.get("/promote").content.decode()

    assert "1 follow from 1,200 people" in page
    assert page.count(" from ") == 1


def test_who_was_not_let_out_reads_why_in_the_reviewers_words(
    buyer: Person, browser: Client, note: Note
) -> None:
    now = clock.now()
    order = make_held_order(buyer, note_id=note.pk, now=now, budget=60_000)
    Order.objects.filter(pk=order.pk).update(state="review", reviewed_at=None)
    words = "It says that everybody wins."

    reject_order(
        order=order.public_id,
        why="misleading",
        words=words,
        operator_id=make_person(role="operator").pk,
        now=now,
    )

    assert words in browser.get(f"/promote/{order.public_id}").content.decode()


def test_who_may_not_order_any_more_reads_what_is_left_to_do(
    buyer: Person, browser: Client, note: Note
) -> None:
    order = make_order(buyer=buyer, now=clock.now(), note_id=note.pk, state="paused")

    page = browser.get(f"/promote/{order.public_id}").content.decode()

    assert "so it can be paused and cancelled, and not changed." in page
    assert 'href="/programs/promotion/me"' in page
    assert "/resume" not in page
