"""Two pages of one reader in the same instant share no note: the second waits for the first."""

import datetime as dt
import threading

import pytest
from django.db import connection

from meadow.accounts.testing import make_person
from meadow.core.testing import somebody_waits
from meadow.core.transactions import transaction
from meadow.feed.queries import serve_live_cards, serving
from meadow.notes.models import Note
from meadow.notes.testing import make_note

pytestmark = pytest.mark.django_db(transaction=True)
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)


def open_two_pages(first: int, second: int) -> tuple[set[int], set[int], bool]:
    """Ask for the second page while the first has not committed; also tell whether it had to wait."""
    author = make_person().pk
    notes = [make_note(author, now=NOW).pk for _ in range(6)]
    since = NOW - dt.timedelta(hours=2)
    got: list[set[int]] = []

    def open_page(person_id: int) -> None:
        served = serve_live_cards(viewer_id=person_id, note_ids=notes, size=3, since=since, now=NOW)
        got.append(set(served.live))

    def open_other() -> None:
        open_page(second)
        connection.close()

    other = threading.Thread(target=open_other)
    with transaction():
        open_page(first)
        other.start()
        waited = False
        while other.is_alive() and not (waited := somebody_waits()):
            other.join(timeout=0.02)
    other.join()
    return got[0], got[1], waited


def test_two_pages_of_one_reader_share_no_note_and_another_reader_waits_for_nobody() -> None:
    ann, ben = make_person().pk, make_person().pk

    first, second, waited = open_two_pages(ann, ann)
    of_ann, of_ben, made_to_wait = open_two_pages(ann, ben)

    assert (len(first), len(second), len(first | second), waited) == (3, 3, 6, True)
    assert (of_ann == of_ben, made_to_wait) == (True, False)


def test_control_without_the_lock_the_pages_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    unguarded = """ARRAY(SELECT unnest(note_ids) FROM feed_served
                    WHERE person_id = %(viewer)s AND at > %(since)s)"""
    statement = serving._FOR_A_READER.replace("feed_shown_since(%(viewer)s, %(since)s)", unguarded)
    monkeypatch.setattr(serving, "_FOR_A_READER", statement)
    monkeypatch.setattr(serving, "_for_a_reader", serving._for_a_reader.__wrapped__)
    ann = make_person().pk

    first, second, waited = open_two_pages(ann, ann)

    assert (first == second, waited) == (True, False)


def test_what_a_page_notes_waits_for_no_disk_and_nothing_else_is_hurried() -> None:
    def serve() -> str:
        wanted = [note.pk for note in Note.objects.all()]
        serve_live_cards(
            viewer_id=reader, note_ids=wanted, size=1, since=NOW - dt.timedelta(hours=2), now=NOW
        )
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            return str(cursor.fetchone()[0])

    reader = make_person().pk
    make_note(make_person().pk, now=NOW)

    with transaction():
        inside = serve()

    assert (inside, serve()) == ("off", "on")
