"""The rest of the bench: dry runs as pages and files, switches, invitations, applications, the funnel."""

import csv
import datetime as dt
import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core import clock
from meadow.core.errors import InvalidInput
from meadow.notes.models import Note
from meadow.notes.testing import make_note
from meadow.notifications.models import Notification
from meadow.programs.models import (
    Application,
    ChangeLog,
    Invitation,
    Membership,
    Program,
    ProgramVisit,
)
from meadow.programs.services.applications import apply
from meadow.programs.services.joining import watch
from meadow.programs.services.rule_versions import draft_rule
from meadow.programs.services.stages import change_settings
from meadow.programs.testing import make_program
from meadow.programs.tests.people import DAY, look, make_followed, state_of

pytestmark = pytest.mark.django_db
BENCH = "/operator/programs/garden"


@pytest.fixture
def operator() -> Person:
    return make_person("the_operator", role="operator")


@pytest.fixture
def client(operator: Person) -> Client:
    return sign_in(operator)


@pytest.fixture
def program() -> Program:
    return make_program(rule=more_than(10))


def more_than(followers: int) -> dict[str, Any]:
    one = {"key": "followers", "metric": "followers", "operator": ">", "threshold": followers}
    return {"all": [one]}


def draft(followers: int) -> int:
    return draft_rule(
        slug="garden", rule=more_than(followers), note="", operator_id=None, now=clock.now()
    )


def is_off() -> bool:
    return Program.objects.filter(slug="garden", killed_at__isnull=False).exists()


def read(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().split())


def lines_of(client: Client, path: str) -> list[list[str]]:
    answer = client.get(path)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_dry_run_shows_figures_charts_and_lists(client: Client, program: Program) -> None:
    now = clock.now()
    look(program, make_followed(15, region="DE"), now=now)
    make_followed(25, region="FR")
    make_followed(19, region="FR")

    page = read(client, f"{BENCH}/rules/{draft(20)}/dry-run")

    figures = dict(re.findall(r'data-figure="(\w+)" data-value="(\d+)"', page))
    assert figures == {"seated": "1", "dropped": "1", "near": "1", "unchanged": "2"}
    assert page.count('data-chart="bars"') == 4
    assert "1 of 4 people meet this rule; 3 meet the one in force." in page
    assert "too few" in page


def test_lists_are_files_that_no_spreadsheet_runs(client: Client, program: Program) -> None:
    person = make_followed(25, name="=HYPERLINK(1)", region="DE")

    number = draft(20)
    lines = lines_of(client, f"{BENCH}/rules/{number}/dry-run/people.csv?who=enters")
    groups = lines_of(client, f"{BENCH}/rules/{number}/dry-run/groups.csv?by=region")

    assert lines == [
        ["Handle", "Name", "Followers", "Region", "Followers", "Missing: Followers"],
        [person.handle, "'=HYPERLINK(1)", "25", "DE", "25", "0"],
    ]
    assert groups[1] == ["Germany", "1", "0", "1", "0", "0", "1", "", "", ""]


@pytest.mark.parametrize("query", ["people.csv?who=all", "groups.csv?by=gender"])
def test_a_list_that_does_not_exist_is_refused(
    client: Client, program: Program, query: str
) -> None:
    answer = client.get(f"{BENCH}/rules/1/dry-run/{query}")

    assert answer.status_code == 422


def test_two_drafts_stand_side_by_side(client: Client, program: Program) -> None:
    make_followed(30)
    make_followed(40)

    page = read(client, f"{BENCH}/compare?a={draft(20)}&b={draft(35)}")

    assert "1 person would be in under both." in page
    assert "1 person only under version 2." in page
    assert client.get(f"{BENCH}/compare?a=1").status_code == 422
    assert client.get(f"{BENCH}/compare?a=1&b=99").status_code == 404


def test_the_kill_switch_says_what_happens_to_how_many(client: Client, program: Program) -> None:
    look(program, make_followed(15), make_followed(16), now=clock.now())

    page = read(client, f"{BENCH}/switch/kill")
    refused = client.post(f"{BENCH}/switch/kill", {"note": ""})
    assert not is_off()
    done = client.post(f"{BENCH}/switch/kill", {"note": "A leak."})

    assert "2 people who are in cannot use it from the next second on." in page
    assert (refused.status_code, done.status_code) == (422, 302)
    assert is_off()
    client.post(f"{BENCH}/switch/revive", {"note": "Mended."})
    assert not is_off()
    assert client.get(f"{BENCH}/switch/explode").status_code == 404


