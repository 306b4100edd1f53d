"""Decisions over the API: one's own, receipts for anybody, and appeals to their answer."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core.clock import now
from meadow.decisions import queries
from meadow.decisions.models import Appeal
from meadow.decisions.testing import WHEN, WORDS, make_appeal, make_decision, make_decisions

pytestmark = pytest.mark.django_db
JSON = "application/json"


def post(client: Client, path: str, body: Any, **options: Any) -> Any:
    return client.post(f"/api/v1{path}", body, content_type=JSON, **options)


def test_a_decision_says_values_and_reasons_in_words() -> None:
    ann = make_person()
    made = make_decision(ann)

    read = sign_in(ann).get(f"/api/v1/decisions/{made.public_id}").json()

    assert read == {
        "id": made.public_id,
        "scope": "example/door",
        "capability": "door.open",
        "outcome": "refused",
        "title": "The example door",
        "outcome_text": "Not admitted",
        "rule_version": "3",
        "inputs": {"followers": 4812, "notes_with_reads": 12},
        "reasons": [
            {
                "code": "example.too_few",
                "params": {"metric": "followers", "gap": 189},
                "text": "189 more followers are needed.",
            }
        ],
        "decided_at": "2026-05-01T12:00:00Z",
        "valid_until": None,
        "appeal_until": "2026-05-15T12:00:00Z",
        "decided_by": "rule",
        "appeal_state": "",
    }


def test_own_decisions_come_in_pages_and_by_scope() -> None:
    ann = make_person()
    ids = make_decisions(ann, 3)
    other = make_decision(ann, scope="example/window")
    make_decision(make_person())
    client = sign_in(ann)

    first = client.get("/api/v1/decisions?size=2").json()
    second = client.get(f"/api/v1/decisions?size=2&cursor={first['next_cursor']}").json()
    scoped = client.get("/api/v1/decisions?scope=example/window").json()
    cut = client.get("/api/v1/decisions?outcome=admitted").json()

    names = [queries.get_decisions(ids)[pk].public_id for pk in ids]
    found = [one["id"] for one in (*first["items"], *second["items"])]
    assert found == [other.public_id, *names[::-1]]
    assert second["next_cursor"] is None
    assert [one["id"] for one in scoped["items"]] == [other.public_id]
    assert cut["items"] == []
    assert client.get("/api/v1/decisions?cursor=nonsense").status_code == 400
    assert client.get("/api/v1/decisions?outcome=No%20Outcome").status_code == 422
    assert client.get("/api/v1/decisions?scope=No%20Scope").status_code == 422


def test_a_stranger_checks_a_receipt_and_learns_what_is_wrong() -> None:
    ann = make_person()
    made = make_decision(ann)
    receipt = sign_in(ann).get(f"/api/v1/decisions/{made.public_id}/receipt").json()
    changed = receipt | {"document": receipt["document"].replace("4812", "5812")}

    good = post(Client(), "/decisions/verify", receipt).json()
    bad = post(Client(), "/decisions/verify", changed).json()
    none = post(Client(), "/decisions/verify", {"kind": "meadow.receipt.v1"}).json()
    keys = Client().get("/api/v1/decisions/keys").json()

    assert (good["valid"], good["problems"]) == (True, [])
    assert good["decision"]["inputs"] == {"followers": 4812, "notes_with_reads": 12}
    assert bad == {
        "valid": False,
        "problems": [
            {
                "code": "path",
                "place": "path",
                "text": "The decision is not in the batch: a byte of it or of its path was changed.",
            }
        ],
        "decision": None,
    }
    assert {problem["code"] for problem in none["problems"]} == {"shape"}
    assert [{"id": key["id"], "public": key["public"]} for key in keys["items"]] == [receipt["key"]]
    assert keys["items"][0]["last_used_at"] == "2026-05-01T12:00:00Z"


def test_what_is_no_object_is_refused_with_a_problem_document() -> None:
    answer = post(Client(), "/decisions/verify", [1, 2])

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


def test_checking_is_limited() -> None:
    client = Client()
    answers = [post(client, "/decisions/verify", {}).status_code for _ in range(61)]

    assert answers == [200] * 60 + [429]


def test_an_appeal_goes_to_its_answer() -> None:
    ann, moderator = make_person(), make_person(role="moderator")
    made = make_decision(ann, appeal_until=now() + dt.timedelta(days=1))
    own, keeper = sign_in(ann), sign_in(moderator)

    opened = post(own, f"/decisions/{made.public_id}/appeal", {"words": WORDS})
    twice = post(own, f"/decisions/{made.public_id}/appeal", {"words": WORDS})
    short = post(own, f"/decisions/{made.public_id}/appeal", {"words": "Please."})
    name = opened.json()["id"]
    queue = keeper.get("/api/v1/appeals").json()
    answered = post(
        keeper,
        f"/appeals/{name}/answer",
        {"upheld": True, "words": "You are right: it was in the window."},
    )
    again = post(
        keeper,
        f"/appeals/{name}/answer",
        {"upheld": False, "words": "On second thoughts, it was not."},
    )
    read = own.get(f"/api/v1/appeals/{name}").json()

    assert (opened.status_code, opened.json()["state"]) == (201, "open")
    assert (twice.status_code, twice.json()["code"]) == (409, "decisions.appeal_opened_already")
    assert short.status_code == 422
    assert [one["id"] for one in queue["items"]] == [name]
    assert answered.status_code == 200
    assert (again.status_code, again.json()["code"]) == (409, "decisions.appeal_answered_already")
    assert (read["state"], read["answer"]) == ("granted", "You are right: it was in the window.")
    assert own.get(f"/api/v1/decisions/{read['ruling']}").json()["outcome"] == "appeal.granted"


def test_a_closed_decision_says_why_it_cannot_be_appealed_against() -> None:
    ann = make_person()
    made = make_decision(ann, appeal_until=WHEN)

    answer = post(sign_in(ann), f"/decisions/{made.public_id}/appeal", {"words": WORDS})

    assert (answer.status_code, answer.json()["code"]) == (409, "decisions.appeal_too_late")
    assert answer.json()["detail"] == "Its page says what would change it."
    assert Appeal.objects.count() == 0


def test_moderators_read_what_was_appealed_against_and_nothing_else() -> None:
    ann = make_person()
    quiet, loud = make_decision(ann), make_decision(ann)
    make_appeal(loud)
    moderator = sign_in(make_person(role="moderator"))
    operator = sign_in(make_person(role="operator"))

    seen = {
        name: [
            client.get(f"/api/v1/decisions/{one.public_id}").status_code for one in (quiet, loud)
        ]
        for name, client in (("moderator", moderator), ("operator", operator))
    }

    assert seen == {"moderator": [404, 200], "operator": [200, 200]}


def test_a_token_that_reads_does_not_appeal() -> None:
    ann = make_person()
    made = make_decision(ann, appeal_until=now() + dt.timedelta(days=1))
    reading: Any = {"Authorization": f"Bearer {make_token(ann, 'decisions:read')}"}

    read = Client().get(f"/api/v1/decisions/{made.public_id}", headers=reading)
    written = post(
        Client(), f"/decisions/{made.public_id}/appeal", {"words": WORDS}, headers=reading
    )

    assert (read.status_code, written.status_code) == (200, 403)
    assert Appeal.objects.count() == 0
