"""Seeding: whole after one run, the same after two, and after any interruption."""

import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils.html import escape
from pytest_django.fixtures import Settings

from meadow.accounts import queries as accounts
from meadow.accounts.models import Follow, Person
from meadow.analytics.models import NoteReads
from meadow.demo import queries, services
from meadow.demo.errors import DemoRefused, PhotosNotRendered
from meadow.demo.services import seed_community
from meadow.demo.texts import (
    note_id,
    read_comments,
    read_credits,
    read_crowd,
    read_notes,
    read_people,
)
from meadow.media.models import Caption
from meadow.media.testing import pretend_rendered
from meadow.notes.models import Comment, Like, Note, NotePhoto, NoteVideo, Save
from meadow.notes.services import delete_note

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """As `kill -9` between two steps: nothing may catch it."""


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return tmp_path


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """Let the demo be its four newest notes and whom they need; returns how many people."""
    notes = read_notes()[-4:]
    named = {note.author for note in notes} | {"tomasz_k", *services.SIGN_INS}
    for note in notes:
        for comment in read_comments()[note.key]:
            named |= {comment.by, *(reply.by for reply in comment.replies)}
    people = tuple(person for person in read_people() if person.handle in named)
    crowd = read_crowd()[:2]
    monkeypatch.setattr(services, "read_notes", lambda: notes)
    monkeypatch.setattr(queries, "read_notes", lambda: notes)
    monkeypatch.setattr(services, "read_people", lambda: people)
    monkeypatch.setattr(services, "read_crowd", lambda: crowd)
    return len(people) + len(crowd)


def wait() -> dt.datetime:
    pretend_rendered()
    return NOW


def count() -> dict[str, int]:
    models: list[Any] = [Person, Follow, Note, NotePhoto, Like, Save, Comment]
    # The session's warehouse may write figures of other tests' notes at any moment.
    reads = NoteReads.objects.filter(note_id__in=Note.objects.values("pk")).count()
    return {model.__name__: model.objects.count() for model in models} | {"NoteReads": reads}


@pytest.mark.slow
def test_seed_makes_the_community_and_a_second_one_changes_nothing(home: Path) -> None:
    seeded = seed_community(now=NOW, wait=wait)
    once = count()
    again = seed_community(now=NOW + dt.timedelta(days=1), wait=wait)

    assert seeded == again
    assert (seeded.people, seeded.notes, seeded.photos, seeded.films) == (27, 63, 76, 3)
    assert seeded.comments == sum(
        1 + len(comment.replies) for thread in read_comments().values() for comment in thread
    )
    assert once["Person"] == 27
    assert once["Note"] == Note.objects.filter(state="published").count() == 63
    # A film's still is its cover.
    assert once["NotePhoto"] == 76 + 3
    assert Caption.objects.count() == 6
    assert once["Comment"] == seeded.comments
    # No read is ever invented: they come from requests.
    assert once["NoteReads"] == 0
    assert count() == once
    assert json.loads((home / "run" / "demo.json").read_text())["notes"] == 63


def test_notes_carry_their_own_time_words_and_descriptions(few: int) -> None:
    seed_community(now=NOW, wait=wait)

    note = Note.objects.get(public_id=note_id("maple"))
    assert note.published_at == NOW - dt.timedelta(hours=3)
    assert note.body.endswith("照片：Martin Klapetek（LGPL 3.0）")
    assert note.photos.get().description == "秋日暖光里的落叶。"
    in_order = Note.objects.order_by("pk").values_list("pk")
    assert list(in_order) == list(Note.objects.order_by("published_at").values_list("pk"))


def test_those_who_are_announced_can_sign_in_and_nobody_else(few: int) -> None:
    seed_community(now=NOW, wait=wait)

    announced = {person.handle: password for person, password in services.list_sign_ins()}
    assert announced == dict.fromkeys(
        ("warden", "ranger", "lin_yu", "nora_field", "reader"), "meadow-demo"
    )
    for person in Person.objects.all():
        signs_in = person.handle in announced or person.handle.startswith("crowd_")
        assert person.check_password("meadow-demo") is signs_in
    assert Person.objects.get(handle="warden").role == "operator"
    assert Person.objects.get(handle="ranger").role == "moderator"


