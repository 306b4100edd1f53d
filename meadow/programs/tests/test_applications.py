"""Applications: asking, being answered, refused, appealing and taking it back."""

import pytest

from meadow.decisions.appeal_services import answer_appeal, open_appeal
from meadow.decisions.queries import list_decisions
from meadow.notifications.queries import list_notifications
from meadow.programs.errors import (
    AnswersInvalid,
    CannotApply,
    NotYourOwn,
    ReviewedAlready,
)
from meadow.programs.models import Application
from meadow.programs.queries import list_applications, my_standing
from meadow.programs.services.applications import apply, review_application
from meadow.programs.services.joining import leave
from meadow.programs.testing import make_program
from meadow.programs.tests.people import (
    DAY,
    NOW,
    look,
    make_followed,
    operator,
    outcomes,
    reason_of,
    state_of,
)

pytestmark = pytest.mark.django_db
QUESTIONS = [
    {"key": "topics", "label": {"en": "What about?"}, "max_length": 20},
    {"key": "more", "label": {"en": "More?"}, "required": False},
]


def test_an_application_is_answered_and_lets_in() -> None:
    program, person = make_program(admission="application", questions=QUESTIONS), make_followed(6)
    look(program, person)
    assert state_of(program, person) == ""

    application = apply(slug="garden", person_id=person.pk, answers={"topics": " tea "}, now=NOW)
    assert state_of(program, person) == "applied"
    assert [one.answers for one in list_applications("garden").items] == [
        {"topics": "tea", "more": ""}
    ]

    review_application(
        public_id=application, accept=True, words="", reviewer_id=operator().pk, now=NOW
    )
    assert (state_of(program, person), reason_of(program, person)) == (
        "admitted",
        "application_accepted",
    )
    assert outcomes(person) == ["applied", "admitted"]
    last = list_decisions(person.pk).items[0]
    assert last.decided_by.startswith("operator:p")
    with pytest.raises(ReviewedAlready):
        review_application(
            public_id=application, accept=False, words="No.", reviewer_id=operator().pk, now=NOW
        )


def test_answers_that_are_missing_or_too_long_are_named_and_nothing_is_kept() -> None:
    make_program(admission="application", questions=QUESTIONS)
    person = make_followed(6)

    with pytest.raises(AnswersInvalid) as missing:
        apply(slug="garden", person_id=person.pk, answers={}, now=NOW)
    with pytest.raises(AnswersInvalid) as long:
        apply(slug="garden", person_id=person.pk, answers={"topics": "x" * 21}, now=NOW)

    assert missing.value.fields == {"topics": ["This question needs an answer."]}
    assert long.value.fields == {"topics": ["At most 20 characters fit."]}
    assert Application.objects.count() == 0
    assert outcomes(person) == []


def test_who_does_not_meet_the_rule_cannot_apply_and_hears_why() -> None:
    make_program(admission="application")
    person = make_followed(5)

    with pytest.raises(CannotApply) as refused:
        apply(slug="garden", person_id=person.pk, answers={}, now=NOW)

    assert str(refused.value) == "You do not meet the rule yet."


def test_a_refusal_says_why_and_when_to_apply_again() -> None:
    program = make_program(admission="application", reapply_days=30)
    person = make_followed(6)
    application = apply(slug="garden", person_id=person.pk, answers={}, now=NOW)

    review_application(
        public_id=application,
        accept=False,
        words="Too new.",
        reviewer_id=operator().pk,
        now=NOW,
    )

    found = my_standing("garden", person.pk, NOW)
    assert (found.state, found.words, found.reapply_at) == ("refused", "Too new.", NOW + 30 * DAY)
    look(program, person)
    assert state_of(program, person) == "refused"
    with pytest.raises(CannotApply):
        apply(slug="garden", person_id=person.pk, answers={}, now=NOW + 29 * DAY)
    again = apply(slug="garden", person_id=person.pk, answers={}, now=NOW + 30 * DAY)
    review_application(
        public_id=again, accept=True, words="", reviewer_id=operator().pk, now=NOW + 31 * DAY
    )
    assert outcomes(person) == ["applied", "refused", "applied", "admitted"]
    news = [one.kind for one in list_notifications(person_id=person.pk).items]
    assert news == ["programs.admitted", "programs.refused"]


def test_nobody_answers_their_own_application() -> None:
    make_program(admission="application")
    person = make_followed(6, role="operator")
    application = apply(slug="garden", person_id=person.pk, answers={}, now=NOW)

    with pytest.raises(NotYourOwn):
        review_application(
            public_id=application, accept=True, words="", reviewer_id=person.pk, now=NOW
        )

    assert Application.objects.get().state == "open"


def test_a_granted_appeal_admits() -> None:
    program = make_program(admission="application")
    person, reviewer = make_followed(6), operator()
    application = apply(slug="garden", person_id=person.pk, answers={}, now=NOW)
    review_application(
        public_id=application, accept=False, words="No.", reviewer_id=operator().pk, now=NOW
    )
    decision = my_standing("garden", person.pk, NOW).decision_id

    appeal = open_appeal(
        decision=decision,
        person_id=person.pk,
        words="You looked at somebody else, I believe.",
        now=NOW + DAY,
    )
    answer_appeal(
        appeal=appeal.public_id,
        reviewer_id=reviewer.pk,
        upheld=True,
        words="We mixed you up with somebody else.",
        now=NOW + 2 * DAY,
    )

    assert (state_of(program, person), reason_of(program, person)) == ("admitted", "granted")
    assert outcomes(person) == ["applied", "refused", "appeal.granted", "admitted"]


def test_leaving_an_application_takes_it_back() -> None:
    program = make_program(admission="application")
    person = make_followed(6)
    apply(slug="garden", person_id=person.pk, answers={}, now=NOW)

    leave(slug="garden", person_id=person.pk, now=NOW)

    assert Application.objects.get().state == "withdrawn"
    assert reason_of(program, person) == "application_withdrawn"
