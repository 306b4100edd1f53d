"""What if, and by when: the answers beside "Why am I in or out?"."""

import pytest

from meadow.accounts.testing import sign_in
from meadow.core.clock import now
from meadow.programs.testing import make_program
from meadow.programs.tests.people import look, make_followed, state_of
from meadow.programs.tests.reading import DAY, HTMX, ME, read

pytestmark = pytest.mark.django_db


def test_what_if_answers_by_the_same_evaluation() -> None:
    make_program()
    client = sign_in(make_followed(3))

    enough = read(client, "/programs/garden/what-if?followers=3")
    one_less = read(client, "/programs/garden/what-if?followers=2", **HTMX)

    assert "The door would be open You meet every criterion of the rule." in enough
    assert "Followers: 6; asked for: more than 5 followers." in enough
    assert "The door would stay shut You do not meet the rule yet." in one_less
    assert "Followers: 5 of more than 5 followers: 1 to go." in one_less


def test_what_if_of_less_is_the_grace_period() -> None:
    program, person = make_program(grace_days=14), make_followed(6)
    look(program, person)

    html = read(sign_in(person), "/programs/garden/what-if?followers=-1")

    assert "A grace period You would no longer meet the rule, and keep your place until" in html
    assert state_of(program, person) == "admitted"


def test_what_if_with_every_seat_taken_is_the_waitlist() -> None:
    program = make_program(capacity=1)
    look(program, make_followed(6))

    html = read(sign_in(make_followed(3)), "/programs/garden/what-if?followers=3")

    assert "On the waitlist" in html


def test_what_if_says_what_would_still_be_in_the_way() -> None:
    make_program(stage="internal")

    html = read(sign_in(make_followed(3)), "/programs/garden/what-if?followers=3")

    assert "You would meet the rule The program is being tried by the people" in html


def test_what_if_says_which_number_cannot_be_read() -> None:
    make_program()

    answer = sign_in(make_followed(3)).get("/programs/garden/what-if?followers=many")

    assert answer.status_code == 422
    assert "This is not a whole number: write digits only, such as 12." in answer.content.decode()


def test_the_forecast_names_its_method_or_says_why_there_is_none() -> None:
    make_program()
    rule = {"all": [{"key": "age", "metric": "account_age_days", "operator": ">=", "threshold": 9}]}
    make_program("patience", rule=rule)
    person = make_followed(3, joined_at=now() - 2 * DAY)
    client = sign_in(person)

    patience = read(client, "/programs/patience/forecast", **HTMX)
    garden = read(client, f"{ME}?forecast=1")

    assert "In 7 days, on " in patience
    assert "Method: The calendar (calendar)" in patience
    assert "No forecast yet: it takes 14 full days of history, and there are 1." in garden


def test_without_htmx_the_forecast_is_a_part_of_the_page() -> None:
    make_program()

    answer = sign_in(make_followed(3)).get("/programs/garden/forecast")

    assert answer.url == "/programs/garden/me?forecast=1#outlook"  # type: ignore[attr-defined]
