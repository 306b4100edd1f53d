"""Statements are counted from a log as PostgreSQL writes it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meadow.accounts.testing import make_person, sign_in
from meadow.bench.roundtrips import OF_KEEPER, OF_SESSION, _statements, beyond_session
from meadow.feed.queries import serving

LOG = """\
2026-05-01 12:00:00.000 UTC [7] LOG:  statement: SELECT s.session_data, p."id"
\tFROM django_session s
\tLEFT JOIN usersessions_usersession u ON true
2026-05-01 12:00:00.001 UTC [7] LOG:  execute _pg3_1: SELECT n.id FROM notes_note n
2026-05-01 12:00:00.001 UTC [7] DETAIL:  Parameters: $1 = '7'
2026-05-01 12:00:00.002 UTC [8] LOG:  statement: SELECT newest.id
\tFROM (SELECT max(id) AS id FROM feed_wall) newest
2026-05-01 12:00:00.003 UTC [8] LOG:  parameter "log_statement" changed to "all"
"""


def test_statements_are_found_whole_and_details_are_not_counted() -> None:
    assert [line.split()[1] for line in _statements(LOG)] == [
        "s.session_data,",
        "n.id",
        "newest.id",
    ]


def test_a_page_begins_with_its_session() -> None:
    session, other, _ = _statements(LOG)

    assert beyond_session([session, other, other, session, other, session]) == [2, 1, 0]


def test_session_and_keeper_are_told_from_the_page() -> None:
    kinds = [(bool(OF_SESSION.search(s)), bool(OF_KEEPER.search(s))) for s in _statements(LOG)]

    assert kinds == [(True, False), (False, False), (False, True)]


def test_a_page_that_looks_into_people_is_not_taken_for_its_session() -> None:
    serving = (
        "WITH viewer (id) AS (VALUES ($1)) SELECT id FROM notes_note n WHERE NOT EXISTS (SELECT"
    )
    own = "SELECT n.id FROM notes_note n JOIN accounts_person p ON true"

    looks = " FROM accounts_person hidden WHERE hidden.id = n.author_id)"
    assert not OF_SESSION.search(serving + looks)
    assert not OF_SESSION.search(f"{own} WHERE EXISTS (SELECT{looks}")


@pytest.mark.parametrize("whole", [True, False])
def test_the_statement_that_serves_a_page_with_its_slot_is_the_page_s(whole: bool) -> None:
    statement = serving._with_a_slot(whole=whole).replace("\n", "\n\t")
    log = f"2026-05-01 12:00:00.000 UTC [7] LOG:  execute _pg3_1: {statement}\n"

    (line,) = _statements(log)

    assert "promotion_met" in line
    assert not OF_KEEPER.search(line)
    assert not OF_SESSION.search(line)


@pytest.mark.django_db
def test_the_statement_that_fetches_a_session_is_known_as_it_is_and_no_other_of_a_page() -> None:
    reader = sign_in(make_person("ann"))

    with CaptureQueriesContext(connection) as asked:
        reader.get("/")

    lines = [" ".join(query["sql"].split()) for query in asked.captured_queries]
    assert [bool(OF_SESSION.search(line)) for line in lines].count(True) == 1
    assert OF_SESSION.search(lines[0])
