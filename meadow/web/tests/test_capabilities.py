"""Every capability x every surface x everybody: one answer, one reason, and no surface is forgotten."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import pytest
from django.test import Client
from openfeature import api as openfeature
from openfeature.evaluation_context import EvaluationContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core import clock, realtime
from meadow.decisions.testing import make_decision
from meadow.notes.testing import make_note
from meadow.programs import checks
from meadow.programs.doors import KINDS, Door, Kind, find_door, list_doors
from meadow.programs.models import Membership, Program
from meadow.programs.provider import MeadowProvider
from meadow.programs.testing import ensure_program
from meadow.runtime.testing import RunningEngines
from meadow.studio import scopes
from meadow.web.tests.matrix import MATRIX, Entry
from meadow.web.tests.routes import api_routes, page_patterns
from meadow.web.vendor import WEB

SHIPPED: Final = (
    *("brand-collaborations", "creator-center", "live", "product-cards"),
    *("promotion", "social-store"),
)
BUILT: Final = ("creator-center", "promotion")
PILOT: Final = [{"days": 14, "limits": {"exports": 3}}]
# Who they are -> whether they are let in, and why.
ANSWERS: Final[dict[str, tuple[bool, str]]] = {
    "signed out": (False, "signed_out"),
    "outside": (False, "not_admitted"),
    "applied": (False, "applied"),
    "invited": (False, "invited"),
    "waitlisted": (False, "no_seat"),
    "admitted": (True, "criteria_met"),
    "pilot": (True, "criteria_met"),
    "grace": (True, "criteria_lost"),
    "grace is over": (False, "grace_over"),
    "suspended": (False, "suspended"),
    "lapsed": (False, "grace_over"),
    "left": (False, "left"),
    "refused": (False, "application_refused"),
    "operator": (True, "staff"),
    "moderator": (True, "staff"),
}
STATES: Final = {
    **{"operator": "", "moderator": "", "signed out": "", "outside": ""},
    "grace is over": "grace",
}


@dataclass(frozen=True)
class Asker:
    """Somebody with a note, where they stand, and a browser of theirs."""

    person: Person | None
    client: Client
    names: dict[str, str]


def make_asker(program: Program, who: str) -> Asker:
    """Return somebody who stands with a program as `who` says."""
    person = make_person(role=who if who in ("operator", "moderator") else "member")
    state = STATES.get(who, who)
    over = who == "grace is over"
    if state:
        now = clock.now()
        Membership.objects.create(
            program=program,
            person=person,
            state=state,
            reason="criteria_lost" if over else ANSWERS[who][1],
            since=now,
            grace_until=now if over else now.replace(year=2099) if state == "grace" else None,
            queue_place=1 if state == "waitlisted" else None,
            rule_number=1,
            decision_id=make_decision(person).id,
        )
    checks.forget_programs()
    names = {"handle": person.handle, "note": make_note(person.pk, photos=0).public_id}
    if who == "signed out":
        return Asker(None, Client(), names)
    return Asker(person, sign_in(person), names)


def program_of(capability: str) -> Program:
    """Return the program that gates a capability, with a pilot that has limits."""
    for slug in SHIPPED:
        ensure_program(slug)
    Program.objects.filter(capability=capability).update(pilot=PILOT)
    return Program.objects.get(capability=capability)


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The subjects that events went to."""
    subjects: list[str] = []
    monkeypatch.setattr(realtime, "publish_event", lambda subject, data: subjects.append(subject))
    return subjects


def all_routes() -> set[str]:
    return {route.split(" ", 1)[1] for route in api_routes()} | set(page_patterns())


def unlisted(door: Door, routes: Iterable[str]) -> list[str]:
    """Return the routes under a door's addresses that it does not list."""
    listed = {name for names in door.surfaces.values() for name in names} | set(door.free)
    return sorted(
        route
        for route in routes
        if any(re.match(rf"{re.escape(prefix)}(?![\w-])", route) for prefix in door.prefixes)
        and route not in listed
    )


def open_route(asker: Asker, route: str, *, program: str) -> str:
    """Ask every method of a route; return "open", "sign in" or why it is closed."""
    found = set()
    for name, entry in MATRIX.items():
        if name.split(" ", 1)[1] != route:
            continue
        path = fill(entry.path, asker)
        answer = getattr(asker.client, entry.method.lower())(path, **body(entry, asker))
        found.add(read_answer(answer, program=program))
        if answer.status_code == 302 and "/programs/" in answer["Location"]:
            part = asker.client.get(path, headers={"HX-Request": "true"})
            assert part["HX-Redirect"] == answer["Location"]
    assert len(found) == 1, found
    return found.pop()


