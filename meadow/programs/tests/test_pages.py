"""The pages that everybody reads: the list of programs, and what one asks, of whom, since when."""

from typing import Any

import pytest
from django.test import Client

from meadow.accounts.testing import make_person, sign_in
from meadow.core.clock import now
from meadow.notifications.queries import list_notifications
from meadow.programs.models import ProgramVisit, Watch
from meadow.programs.services.rule_versions import draft_rule, schedule_rule
from meadow.programs.services.stages import change_capacity
from meadow.programs.testing import ensure_program, make_program
from meadow.programs.tests.people import look, make_followed
from meadow.programs.tests.reading import DAY, HTMX, ME, OPERATOR, read, words_of

pytestmark = pytest.mark.django_db


def test_a_stranger_reads_what_every_shipped_program_asks() -> None:
    for slug in ("creator-center", "live"):
        ensure_program(slug)

    html = read(Client(), "/programs")
    center, live = (read(Client(), f"/programs/{slug}") for slug in ("creator-center", "live"))

    assert "Creator Center" in html
    assert "More than 5,000 followers" in center
    assert "More than 10 notes of the last 180 days with at least 2,000 valid reads each" in center
    assert "not built yet" not in center
    assert "What this program opens is not built yet, so nobody can be in." in live
    assert "14 days: 60 minutes a day" in live
    assert "0 of 100 seats are taken." in live
    assert "Sign in to see where you stand" in live


def test_an_unknown_program_is_not_there() -> None:
    assert Client().get("/programs/no-such").status_code == 404
    assert sign_in(make_person()).get("/programs/no-such/me").status_code == 404


def test_the_public_page_tells_every_change_and_version() -> None:
    make_program(capacity=10)
    change_capacity(slug="garden", capacity=20, operator_id=OPERATOR, now=now())
    easier = {"all": [{"key": "followers", "metric": "followers", "operator": ">", "threshold": 3}]}
    number = draft_rule(slug="garden", rule=easier, note="", operator_id=OPERATOR, now=now())
    schedule_rule(
        slug="garden", number=number, active_from=now() + DAY, operator_id=OPERATOR, now=now()
    )

    html = read(Client(), "/programs/garden")

    assert "20 seats from now on." in html
    assert "A new rule comes" in html
    assert "Easier: instead of more than 5 followers, more than 3 followers." in html


def test_the_list_says_where_the_reader_stands() -> None:
    program, person = make_program(), make_followed(6)
    look(program, person)

    html = sign_in(person).get("/programs").content.decode()

    card = html.partition('href="/programs/garden"')[2].partition("</li>")[0]
    assert "#door-open" in card
    assert "Garden In A place to plant." in words_of(f"<main><a {card}")


def test_who_watches_hears_of_the_next_change_and_can_stop() -> None:
    make_program(capacity=5)
    person = make_person()
    client = sign_in(person)

    button = client.post("/programs/garden/watch", **HTMX).content.decode()
    change_capacity(slug="garden", capacity=6, operator_id=OPERATOR, now=now())
    news = list_notifications(person_id=person.pk).items
    stopped = client.post("/programs/garden/watch", {"off": "1"})

    assert "You hear of changes: stop" in button
    assert [one.kind for one in news] == ["programs.changed"]
    assert stopped.url == "/programs/garden"  # type: ignore[attr-defined]
    assert Watch.objects.count() == 0


def test_a_first_look_is_kept_once_and_not_for_strangers() -> None:
    program, person = make_program(), make_person()
    client = sign_in(person)
    Client().get("/programs/garden")

    for path in ("/programs/garden", ME, ME):
        client.get(path)

    rows = ProgramVisit.objects.values_list("program_id", "person_id")
    assert list(rows) == [(program.pk, person.pk)]


@pytest.mark.parametrize("people", [1, 3])
def test_the_public_page_asks_the_same_few_questions_however_many_are_in(
    people: int, django_assert_num_queries: Any
) -> None:
    program = make_program()
    look(program, *(make_followed(6) for _number in range(people)))

    with django_assert_num_queries(4):
        Client().get("/programs/garden")
    # What is out is written once: a process reads it once.
    with django_assert_num_queries(2):
        Client().get("/programs/garden")


def test_the_list_asks_four_questions(django_assert_num_queries: Any) -> None:
    client = sign_in(make_person())

    with django_assert_num_queries(4):
        client.get("/programs")
