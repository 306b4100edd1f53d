"""Drafts as a form, import and export, schedule: what an operator does before a rule holds."""

import datetime as dt
from typing import Any

import orjson
import pytest
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core import clock
from meadow.programs import rules
from meadow.programs.errors import RuleInvalid
from meadow.programs.models import Program, RuleVersion
from meadow.programs.operator.editor import act, from_post, from_rule, to_rule, walk
from meadow.programs.services.rule_versions import draft_rule
from meadow.programs.testing import FOLLOWERS, make_program
from meadow.programs.tests.people import look, make_followed

pytestmark = pytest.mark.django_db
DEEP: dict[str, Any] = {
    "all": [
        {"key": "followers", "metric": "followers", "operator": ">", "threshold": 5000},
        {
            "at_least": 2,
            "of": [
                {"key": "photo", "metric": "has_photo", "operator": "==", "threshold": 1},
                {"key": "bio", "metric": "has_bio", "operator": "==", "threshold": 1},
                {
                    "any": [
                        {
                            "key": "region",
                            "metric": "region_in",
                            "operator": "==",
                            "threshold": 1,
                            "params": {"regions": ["CN", "DE"]},
                        }
                    ]
                },
            ],
        },
    ]
}


@pytest.fixture
def operator() -> Person:
    return make_person("the_operator", role="operator")


@pytest.fixture
def client(operator: Person) -> Client:
    return sign_in(operator)


@pytest.fixture
def program() -> Program:
    return make_program()


def fields_of(rule: dict[str, Any], **more: str) -> dict[str, str]:
    """Return a rule as the form sends it."""
    sent: dict[str, str] = {}
    for node in walk(from_rule(rules.from_json(rule))):
        if node.is_group:
            own = {"type": "group", "mode": node.mode, "k": node.k}
        else:
            own = {
                "type": "criterion",
                "key": node.key,
                "metric": node.metric,
                "operator": node.operator,
                "threshold": node.threshold,
                **{f"p.{key}": value for key, value in node.params.items()},
            }
        sent |= {f"{node.name}.{key}": value for key, value in own.items()}
    return {**sent, "note": "", **more}


def make_draft(rule: dict[str, Any] = FOLLOWERS) -> int:
    return draft_rule(
        slug="garden",
        rule=rule,
        note="",
        operator_id=None,
        now=dt.datetime(2026, 6, 1, tzinfo=dt.UTC),
    )


def kept(number: int) -> Any:
    return RuleVersion.objects.get(program__slug="garden", number=number).rule


def test_a_rule_goes_through_the_form_unchanged() -> None:
    root = from_post(fields_of(DEEP))

    assert rules.to_json(to_rule(root)) == rules.to_json(rules.from_json(DEEP))


def test_a_draft_is_kept_as_it_was_entered(client: Client, program: Program) -> None:
    number = make_draft()

    answer = client.post(
        f"/operator/programs/garden/rules/{number}",
        fields_of(DEEP, note="More ways in.", act="save"),
    )

    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/operator/programs/garden/rules/{number}",
    )
    assert kept(number) == rules.to_json(rules.from_json(DEEP))
    page = client.get(answer["Location"]).content.decode()
    assert "More than 5,000 followers" in page


def test_a_criterion_is_added_and_removed_without_keeping_anything(
    client: Client, program: Program
) -> None:
    number = make_draft()
    address = f"/operator/programs/garden/rules/{number}"

    added = client.post(address, {**fields_of(FOLLOWERS), "act": "add:r", "r.add": "followers"})

    page = added.content.decode()
    assert added.status_code == 200
    assert 'name="r-1.key" value="followers_2"' in page
    assert kept(number) == FOLLOWERS | {"all": [{**FOLLOWERS["all"][0], "params": {}}]}
    root = from_post(fields_of(DEEP))
    assert act(root, "remove:r-1", {})
    assert [one.name for one in walk(root)] == ["r", "r-0"]


