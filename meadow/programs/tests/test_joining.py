"""Applying, inviting, suspending and appealing, each with its decision."""

import datetime as dt

import pytest

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.core.errors import InvalidInput
from meadow.decisions.appeal_services import answer_appeal, open_appeal
from meadow.decisions.queries import list_decisions
from meadow.notifications.queries import list_notifications
from meadow.programs.errors import (
    AnswersInvalid,
    CannotApply,
    InvitationInvalid,
    ListUnreadable,
    NotYourOwn,
    ReviewedAlready,
)
from meadow.programs.models import Application, Invitation, Membership
from meadow.programs.queries import explain, list_applications, my_standing
from meadow.programs.services.applications import apply, review_application
from meadow.programs.services.grants import grant_place, push_evidence, revoke_grant
from meadow.programs.services.invitations import (
    accept_invitation,
    import_list,
    invite_people,
    issue_codes,
    redeem_code,
    revoke_invitation,
)
from meadow.programs.services.joining import leave
from meadow.programs.services.suspensions import lift_suspension, suspend
from meadow.programs.testing import make_program
from meadow.programs.tests.people import (
    DAY,
    NOW,
    ask,
    look,
    make_followed,
    reason_of,
    set_followers,
    state_of,
)

pytestmark = pytest.mark.django_db
QUESTIONS = [
    {"key": "topics", "label": {"en": "What about?"}, "max_length": 20},
    {"key": "more", "label": {"en": "More?"}, "required": False},
]


def operator() -> Person:
    """Return somebody who runs the installation."""
    return make_person(role="operator")


def outcomes(person: Person) -> list[str]:
    """Return what was decided about somebody, the oldest first."""
    return [one.outcome for one in reversed(list_decisions(person.pk).items)]


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


def test_a_granted_appeal_ends_a_suspension() -> None:
    program, person = make_program(), make_followed(6)
    look(program, person)
    suspend(
        slug="garden",
        person_id=person.pk,
        words="Sold seats.",
        until=None,
        operator_id=operator().pk,
        now=NOW,
    )
    assert not ask(person).allowed

    appeal = open_appeal(
        decision=my_standing("garden", person.pk, NOW).decision_id,
        person_id=person.pk,
        words="That was my brother, as the log shows.",
        now=NOW,
    )
    answer_appeal(
        appeal=appeal.public_id,
        reviewer_id=operator().pk,
        upheld=True,
        words="It was your brother, the log shows it.",
        now=NOW,
    )

    assert ask(person).allowed
    assert reason_of(program, person) == "suspension_lifted"


def test_a_suspension_keeps_the_seat_and_ends_by_itself() -> None:
    program, person, waits = make_program(capacity=1), make_followed(6), make_followed(6)
    look(program, person)
    look(program, waits)

    suspend(
        slug="garden",
        person_id=person.pk,
        words="Cool down.",
        until=NOW + 7 * DAY,
        operator_id=operator().pk,
        now=NOW,
    )
    assert ask(person).reason == "suspended"
    look(program, waits, person, now=NOW + 6 * DAY)
    assert [state_of(program, one) for one in (person, waits)] == ["suspended", "waitlisted"]

    look(program, person, now=NOW + 7 * DAY)
    assert reason_of(program, person) == "suspension_over"
    assert ask(person).allowed


def test_lifting_a_suspension_of_who_lost_a_criterion_begins_their_grace() -> None:
    program, person = make_program(), make_followed(6)
    look(program, person)
    by = operator().pk
    suspend(slug="garden", person_id=person.pk, words="Why.", until=None, operator_id=by, now=NOW)
    set_followers(person, 1)

    lift_suspension(slug="garden", person_id=person.pk, words="Fine.", operator_id=by, now=NOW)

    assert state_of(program, person) == "grace"


def test_an_operator_decides_nothing_about_themselves() -> None:
    program, person = make_program(), make_followed(6, role="operator")
    look(program, person)

    with pytest.raises(NotYourOwn):
        suspend(
            slug="garden",
            person_id=person.pk,
            words="Me.",
            until=None,
            operator_id=person.pk,
            now=NOW,
        )

    assert state_of(program, person) == "admitted"


def test_an_invitation_by_name_opens_the_stage_and_the_rule_still_holds() -> None:
    program = make_program(stage="invited")
    meets, does_not, uninvited = make_followed(6), make_followed(5), make_followed(6)
    look(program, meets, does_not, uninvited)

    results = invite_people(
        slug="garden",
        person_ids=[meets.pk, does_not.pk],
        expires_at=NOW + 7 * DAY,
        operator_id=operator().pk,
        now=NOW,
    )
    look(program, uninvited)

    assert results == {meets.pk: "admitted", does_not.pk: "invited"}
    assert [state_of(program, one) for one in (meets, does_not, uninvited)] == [
        "admitted",
        "invited",
        "",
    ]
    set_followers(does_not, 6)
    look(program, does_not, now=NOW + DAY)
    assert state_of(program, does_not) == "admitted"


def test_an_invitation_that_is_over_opens_nothing() -> None:
    program, person = make_program(stage="invited"), make_followed(5)
    invite_people(
        slug="garden",
        person_ids=[person.pk],
        expires_at=NOW + DAY,
        operator_id=operator().pk,
        now=NOW,
    )
    set_followers(person, 6)

    look(program, person, now=NOW + DAY)

    assert (state_of(program, person), reason_of(program, person)) == ("lapsed", "invitation_over")


