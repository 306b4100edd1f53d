"""The pages of programs: what a stranger reads, why somebody is in or out, and what they can do."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.utils.formats import date_format

from meadow.accounts.testing import make_person, sign_in
from meadow.core.clock import now
from meadow.notes.testing import make_note
from meadow.notifications.queries import list_notifications
from meadow.programs.models import Application, Membership, Program, ProgramVisit, Watch
from meadow.programs.services.applications import review_application
from meadow.programs.services.invitations import invite_people, issue_codes
from meadow.programs.services.rule_versions import draft_rule, schedule_rule
from meadow.programs.services.stages import change_capacity, kill
from meadow.programs.services.suspensions import suspend
from meadow.programs.testing import ensure_program, make_program
from meadow.programs.tests.people import look, make_followed, set_followers, state_of

pytestmark = pytest.mark.django_db
HTMX: dict[str, Any] = {"headers": {"HX-Request": "true"}}
OPERATOR = 1
DAY = dt.timedelta(days=1)
ME = "/programs/garden/me"
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
QUESTIONS = [
    {"key": "why", "label": {"en": "Why you?", "zh-hans": "为什么是你？"}, "max_length": 20},
    {"key": "more", "label": {"en": "Anything else?"}, "max_length": 50, "required": False},
]


def read(client: Client, path: str, **options: Any) -> str:
    """Return the words of a page, tags and surplus blanks taken out."""
    answer = client.get(path, **options)
    assert answer.status_code == 200, answer.status_code
    return words_of(answer.content.decode())


def words_of(html: str) -> str:
    main = html.partition("<main")[2] or html
    return " ".join(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", main, flags=re.DOTALL).split())


def door_of(client: Client, path: str = ME) -> tuple[str, str]:
    """Return how far the door is drawn open, and the state behind it."""
    html = client.get(path).content.decode()
    found = re.search(r'data-door="(\w*)"\s+data-state="(\w*)"', html)
    assert found is not None
    return found.group(1), found.group(2)


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
    assert "Enter a whole number." in answer.content.decode()


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


def test_applying_asks_says_what_is_missing_and_waits() -> None:
    program = make_program(admission="application", questions=QUESTIONS)
    person = make_followed(6)
    client = sign_in(person)

    page = read(client, "/programs/garden/apply")
    bad = client.post("/programs/garden/apply", {"why": "x" * 21})
    good = client.post("/programs/garden/apply", {"why": "I grow\r\nthings."})

    assert "Why you?" in page
    assert bad.status_code == 422
    assert "at most 20 characters" in bad.content.decode()
    assert good.url == ME  # type: ignore[attr-defined]
    assert state_of(program, person) == "applied"
    assert Application.objects.get().answers == {"why": "I grow\nthings.", "more": ""}
    assert "Your application waits for an answer" in read(client, ME)


def test_who_cannot_apply_reads_why() -> None:
    make_program(admission="application", questions=QUESTIONS)
    client = sign_in(make_followed(3))

    page = read(client, "/programs/garden/apply")
    refused = client.post("/programs/garden/apply", {"why": "Please"})

    assert "You do not meet the rule yet." in page
    assert refused.status_code == 422
    assert "You do not meet the rule yet." in refused.content.decode()


def test_an_application_is_taken_back() -> None:
    program = make_program(admission="application", questions=QUESTIONS)
    person = make_followed(6)
    client = sign_in(person)
    client.post("/programs/garden/apply", {"why": "Please"})

    asked = read(client, "/programs/garden/leave")
    client.post("/programs/garden/leave")

    assert "Nobody reads it any further." in asked
    assert state_of(program, person) != "applied"
    assert Application.objects.get().state == "withdrawn"


def test_a_refusal_says_why_until_when_and_how_to_appeal() -> None:
    make_program(admission="application", questions=QUESTIONS)
    client = sign_in(make_followed(6))
    client.post("/programs/garden/apply", {"why": "Please"})
    review_application(
        public_id=Application.objects.get().public_id,
        accept=False,
        words="Tell us more.",
        reviewer_id=make_person(role="operator").pk,
        now=now(),
    )

    html = read(client, ME)

    assert "Your application was refused" in html
    assert "Tell us more." in html
    assert "You can apply again from" in html
    assert "Appeal" in html


def test_leaving_is_asked_once_more_and_can_be_undone() -> None:
    program, person = make_program(), make_followed(6)
    look(program, person)
    client = sign_in(person)

    asked = read(client, "/programs/garden/leave")
    client.post("/programs/garden/leave")
    left = state_of(program, person)
    page = read(client, ME)
    client.post("/programs/garden/come-back")

    assert "your seat goes to somebody else" in asked
    assert left == "left"
    assert "Come back" in page
    assert state_of(program, person) == "admitted"


def test_who_is_not_in_cannot_leave() -> None:
    make_program()

    answer = sign_in(make_followed(3)).post("/programs/garden/leave")

    assert answer.status_code == 409


def test_an_invitation_by_name_is_accepted_on_the_page() -> None:
    program, person = make_program(admission="invitation", stage="invited"), make_followed(6)
    invite_people(
        slug="garden",
        person_ids=[person.pk],
        expires_at=now() + DAY,
        operator_id=OPERATOR,
        now=now(),
    )
    client = sign_in(person)

    assert "Accept the invitation" in read(client, ME)
    client.post("/programs/garden/accept")

    assert state_of(program, person) == "admitted"


def test_a_code_lets_one_person_in_and_a_wrong_one_says_so() -> None:
    program, person = make_program(admission="invitation", stage="invited"), make_followed(6)
    code = issue_codes(
        slug="garden", count=1, expires_at=now() + DAY, operator_id=OPERATOR, now=now()
    )[0].code
    client = sign_in(person)

    wrong = client.post("/programs/garden/code", {"code": "ABCD-EFGH"})
    right = client.post("/programs/garden/code", {"code": code})

    assert "I have an invitation code" in read(sign_in(make_followed(6)), ME)
    assert wrong.status_code == 422
    assert "This invitation does not work" in wrong.content.decode()
    assert right.url == ME  # type: ignore[attr-defined]
    assert state_of(program, person) == "admitted"


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


@pytest.mark.parametrize("people", [1, 3])
def test_the_public_page_asks_the_same_few_questions_however_many_are_in(
    people: int, django_assert_num_queries: Any
) -> None:
    program = make_program()
    look(program, *(make_followed(6) for _number in range(people)))

    with django_assert_num_queries(4):
        Client().get("/programs/garden")


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

    with django_assert_num_queries(14):
        client.get(ME)


def test_the_list_asks_four_questions(django_assert_num_queries: Any) -> None:
    client = sign_in(make_person())

    with django_assert_num_queries(4):
        client.get("/programs")
