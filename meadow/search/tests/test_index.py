"""The index is the truth's: whatever happened in whatever order, making it anew gives the same."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.accounts.testing import make_person
from meadow.notes.models import Note
from meadow.notes.testing import make_note, make_topic
from meadow.search.models import IndexedName, IndexedNote, Term
from meadow.search.services.indexing import index_notes, index_person
from meadow.search.services.rebuild import catch_up, rebuild, refresh_priors
from meadow.search.tasks import hear_content
from meadow.search.text import cut, distance, fold, keys_of, quote, slips_allowed, vector

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
WORDS = ("露营", "清华大学", "咖啡 coffee", "Camping", "happy walks", "it's", "路边", "2026")
ACTS = ("edit", "hide", "show", "delete", "like", "narrow")


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return the whole index, less when it was written and by which ids."""
    names = IndexedName.objects.order_by("kind", "subject_id")
    return {
        "notes": [
            dict(row)
            for row in IndexedNote.objects.order_by("pk").values(
                "pk", "words", "prior", "published_at"
            )
        ],
        "names": [dict(row) for row in names.values("kind", "subject_id", "words", "keys")],
        "terms": [dict(row) for row in Term.objects.order_by("pk").values()],
    }


@settings(
    max_examples=12,
)
@given(
    texts=st.lists(st.tuples(*[st.sampled_from(WORDS)] * 2), min_size=1, max_size=4),
    acts=st.lists(
        st.tuples(st.sampled_from(ACTS), st.integers(0, 3), st.sampled_from(WORDS)), max_size=8
    ),
)
def test_rebuilding_equals_what_the_events_wrote(
    texts: list[tuple[str, str]], acts: list[tuple[str, int, str]]
) -> None:
    author = make_person().pk
    made = [make_note(author, title=one, body=two, photos=0, now=NOW) for one, two in texts]
    make_topic("露营日记", made[0])
    index_notes(note_ids=[note.pk for note in made], now=NOW)
    index_person(person_id=author)
    for act, place, word in acts:
        note = Note.objects.filter(pk=made[place % len(made)].pk)
        if act == "edit":
            note.update(title=word)
        elif act == "hide":
            note.update(hidden_at=NOW)
        elif act == "show":
            note.update(hidden_at=None, visibility="public")
        elif act == "delete":
            note.update(state="deleted", deleted_at=NOW)
        elif act == "like":
            note.update(like_count=place * 7)
        else:
            note.update(visibility="followers")
        index_notes(note_ids=[note.get().pk], now=NOW)
    kept = everything()

    rebuild(now=NOW)
    in_place = everything()
    IndexedNote.objects.all().delete()
    IndexedName.objects.all().delete()
    Term.objects.all().delete()
    rebuild(now=NOW)
    ours = {author}

    def about(index: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
        # People of other tests' leftovers are nobody's claim here.
        names = [n for n in index["names"] if n["kind"] == "topic" or n["subject_id"] in ours]
        return {**index, "names": names}

    assert about(in_place) == about(kept)
    assert about(everything()) == about(kept)


def test_what_nobody_told_of_is_caught_up_with_and_quality_follows_likes() -> None:
    author = make_person().pk
    new, gone = make_note(author, title="Fern"), make_note(author, title="Moss")
    index_notes(note_ids=[gone.pk], now=NOW)
    Note.objects.filter(pk=gone.pk).update(hidden_at=NOW)

    assert catch_up(now=NOW) == 2
    assert list(IndexedNote.objects.values_list("pk", flat=True)) == [new.pk]
    assert catch_up(now=NOW) == 0
    Note.objects.filter(pk=new.pk).update(like_count=100)
    assert (refresh_priors(now=NOW), refresh_priors(now=NOW)) == (1, 0)


def test_a_note_that_moderation_hid_leaves_the_index_and_comes_back() -> None:
    note = make_note(make_person().pk, title="Fern")
    told = {"kind": "note", "public_id": note.public_id, "author_id": note.author_id}
    hear_content(event=told)
    assert IndexedNote.objects.count() == 1

    Note.objects.filter(pk=note.pk).update(hidden_at=NOW)
    hear_content(event=told)
    assert (IndexedNote.objects.count(), Term.objects.count()) == (0, 0)

    Note.objects.filter(pk=note.pk).update(hidden_at=None)
    hear_content(event=told)
    hear_content(event={**told, "kind": "comment", "public_id": "c1"})
    assert IndexedNote.objects.count() == 1


@given(st.text(max_size=60))
def test_cutting_is_the_same_for_text_that_reads_the_same(text: str) -> None:
    words = cut(text)

    assert cut(text.upper().lower()) == cut(text.lower())
    assert all(word == fold(word) and word and not word.isspace() for word in words)
    assert cut(" ".join(words[:1])) == words[:1] or not words or len(cut(words[0])) > 1


@given(st.lists(st.text(min_size=1, max_size=12).filter(lambda one: "\x00" not in one), max_size=6))
def test_a_vector_holds_its_lexemes_and_nothing_else(lexemes: list[str]) -> None:
    from django.db import connection

    storable = [one for one in lexemes if one.isprintable()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(%s::tsvector)", [vector([("A", storable)])])
        assert set(cursor.fetchone()[0]) == set(storable)
        for one in storable:
            cursor.execute(
                "SELECT %s::tsvector @@ %s::tsquery", [vector([("D", storable)]), quote(one)]
            )
            assert cursor.fetchone()[0] is True


@given(
    word=st.text(alphabet="abcdefg", min_size=4, max_size=12),
    at=st.integers(0, 11),
    letter=st.sampled_from("abcxyz"),
    kind=st.sampled_from(["drop", "add", "change", "swap"]),
)
def test_one_slip_away_always_shares_a_key(word: str, at: int, letter: str, kind: str) -> None:
    at %= len(word)
    slipped = {
        "drop": word[:at] + word[at + 1 :],
        "add": word[:at] + letter + word[at:],
        "change": word[:at] + letter + word[at + 1 :],
        "swap": word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
    }[kind]

    assert distance(word, slipped, most=1) <= 1
    if min(slips_allowed(word), slips_allowed(slipped)) > 0:
        assert set(keys_of(word)) & set(keys_of(slipped))
