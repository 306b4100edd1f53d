"""What is found: words in both languages, the notes somebody may see, pages without repeats."""

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.accounts.models import Person
from meadow.accounts.services import block_person, follow_person
from meadow.accounts.testing import make_person
from meadow.notes.models import Note
from meadow.notes.testing import make_note, make_topic
from meadow.search.asking import Filters, ask, clean_question
from meadow.search.queries.names import find_people
from meadow.search.queries.notes import find_notes
from meadow.search.searching import search_notes
from meadow.search.services.indexing import index_notes, index_person

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
TEXTS = {
    "camping": ("Camping by the lake", "We had coffee and two cakes."),
    "camp": ("周末去露营", "带上帐篷和咖啡"),
    "autumn": ("清华大学的秋天", "银杏很好看"),
    "walk": ("A quiet photography walk", "Café days"),
    "rain": ("臺北的雨天", "裡面有一家麵店"),
}


@pytest.fixture
def notes() -> dict[str, int]:
    author = make_person().pk
    made = {
        key: make_note(author, title=title, body=body, now=NOW).pk
        for key, (title, body) in TEXTS.items()
    }
    index_notes(note_ids=list(made.values()), now=NOW)
    return made


def find(text: str, *, viewer: Person | None = None, filters: Filters | None = None) -> list[int]:
    viewer_id = viewer.pk if viewer else None
    page = find_notes(ask(text), filters=filters or Filters(), viewer_id=viewer_id, now=NOW)
    return page.note_ids


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("camp", "camping"),
        ("CAMPING", "camping"),
        ("the camping", "camping"),
        ("cake", "camping"),
        ("ｃａｋｅｓ", "camping"),
        ("露营", "camp"),
        ("咖啡 露营", "camp"),
        ("露营 #咖啡", "camp"),
        ("大学", "autumn"),
        ("清华大学", "autumn"),
        ("清华大学 银杏", "autumn"),
        ("cafe", "walk"),
        ("quiet walking", "walk"),
        ("露營", "camp"),
        ("台北 面店", "rain"),
        ("臺北", "rain"),
        ('"quiet photography"', "walk"),
        ("“帐篷和咖啡”", "camp"),
        ("「帳篷和咖啡」 露营", "camp"),
    ],
)
def test_a_note_is_found_by_its_words_in_both_languages(
    notes: dict[str, int], text: str, key: str
) -> None:
    assert find(text) == [notes[key]]


@pytest.mark.parametrize(
    ("text", "meant", "key"),
    [
        ("campign", "camping", "camping"),
        ("cofee", "coffee", "camping"),
        ("photograhpy wlak", "photography walk", "walk"),
        ("路营", "露营", "camp"),
        ("路营帐篷", "露营帐篷", "camp"),
        ("营露", "露营", "camp"),
        ("咖非 露营", "咖啡 露营", "camp"),
        ("清花大学", "清华大学", "autumn"),
        ("路營帳篷", "露營帳篷", "camp"),
    ],
)
def test_a_slip_finds_what_was_meant(
    notes: dict[str, int], text: str, meant: str, key: str
) -> None:
    found = search_notes(text, filters=Filters(), viewer_id=None, now=NOW)

    assert (found.shown_for, found.is_mended) == (meant, True)
    assert found.notes.note_ids == [notes[key]]


def test_a_word_as_typed_is_left_alone_where_it_finds_something(notes: dict[str, int]) -> None:
    exact = search_notes("campign", filters=Filters(), viewer_id=None, now=NOW, exactly=True)
    right = search_notes("camping", filters=Filters(), viewer_id=None, now=NOW)

    assert exact.notes.note_ids == []
    assert (right.is_mended, right.offered) == (False, "")


def test_what_stands_in_quotes_is_found_as_it_stands_or_not_at_all(notes: dict[str, int]) -> None:
    asked = ('"photography quiet"', '"quiet photographs"', "“咖啡帐篷”", '"campign trip"')

    found = [search_notes(one, filters=Filters(), viewer_id=None, now=NOW) for one in asked]

    assert [one.notes.note_ids for one in found] == [[], [], [], []]
    assert not any(one.is_mended or one.is_loose or one.offered for one in found)
    assert find('"quiet') == [notes["walk"]]


def test_photos_and_videos_are_told_apart() -> None:
    author = make_person().pk
    photo, video = (make_note(author, title="Tomato day", now=NOW).pk for _ in range(2))
    Note.objects.filter(pk=video).update(kind="video")
    index_notes(note_ids=[photo, video], now=NOW)

    assert find("tomato", filters=Filters(kind="photo")) == [photo]
    assert find("tomato", filters=Filters(kind="video")) == [video]
    assert set(find("tomato")) == {photo, video}
    assert find("video") == []


def test_where_no_note_has_all_words_those_with_some_come(notes: dict[str, int]) -> None:
    found = search_notes("银杏 photography", filters=Filters(), viewer_id=None, now=NOW)

    assert found.is_loose
    assert set(found.notes.note_ids) == {notes["autumn"], notes["walk"]}


