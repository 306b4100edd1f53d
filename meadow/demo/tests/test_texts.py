"""The demo's words and photos: complete, within limits, and in the right order of time."""

from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from meadow.accounts.regions import is_region
from meadow.demo.texts import (
    DRAWN,
    FILMS,
    PHOTOS,
    DemoNote,
    read_comments,
    read_credits,
    read_crowd,
    read_film_captions,
    read_notes,
    read_people,
    write_body,
    write_credit,
)
from meadow.media.video.caption_text import read_captions
from meadow.media.video.probe import probe
from meadow.notes.limits import COMMENT_LENGTH, MOST_TOPICS, TITLE_LENGTH
from meadow.notes.text import find_mentions, find_topics

PEOPLE = {person.handle: person for person in read_people()}


def by_key(note: DemoNote) -> str:
    return note.key


def test_there_are_63_notes_by_sixteen_creators_in_two_languages() -> None:
    languages = Counter(PEOPLE[note.author].language for note in read_notes())

    assert languages == {"zh-hans": 38, "en": 25}
    assert len({note.author for note in read_notes()}) == 16
    assert len({note.key for note in read_notes()}) == 63
    assert len({note.title for note in read_notes()}) == 63


@pytest.mark.parametrize("note", read_notes(), ids=by_key)
def test_note_keeps_to_the_limits(note: DemoNote) -> None:
    body = write_body(note, language=PEOPLE[note.author].language)

    assert 0 < len(note.title) <= TITLE_LENGTH
    assert (0 if note.film else 1) <= len(note.photos) <= (0 if note.film else 4)
    assert 0 < note.hours <= 240
    assert list(find_topics(body).values()) == list(note.topics)
    assert len(note.topics) <= MOST_TOPICS
    assert set(find_mentions(body)) <= PEOPLE.keys()


@pytest.mark.parametrize("note", read_notes(), ids=by_key)
def test_note_credits_every_photo_with_author_and_licence(note: DemoNote) -> None:
    language = PEOPLE[note.author].language

    last = write_body(note, language=language).splitlines()[-1]

    assert not note.film or last == DRAWN[language]
    for file in note.photos:
        assert read_credits()[file].author in last
        assert read_credits()[file].licence_name(language) in last


def test_credit_line_reads_as_a_person_would_write_it() -> None:
    assert write_credit(["koala-in-a-tree.jpg"], language="zh-hans") == (
        "照片：BurningWell（公有领域）"
    )
    assert write_credit(["bee-at-red-blossom.jpg", "taj-mahal.jpg"], language="en") == (
        "Photos: aussiegall (CC BY 2.0); Yann (CC BY-SA 4.0)"
    )


def test_each_photo_is_the_cover_of_one_note() -> None:
    files = {file.name for file in PHOTOS.glob("*.jpg")}
    covers = Counter(note.photos[0] for note in read_notes() if note.photos)

    assert len(files) == 60
    assert covers == dict.fromkeys(files, 1)
    assert read_credits().keys() == files


def test_each_film_is_small_and_has_words_in_both_languages(tmp_path: Path) -> None:
    films = {note.film: note for note in read_notes() if note.film}

    assert films.keys() == {file.stem for file in FILMS.glob("*.mp4")} == {"dawn", "night", "pond"}
    for film, note in films.items():
        facts = probe(source=FILMS / f"{film}.mp4", folder=tmp_path)
        assert (facts.width, facts.height, facts.has_audio) == (540, 720, True)
        assert 7_900 <= facts.duration_ms <= 8_100
        assert (FILMS / f"{film}.mp4").stat().st_size < 400_000
        assert read_film_captions(film).keys() == {"en", "zh-Hans"}
        for words in read_film_captions(film).values():
            assert read_captions(words)[-1].end <= facts.duration_ms
        assert note.scene


def test_each_photo_says_who_made_it_and_under_what() -> None:
    for credit in read_credits().values():
        assert credit.author
        assert credit.package
        assert credit.description_en
        assert credit.description_zh
        assert credit.licence_url or credit.licence == "LicenseRef-public-domain"


def test_comments_stand_under_known_notes_by_known_people_before_the_seed() -> None:
    hours = {note.key: note.hours for note in read_notes()}

    assert read_comments().keys() == hours.keys()
    for key, comments in read_comments().items():
        for comment in comments:
            assert comment.by in PEOPLE
            assert 0 < comment.after < hours[key] * 60
            assert 0 < len(comment.text) <= COMMENT_LENGTH
            for reply in comment.replies:
                assert reply.by in PEOPLE
                assert reply.by != comment.by
                assert 0 < comment.after + reply.after < hours[key] * 60


def test_people_live_in_regions_that_exist_and_have_a_picture_within_its_photo() -> None:
    for person in (*read_people(), *read_crowd()):
        assert person.region == "" or is_region(person.region)
        assert 0 < len(person.bio) <= 300
        if person.avatar:
            with Image.open(PHOTOS / person.avatar.photo) as photo:
                assert person.avatar.side * min(photo.size) >= 96


def test_every_account_of_the_crowd_says_that_it_is_scripted() -> None:
    assert len(read_crowd()) == 8
    for person in read_crowd():
        assert person.handle.startswith("crowd_")
        assert "scripted demo reader" in person.bio