def test_settings_are_changed_together_or_not_at_all(client: Client, program: Program) -> None:
    look(program, make_followed(15), make_followed(16), now=clock.now())
    wanted = {
        "stage": "percentage",
        "percentage": "20",
        "admission": "automatic",
        "capacity": "1",
        "regions": "fr, DE",
        "grace_days": "7",
        "notice_days": "14",
        "reapply_days": "30",
        "appeal_days": "30",
        "next_review": "2027-01-01",
    }

    refused = client.post(f"{BENCH}/settings", wanted)
    program.refresh_from_db()
    assert (refused.status_code, program.stage, program.capacity) == (422, "open", None)
    assert "2 people are in already" in refused.content.decode()
    unknown = client.post(f"{BENCH}/settings", {**wanted, "regions": "ZZ"})
    done = client.post(f"{BENCH}/settings", {**wanted, "capacity": "2"})

    assert (unknown.status_code, done.status_code) == (422, 302)
    program.refresh_from_db()
    assert (program.stage, program.percentage, program.capacity) == ("percentage", 20, 2)
    assert (program.regions, program.grace_days) == (["DE", "FR"], 7)
    assert program.next_review == dt.date(2027, 1, 1)


def test_a_list_is_invited_with_a_report_of_each_line(client: Client, program: Program) -> None:
    Program.objects.filter(pk=program.pk).update(stage="invited", admission="invitation")
    person = make_followed(15)
    text = f"handle\n{person.handle}\nnobody_here\n{person.handle}\n!!\n"
    file = SimpleUploadedFile("list.csv", text.encode())

    answer = client.post(f"{BENCH}/invitations", {"kind": "list", "file": file, "days": "30"})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert re.findall(r'data-result="(\w+)"', page) == [
        "invited",
        "unknown",
        "repeated",
        "unreadable",
    ]
    invitation = Invitation.objects.get()
    assert invitation.person_id == person.pk
    client.post(f"{BENCH}/invitations/{invitation.public_id}/revoke")
    invitation.refresh_from_db()
    assert invitation.revoked_at is not None


def test_codes_are_shown_once(client: Client, program: Program) -> None:
    answer = client.post(f"{BENCH}/invitations", {"kind": "codes", "count": "3", "days": "30"})

    codes = re.findall(r"<code>([A-Z0-9-]{19})</code>", answer.content.decode())
    assert len(set(codes)) == 3
    assert codes[0] not in read(client, f"{BENCH}/invitations")
    too_many = client.post(f"{BENCH}/invitations", {"kind": "codes", "count": "1001", "days": "1"})
    assert too_many.status_code == 422
    assert Invitation.objects.count() == 3


def test_a_cohort_is_replaced_and_names_who_is_not_there(client: Client, program: Program) -> None:
    person = make_followed(1)

    client.post(f"{BENCH}/cohort", {"handles": f"@{person.handle}\nnobody_here"})

    page = read(client, f"{BENCH}/cohort")
    assert "1 person is on it." in page
    assert "nobody_here" in page


def test_an_application_is_answered_by_somebody_else(program: Program) -> None:
    Program.objects.filter(pk=program.pk).update(admission="application")
    moderator, applicant = make_person(role="moderator", follower_count=50), make_followed(50)
    now = clock.now()
    theirs = apply(slug="garden", person_id=applicant.pk, answers={}, now=now)
    own = apply(slug="garden", person_id=moderator.pk, answers={}, now=now)
    client = sign_in(moderator)
    assert f"@{applicant.handle}" in read(client, "/operator/applications")

    silent = client.post(f"/operator/applications/{theirs}", {"verdict": "refuse"})
    done = client.post(f"/operator/applications/{theirs}", {"verdict": "accept"})
    client.post(f"/operator/applications/{own}", {"verdict": "accept"})
    again = client.post(f"/operator/applications/{theirs}", {"verdict": "accept"})

    assert (silent.status_code, done.status_code, again.status_code) == (422, 302, 422)
    assert state_of(program, applicant) == "admitted"
    assert Application.objects.get(public_id=own).state == "open"
    assert "your own" in read(client, f"/operator/applications/{own}")


