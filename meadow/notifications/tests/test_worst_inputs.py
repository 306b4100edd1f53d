"""Somebody who never reads anything: 10,000 unread slow neither the bell nor the list."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.notifications.bell import UNREAD_SQL
from meadow.notifications.queries import count_unread, list_notifications
from meadow.notifications.services import mark_all_read

pytestmark = pytest.mark.django_db
MANY = 10_000
LATER = dt.datetime(2026, 5, 3, tzinfo=dt.UTC)
FILL = """
INSERT INTO notifications_notification
    (public_id, person_id, kind, params, url, key, created_at, read_at)
SELECT left(md5(%(name)s || n), 24), %(person)s, 'tests.news', '{}', '/', %(name)s || n,
       '2026-05-01', CASE WHEN %(read)s THEN timestamptz '2026-05-02' END
FROM generate_series(1, %(many)s) n
"""


def fill(person: Person, *, name: str, read: bool = False, many: int = MANY) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"person": person.pk, "name": name, "read": read, "many": many})


@pytest.fixture
def hoarder(db: None) -> Person:
    """Somebody with 10,000 unread under 10,000 that they read, among others with as many."""
    ann = make_person()
    fill(ann, name="unread")
    fill(ann, name="read", read=True)
    fill(make_person(), name="else")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notifications_notification")
    return ann


def rows_read(statement: str) -> int:
    """Return how many rows of the table a statement touches, those that it filters out too."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        (plan,) = cursor.fetchone()[0]
    return _touched(plan["Plan"])


def _touched(node: dict) -> int:  # type: ignore[type-arg] # as PostgreSQL tells it
    own = 0
    if "notifications_notification" in (node.get("Relation Name"), node.get("Alias")):
        own = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return int(own) + sum(_touched(one) for one in node.get("Plans", []))


def test_the_bell_counts_a_hundred_rows_and_no_more(hoarder: Person) -> None:
    statement = f"SELECT {UNREAD_SQL} FROM accounts_person p WHERE p.id = {hoarder.pk}"  # noqa: S608

    assert count_unread(person_id=hoarder.pk) == 100
    assert rows_read(statement) <= 100


@pytest.mark.parametrize("unread_only", [False, True], ids=["all", "unread"])
def test_a_page_of_the_list_reads_a_page_of_rows(hoarder: Person, unread_only: bool) -> None:
    first = list_notifications(person_id=hoarder.pk, unread_only=unread_only)
    with CaptureQueriesContext(connection) as asked:
        list_notifications(person_id=hoarder.pk, unread_only=unread_only, cursor=first.next_cursor)

    assert len(asked) == 1
    assert rows_read(asked.captured_queries[0]["sql"]) == 25


@pytest.mark.parametrize("path", ["/notifications", "/notifications?unread=1"])
def test_the_page_asks_as_much_as_for_one_piece_of_news(hoarder: Person, path: str) -> None:
    few = make_person()
    fill(few, name="few", many=1)

    counted = []
    for person in (few, hoarder):
        client = sign_in(person)
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        counted.append(len(asked))

    assert counted == [2, 2]


def test_all_of_them_are_marked_read_by_one_statement(hoarder: Person) -> None:
    with CaptureQueriesContext(connection) as asked:
        marked = mark_all_read(person_id=hoarder.pk, now=LATER)

    updates = [q for q in asked.captured_queries if q["sql"].startswith("UPDATE")]
    assert (marked, len(updates), count_unread(person_id=hoarder.pk)) == (MANY, 1, 0)
