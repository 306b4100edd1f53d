"""Invitations: by name, by code, by an uploaded list."""

import pytest

from meadow.programs.errors import (
    InvitationInvalid,
    ListUnreadable,
)
from meadow.programs.models import Invitation, Membership
from meadow.programs.queries import explain
from meadow.programs.services.invitations import (
    accept_invitation,
    import_list,
    invite_people,
    issue_codes,
    redeem_code,
    revoke_invitation,
)
from meadow.programs.testing import make_program
from meadow.programs.tests.people import (
    DAY,
    NOW,
    look,
    make_followed,
    operator,
    reason_of,
    set_followers,
    state_of,
)

pytestmark = pytest.mark.django_db


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
