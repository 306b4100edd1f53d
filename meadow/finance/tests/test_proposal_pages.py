"""Transfers by hand in pages, files and the API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core.clock import now
from meadow.finance.models import Proposal
from meadow.finance.queries import get_proposal
from meadow.finance.services import approve
from meadow.finance.testing import make_operator, make_proposal
from meadow.ledger.models import Account, Transfer
from meadow.ledger.testing import wallet

pytestmark = pytest.mark.django_db
ROOT = "/operator/finance/proposals"
API = "/api/v1/operator/finance/proposals"


@pytest.fixture
def first() -> Person:
    return make_operator("first")


@pytest.fixture
def second() -> Person:
    return make_operator("second")


def written(**given: str) -> dict[str, str]:
    return {
        "kind": "correction",
        "giver": "@ann",
        "taker": "platform:corrections",
        "amount": "3",
        "unit": "CNY",
        "words": "It was booked twice.",
        "reference": "order 7",
        "key": "k",
    } | given


def test_a_look_before_proposing_moves_and_keeps_nothing(first: Person) -> None:
    wallet(str(make_person("ann").pk), 200)

    page = sign_in(first).post(f"{ROOT}/new", written(step="preview")).content.decode()

    assert all(words in page for words in ("¥2.00", "-¥1.00", "¥1.00 is missing", "Propose it"))
    assert "opens with this transfer" in page
    assert (Proposal.objects.count(), Account.objects.filter(kind="platform").count()) == (0, 0)


def test_a_form_sent_twice_is_one_proposal_and_another_operator_books_it(
    first: Person, second: Person
) -> None:
    ann = make_person("ann")
    wallet(str(ann.pk), 800)
    client = sign_in(first)

    sent = [client.post(f"{ROOT}/new", written(step="propose")) for _number in range(2)]
    page = sent[0].headers["Location"]
    alone = client.post(page, {"act": "approve"})
    booked = sign_in(second).post(page, {"act": "approve"}, follow=True).content.decode()

    assert [one.headers["Location"] for one in sent] == [page, page]
    assert alone.status_code == 403
    assert "another operator has to decide it" in alone.content.decode()
    assert "Approved and booked" in booked
    own = sign_in(ann)
    line = own.get("/wallet").content.decode()
    assert "Correction" in line
    assert page.replace(ROOT, "/wallet/transfers") in line
    told = own.get(page.replace(ROOT, "/wallet/transfers")).content.decode()
    assert all(words in told for words in ("¥3.00", "It was booked twice.", "order 7", "appeal"))
    receipt = own.get(f"/decisions/{Proposal.objects.get().decision}").content.decode()
    assert "It was booked twice." in receipt


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"giver": "@nobody.here"}, "@nobody.here names"),
        ({"amount": "3.001"}, "Write an amount such as"),
        ({"amount": "0"}, "above zero"),
        ({"taker": "@ann"}, "the same account"),
        ({"giver": "@first"}, "your own"),
        ({"words": " "}, "required"),
    ],
)
def test_what_does_not_fit_is_said_beside_the_form(
    first: Person, given: dict[str, str], said: str
) -> None:
    wallet(str(make_person("ann").pk), 800)

    answer = sign_in(first).post(f"{ROOT}/new", written(step="propose", **given))

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Proposal.objects.exists()


def test_a_refusal_needs_words_and_a_file_holds_no_formula(first: Person, second: Person) -> None:
    make_person("ann")
    asked = make_proposal(first.pk, taker="@ann", words="=1+1", now=now())
    client = sign_in(second)

    silent = client.post(f"{ROOT}/{asked.public_id}", {"act": "refuse", "words": ""})
    client.post(f"{ROOT}/{asked.public_id}", {"act": "refuse", "words": "Not so."})

    assert silent.status_code == 422
    assert get_proposal(asked.public_id).answer == "Not so."
    file = client.get(f"{ROOT}.csv?which=all").content.decode("utf-8-sig").splitlines()
    assert ",5.00,CNY,'=1+1,,first," in file[1]
    assert ",second," in file[1]


def test_the_api_needs_a_key_answers_again_and_refuses_another_body(
    first: Person, second: Person
) -> None:
    make_person("ann")
    asked = make_proposal(first.pk, taker="@ann", now=now())
    token = make_token(second, "finance:read", "finance:write")

    def send(path: str, body: dict[str, Any], **headers: str) -> Any:
        return Client().post(
            f"{API}{path}",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", **headers},
        )

    wanted = {
        "kind": "goodwill",
        "giver": "platform:goodwill",
        "taker": "@ann",
        "amount": 7,
        "words": "Thanks.",
    }
    key = {"Idempotency-Key": "one"}
    assert send("", wanted).json()["code"] == "idempotency.key_missing"
    made = [send("", wanted, **key).json() for _number in range(2)]
    other = send("", wanted | {"amount": 8}, **key)
    approved = [
        send(f"/{asked.public_id}/approve", {}, **{"Idempotency-Key": "two"}) for _number in "ab"
    ]

    assert made[0] == made[1]
    assert (other.status_code, Proposal.objects.count()) == (422, 2)
    assert [one.json()["state"] for one in approved] == ["posted", "posted"]
    assert Transfer.objects.count() == 1
    assert made[0]["taker"]["then"] == 7
    mine = send(f"/{made[0]['id']}/approve", {}, **{"Idempotency-Key": "three"})
    assert (mine.status_code, mine.json()["code"]) == (403, "finance.second_person_needed")


def test_a_list_of_proposals_takes_the_same_questions_for_any_number(
    first: Person, second: Person, django_assert_num_queries: Callable[..., Any]
) -> None:
    client = sign_in(second)
    for number in range(12):
        make_person(f"person{number}")
        asked = make_proposal(first.pk, taker=f"@person{number}", now=now())
        if number % 2:
            approve(proposal=asked.public_id, operator_id=second.pk, now=now())
    client.get(ROOT)

    with django_assert_num_queries(6):
        page = client.get(f"{ROOT}?which=all").content.decode()

    assert page.count("¥5.00") == 12
