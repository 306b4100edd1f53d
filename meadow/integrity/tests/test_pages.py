"""What the accused and the operators see of a case, and who else does not."""

import datetime as dt
from typing import Any

import pytest

from meadow.accounts.services import forget_reading
from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.analytics.words import reason_sentence
from meadow.core.pagination import InvalidCursor
from meadow.integrity.models import TakeBack
from meadow.integrity.queries import get_case, list_cases, list_cases_of
from meadow.integrity.services import take_back_case
from meadow.integrity.testing import WHEN, make_case
from meadow.integrity.words import describe_case

pytestmark = pytest.mark.django_db
LATER = WHEN + dt.timedelta(days=1)


def test_the_accused_reads_the_measured_value_the_limit_and_whom_to_ask() -> None:
    ann, operator = make_person("ann"), make_person("warden", role="operator")
    case = make_case(ann.pseudonym)
    make_case("f" * 32, detector="impossible_rate")

    page = sign_in(ann).get("/me/verdicts").content.decode()

    assert (
        "42 reads in a row came 3 seconds apart on average, and that varied by 0.4 %. "
        "Over 30 reads or more, people vary by more than 12 %." in page
    )
    assert case.public_id in page
    assert "rule version 1" in page
    assert f'href="/@{operator.handle}"' in page
    assert "60" not in page.split("42 reads")[1].split("</p>")[0]
    assert "Not counted" in page


def test_where_nobody_runs_the_place_nobody_is_offered() -> None:
    ann = make_person()
    make_case(ann.pseudonym)

    page = sign_in(ann).get("/me/verdicts").content.decode()

    assert "This community has no operator yet." in page


def test_a_case_that_was_taken_back_says_so_and_why() -> None:
    ann, operator = make_person(), make_person(role="operator")
    case = make_case(ann.pseudonym)
    take_back_case(
        public_id=case.public_id, operator_id=operator.pk, reason="A kiosk of ours.", now=LATER
    )

    page = sign_in(ann).get("/me/verdicts").content.decode()

    assert "Taken back: counts again" in page
    assert "A kiosk of ours." in page


def test_somebody_without_a_case_and_somebody_who_forgot_know_of_nothing() -> None:
    ann, bo = make_person(), make_person()
    make_case(ann.pseudonym)
    before = sign_in(ann).get("/me/verdicts").content.decode()
    forget_reading(person_id=ann.pk)

    pages = [sign_in(person).get("/me/verdicts").content.decode() for person in (ann, bo)]

    assert "Everything was counted" not in before
    for page in pages:
        assert "Everything was counted" in page
        assert "42 reads" not in page


def test_cases_of_a_reader_come_in_pages() -> None:
    ann = make_person()
    ids = [make_case(ann.pseudonym).public_id for _ in range(3)]

    first = list_cases_of(pseudonym=ann.pseudonym, size=2)
    second = list_cases_of(pseudonym=ann.pseudonym, size=2, cursor=first.next_cursor)

    assert [case.public_id for case in (*first.items, *second.items)] == ids[::-1]
    assert second.next_cursor is None
    with pytest.raises(InvalidCursor):
        list_cases(cursor="nonsense")


def test_a_flood_is_described_for_one_and_for_several() -> None:
    case = get_case(public_id=make_case("a" * 32, detector="impossible_rate").public_id)

    assert describe_case(case) == (
        "75 reads fell within 1 minute. One person has time for 60 at most."
    )


def test_operators_list_read_and_take_back_over_the_api() -> None:
    operator = make_person("warden", role="operator")
    client = sign_in(operator)
    one = make_case("a" * 32)
    other = make_case("b" * 32, detector="impossible_rate")

    listed = client.get("/api/v1/integrity/cases").json()
    clocks = client.get("/api/v1/integrity/cases?detector=clockwork&state=stands").json()
    read = client.get(f"/api/v1/integrity/cases/{one.public_id}").json()
    taken = client.post(
        f"/api/v1/integrity/cases/{one.public_id}/take-back",
        {"reason": "A kiosk of ours."},
        content_type="application/json",
    )
    again = client.post(
        f"/api/v1/integrity/cases/{one.public_id}/take-back",
        {"reason": "Once more."},
        content_type="application/json",
    )

    assert [case["id"] for case in listed["items"]] == [other.public_id, one.public_id]
    assert [case["id"] for case in clocks["items"]] == [one.public_id]
    assert (read["state"], read["rule_version"], read["facts"]) == ("stands", 1, 3)
    assert read["measured"] == {"reads": 42, "gap_ms": 3000, "variation": 0.004}
    assert read["limits"] == {"least_reads": 30, "highest_variation": 0.12}
    assert "subject" not in read
    assert taken.status_code == 200
    assert taken.json()["state"] == "taken_back"
    assert taken.json()["taken_back"]["handle"] == "warden"
    assert (again.status_code, again.json()["code"]) == (
        409,
        "integrity.case_taken_back_already",
    )
    assert TakeBack.objects.count() == 1
    assert client.get("/api/v1/integrity/cases?state=stands").json()["items"] == [
        listed["items"][0]
    ]
    assert client.get("/api/v1/integrity/cases/kNowhere").status_code == 404


@pytest.mark.parametrize("role", ["member", "moderator"])
def test_nobody_else_sees_cases_or_takes_them_back(role: str) -> None:
    case = make_case("a" * 32)
    client = sign_in(make_person(role=role))
    path = f"/api/v1/integrity/cases/{case.public_id}"

    answers = [
        client.get("/api/v1/integrity/cases").status_code,
        client.get(path).status_code,
        client.post(
            f"{path}/take-back", {"reason": "Please."}, content_type="application/json"
        ).status_code,
    ]

    assert answers == [403, 403, 403]
    assert TakeBack.objects.count() == 0


def test_an_operator_s_token_needs_the_scope_to_write() -> None:
    case = make_case("a" * 32)
    operator = make_person(role="operator")
    reading: Any = {"Authorization": f"Bearer {make_token(operator, 'integrity:read')}"}
    client = sign_in(make_person())

    read = client.get("/api/v1/integrity/cases", headers=reading)
    written = client.post(
        f"/api/v1/integrity/cases/{case.public_id}/take-back",
        {"reason": "Please."},
        content_type="application/json",
        headers=reading,
    )

    assert (read.status_code, written.status_code) == (200, 403)


def test_late_reasons_are_said_in_words() -> None:
    assert reason_sentence("clockwork") == (
        "These reads came at regular intervals, as a program's do."
    )
    assert reason_sentence("impossible_rate") == (
        "There were more reads than one person has time for."
    )