@pytest.mark.parametrize(
    ("module", "step", "after"),
    [
        ("notes", "publish_note", 3),
        ("services", "set_captions", 1),
        *(
            pytest.param(*step, marks=pytest.mark.slow)
            for step in (
                ("people_services", "create_person", 5),
                ("people_services", "update_profile", 4),
                ("people_services", "upload_avatar", 2),
                ("people_services", "follow_person", 6),
                ("notes", "save_draft", 1),
                ("notes", "attach_photo", 2),
                ("notes", "attach_video", 0),
                ("notes", "like_note", 5),
                ("notes", "add_comment", 3),
            )
        ),
    ],
)
def test_killed_seed_is_completed_by_the_next(
    monkeypatch: pytest.MonkeyPatch, few: int, module: str, step: str, after: int
) -> None:
    owner = services if module == "services" else getattr(services, module)
    real = getattr(owner, step)
    calls = 0

    def die(**given: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > after:
            raise Killed
        return real(**given)

    monkeypatch.setattr(owner, step, die)
    with pytest.raises(Killed):
        seed_community(now=NOW, wait=wait)
    monkeypatch.setattr(owner, step, real)
    seeded = seed_community(now=NOW, wait=wait)
    whole = count()

    assert seeded.people == whole["Person"] == few
    assert seeded.notes == whole["Note"] == 4
    assert seeded.photos + seeded.films == whole["NotePhoto"]
    assert NoteVideo.objects.count() == seeded.films == 1
    assert Caption.objects.count() == 2
    assert seeded.comments == whole["Comment"]
    assert Note.objects.exclude(state="published").count() == 0
    assert Person.objects.filter(bio="").count() == 0
    assert Person.objects.filter(avatar__isnull=True).count() == 5  # the staff, the crowd, a reader


def test_a_note_that_was_deleted_stays_deleted(few: int) -> None:
    seed_community(now=NOW, wait=wait)
    author = accounts.get_person_by_handle("lin_yu")
    delete_note(public_id=note_id("maple"), author_id=author.id, now=NOW)

    seed_community(now=NOW, wait=wait)

    assert Note.objects.get(public_id=note_id("maple")).state == "deleted"


def test_a_like_that_was_taken_back_stays_away(few: int) -> None:
    seed_community(now=NOW, wait=wait)
    Like.objects.all().delete()

    seed_community(now=NOW, wait=wait)

    assert Like.objects.count() == 0


def test_seed_says_so_when_nobody_renders(few: int) -> None:
    with pytest.raises(PhotosNotRendered) as failure:
        seed_community(now=NOW, wait=lambda: NOW + dt.timedelta(minutes=6))

    assert failure.value.params == {"seconds": 300, "count": 6}


def test_production_refuses_and_changes_nothing(settings: Settings) -> None:
    settings.ENVIRONMENT = dataclasses.replace(django_settings.ENVIRONMENT, mode="production")
    before = count()

    with pytest.raises(DemoRefused):
        seed_community(now=NOW, wait=wait)

    assert count() == before


def test_credits_are_nowhere_without_a_demo_and_whole_with_one(
    monkeypatch: pytest.MonkeyPatch, client: Client, few: int
) -> None:
    before = client.get("/demo/credits")
    menu_before = client.get("/api/docs").content.decode()
    seed_community(now=NOW, wait=wait)
    monkeypatch.setattr(queries, "read_notes", read_notes)
    english = client.get("/demo/credits", headers={"Accept-Language": "en"})
    menu_after = client.get("/api/docs").content.decode()

    assert before.status_code == 404
    assert "/demo/credits" not in menu_before
    assert english.status_code == 200
    assert 'href="/demo/credits"' in menu_after
    for credit in read_credits().values():
        assert escape(credit.author) in english.content.decode()
        assert credit.licence_name("en") in english.content.decode()
        if credit.licence_url:
            assert f'href="{credit.licence_url}"' in english.content.decode()