def fill(text: str, asker: Asker) -> str:
    """Put the names of somebody's things into an address or a body."""
    for word, real in asker.names.items():
        text = text.replace("{" + word + "}", real)
    return text


def body(entry: Entry, asker: Asker) -> dict[str, Any]:
    """Return what is sent to a route, if anything."""
    if entry.body is None:
        return {}
    filled = json.loads(fill(json.dumps(entry.body), asker))
    if entry.form:
        return {"data": filled}
    return {"data": json.dumps(filled), "content_type": "application/json"}


def read_answer(answer: Any, *, program: str) -> str:
    """Return what an answer of a page, a file or the API says about the door."""
    if answer.status_code == 200:
        return "open"
    if answer.status_code == 401 or answer.get("Location", "").startswith("/accounts/login"):
        return "sign in"
    if answer.status_code == 302 and answer["Location"] == f"/programs/{program}/me":
        return "closed"
    document = answer.json()
    assert document["code"] == "programs.capability_closed", document
    assert document["params"]["program"] == program
    return f"closed: {document['params']['reason']}"


def hear(asker: Asker, kind: str, spoken: list[str], commit: DjangoCaptureOnCommitCallbacks) -> str:
    """Tell somebody an event of this kind; return whether it reaches the subjects they listen to."""
    credentials = asker.client.post("/realtime/credentials")
    if asker.person is None:
        return read_answer(credentials, program="")
    listens = credentials.json()["subjects"][0].removesuffix(">")
    spoken.clear()
    with commit(execute=True):
        realtime.publish(person_id=asker.person.pk, kind=kind, payload={})
        realtime.publish_many(person_ids=[asker.person.pk], kind=kind, payload={})
    assert set(spoken) <= {listens + kind}
    return {0: "closed", 2: "open"}[len(spoken)]


def explain(asker: Asker, program: Program) -> tuple[bool, str]:
    """Return the answer and reason that Python, OpenFeature and the API all give."""
    openfeature.set_provider(MeadowProvider())
    client = openfeature.get_client()
    key = asker.person.public_id if asker.person else None
    context = EvaluationContext(targeting_key=key)
    answer = checks.decide(asker.person.pk if asker.person else None, program.capability)
    flag = client.get_boolean_details(program.capability, not answer.allowed, context)
    limits = client.get_object_value(program.capability, {}, context)
    told = asker.client.get(f"/api/v1/programs/{program.slug}/decision")

    assert (flag.value, flag.flag_metadata["reason"]) == (answer.allowed, answer.reason)
    assert limits == {"allowed": answer.allowed, "limits": answer.limits}
    if asker.person is None:
        assert told.status_code == 401
    else:
        said = told.json()
        assert (said["allowed"], said["reason"]) == (answer.allowed, answer.reason)
        assert said["limits"] == answer.limits
        assert said["words"]
        may = checks.who_may([asker.person.pk], program.capability)
        assert may == ([asker.person.pk] if answer.allowed else [])
    return answer.allowed, answer.reason


def everything(
    asker: Asker, door: Door, program: Program, spoken: list[str], commit: Any
) -> dict[str, str]:
    """Return what each surface of a door answers."""
    found = {}
    for kind, names in door.surfaces.items():
        for name in names:
            found[f"{kind} {name}"] = (
                hear(asker, name, spoken, commit)
                if kind == "realtime"
                else open_route(asker, name, program=program.slug)
            )
    return found


def wanted(kind: Kind, *, who: str, allowed: bool, reason: str) -> str:
    """Return what a surface of this kind has to answer."""
    if who == "signed out":
        return "sign in"
    if allowed:
        return "open"
    return f"closed: {reason}" if kind == "api" else "closed"


