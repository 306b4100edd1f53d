"""The sponsored card on every surface: labelled and sealed; who is held out sees the page of before."""

import datetime as dt
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.analytics.tokens import ImpressionToken, open_token
from meadow.core.clock import now
from meadow.feed.reading import read_hot
from meadow.feed.slots import slot_reader
from meadow.feed.testing import rank_now, reader_of
from meadow.feed.tests.test_fragments import without_masks
from meadow.notes.models import Note
from meadow.notes.queries import get_checked_cards
from meadow.notes.testing import make_note
from meadow.promotion.delivery.keeper import keeper
from meadow.promotion.delivery.testing import make_live_order
from meadow.promotion.models import Met, Order, PromotionRule, Switch
from meadow.promotion.testing import ensure_rule

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
LABEL = 'class="sponsored-label"'
WORDS = {"en": "Sponsored", "zh-hans": "广告"}


@pytest.fixture
def notes() -> list[Note]:
    people = [make_person().pk for _ in range(5)]
    made = [make_note(people[number % 5], now=NOW) for number in range(60)]
    rank_now(now=NOW)
    return made


@pytest.fixture
def order(notes: list[Note]) -> Order:
    buyer = make_person()
    note = make_note(buyer.pk, title="Bought", now=NOW)
    return make_live_order(buyer=buyer, note_id=note.pk, now=now())


def cards_of(html: str) -> list[str]:
    return re.findall(r"<article.*?</article>", html, re.DOTALL)


def sponsored_card(html: str) -> str:
    [card] = [card for card in cards_of(html) if LABEL in card]
    return card


def read(text: str) -> ImpressionToken:
    token = open_token(text, now=now())
    assert token is not None
    return token


def tokens_in(card: str, name: str) -> list[ImpressionToken]:
    found = re.search(rf'{name}="([^"]+)"', card)
    return [read(text) for text in found.group(1).split()] if found else []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_card_stands_at_its_place_and_says_first_that_it_is_paid_for(
    language: str, order: Order, words: None
) -> None:
    person = reader_of(order)
    Person.objects.filter(pk=person.pk).update(language=language)

    cards = cards_of(sign_in(person).get("/").content.decode())

    place = ensure_rule().place
    assert [LABEL in card for card in cards].index(True) == place
    first, *_rest = re.sub(r"<[^>]+>", " ", cards[place]).split()
    assert first == WORDS[language]
    assert len(cards) == 20
    assert sum(LABEL in card for card in cards) == 1


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_spliced_card_is_the_rendered_one(language: str, order: Order) -> None:
    person = reader_of(order)
    Person.objects.filter(pk=person.pk).update(language=language)

    spliced = sponsored_card(sign_in(person).get("/").content.decode())

    [card] = get_checked_cards([order.note_id])
    token = "t" * 96
    context = {"card": card, "token": token, "why": True, "sponsored": True, "eager": True}
    with translation.override(language):
        full = render_to_string(
            "components/note_card.html", context | {"via": f"?via={token}"}
        ).strip()
    assert without_masks(spliced) == without_masks(full)


def test_its_token_says_who_paid_and_how_much_and_its_link_carries_it(order: Order) -> None:
    card = sponsored_card(sign_in(reader_of(order)).get("/").content.decode())

    [token] = tokens_in(card, "data-fact-token")
    [link] = re.findall(r'href="/n/[^"]+\?via=([^"]+)"', card)
    assert (token.note_id, token.campaign_id, token.is_paid) == (order.note_id, order.pk, True)
    assert (token.price, token.surface, token.slot) == (ensure_rule().reserve, "hot", 3)
    assert read(link) == token