def test_a_place_is_given_taken_and_closed_by_hand(client: Client, program: Program) -> None:
    person = make_followed(1)
    address = f"{BENCH}/people/{person.handle}"

    for act, state in (("grant", "admitted"), ("suspend", "suspended"), ("lift", "admitted")):
        answer = client.post(address, {"act": act, "words": "Because of the fair."})
        assert (answer.status_code, state_of(program, person)) == (302, state)
    assert client.post(address, {"act": "suspend", "words": ""}).status_code == 422
    client.post(address, {"act": "revoke"})

    assert state_of(program, person) == "grace"
    found = client.post(f"{BENCH}/people", {"handle": f"@{person.handle}"})
    assert found["Location"] == address
    assert client.post(f"{BENCH}/people", {"handle": "nobody_here"}).status_code == 422


def test_the_funnel_counts_real_people_only(client: Client, program: Program) -> None:
    now = clock.now()
    active, idle, new, left = (make_followed(20) for _copy in range(4))
    look(program, active, idle, left, now=now - 30 * DAY)
    look(program, new, now=now)
    make_note(active.pk)
    Note.objects.update(published_at=now - DAY)
    Membership.objects.filter(person=left).update(state="left")
    for one in (active, idle, make_followed(0)):
        ProgramVisit.objects.create(program=program, person=one, first_at=now)

    page = read(client, BENCH)

    steps = dict(re.findall(r'data-step="(\w+)" data-value="(\d+)"', page))
    assert steps == {
        "visited": "3",
        "applied": "0",
        "waiting": "0",
        "admitted": "4",
        "inside": "3",
        "active": "1",
    }
    assert "of 2 in for that long" in page


def test_the_list_of_programs_takes_the_same_queries_however_many_there_are(
    client: Client, program: Program
) -> None:
    client.get("/operator/programs")
    with CaptureQueriesContext(connection) as few:
        page = read(client, "/operator/programs")
    for name in ("one", "two", "three"):
        make_program(name)
    with CaptureQueriesContext(connection) as many:
        client.get("/operator/programs")

    assert "Garden" in page
    assert len(many) == len(few)


@pytest.mark.parametrize("role", ["member", "moderator"])
def test_only_operators_enter(program: Program, role: str) -> None:
    client = sign_in(make_person(role=role))

    for path in ("/operator/programs", BENCH, f"{BENCH}/rules/1/dry-run", f"{BENCH}/settings"):
        assert client.get(path).status_code == 403
    assert client.post(f"{BENCH}/switch/kill", {"note": "A leak."}).status_code == 403
    program.refresh_from_db()
    assert program.killed_at is None


def test_every_wrong_setting_is_named_at_once_and_nothing_changes(program: Program) -> None:
    look(program, make_followed(15), make_followed(16), now=clock.now())
    lines = ChangeLog.objects.count()

    with pytest.raises(InvalidInput) as refused:
        change_settings(
            slug="garden",
            wanted={"capacity": 1, "grace_days": 366, "regions": ["DE", "ZZ"], "percentage": 20},
            operator_id=7,
            now=clock.now(),
        )

    assert sorted(refused.value.fields) == ["capacity", "grace_days", "regions"]
    program.refresh_from_db()
    assert (program.capacity, program.percentage, program.regions) == (None, 0, [])
    assert ChangeLog.objects.count() == lines


def test_settings_that_change_together_are_told_once(program: Program) -> None:
    watcher = make_followed(1)
    now = clock.now()
    watch(slug="garden", person_id=watcher.pk, now=now)

    change_settings(
        slug="garden",
        wanted={"stage": "percentage", "percentage": 20, "grace_days": 7, "capacity": 9},
        operator_id=7,
        now=now,
    )

    kinds = ChangeLog.objects.filter(program=program).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["stage", "grace_days", "capacity"]
    assert Notification.objects.filter(person=watcher).count() == 1