@pytest.mark.parametrize("is_killed", [False, True], ids=["running", "killed"])
@pytest.mark.parametrize("who", ANSWERS)
@pytest.mark.parametrize("door", list_doors(), ids=lambda door: door.capability)
def test_every_surface_gives_the_one_answer(
    warehouse: RunningEngines,
    db: None,
    door: Door,
    who: str,
    is_killed: bool,
    spoken: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    program = program_of(door.capability)
    if is_killed:
        Program.objects.filter(pk=program.pk).update(killed_at=clock.now())
    asker = make_asker(program, who)
    closed = (False, "program_closed") if is_killed and who != "signed out" else None

    answer = explain(asker, program)
    found = everything(asker, door, program, spoken, django_capture_on_commit_callbacks)

    allowed, reason = closed or ANSWERS[who]
    assert answer == (allowed, reason)
    assert found == {
        f"{kind} {name}": wanted(kind, who=who, allowed=allowed, reason=reason)
        for kind, names in door.surfaces.items()
        for name in names
    }


def test_without_its_guards_every_surface_would_be_open(
    warehouse: RunningEngines,
    db: None,
    monkeypatch: pytest.MonkeyPatch,
    spoken: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    door = find_door("studio.open")
    assert door is not None
    program = program_of(door.capability)
    asker = make_asker(program, "outside")
    monkeypatch.setattr(scopes, "check", lambda person_id, capability: None)
    monkeypatch.setattr(realtime, "_gates", {})

    found = everything(asker, door, program, spoken, django_capture_on_commit_callbacks)

    assert set(found.values()) == {"open"}


@pytest.mark.django_db
@pytest.mark.parametrize("who", [*ANSWERS, "killed"])
@pytest.mark.parametrize("slug", [slug for slug in SHIPPED if slug not in BUILT])
def test_what_is_not_built_says_so_to_everybody(slug: str, who: str) -> None:
    program = program_of(ensure_program(slug).capability)
    if who == "killed":
        Program.objects.filter(pk=program.pk).update(killed_at=clock.now())
    asker = make_asker(program, "admitted" if who == "killed" else who)

    assert explain(asker, program) == (False, "not_built")


@pytest.mark.django_db
def test_what_is_built_lists_what_it_opens_and_nothing_else_does() -> None:
    for slug in SHIPPED:
        ensure_program(slug)
    built = Program.objects.filter(is_built=True).values_list("capability", flat=True)

    assert {door.capability for door in list_doors()} == set(built)
    for door in list_doors():
        assert set(door.surfaces) == set(KINDS)
        assert any(door.surfaces.values())


@pytest.mark.parametrize("door", list_doors(), ids=lambda door: door.capability)
def test_every_route_under_a_door_is_listed_and_every_listed_one_is_there(door: Door) -> None:
    routes = all_routes()
    listed = {name for kind, names in door.surfaces.items() if kind != "realtime" for name in names}

    assert unlisted(door, routes) == []
    assert (listed | set(door.free)) - routes == set()
    assert listed & set(door.free) == set()


def test_a_new_route_under_a_door_would_be_missed() -> None:
    door = find_door("studio.open")
    assert door is not None

    assert unlisted(door, ["/studio/fans", "/studio.json", "/api/v1/metrics/{key}/fans"]) == [
        "/api/v1/metrics/{key}/fans",
        "/studio.json",
        "/studio/fans",
    ]
    assert unlisted(door, ["/studio", "/studios", "/studio-tour", "/api/v1/metrics"]) == []


@pytest.mark.django_db
@pytest.mark.parametrize("door", list_doors(), ids=lambda door: door.capability)
def test_what_is_free_under_a_door_is_open_to_who_is_outside(door: Door) -> None:
    program = program_of(door.capability)
    asker = make_asker(program, "outside")

    assert {open_route(asker, name, program=program.slug) for name in door.free} <= {"open"}


def test_every_live_event_of_a_door_is_listed_and_gated() -> None:
    listed = {name for door in list_doors() for name in door.surfaces["realtime"]}
    families = {name.partition(".")[0] for name in listed}
    pages = [*WEB.glob("static/js/*.js"), *WEB.parent.glob("*/templates/**/*.html")]
    awaited = {
        kind
        for page in pages
        for kind in re.findall(r"(?:meadow:|data-live=\")([a-z_]+\.[a-z_.]+)", page.read_text())
    }

    assert families == set(realtime.list_gated())
    assert {kind for kind in awaited if kind.partition(".")[0] in families} == listed


def test_an_operator_looks_at_others_through_the_same_door(
    warehouse: RunningEngines, db: None
) -> None:
    program = program_of("studio.open")
    author, operator = make_asker(program, "outside"), make_asker(program, "operator")
    assert author.person is not None
    paths = [f"/studio?author={author.person.handle}", f"/studio/notes/{author.names['note']}"]

    before = [operator.client.get(path).status_code for path in paths]
    Program.objects.filter(pk=program.pk).update(killed_at=clock.now())
    checks.forget_programs()
    after = [operator.client.get(path) for path in paths]

    assert before == [200, 200]
    assert [read_answer(one, program=program.slug) for one in after] == ["closed", "closed"]
