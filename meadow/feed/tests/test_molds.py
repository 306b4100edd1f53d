"""A cast card is the very card that the template renders, of whatever kind it is."""

import datetime as dt
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from meadow.accounts.queries import PersonCard
from meadow.feed import molds
from meadow.feed.molds import READERS_SLOTS, cast_card, forget_molds
from meadow.media.queries import Picture
from meadow.notes.records import NoteCard

NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
PHOTO = Picture(
    "u1",
    1080,
    1440,
    "data:image/webp;base64,AA+/=",
    "/m/u1/w320 320w",
    "/m/u1/w640",
    "",
    "ready",
    100,
)
TITLES = [
    "No. 3 & <more> 100 %(x)s",
    "坡上的咖啡",
    "m" * 60,
    'Ceramic days of a "week"',
    "it's",
    "",
    "a\ue000b",
]
COVERS = [
    None,
    PHOTO,
    replace(PHOTO, srcset=""),
    replace(PHOTO, placeholder=""),
    replace(PHOTO, src="", srcset="", width=0, height=0),
    replace(PHOTO, src="", srcset="", placeholder="", state="failed"),
    replace(PHOTO, width=1440, height=810, src="/m/u1/w640?a=1&b='2'"),
]
AVATARS = [None, PHOTO, replace(PHOTO, srcset=""), replace(PHOTO, src="", srcset="")]
NAMES = [
    ("ann", ""),
    ("b_42", "Ann <b>"),
    ("cleo", "ßeta"),
    ("dd", "安妮"),
    ("e", "'q"),
    ("ff", "&"),
]


def card_of(**other: Any) -> NoteCard:
    author = PersonCard(id=3, public_id="p3", handle="ann", name="Ann", avatar=None)
    card = NoteCard(
        id=7,
        public_id="n7abc",
        title="A quiet morning",
        author=author,
        cover=PHOTO,
        cover_description="",
        like_count=12,
        comment_count=1,
        published_at=NOW,
        edited_at=NOW,
        photo_count=1,
        visibility="public",
    )
    return replace(card, **other)


def rendered(card: NoteCard) -> str:
    return render_to_string("components/note_card.html", {"card": card} | READERS_SLOTS)


def joined(card: NoteCard, language: str) -> str:
    return b"".join(cast_card(card, language=language).pieces).decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_cast_card_is_the_rendered_card(language: str) -> None:
    forget_molds()
    with translation.override(language):
        for cover, avatar, (handle, name) in product(COVERS, AVATARS, NAMES):
            author = PersonCard(id=3, public_id="p3", handle=handle, name=name, avatar=avatar)
            card = card_of(cover=cover, author=author)

            assert joined(card, language) == rendered(card)

        for title, photos in product(TITLES, [0, 1, 2, 9]):
            card = card_of(title=title, photo_count=photos)

            assert joined(card, language) == rendered(card)


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "video", "duration_ms": 62_000},
        {"visibility": "followers"},
        {"visibility": "private"},
        {"is_pinned": True},
    ],
)
def test_a_card_with_a_mark_of_its_own_is_rendered(other: dict[str, Any]) -> None:
    forget_molds()
    with translation.override("en"):
        assert joined(card_of(**other), "en") == rendered(card_of(**other))

    assert molds._mold.cache_info().currsize == 0


def test_cards_that_answer_alike_share_a_mold() -> None:
    forget_molds()
    with translation.override("en"):
        for number, title in enumerate(TITLES):
            cast_card(card_of(title=title, public_id=f"n{number}"), language="en")

    assert molds._mold.cache_info().currsize == 1


@pytest.mark.parametrize("other", [{}, {"kind": "video"}, {"visibility": "private"}])
def test_nobodys_words_pass_for_a_slot(other: dict[str, Any]) -> None:
    odd_words = "".join(chr(0xE000 + n) for n in range(64))
    author = replace(card_of().author, name=odd_words)
    with translation.override("en"):
        usual = cast_card(card_of(**other), language="en")
        odd = cast_card(card_of(title=odd_words, author=author, **other), language="en")

    assert odd.pieces[1::2] == usual.pieces[1::2]
