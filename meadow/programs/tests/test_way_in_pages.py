"""The pages by which somebody comes in, goes and comes back: application, invitation, leaving."""

import pytest

from meadow.accounts.testing import make_person, sign_in
from meadow.core.clock import now
from meadow.programs.models import Application
from meadow.programs.services.applications import review_application
from meadow.programs.services.invitations import invite_people, issue_codes
from meadow.programs.testing import make_program
from meadow.programs.tests.people import look, make_followed, state_of
from meadow.programs.tests.reading import DAY, ME, OPERATOR, read

pytestmark = pytest.mark.django_db
QUESTIONS = [
    {"key": "why", "label": {"en": "Why you?", "zh-hans": "为什么是你？"}, "max_length": 20},
    {"key": "more", "label": {"en": "Anything else?"}, "max_length": 50, "required": False},
]


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
