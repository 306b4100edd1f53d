"""Who sees which figures, in the page and over the API; and who hears that they changed."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.test import Client

from meadow.analytics import counted, subjects
from meadow.analytics.models import NoteReads
from meadow.analytics.queries import AuthorTotals, Reads, get_author_totals, get_note_reads
from meadow.analytics.testing import make_fact
from meadow.analytics.tests.conftest import feed
from meadow.analytics.warehouse.projection import announce, find_unprojected, project
from meadow.analytics.warehouse.store import Store
from meadow.core import realtime

AT = dt.datetime(2026, 3, 14, 12, 0, tzinfo=dt.UTC)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def author(db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The author of note 41, known here as nNote."""
    author = get_user_model().objects.create_user("author")
    monkeypatch.setattr(subjects, "_resolvers", [])
    monkeypatch.setattr(subjects, "_finders", [])
    monkeypatch.setattr(subjects, "_finders_of_many", [])
    subjects.register_note_resolver(
        lambda note_ids: {41: ("nNote", author.pk)} if 41 in note_ids else {},
        find={"nNote": 41}.get,
    )
    return author


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def write(note_id: int, author_id: int, **figures: int) -> None:
    NoteReads.objects.create(note_id=note_id, author_id=author_id, watermark=AT, **figures)


def test_the_author_sees_raw_and_valid_side_by_side(author: Any) -> None:
    write(41, author.pk, reads_raw=1234, reads_valid=987, impressions=5000, opens=1300)

    page = signed_in(author).get("/n/nNote/reads")

    text = page.content.decode()
    assert page.status_code == 200
    assert 'data-reads-valid="987"' in text
    assert 'data-reads-raw="1234"' in text
    assert 'hx-get="/n/nNote/reads"' in text
    assert "meadow:note.reads from:document" in text
    assert "5,000" not in text  # impressions are the Studio's
    assert "no-store" in page["Cache-Control"]


def test_operators_see_figures_and_others_do_not(author: Any) -> None:
    people = get_user_model().objects
    write(41, author.pk, reads_raw=7)
    path = "/api/v1/notes/nNote/reads"
    answers = {}
    for name, client in {
        "author": signed_in(author),
        "operator": signed_in(people.create_user("operator", role="operator")),
        "moderator": signed_in(people.create_user("moderator", role="moderator")),
        "member": signed_in(people.create_user("member")),
        "stranger": Client(),
    }.items():
        answers[name] = (client.get(path).status_code, client.get("/n/nNote/reads").status_code)

    assert answers == {
        "author": (200, 200),
        "operator": (200, 200),
        "moderator": (403, 403),
        "member": (403, 403),
        "stranger": (401, 401),
    }


def test_the_api_states_figures_and_freshness(author: Any) -> None:
    write(41, author.pk, reads_raw=3, reads_valid=2, impressions=9, opens=4)

    answer = signed_in(author).get("/api/v1/notes/nNote/reads")

    assert answer.json() == {
        "note": "nNote",
        "reads_raw": 3,
        "reads_valid": 2,
        "as_of": "2026-03-14T12:00:00Z",
    }


def test_a_note_that_nobody_has_seen_has_zeros(author: Any) -> None:
    answer = signed_in(author).get("/api/v1/notes/nNote/reads")

    assert (answer.status_code, answer.json()["reads_raw"], answer.json()["as_of"]) == (
        200,
        0,
        None,
    )
    assert get_note_reads([41, 42]) == {41: Reads(), 42: Reads()}


def test_an_unknown_note_is_not_found(author: Any) -> None:
    answer = signed_in(author).get("/api/v1/notes/nOther/reads")

    assert (answer.status_code, answer.json()["code"]) == (404, "analytics.note_unknown")


@pytest.mark.django_db
def test_an_authors_totals_are_the_sums_of_their_notes() -> None:
    write(1, 7, reads_raw=10, reads_valid=4, impressions=100, opens=20)
    write(2, 7, reads_raw=5, reads_valid=5, impressions=1, opens=2)
    write(3, 8, reads_raw=1000)

    assert get_author_totals(7) == AuthorTotals(2, 15, 9, 101, 22, AT)
    assert get_author_totals(9) == AuthorTotals(0, 0, 0, 0, 0, None)


@pytest.mark.django_db
def test_the_database_refuses_more_valid_than_raw_reads() -> None:
    with pytest.raises(IntegrityError, match="valid_reads_within_raw"), transaction.atomic():  # noqa: TID251
        write(1, 7, reads_raw=1, reads_valid=2)

    assert NoteReads.objects.count() == 0


@pytest.mark.django_db
def test_projecting_again_replaces_and_does_not_add(store: Store, author: Any) -> None:
    feed(store, [make_fact(note_id=41, author_id=author.pk), make_fact(note_id=42)])
    notes = {(author.pk, 41), (100, 42), (100, 43)}
    told = project(store, notes, watermark=AT)
    assert told == {41: subjects.NoteSubject(41, "nNote", author.pk)}
    feed(store, [make_fact(note_id=41, author_id=author.pk, person="b" * 32)], first=2)

    project(store, {(author.pk, 41)}, watermark=AT + dt.timedelta(seconds=2))
    project(store, {(author.pk, 41)}, watermark=AT + dt.timedelta(seconds=2))

    figures = NoteReads.objects.order_by("note_id").values_list(
        "note_id", "author_id", "reads_raw", "reads_valid"
    )
    assert list(figures) == [(41, author.pk, 2, 2), (42, 100, 1, 1)]
    assert NoteReads.objects.get(pk=41).watermark == AT + dt.timedelta(seconds=2)


@pytest.mark.django_db
def test_a_start_finds_what_postgresql_does_not_know(store: Store) -> None:
    feed(store, [make_fact(note_id=5)], [make_fact(note_id=6)])

    assert find_unprojected(store) == {(100, 5), (100, 6)}
    write(5, 100, reads_raw=1)
    # A pass is versioned by its time; these were counted with versions from 1.
    assert find_unprojected(store) == set()
    NoteReads.objects.update(watermark=dt.datetime(1970, 1, 1, tzinfo=dt.UTC))
    assert find_unprojected(store) == {(100, 5), (100, 6)}
    NoteReads.objects.update(watermark=AT + dt.timedelta(days=1))
    assert find_unprojected(store) == set()


def test_the_author_is_told_which_note(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[dict[str, Any]] = []
    moved: list[set[int]] = []
    monkeypatch.setattr(realtime, "publish", lambda **word: heard.append(word))
    monkeypatch.setattr(counted, "_tellers", [lambda authors: moved.append(set(authors))])

    announce([subjects.NoteSubject(41, "nNote", 7)], followed={8})
    announce([])

    assert moved == [{7, 8}]

    assert heard == [
        {"person_id": 8, "kind": "author.figures", "payload": {}},
        {"person_id": 7, "kind": "note.reads", "payload": {"note_id": "nNote"}},
    ]
