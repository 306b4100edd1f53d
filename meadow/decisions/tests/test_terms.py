"""The terms of appeals are data: versions that stay, changed by operators, read by anybody."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection
from django.test import Client

from meadow.accounts.testing import make_person, sign_in
from meadow.core.errors import InvalidInput
from meadow.core.testing import race
from meadow.decisions import queries
from meadow.decisions.appeal_services import change_terms
from meadow.decisions.errors import TermsChangedMeanwhile
from meadow.decisions.models import AppealTerms
from meadow.decisions.records import TermsRecord
from meadow.decisions.testing import DAY, WHEN, ensure_terms, make_appeal, make_decision

pytestmark = pytest.mark.django_db
JSON = "application/json"


def change(days: int = 3, *, seen: int = 1, now: dt.datetime = WHEN) -> TermsRecord:
    return change_terms(
        answer_days=days, note=" Fewer  wait now. ", seen=seen, operator_id=7, now=now
    )


def test_seven_days_ship() -> None:
    (first,) = queries.list_terms()

    assert (first.number, first.answer_days, first.note, first.operator_id) == (1, 7, "", None)


def test_an_appeal_keeps_the_terms_that_it_was_opened_under() -> None:
    before = make_appeal(make_decision(make_person()))
    changed = change(3, now=WHEN + DAY)
    after = make_appeal(make_decision(make_person()), now=WHEN + DAY)

    old = queries.find_own_appeal(before.public_id, person_id=before.person_id or 0)
    assert (old.terms, old.due_at) == (1, WHEN + 7 * DAY)
    assert (after.terms, after.due_at) == (2, WHEN + 4 * DAY)
    assert (changed.note, changed.operator_id, changed.active_from) == (
        "Fewer wait now.",
        7,
        WHEN + DAY,
    )


def test_terms_hold_from_their_moment_on() -> None:
    change(3, now=WHEN)

    assert queries.terms_in_force(now=WHEN - dt.timedelta(microseconds=1)).number == 1
    assert queries.terms_in_force(now=WHEN).number == 2


@pytest.mark.parametrize("days", [0, 61, -1])
def test_an_answer_takes_a_day_at_least_and_sixty_at_most(days: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        change(days)

    assert refused.value.fields == {"answer_days": ["Give 1 to 60 days."]}
    assert AppealTerms.objects.count() == 1
    with pytest.raises(IntegrityError):
        AppealTerms.objects.create(number=2, answer_days=days, active_from=WHEN)


@pytest.mark.parametrize("note", ["  ", "x" * 501])
def test_a_change_says_why(note: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        change_terms(answer_days=3, note=note, seen=1, operator_id=7, now=WHEN)

    assert list(refused.value.fields) == ["note"]
    assert AppealTerms.objects.count() == 1


@pytest.mark.parametrize("seen", [0, 2])
def test_who_looked_at_other_terms_changes_nothing(seen: int) -> None:
    with pytest.raises(TermsChangedMeanwhile):
        change(seen=seen)

    assert AppealTerms.objects.count() == 1


@pytest.mark.parametrize("statement", ["UPDATE {} SET answer_days = 9", "DELETE FROM {}"])
def test_a_version_stays_as_it_is(statement: str) -> None:
    with (
        pytest.raises(IntegrityError, match="are only added"),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format("decisions_appealterms"))


@pytest.mark.django_db(transaction=True)
def test_two_operators_at_once_make_one_version() -> None:
    ensure_terms()

    tried = race(lambda number: change(number + 2), runners=4)

    assert sum(isinstance(one, TermsRecord) for one in tried) == 1
    assert sum(isinstance(one, TermsChangedMeanwhile) for one in tried) == 3
    assert AppealTerms.objects.count() == 2


def test_anybody_reads_how_appeals_work_and_only_operators_see_the_form() -> None:
    change(3)

    pages = {
        role: (sign_in(make_person(role=role)) if role else Client()).get("/decisions/appeals")
        for role in ("", "member", "moderator", "operator")
    }

    texts = {role: page.content.decode() for role, page in pages.items()}
    assert all("An appeal is answered within 3 days." in text for text in texts.values())
    assert all("Fewer wait now." in text for text in texts.values())
    assert [role for role, text in texts.items() if 'name="answer_days"' in text] == ["operator"]


def test_an_operator_changes_them_on_the_page() -> None:
    warden = make_person("the_warden", role="operator")
    client = sign_in(warden)
    wanted = {"answer_days": "5", "note": "We are more now.", "seen": "1"}

    wrong = client.post("/decisions/appeals", wanted | {"answer_days": "61"})
    changed = client.post("/decisions/appeals", wanted)
    stale = client.post("/decisions/appeals", wanted | {"answer_days": "9"})
    page = client.get("/decisions/appeals").content.decode()

    assert wrong.status_code == 422
    assert "This is too large: write 60 or less." in wrong.content.decode()
    assert (changed.status_code, changed["Location"]) == (302, "/decisions/appeals")
    assert stale.status_code == 422
    assert "Somebody changed these terms while you did." in stale.content.decode()
    assert "We are more now." in page
    assert "@the_warden" in page
    assert [one.answer_days for one in queries.list_terms()] == [5, 7]


def test_the_api_tells_and_changes_them() -> None:
    wanted = {"answer_days": 5, "note": "We are more now.", "seen": 1}
    operator, moderator = (sign_in(make_person(role=role)) for role in ("operator", "moderator"))

    refused = moderator.post("/api/v1/appeals/terms", wanted, content_type=JSON)
    changed = operator.post("/api/v1/appeals/terms", wanted, content_type=JSON)
    stale = operator.post("/api/v1/appeals/terms", wanted, content_type=JSON)
    read = Client().get("/api/v1/appeals/terms").json()

    assert refused.status_code == 403
    assert (changed.status_code, changed.json()["number"]) == (201, 2)
    assert (stale.status_code, stale.json()["code"]) == (409, "decisions.terms_changed_meanwhile")
    assert [(one["number"], one["answer_days"]) for one in read["items"]] == [(2, 5), (1, 7)]