def hide(note: Note) -> None:
    Note.objects.filter(pk=note.pk).update(hidden_at=NOW)


def delete(note: Note) -> None:
    Note.objects.filter(pk=note.pk).update(state="deleted", deleted_at=NOW)


def narrow(note: Note) -> None:
    Note.objects.filter(pk=note.pk).update(visibility="followers")


def close(note: Note) -> None:
    Note.objects.filter(pk=note.pk).update(visibility="private")


def leave(note: Note) -> None:
    Person.objects.filter(pk=note.author_id).update(is_active=False)


@pytest.mark.parametrize("act", [hide, delete, narrow, close, leave])
def test_what_is_not_for_everybody_is_gone_before_the_index_hears(
    act: Callable[[Note], None],
) -> None:
    author, follower = make_person(), make_person()
    follow_person(follower_id=follower.pk, followed_id=author.pk, now=NOW)
    note = make_note(author.pk, title="Secret garden")
    index_notes(note_ids=[note.pk], now=NOW)
    assert find("secret") == [note.pk]

    act(note)

    assert [find("secret", viewer=one) for one in (None, author, follower)] == [[], [], []]
    index_notes(note_ids=[note.pk], now=NOW)
    assert find("secret") == []


@pytest.mark.parametrize("way", ["author blocks", "viewer blocks"])
def test_a_block_hides_notes_and_people_both_ways(way: str) -> None:
    author, viewer, other = make_person("orchard_keeper"), make_person(), make_person()
    note = make_note(author.pk, title="Secret garden")
    index_notes(note_ids=[note.pk], now=NOW)
    index_person(person_id=author.pk)
    pair = (author.pk, viewer.pk) if way == "author blocks" else (viewer.pk, author.pk)

    block_person(blocker_id=pair[0], blocked_id=pair[1], now=NOW)

    assert find("secret", viewer=viewer) == []
    assert find_people(text="orchard", viewer_id=viewer.pk) == []
    assert find("secret", viewer=other) == [note.pk]
    assert [one.id for one in find_people(text="orchard", viewer_id=other.pk)] == [author.pk]


def test_filters_narrow_and_the_newest_come_first_where_asked() -> None:
    author = make_person().pk
    days = {age: NOW - dt.timedelta(days=age) for age in (0, 3, 40)}
    made = {age: make_note(author, title="Tomato day", now=at) for age, at in days.items()}
    make_topic("garden", made[3], made[40])
    Note.objects.filter(pk=made[40].pk).update(like_count=100_000)
    index_notes(note_ids=[note.pk for note in made.values()], now=NOW)

    def ages(filters: Filters) -> list[int]:
        page = find_notes(ask("tomato"), filters=filters, viewer_id=None, now=NOW)
        return [next(age for age in made if made[age].pk == pk) for pk in page.note_ids]

    assert ages(Filters()) == [40, 0, 3]
    assert ages(Filters(sort="newest")) == [0, 3, 40]
    assert ages(Filters(time="week")) == [0, 3]
    assert ages(Filters(topic="garden", time="week")) == [3]
    assert ages(Filters(topic="nothing")) == []


def test_a_title_outranks_a_body() -> None:
    author = make_person().pk
    body = make_note(author, title="Sunday", body="A pumpkin, and more.", now=NOW)
    title = make_note(author, title="Pumpkin soup", now=NOW)
    index_notes(note_ids=[body.pk, title.pk], now=NOW)

    assert find("pumpkin") == [title.pk, body.pk]


def test_pages_follow_each_other_without_a_repeat_while_notes_change() -> None:
    author = make_person().pk
    made = [make_note(author, title=f"Fern {number}", photos=0, now=NOW) for number in range(50)]
    index_notes(note_ids=[note.pk for note in made], now=NOW - dt.timedelta(minutes=1))
    shown: list[int] = []
    cursor = ""
    for page_number in range(10):
        page = find_notes(ask("fern"), filters=Filters(), viewer_id=None, now=NOW, cursor=cursor)
        shown += page.note_ids
        if not page.next_cursor:
            break
        cursor = page.next_cursor
        # The last one shown becomes the best, the best one the last, and a new one comes in.
        Note.objects.filter(pk=page.note_ids[-1]).update(like_count=1000 + page_number)
        fresh = make_note(author, title="Fern too", photos=0, now=NOW)
        index_notes(note_ids=[page.note_ids[-1], page.note_ids[0], fresh.pk], now=NOW)

    assert len(shown) == len(set(shown))
    assert set(shown) == {note.pk for note in made}


@settings(
    max_examples=150,
)
@given(
    text=st.text(
        alphabet=st.sampled_from("ab露营'\\\"&|!():*<>@#%$;- \u0000\u200d{}~=，😀"), max_size=40
    )
)
def test_signs_of_a_tsquery_are_only_text(text: str) -> None:
    clean = clean_question(text)

    found = search_notes(clean, filters=Filters(), viewer_id=None, now=NOW)

    assert found.notes.note_ids == []
    assert find_people(text=clean, viewer_id=None) == []
