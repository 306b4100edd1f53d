"""The page "Why am I in or out?": the door, what stands behind it, and since when."""

import re
from typing import Any

import pytest
from django.utils.formats import date_format

from meadow.accounts.testing import make_person, sign_in
from meadow.core.clock import now
from meadow.notes.testing import make_note
from meadow.programs.models import Membership, Program
from meadow.programs.services.stages import kill
from meadow.programs.services.suspensions import suspend
from meadow.programs.testing import ensure_program, make_program
from meadow.programs.tests.people import look, make_followed, set_followers
from meadow.programs.tests.reading import DAY, HTMX, ME, OPERATOR, door_of, read

pytestmark = pytest.mark.django_db
READ_NOTES = {
    "all": [
        {
            "key": "notes",
            "metric": "notes_published",
            "operator": ">=",
            "threshold": 2,
            "params": {"within_days": 30},
        }
    ]
}


def test_too_few_followers_are_a_shut_door_with_value_threshold_and_gap() -> None:
    make_program()

    html = read(sign_in(make_followed(3)), ME)

    assert "The door is shut so far" in html
    assert "3 asked for: more than 5 followers" in html
    assert "3 to go" in html
    assert "3 of more than 5 followers: 3 to go." in html
    assert "Nothing was decided about you here yet" in html


def test_who_is_in_sees_the_open_door_the_decision_and_its_receipt() -> None:
    program, person = make_program(), make_followed(6)
    look(program, person, now=now())
    client = sign_in(person)

    html = client.get(ME).content.decode()

    assert door_of(client) == ("open", "admitted")
    assert re.search(r'href="/decisions/d\w+"', html)
    assert re.search(r'href="/decisions/d\w+/receipt.json"', html)
    assert "keep your place for 14 more days" in html


def test_losing_a_criterion_shows_the_grace_period_and_the_way_to_appeal() -> None:
    program, person = make_program(grace_days=14), make_followed(6)
    look(program, person, now=now())
    set_followers(person, 5)
    look(program, person, now=now())
    client = sign_in(person)

    html = read(client, ME)

    assert door_of(client) == ("ajar", "grace")
    assert "Nothing closes yet. Meet the rule again in time and you stay in." in html
    assert "In until" in html
    assert "Appeal" in html


def test_the_kill_switch_shuts_every_door_and_says_that_nobody_loses_their_place() -> None:
    program, person = make_program(), make_followed(6)
    look(program, person)
    kill(slug="garden", operator_id=OPERATOR, now=now())
    client = sign_in(person)

    html = read(client, ME)

    assert door_of(client) == ("shut", "admitted")
    assert "Switched off for everybody" in html
    assert "Nobody loses their place." in html


def test_evidence_says_which_notes_count_which_do_not_and_when_each_leaves() -> None:
    make_program(rule=READ_NOTES)
    person = make_person()
    fresh = now() - DAY
    make_note(person.pk, title="Fresh bread", now=fresh)
    make_note(person.pk, title="Old boots", now=now() - 31 * DAY)

    html = read(sign_in(person), ME)

    assert "1 of 2 count: which, and why the others do not" in html
    assert "Counts Fresh bread Leaves the window:" in html
    assert "Does not count Old boots Older than 30 days." in html
    assert date_format(fresh + 30 * DAY, "DATE_FORMAT") in html
    assert "By time alone it may change on" in html


def test_the_waitlist_says_the_place_and_who_is_before() -> None:
    program = make_program(capacity=1)
    first, second, third = make_followed(6), make_followed(7), make_followed(8)
    for one in (first, second, third):
        look(program, one)

    html = read(sign_in(third), ME)

    assert "Your place is number 2." in html
    assert "A seat that becomes free: 1 person is before you." in html
    assert "1 of 1 taken" in html


def test_a_suspension_shows_the_operators_words() -> None:
    program, person = make_program(), make_followed(6)
    look(program, person)
    suspend(
        slug="garden",
        person_id=person.pk,
        words="Copied photographs.",
        until=None,
        operator_id=OPERATOR,
        now=now(),
    )

    html = read(sign_in(person), ME)

    assert "You are suspended" in html
    assert "Copied photographs." in html


def test_an_open_page_hears_nothing_new_until_something_changed() -> None:
    program, person = make_program(), make_followed(5)
    client = sign_in(person)
    shown = re.search(r'id="program-shown"\s+value="(\w+)"', client.get(ME).content.decode())
    assert shown is not None
    same = client.get(f"{ME}?shown={shown.group(1)}", **HTMX)

    set_followers(person, 6)
    look(program, person, now=now())
    fresh = client.get(f"{ME}?shown={shown.group(1)}", **HTMX)

    assert same.status_code == 204
    assert fresh.status_code == 200
    assert b'data-door="open"' in fresh.content
    assert b"<main" not in fresh.content


def test_staff_learn_that_the_door_is_open_to_them() -> None:
    make_program()
    client = sign_in(make_person(role="operator"))

    assert door_of(client) == ("open", "")
    assert "Open to you: you help to run this community" in read(client, ME)


def test_the_open_studio_is_one_press_away() -> None:
    program = ensure_program("creator-center")
    assert isinstance(program, Program)
    person = make_person()
    look(program, person)
    assert not Membership.objects.filter(person=person).exists()

    html = sign_in(make_person(role="operator")).get("/programs/creator-center/me").content.decode()

    assert 'href="/studio"' in html.partition("<main")[2]


@pytest.mark.parametrize("notes", [1, 5])
def test_the_personal_page_asks_the_same_few_questions_however_many_notes_there_are(
    notes: int, django_assert_num_queries: Any
) -> None:
    make_program(rule=READ_NOTES)
    person = make_person()
    for _number in range(notes):
        make_note(person.pk, now=now() - DAY)
    client = sign_in(person)
    client.get(ME)

    with django_assert_num_queries(8):
        client.get(ME)