def test_who_is_held_out_has_an_organic_card_there_with_which_the_ghost_is_seen(
    order: Order,
) -> None:
    html = sign_in(reader_of(order, held_out=True)).get("/").content.decode()

    cards = cards_of(html)
    [ghost] = tokens_in(cards[3], "data-fact-also")
    assert LABEL not in html
    assert html.count("data-fact-also") == 1
    assert (ghost.note_id, ghost.campaign_id, ghost.is_ghost) == (order.note_id, order.pk, True)
    [own] = tokens_in(cards[3], "data-fact-token")
    assert (own.campaign_id, own.note_id == order.note_id) == (0, False)


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1])
@pytest.mark.parametrize("length", [5, 20, 24])
def test_who_is_held_out_sees_what_they_would_have_seen_on_every_page(
    seed: int, length: int, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = SimpleNamespace(randbits=lambda bits: seed)
    monkeypatch.setattr("meadow.feed.keeper.secrets", dice)
    held_out, other, served = reader_of(order, held_out=True), make_person(), reader_of(order)
    rank_now(now=NOW)  # so that the note stands on the wall as well

    with_orders, shown = walk(held_out, length), walk(served, length)
    Switch.objects.create(on=False, reason="", set_by=1, set_at=now())
    keeper.look(now=now())

    assert with_orders == walk(other, length)
    assert sorted(with_orders) == sorted(shown)


def walk(person: Person, length: int) -> list[int]:
    """Return the notes that somebody meets on their way down."""
    found: list[int] = []
    cursor = ""
    while True:
        page = read_as(person, cursor, length)
        found += [one.card.note_id for one in page.cards]
        cursor = page.next_cursor
        if not cursor:
            return found


def read_as(person: Person, cursor: str, length: int = 20) -> Any:
    class Request:
        user = person
        headers: dict[str, str] = {}

    request: Any = Request()
    return read_hot(
        viewer_id=person.pk, cursor=cursor, now=now(), length=length, reader=slot_reader(request)
    )


def test_no_note_comes_twice_on_a_walk_with_sponsored_cards(
    notes: list[Note], order: Order
) -> None:
    person, seen, cursor = reader_of(order), [], ""
    slots: list[int] = []
    while True:
        page = read_as(person, cursor)
        seen += [one.card.note_id for one in page.cards]
        slots += [one.slot for one in page.cards]
        cursor = page.next_cursor
        if not cursor:
            break

    assert sorted(seen) == sorted([order.note_id, *(note.pk for note in notes)])
    assert slots == list(range(61))


@pytest.mark.parametrize("headers", [{"DNT": "1"}, {"Sec-GPC": "1"}])
def test_who_asks_not_to_be_tracked_is_shown_none(headers: dict[str, str], order: Order) -> None:
    html = sign_in(reader_of(order)).get("/", headers=headers).content.decode()

    assert LABEL not in html
    assert not Met.objects.exists()


def test_nobody_signed_out_or_suspended_is_shown_one(order: Order) -> None:
    person = reader_of(order)
    Person.objects.filter(pk=person.pk).update(suspended_at=NOW)

    pages = [client.get("/").content.decode() for client in (Client(), sign_in(person))]

    assert [LABEL in html for html in pages] == [False, False]
    assert not Met.objects.exists()


def test_it_stands_in_hot_alone(order: Order) -> None:
    reader = sign_in(reader_of(order))

    pages = [
        reader.get(path).content.decode() for path in ("/follow", "/nearby", "/search?q=Bought")
    ]

    assert not any(LABEL in html for html in pages)
    assert not Met.objects.exists()


def test_where_one_card_in_forty_may_be_sponsored_it_takes_two_pages(order: Order) -> None:
    first = ensure_rule()
    PromotionRule.objects.create(
        **{
            **{
                field.name: getattr(first, field.name)
                for field in PromotionRule._meta.fields
                if field.name != "id"
            },
            "number": first.number + 1,
            "one_in": 40,
        }
    )
    person = reader_of(order)

    page = read_as(person, "")
    second = read_as(person, page.next_cursor)

    assert (page.taken, second.taken is not None) == (None, True)


def test_the_api_says_so_and_leads_to_the_labelled_note(order: Order) -> None:
    held_out, reader = reader_of(order, held_out=True), sign_in(reader_of(order))

    items = reader.get("/api/v1/feed/hot").json()["items"]
    ghosts = sign_in(held_out).get("/api/v1/feed/hot").json()["items"]

    [card] = [one for one in items if one["sponsored"]]
    token = read(card["token"])
    assert card["sponsored"] == {
        "label": "Sponsored",
        "why": f"/why/{card['token']}",
        "url": f"/n/{card['note']['id']}?via={card['token']}",
    }
    assert (token.campaign_id, card["slot"]) == (order.pk, 3)
    assert LABEL in reader.get(card["sponsored"]["url"]).content.decode()
    assert [len(one["also"]) for one in ghosts].index(1) == 3
    assert read(ghosts[3]["also"][0]).is_ghost


def via_of(order: Order) -> tuple[Client, str, str]:
    """Return a reader, the address of the promoted note as their card has it, and the card's token."""
    reader = sign_in(reader_of(order))
    card = sponsored_card(reader.get("/").content.decode())
    [(address, token)] = re.findall(r'href="(/n/[^"]+\?via=([^"]+))"', card)
    return reader, address, token


def test_the_note_opened_from_it_is_labelled_and_keeps_the_token(order: Order) -> None:
    reader, address, token = via_of(order)

    html = reader.get(address).content.decode()
    plain = reader.get(address.partition("?")[0]).content.decode()

    assert html.index(LABEL) < html.index("<h1")
    assert f'data-note-token="{token}"' in html
    assert f'href="/why/{token}"' in html
    assert LABEL not in plain
    assert token not in plain


def test_a_token_of_another_note_or_that_nobody_paid_for_labels_nothing(
    notes: list[Note], order: Order
) -> None:
    reader, _, token = via_of(order)
    organic = cards_of(sign_in(make_person()).get("/").content.decode())[0]
    [plain] = re.findall(r'data-fact-token="([^"]+)"', organic)
    [own] = re.findall(r'data-note="([^"]+)"', organic)
    ghost = re.search(
        r'data-fact-also="([^"]+)"',
        sign_in(reader_of(order, held_out=True)).get("/").content.decode(),
    )
    assert ghost is not None
    bought = Note.objects.get(pk=order.note_id).public_id
    addresses = [
        *(f"/n/{notes[0].public_id}?via={token}", f"/n/{own}?via={plain}"),
        *(f"/n/{bought}?via={ghost.group(1)}", f"/n/{bought}?via=x{token[1:]}"),
    ]

    pages = [reader.get(address).content.decode() for address in addresses]

    assert [LABEL in html for html in pages] == [False] * 4


def test_the_frame_and_the_code_taken_from_it_are_labelled(order: Order) -> None:
    reader, address, _ = via_of(order)

    frame = Client().get(f"/embed{address}").content.decode()
    page = reader.get(address).content.decode()
    plain = Client().get(f"/embed{address.partition('?')[0]}").content.decode()

    [sealed] = re.findall(r'data-note-token="([^"]+)"', frame)
    said = read(sealed)
    assert (said.campaign_id, said.surface, said.price) == (order.pk, "embed", 0)
    assert frame.index(LABEL) < frame.index("<h1")
    assert f"/embed{address}" in page
    assert LABEL not in plain


def test_another_word_for_it_is_configured_by_language(settings: Any, order: Order) -> None:
    settings.SPONSORED_LABELS = {"en": "Paid advertisement"}

    card = sponsored_card(sign_in(reader_of(order)).get("/").content.decode())

    assert ">Paid advertisement</p>" in card
