"""Cards: one query for a page of them, whatever they join."""

from typing import Any

import pytest

from meadow.accounts.testing import make_person
from meadow.media.testing import make_upload
from meadow.notes.queries import get_cards, notes_of
from meadow.notes.testing import make_note


@pytest.mark.django_db
def test_twenty_cards_take_one_query(django_assert_num_queries: Any) -> None:
    ann, bo = make_person(handle="ann"), make_person(handle="bob")
    avatar = make_upload(ann.pk, purpose="avatar", attached=True)
    ann.avatar = avatar
    ann.save(update_fields=["avatar"])
    notes = [make_note(author.pk, photos=2) for author in [ann, bo] * 10]
    ids = [note.pk for note in reversed(notes)]

    with django_assert_num_queries(1):
        cards = get_cards(ids)

    assert [card.id for card in cards] == ids
    assert {card.photo_count for card in cards} == {2}
    card = cards[-1]
    assert card.author.handle == "ann"
    assert card.author.avatar is not None
    assert card.author.avatar.src == f"/media/{avatar.public_id}/a256.webp"
    assert card.cover is not None
    assert (card.cover.width, card.cover.height) == (1200, 1600)
    assert card.cover.srcset.count("w,") == 3
    assert cards[0].author.avatar is None


@pytest.mark.django_db
def test_drafts_deleted_notes_and_notes_of_closed_accounts_are_no_cards() -> None:
    ann, gone = make_person(handle="ann"), make_person(handle="gone", is_active=False)
    shown = make_note(ann.pk)
    draft = make_note(ann.pk, published=False)
    deleted = make_note(ann.pk)
    type(deleted).objects.filter(pk=deleted.pk).update(
        state="deleted", deleted_at=deleted.published_at
    )
    orphan = make_note(gone.pk)

    cards = get_cards([draft.pk, shown.pk, deleted.pk, orphan.pk, 999_999])

    assert [card.id for card in cards] == [shown.pk]


@pytest.mark.django_db
def test_pages_of_a_persons_notes_cover_all_once_even_at_one_moment() -> None:
    ann = make_person(handle="ann")
    made = [make_note(ann.pk).pk for _ in range(7)]

    first = notes_of(author_id=ann.pk, length=3)
    second = notes_of(author_id=ann.pk, length=3, cursor=first.next_cursor)
    third = notes_of(author_id=ann.pk, length=3, cursor=second.next_cursor)

    seen = [card.id for page in (first, second, third) for card in page.items]
    assert seen == made[::-1]
    assert third.next_cursor is None