def test_where_people_come_in_by_invitation_they_say_yes_first() -> None:
    program = make_program(stage="invited", admission="invitation")
    person = make_followed(6)
    invite_people(
        slug="garden",
        person_ids=[person.pk],
        expires_at=NOW + DAY,
        operator_id=operator().pk,
        now=NOW,
    )
    assert state_of(program, person) == "invited"
    assert explain(person.pk, "garden", NOW).can_accept

    accept_invitation(slug="garden", person_id=person.pk, now=NOW)

    assert reason_of(program, person) == "invitation_accepted"
    assert not explain(person.pk, "garden", NOW).can_accept
    with pytest.raises(InvitationInvalid):
        accept_invitation(slug="garden", person_id=person.pk, now=NOW)


def test_codes_work_once_and_not_when_over_revoked_or_mistyped() -> None:
    program = make_program(stage="invited")
    first, second = make_followed(6), make_followed(6)
    by = operator().pk
    used, over, revoked = issue_codes(
        slug="garden", count=3, expires_at=NOW + DAY, operator_id=by, now=NOW
    )
    redeem_code(slug="garden", code=used.code.replace("-", " "), person_id=first.pk, now=NOW)
    revoke_invitation(slug="garden", public_id=revoked.public_id, operator_id=by, now=NOW)

    for code, now in ((used, NOW), (over, NOW + DAY), (revoked, NOW)):
        with pytest.raises(InvitationInvalid):
            redeem_code(slug="garden", code=code.code, person_id=second.pk, now=now)
    with pytest.raises(InvitationInvalid):
        redeem_code(slug="garden", code="NONE-SUCH", person_id=second.pk, now=NOW)

    assert [state_of(program, one) for one in (first, second)] == ["admitted", ""]
    assert not Invitation.objects.filter(digest__contains=used.code).exists()


def test_a_list_is_imported_with_a_report_of_every_line() -> None:
    make_program(stage="invited")
    ann, ben = make_followed(6, handle="ann"), make_followed(5, handle="ben")
    content = b"handle,why\n@ann,friend\n\nBEN\nnobody_here\nann\nnot a handle!\n"

    report = import_list(
        slug="garden",
        content=content,
        expires_at=NOW + DAY,
        operator_id=operator().pk,
        now=NOW,
    )

    assert [(one.line, one.handle, one.result) for one in report] == [
        (2, "ann", "admitted"),
        (4, "BEN", "invited"),
        (5, "nobody_here", "unknown"),
        (6, "ann", "repeated"),
        (7, "not a handle!", "unreadable"),
    ]
    assert Membership.objects.filter(person__in=[ann, ben]).count() == 2


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe\x00", b"handle\n"])
def test_what_is_no_list_is_refused(content: bytes) -> None:
    make_program(stage="invited")

    with pytest.raises(ListUnreadable):
        import_list(
            slug="garden",
            content=content,
            expires_at=NOW + DAY,
            operator_id=operator().pk,
            now=NOW,
        )


def test_a_grant_lets_in_and_its_end_is_a_grace_period() -> None:
    program, person = make_program(stage="internal"), make_followed(0)
    by = operator().pk

    grant_place(
        slug="garden", person_id=person.pk, reason="Wrote the book.", operator_id=by, now=NOW
    )
    assert reason_of(program, person) == "granted"
    assert my_standing("garden", person.pk, NOW).words == "Wrote the book."

    revoke_grant(slug="garden", person_id=person.pk, operator_id=by, now=NOW)
    assert state_of(program, person) == "grace"


def test_a_grant_that_ends_is_looked_at_on_its_day() -> None:
    program, person = make_program(), make_followed(0)

    grant_place(
        slug="garden",
        person_id=person.pk,
        reason="For a week.",
        operator_id=None,
        until=NOW + 7 * DAY,
        now=NOW,
    )

    row = Membership.objects.get(program=program, person=person)
    assert row.recheck_at == NOW + 7 * DAY
    look(program, person, now=NOW + 7 * DAY)
    assert state_of(program, person) == "grace"


def test_a_grant_needs_a_reason() -> None:
    make_program()
    with pytest.raises(InvalidInput):
        grant_place(
            slug="garden", person_id=make_followed(0).pk, reason=" ", operator_id=None, now=NOW
        )


def test_pushed_evidence_admits_until_it_expires() -> None:
    course = {
        "all": [
            {
                "key": "course",
                "metric": "evidence",
                "operator": ">=",
                "threshold": 50,
                "params": {"name": "course"},
            }
        ]
    }
    program, person = make_program(rule=course), make_followed(0)
    push_evidence(person_id=person.pk, name="course", value=50, now=NOW, expires_at=NOW + 9 * DAY)

    look(program, person)

    row = Membership.objects.get(program=program, person=person)
    assert (row.state, row.recheck_at) == ("admitted", NOW + 9 * DAY)
    look(program, person, now=NOW + 9 * DAY + dt.timedelta(seconds=1))
    assert state_of(program, person) == "grace"


def test_leaving_an_application_takes_it_back() -> None:
    program = make_program(admission="application")
    person = make_followed(6)
    apply(slug="garden", person_id=person.pk, answers={}, now=NOW)

    leave(slug="garden", person_id=person.pk, now=NOW)

    assert Application.objects.get().state == "withdrawn"
    assert reason_of(program, person) == "application_withdrawn"
