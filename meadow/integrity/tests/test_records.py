"""Records on pages and over the API: one's own, and the moderators' side."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.services import block_person
from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.integrity.models import Violation
from meadow.integrity.queries import get_violation, list_violations
from meadow.integrity.testing import make_violation

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
URL = "/api/v1/integrity/violations"
JSON: Any = "application/json"
TOLD = {"rule": "hidden_advertising", "words": "A face cream, and nobody says who paid."}


@pytest.fixture
def warden() -> Person:
    return make_person("warden", role="moderator")


def test_a_person_reads_what_was_recorded_what_mends_it_and_whom_to_ask(warden: Person) -> None:
    ann, operator = make_person("ann"), make_person("runner", role="operator")
    mine = make_violation(ann.pk, moderator_id=warden.pk, subject="nAbc", **TOLD)
    other = make_violation(make_person().pk)

    page = sign_in(ann).get("/settings/record").content.decode()

    assert "Hidden advertising" in page
    assert "A face cream, and nobody says who paid." in page
    assert "Say in the note who paid for it, or delete the note." in page
    assert 'href="/n/nAbc"' in page
    assert f'id="{mine.public_id}"' in page
    assert f'href="/@{warden.handle}"' in page
    assert f'href="/@{operator.handle}"' in page
    assert other.public_id not in page


def test_a_closed_one_says_how_it_ended() -> None:
    ann = make_person()
    make_violation(ann.pk, closed="mistaken")

    page = sign_in(ann).get("/settings/record").content.decode()

    assert "Was a mistake" in page
    assert "Mistaken: it should not have been recorded" in page
    assert "It is gone, and stays so." in page
    assert "What mends it" not in page


def test_a_clean_record_says_so() -> None:
    page = sign_in(make_person()).get("/settings/record").content.decode()

    assert "Nothing is on your record" in page
    assert "When it is set right" not in page


def test_a_moderator_records_closes_and_finds_a_violation(warden: Person) -> None:
    ann = make_person("ann")
    client = sign_in(warden)

    found = client.get("/operator/violations?handle=@ANN")
    told = TOLD | {"subject": "https://meadow.example/n/nAbc?x=1#c"}
    recorded = client.post(found["Location"], told)
    page = client.get("/operator/violations").content.decode()

    assert found["Location"] == recorded["Location"] == "/operator/people/ann/violations"
    [one] = list_violations(person_id=ann.pk).items
    assert (one.rule, one.words, one.subject) == ("hidden_advertising", TOLD["words"], "nAbc")
    assert f'href="/operator/violations/{one.public_id}"' in page
    closing = {"reason": "served", "words": "The note says it now."}
    client.post(f"/operator/violations/{one.public_id}", closing)
    assert get_violation(public_id=one.public_id).state == "closed"
    assert one.public_id not in client.get("/operator/violations").content.decode()
    assert one.public_id in client.get("/operator/violations?state=all").content.decode()


def test_somebody_who_blocked_the_moderator_is_found_all_the_same(warden: Person) -> None:
    ann = make_person("ann")
    block_person(blocker_id=ann.pk, blocked_id=warden.pk, now=NOW)

    assert sign_in(warden).get("/operator/people/ann/violations").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"rule": ""}, "This is still empty: fill it in, or choose something."),
        ({"rule": "jaywalking"}, "cannot be chosen here: choose from what is offered."),
        ({"words": "Too short"}, "at least 10 characters"),
        ({"words": "x" * 1001}, "at most 1000 characters"),
        ({"subject": "not an id at all"}, "This is neither the address of a note nor an id."),
        ({"subject": "n" * 41}, "This is neither the address of a note nor an id."),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field_and_nothing_is_recorded(
    warden: Person, wrong: dict[str, str], sentence: str
) -> None:
    make_person("ann")

    answer = sign_in(warden).post("/operator/people/ann/violations", TOLD | wrong)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Violation.objects.count() == 0


def test_a_form_sent_twice_says_that_it_is_there_already(warden: Person) -> None:
    make_person("ann")
    client = sign_in(warden)
    client.post("/operator/people/ann/violations", TOLD)

    again = client.post("/operator/people/ann/violations", TOLD)

    assert again.status_code == 422
    assert "The same violation, in the same words, is open" in again.content.decode()
    assert Violation.objects.count() == 1


def test_a_handle_that_nobody_has_is_said_beside_the_field(warden: Person) -> None:
    answer = sign_in(warden).get("/operator/violations?handle=nobody_here")

    assert answer.status_code == 422
    assert "There is nobody here by that name." in answer.content.decode()


def test_a_moderator_s_own_record_is_kept_by_another(warden: Person) -> None:
    mine = make_violation(warden.pk)
    client = sign_in(warden)

    record = client.get("/operator/people/warden/violations").content.decode()
    page = client.get(f"/operator/violations/{mine.public_id}").content.decode()
    answers = [
        client.post("/operator/people/warden/violations", TOLD),
        client.post(
            f"/operator/violations/{mine.public_id}",
            {"reason": "mistaken", "words": "It was nothing."},
        ),
    ]

    assert "This is your own record: another moderator keeps it." in record
    assert "Close it" not in page
    assert [one.status_code for one in answers] == [403, 403]
    assert get_violation(public_id=mine.public_id).state == "open"
    assert Violation.objects.count() == 1


def test_a_moderator_finds_the_record_from_the_profile_and_others_see_no_way(
    warden: Person,
) -> None:
    make_person("ann")
    link = 'href="/operator/people/ann/violations"'

    assert link in sign_in(warden).get("/@ann").content.decode()
    assert link not in sign_in(make_person()).get("/@ann").content.decode()
    assert 'href="/operator/violations"' in sign_in(warden).get("/").content.decode()
    assert 'href="/operator/violations"' not in sign_in(make_person()).get("/").content.decode()


def test_a_violation_goes_through_its_life_over_the_api(warden: Person) -> None:
    ann = make_person("ann")
    client = sign_in(warden)

    opened = client.post(URL, TOLD | {"handle": "Ann", "subject": "nAbc"}, content_type=JSON)
    again = client.post(URL, TOLD | {"handle": "ann", "subject": "nAbc"}, content_type=JSON)
    one = opened.json()
    closing = {"reason": "served", "words": "The note says it now."}
    closed = client.post(f"{URL}/{one['id']}/close", closing, content_type=JSON).json()
    twice = client.post(f"{URL}/{one['id']}/close", closing, content_type=JSON)

    assert opened.status_code == 201
    assert one | {"opened_at": ""} == {
        "id": one["id"],
        "handle": "ann",
        "rule": "hidden_advertising",
        "rule_name": "Hidden advertising",
        "forbids": "Praising something for pay without saying so.",
        "mend": "Say in the note who paid for it, or delete the note.",
        "words": TOLD["words"],
        "subject": "nAbc",
        "state": "open",
        "moderator": "warden",
        "opened_at": "",
        "closed": None,
    }
    assert (again.status_code, again.json()["code"]) == (
        409,
        "integrity.violation_recorded_already",
    )
    assert (closed["state"], closed["closed"]["reason"]) == ("closed", "served")
    assert (twice.status_code, twice.json()["code"]) == (409, "integrity.violation_closed_already")
    assert sign_in(ann).get("/api/v1/me/record").json()["items"] == [closed]


@pytest.mark.parametrize(
    "wrong",
    [
        {"words": "Too short"},
        {"words": "x" * 1001},
        {"words": "     blank     "},
        {"words": "ten letters\x00 and more"},
        {"rule": "jaywalking"},
        {"subject": "a b"},
        {"subject": "n" * 41},
        {"handle": ""},
    ],
)
def test_what_does_not_fit_is_a_problem_document_over_the_api(
    warden: Person, wrong: dict[str, str]
) -> None:
    make_person("ann")

    answer = sign_in(warden).post(URL, TOLD | {"handle": "ann"} | wrong, content_type=JSON)

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [next(iter(wrong))]
    assert Violation.objects.count() == 0


def test_a_list_over_the_api_is_cut_as_asked(warden: Person) -> None:
    ann, ben = make_person("ann"), make_person("ben")
    make_violation(ann.pk)
    closed = make_violation(ann.pk, rule="abuse", closed="served").public_id
    open_of_ben = make_violation(ben.pk).public_id
    client = sign_in(warden)

    def ids(query: str) -> list[str]:
        return [one["id"] for one in client.get(f"{URL}?{query}").json()["items"]]

    assert ids("state=closed") == [closed]
    assert ids("rule=abuse") == [closed]
    assert ids("handle=ben") == [open_of_ben]
    assert client.get(f"{URL}?handle=nobody").status_code == 404
    assert client.get(f"{URL}?state=perhaps").status_code == 422


def test_a_token_of_a_moderator_needs_the_scope(warden: Person) -> None:
    def get(scope: str) -> int:
        secret = make_token(warden, scope)
        return Client().get(URL, headers={"Authorization": f"Bearer {secret}"}).status_code

    assert get("integrity:read") == 403
    assert get("moderation:read") == 200
