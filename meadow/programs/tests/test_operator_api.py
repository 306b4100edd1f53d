"""The bench over the API: the same services as the pages, the same refusals as problem documents."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, make_token
from meadow.core import clock
from meadow.programs.models import ChangeLog, Invitation, Program, RuleVersion
from meadow.programs.services.applications import apply
from meadow.programs.services.invitations import redeem_code
from meadow.programs.testing import make_program
from meadow.programs.tests.people import look, make_followed, state_of

pytestmark = pytest.mark.django_db
GARDEN = "/api/v1/operator/programs/garden"


@pytest.fixture
def operator() -> Person:
    return make_person("the_operator", role="operator")


@pytest.fixture
def program() -> Program:
    return make_program(rule=more_than(10))


class Caller:
    """A client with a token."""

    def __init__(self, person: Person, scope: str = "programs:operate") -> None:
        self.client = Client(headers={"Authorization": f"Bearer {make_token(person, scope)}"})

    def __call__(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """Send one request and return its JSON; the status must be this one."""
        options = {"data": body, "content_type": "application/json"} if body is not None else {}
        answer = getattr(self.client, method)(path, **options)
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content else None


@pytest.fixture
def call(operator: Person) -> Caller:
    return Caller(operator)


def more_than(followers: int) -> dict[str, Any]:
    one = {"key": "followers", "metric": "followers", "operator": ">", "threshold": followers}
    return {"all": [one]}


def test_programs_are_listed_with_their_figures_in_the_same_queries(
    call: Caller, program: Program
) -> None:
    look(program, make_followed(15), make_followed(16), now=clock.now())
    call("post", f"{GARDEN}/rules", {"rule": more_than(20)}, status=201)
    with CaptureQueriesContext(connection) as few:
        found = call("get", "/api/v1/operator/programs")
    for name in ("one", "two"):
        make_program(name)
    with CaptureQueriesContext(connection) as many:
        call("get", "/api/v1/operator/programs")

    [garden] = [one for one in found if one["slug"] == "garden"]
    assert (garden["states"], garden["drafts"], garden["applications"]) == ({"admitted": 2}, 1, 0)
    assert len(many) == len(few)
    assert call("get", GARDEN)["states"] == {"admitted": 2}
    assert call("get", f"{GARDEN}/funnel")["inside"] == 2


def test_a_draft_lives_from_its_first_word_to_its_day(call: Caller, program: Program) -> None:
    look(program, make_followed(15), now=clock.now())

    made = call("post", f"{GARDEN}/rules", {"rule": more_than(20), "note": " Quiet. "}, status=201)
    number = made["number"]
    changed = call("put", f"{GARDEN}/rules/{number}", {"rule": more_than(30)})
    copied = call("post", f"{GARDEN}/rules/{number}/copy", status=201)
    call("delete", f"{GARDEN}/rules/{copied['number']}", status=204)
    words = call("get", f"{GARDEN}/difference?a=1&b={number}")
    soon = call("post", f"{GARDEN}/rules/{number}/schedule", {}, status=409)
    late = clock.now() + dt.timedelta(days=20)
    body = {"active_from": late.isoformat()}
    planned = call("post", f"{GARDEN}/rules/{number}/schedule", body)
    never = call(
        "post",
        f"{GARDEN}/rules/{number}/schedule",
        {"active_from": "9999-12-31T23:59:59+00:00"},
        status=422,
    )
    back = call("post", f"{GARDEN}/rules/{number}/unschedule")

    assert (made["state"], made["note"]) == ("draft", "Quiet.")
    assert changed["rule"]["all"][0]["threshold"] == 30
    assert words["changes"] == [
        "Harder: instead of more than 10 followers, more than 30 followers."
    ]
    assert (soon["code"], soon["params"]["people"]) == ("programs.notice_too_short", 1)
    assert (planned["told"], planned["version"]["state"]) == (1, "scheduled")
    assert never["code"] == "invalid_input"
    assert back["state"] == "draft"
    assert [one["number"] for one in call("get", f"{GARDEN}/rules")] == [number, 1]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({}, "programs.rule_invalid"),
        ({"all": []}, "programs.rule_invalid"),
        ({"all": [{"metric": "charm"}]}, "programs.rule_invalid"),
        ({"all": ["\x00"]}, "invalid_input"),
        ({"all": [10**30]}, "invalid_input"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(
    call: Caller, program: Program, rule: Any, code: str
) -> None:
    refused = call("post", f"{GARDEN}/rules", {"rule": rule}, status=422)

    assert refused["code"] == code
    assert RuleVersion.objects.filter(program=program).count() == 1


def test_published_versions_are_left_alone(call: Caller, program: Program) -> None:
    for method, path, body in (
        ("put", "rules/1", {"rule": more_than(1)}),
        ("delete", "rules/1", None),
        ("post", "rules/1/schedule", {}),
        ("post", "rules/1/unschedule", None),
    ):
        refused = call(method, f"{GARDEN}/{path}", body, status=409)
        assert refused["code"] == "programs.version_published"
    assert call("get", f"{GARDEN}/rules/9", status=404)["code"] == "programs.version_missing"


def test_a_rule_is_retired_with_a_word_in_the_log(call: Caller, program: Program) -> None:
    assert call("post", f"{GARDEN}/retire-rule", {"note": "no"}, status=422)["errors"]["note"]
    assert call("post", f"{GARDEN}/retire-rule", {"note": "Unfair."}) == {"number": 1}
    assert call("get", GARDEN)["rule"] is None
    again = call("post", f"{GARDEN}/retire-rule", {"note": "Unfair."}, status=409)
    assert again["code"] == "programs.nothing_in_force"


def test_a_dry_run_counts_lists_and_changes_nothing(call: Caller, program: Program) -> None:
    look(program, make_followed(15), now=clock.now())
    newcomers = [make_followed(30 + number, region="DE") for number in range(3)]
    number = call("post", f"{GARDEN}/rules", {"rule": more_than(20)}, status=201)["number"]

    run = call("get", f"{GARDEN}/rules/{number}/dry-run")
    first = call("get", f"{GARDEN}/rules/{number}/dry-run/people?who=enters&size=2")
    second = call(
        "get",
        f"{GARDEN}/rules/{number}/dry-run/people?who=enters&size=2&cursor={first['next_cursor']}",
    )
    make_followed(90)
    kept = call("get", f"{GARDEN}/rules/{number}/dry-run")
    again = call("post", f"{GARDEN}/rules/{number}/dry-run")

    assert (run["tally"]["enters"], run["tally"]["dropped"]) == (3, 1)
    assert [one["by"] for one in run["cuts"]] == ["joined", "region", "age", "followers"]
    assert [group["label"] for group in run["cuts"][1]["groups"]] == ["Germany", "Does not say"]
    listed = [*first["items"], *second["items"]]
    assert [one["handle"] for one in listed] == [one.handle for one in newcomers]
    assert (listed[0]["values"], listed[0]["gaps"]) == ({"followers": 30}, {"followers": 0})
    assert (first["count"], second["next_cursor"]) == (3, None)
    assert (kept["as_of"], kept["tally"]) == (run["as_of"], run["tally"])
    assert again["tally"]["enters"] == 4
    assert not ChangeLog.objects.filter(program=program).exists()


@pytest.mark.parametrize("query", ["who=everybody", "size=0", "size=101", "cursor=" + "x" * 501])
def test_a_list_that_does_not_exist_is_refused(call: Caller, program: Program, query: str) -> None:
    call("get", f"{GARDEN}/rules/1/dry-run/people?{query}", status=422)
    call("get", f"{GARDEN}/rules/1/dry-run/people?cursor=rubbish", status=400)


def test_two_versions_stand_side_by_side(call: Caller, program: Program) -> None:
    make_followed(30)
    make_followed(40)
    numbers = [
        call("post", f"{GARDEN}/rules", {"rule": more_than(most)}, status=201)["number"]
        for most in (20, 35)
    ]

    found = call("get", f"{GARDEN}/comparison?a={numbers[0]}&b={numbers[1]}")

    assert (found["both"], found["only_a"], found["only_b"]) == (1, 1, 0)
    assert found["a"]["as_of"] == found["b"]["as_of"]
    call("get", f"{GARDEN}/comparison?a=1", status=422)
    call("get", f"{GARDEN}/comparison?a=1&b=99", status=404)


def test_settings_change_together_and_what_is_left_out_stays(
    call: Caller, program: Program
) -> None:
    look(program, make_followed(15), make_followed(16), now=clock.now())

    changed = call(
        "patch",
        f"{GARDEN}/settings",
        {"stage": "percentage", "percentage": 20, "regions": ["DE", "CN"], "capacity": 2},
    )
    small = call("patch", f"{GARDEN}/settings", {"capacity": 1, "percentage": 30}, status=409)
    wrong = call("patch", f"{GARDEN}/settings", {"capacity": 1, "regions": ["ZZ"]}, status=422)
    typed = call("patch", f"{GARDEN}/settings", {"percentage": 101, "stage": None}, status=422)
    free = call("patch", f"{GARDEN}/settings", {"capacity": None})

    assert (changed["stage"], changed["percentage"], changed["capacity"]) == ("percentage", 20, 2)
    assert (changed["regions"], changed["grace_days"]) == (["CN", "DE"], 14)
    assert small["code"] == "programs.capacity_below_seats"
    assert sorted(wrong["errors"]) == ["capacity", "regions"]
    assert sorted(typed["errors"]) == ["percentage", "stage"]
    assert (free["capacity"], free["percentage"]) == (None, 20)


def test_switches_questions_and_steps(call: Caller, program: Program) -> None:
    for act, shown in (("pause", "is_paused"), ("kill", "is_closed")):
        assert call("post", f"{GARDEN}/switch", {"act": act, "note": "A leak."})[shown]
    for act, shown in (("resume", "is_paused"), ("revive", "is_closed")):
        assert not call("post", f"{GARDEN}/switch", {"act": act, "note": "Mended."})[shown]
    question = {"key": "why", "label": {"en": "Why?", "zh-hans": "为什么？"}, "options": ["A", "B"]}

    asked = call("put", f"{GARDEN}/questions", {"questions": [question]})
    alone = {"questions": [{**question, "options": ["A"]}]}
    refused = call("put", f"{GARDEN}/questions", alone, status=422)
    steps = call("put", f"{GARDEN}/pilot", {"steps": [{"days": 7, "graduation": more_than(50)}]})
    unknown = call("put", f"{GARDEN}/pilot", {"steps": [{"days": 0}]}, status=422)

    assert asked["questions"][0]["label"] == "Why?"
    assert refused["errors"] == {
        "0.options": ["Give two answers or more that are not the same, or none."]
    }
    assert steps["pilot"][0]["days"] == 7
    assert unknown["code"] == "programs.pilot_invalid"
    kinds = ChangeLog.objects.filter(program=program).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["paused", "killed", "resumed", "revived", "questions", "pilot"]


def test_a_cohort_names_whom_nobody_is_called(call: Caller, program: Program) -> None:
    person = make_followed(1)

    found = call("put", f"{GARDEN}/cohort", {"handles": [f"@{person.handle}", "nobody_here"]})

    assert found == {"handles": [person.handle], "unknown": ["nobody_here"]}
    assert call("get", f"{GARDEN}/cohort")["handles"] == [person.handle]


def test_places_are_given_and_closed_by_hand(call: Caller, program: Program) -> None:
    person = make_followed(1)
    place = f"{GARDEN}/people/{person.handle}"

    granted = call("post", f"{place}/grant", {"words": "A guest of the house."})
    closed = call("post", f"{place}/suspension", {"words": "A quarrel."})
    twice = call("post", f"{place}/suspension", {"words": "A quarrel."}, status=409)
    opened = call("post", f"{place}/suspension/lift", {"words": "Made up."})
    ended = call("delete", f"{place}/grant")
    far = {"words": "For good.", "until": "2999-01-01T00:00:00Z"}
    call("post", f"{place}/grant", far, status=422)

    states = [one["state"] for one in (granted, closed, opened, ended)]
    assert states == ["admitted", "suspended", "admitted", "grace"]
    assert twice["code"] == "programs.standing_missing"
    assert call("get", place)["state"] == "grace"
    [line] = call("get", f"{GARDEN}/people?state=grace")["items"]
    assert (line["handle"], line["reason"]) == (person.handle, "criteria_lost")
    call("get", f"{GARDEN}/people/nobody_here", status=404)


def test_codes_and_lists_invite(call: Caller, program: Program) -> None:
    Program.objects.filter(pk=program.pk).update(stage="invited", admission="invitation")
    first, second = make_followed(15), make_followed(15)

    codes = call("post", f"{GARDEN}/invitations/codes", {"count": 2, "days": 7}, status=201)
    redeem_code(slug="garden", code=codes[0]["code"], person_id=first.pk, now=clock.now())
    text = f"handle\n{second.handle}\nnobody_here\n{second.handle}\n!!\n"
    report = call("post", f"{GARDEN}/invitations/list", {"csv": text})
    page = call("get", f"{GARDEN}/invitations?size=1")

    assert state_of(program, first) == "admitted"
    assert [(one["line"], one["result"]) for one in report] == [
        (2, "invited"),
        (3, "unknown"),
        (4, "repeated"),
        (5, "unreadable"),
    ]
    assert page["items"][0]["handle"] == second.handle
    assert page["next_cursor"] is not None
    name = page["items"][0]["id"]
    call("delete", f"{GARDEN}/invitations/{name}", status=204)
    assert Invitation.objects.get(public_id=name).revoked_at is not None
    call("post", f"{GARDEN}/invitations/codes", {"count": 1001}, status=422)
    call("post", f"{GARDEN}/invitations/list", {"csv": "\n\n"}, status=422)


def test_moderators_answer_applications_and_nothing_else(program: Program) -> None:
    Program.objects.filter(pk=program.pk).update(admission="application")
    moderator, applicant = make_person(role="moderator"), make_followed(50)
    name = apply(slug="garden", person_id=applicant.pk, answers={}, now=clock.now())
    call = Caller(moderator)

    [waiting] = call("get", "/api/v1/operator/applications?program=garden")["items"]
    silent = call(
        "post", f"/api/v1/operator/applications/{name}/answer", {"accept": False}, status=422
    )
    done = call("post", f"/api/v1/operator/applications/{name}/answer", {"accept": True})
    call("post", f"/api/v1/operator/applications/{name}/answer", {"accept": True}, status=409)
    call("get", "/api/v1/operator/programs", status=403)

    assert (waiting["id"], waiting["handle"]) == (name, applicant.handle)
    assert silent["code"] == "programs.answers_invalid"
    assert (done["state"], done["reviewer"]) == ("accepted", moderator.handle)
    assert state_of(program, applicant) == "admitted"


def test_a_token_needs_its_scope(operator: Person, program: Program) -> None:
    call = Caller(operator, "programs:read")

    assert call("get", GARDEN, status=403)["code"] == "accounts.scope_missing"
    assert (
        call("get", "/api/v1/operator/applications", status=403)["code"] == "accounts.scope_missing"
    )
