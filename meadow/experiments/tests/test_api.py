"""The API: operators only, by session or by a token with the scope; who else may not is in the matrix."""

import json
from typing import Any

import pytest
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, make_token
from meadow.experiments.models import Experiment
from meadow.experiments.testing import make_experiment
from meadow.runtime.testing import RunningEngines

pytestmark = pytest.mark.django_db
ARMS = [{"key": "control", "weight": 9000}, {"key": "warm", "weight": 1000}]


@pytest.fixture
def boss() -> Person:
    person = make_person("boss")
    Person.objects.filter(pk=person.pk).update(role=Person.Role.OPERATOR)
    return person


def call(person: Person, method: str, path: str, *scopes: str, body: Any = None) -> Any:
    token = make_token(person, *scopes)
    return Client().generic(
        method,
        f"/api/v1/experiments{path}",
        data=json.dumps(body) if body is not None else "",
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )


def test_an_operator_leads_an_experiment_through_its_life(boss: Person) -> None:
    wanted = {"key": "covers", "name": "Two covers", "arms": ARMS, "traffic": 500}

    made = call(boss, "POST", "", "experiments:write", body=wanted)
    started = call(boss, "POST", "/covers/start", "experiments:write")
    grown = call(boss, "PATCH", "/covers", "experiments:write", body={"traffic": 1000})
    stopped = call(boss, "POST", "/covers/stop", "experiments:write")
    read = call(boss, "GET", "/covers", "experiments:read")

    answers = [made, started, grown, stopped, read]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200]
    assert [answer.json()["state"] for answer in answers] == [
        *("draft", "running", "running", "stopped", "stopped")
    ]
    assert read.json()["arms"] == ARMS
    assert read.json()["traffic"] == 1000
    assert "salt" not in read.json()


def test_reading_does_not_let_write(boss: Person) -> None:
    make_experiment("covers")

    answer = call(boss, "POST", "/covers/stop", "experiments:read")

    assert (answer.status_code, answer.json()["code"]) == (403, "accounts.scope_missing")
    assert Experiment.objects.get(key="covers").state == "running"


def test_a_scope_alone_makes_nobody_an_operator(boss: Person) -> None:
    make_experiment("covers")

    answer = call(make_person("ann"), "POST", "/covers/stop", "experiments:write")

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert Experiment.objects.get(key="covers").state == "running"


def test_refusals_have_codes(boss: Person) -> None:
    make_experiment("covers", traffic=5000)
    wanted = {"key": "covers", "name": "Two covers", "arms": ARMS}

    answers = {
        "taken": call(boss, "POST", "", "experiments:write", body=wanted),
        "started": call(boss, "POST", "/covers/start", "experiments:write"),
        "shrunk": call(boss, "PATCH", "/covers", "experiments:write", body={"traffic": 10}),
        "unknown": call(boss, "GET", "/nothing", "experiments:read"),
        "unreadable": call(boss, "GET", "/No-Thing", "experiments:read"),
        "outcome": call(boss, "GET", "/covers/report?outcome=wealth", "experiments:read"),
    }

    assert {name: (one.status_code, one.json()["code"]) for name, one in answers.items()} == {
        "taken": (409, "experiments.key_taken"),
        "started": (409, "experiments.already_started"),
        "shrunk": (409, "experiments.traffic_only_grows"),
        "unknown": (404, "experiments.unknown"),
        "unreadable": (404, "experiments.unknown"),
        "outcome": (422, "experiments.outcome_unknown"),
    }


def test_weights_that_leave_somebody_out_are_refused(boss: Person) -> None:
    arms = [{"key": "control", "weight": 9000}, {"key": "warm", "weight": 999}]
    wanted = {"key": "covers", "name": "Two covers", "arms": arms}

    answer = call(boss, "POST", "", "experiments:write", body=wanted)

    assert answer.status_code == 422
    assert answer.json()["errors"] == {
        "arms": ["The weights are at least 1 each, and 10,000 together."]
    }
    assert not Experiment.objects.exists()


def test_lists_come_page_by_page(boss: Person) -> None:
    for number in range(3):
        make_experiment(f"covers_{number}", running=False)

    first = call(boss, "GET", "?limit=2", "experiments:read").json()
    second = call(boss, "GET", f"?cursor={first['next_cursor']}", "experiments:read").json()

    assert [one["key"] for one in first["items"]] == ["covers_2", "covers_1"]
    assert [one["key"] for one in second["items"]] == ["covers_0"]
    assert second["next_cursor"] is None


def test_a_report_says_that_there_is_not_enough_data_yet(
    boss: Person, warehouse: RunningEngines
) -> None:
    make_experiment("covers")

    answer = call(boss, "GET", "/covers/report?outcome=ctr&confidence=99", "experiments:read")

    assert answer.status_code == 200
    told = answer.json()
    assert told["outcome"] == {"key": "ctr", "name": "Opens an impression", "unit": "ratio"}
    assert told["confidence"] == 99
    assert told["arms"] == [
        {"arm": "control", "people": 0, "reading": None},
        {"arm": "warm", "people": 0, "reading": None},
    ]
    assert told["effects"] == [
        {"arm": "warm", "over": "control", "reading": None, "answer": "not_enough_data"}
    ]
    assert told["arms_mismatch"] is False


def test_outcomes_are_listed(boss: Person) -> None:
    answer = call(boss, "GET", "/outcomes", "experiments:read")

    keys = [one["key"] for one in answer.json()]
    assert keys[:2] == ["read_share", "like_share"]
    assert len(set(keys)) == len(keys) == 9