def test_what_is_wrong_is_said_beside_its_field(client: Client, program: Program) -> None:
    number = make_draft()
    sent = fields_of(DEEP, act="save") | {"r-1-2-0.p.regions": "CN, XX", "r.mode": "any"}

    answer = client.post(f"/operator/programs/garden/rules/{number}", sent)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="r-1-2-0.p.regions-error">“XX” is not known.<' in " ".join(page.split()).replace(
        "> ", ">"
    ).replace(" <", "<")
    assert kept(number)["all"][0]["threshold"] == 5


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("r-0.threshold", "many", "Give a whole number."),
        ("r-1.k", "9", "It must be from 1 to the number of members."),
        ("r-0.threshold", "9" * 14, "A threshold is a whole number of up to 13 digits."),
    ],
)
def test_numbers_are_checked_where_they_stand(field: str, value: str, said: str) -> None:
    root = from_post(fields_of(DEEP) | {field: value})

    with pytest.raises(RuleInvalid):
        to_rule(root)

    node = next(one for one in walk(root) if one.name == field.split(".")[0])
    assert list(node.errors.values()) == [said]


def test_thousands_may_be_written_with_commas() -> None:
    root = from_post(fields_of(DEEP) | {"r-0.threshold": "12,500"})

    assert to_rule(root).criterion("followers").threshold == 12500


def test_an_empty_group_says_what_to_do() -> None:
    root = from_post({"r.type": "group", "r.mode": "all"})

    with pytest.raises(RuleInvalid) as refused:
        to_rule(root)

    assert "this group is empty" in refused.value.text()


def test_a_form_of_nothing_or_of_rubbish_is_an_empty_group(
    client: Client, program: Program
) -> None:
    number = make_draft()
    address = f"/operator/programs/garden/rules/{number}"

    for sent in ({}, {"r.type": "criterion"}, {"r.type": "group", "r-0.type": "x", "act": "add:q"}):
        assert client.post(address, sent).status_code == 422


def test_json_goes_out_and_comes_in_the_same(client: Client, program: Program) -> None:
    number = make_draft(DEEP)
    sent = client.get(f"/operator/programs/garden/rules/{number}/rule.json")

    answer = client.post("/operator/programs/garden/rules/import", {"rule": sent.content.decode()})

    assert answer.status_code == 302
    assert kept(number + 1) == kept(number) == orjson.loads(sent.content)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{", "This is not JSON: look at line 1"),
        ('{"all": []}', "a group has 1 to 30 members"),
        ('{"all": [{"key": "a", "metric": "charm", "operator": ">", "threshold": 1}]}', "charm"),
    ],
)
def test_an_import_says_what_is_wrong(
    client: Client, program: Program, given: str, said: str
) -> None:
    answer = client.post("/operator/programs/garden/rules/import", {"rule": given})

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert RuleVersion.objects.count() == RuleVersion.objects.exclude(state="draft").count()


def test_what_takes_a_place_away_waits_for_the_notice_period(
    client: Client, program: Program
) -> None:
    look(program, make_followed(6), now=clock.now())
    number = make_draft({"all": [{**FOLLOWERS["all"][0], "threshold": 50}]})
    address = f"/operator/programs/garden/rules/{number}/schedule"
    page = client.get(address).content.decode()
    assert "1 person who is in would lose their place" in " ".join(page.split())
    today = clock.now().date()

    refused = client.post(address, {"on": str(today + dt.timedelta(days=13)), "at": "12:00"})
    accepted = client.post(address, {"on": str(today + dt.timedelta(days=15)), "at": "12:00"})

    assert refused.status_code == 422
    assert "1 people who are in would lose their place." in refused.content.decode()
    assert accepted.status_code == 302
    version = RuleVersion.objects.get(program=program, number=number)
    assert version.state == "scheduled"
    assert version.notice_until == version.active_from

    client.post(f"/operator/programs/garden/rules/{number}/unschedule")
    version.refresh_from_db()
    assert version.state == "draft"


def test_a_published_version_cannot_be_edited_or_thrown_away(
    client: Client, program: Program
) -> None:
    assert client.get("/operator/programs/garden/rules/1").status_code == 200
    assert client.post("/operator/programs/garden/rules/1", fields_of(DEEP)).status_code == 409
    assert client.post("/operator/programs/garden/rules/1/discard").status_code == 409
    assert kept(1)["all"][0]["threshold"] == 5
