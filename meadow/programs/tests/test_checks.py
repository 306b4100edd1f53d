"""Capability checks: one answer in Python, over OpenFeature and over the API, a second old at most."""

import pytest
from django.http import HttpRequest, HttpResponse
from openfeature import api as openfeature
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from pytest_django import DjangoAssertNumQueries

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core.errors import NotSignedIn
from meadow.programs import checks
from meadow.programs.checks import CACHE_SECONDS
from meadow.programs.errors import CapabilityClosed
from meadow.programs.models import Membership
from meadow.programs.provider import MeadowProvider
from meadow.programs.services.stages import kill, pause
from meadow.programs.services.suspensions import suspend
from meadow.programs.testing import make_program
from meadow.programs.tests.people import NOW, ask, look, make_followed, set_followers

pytestmark = pytest.mark.django_db


def test_a_second_question_within_a_second_asks_nothing(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    program, person = make_program(), make_followed(6)
    look(program, person)
    checks.forget_programs()

    with django_assert_num_queries(3):
        assert checks.allows(person.pk, "garden.enter")
    with django_assert_num_queries(0):
        assert checks.allows(person.pk, "garden.enter")


def test_a_change_elsewhere_holds_here_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    program, person = make_program(), make_followed(6)
    look(program, person)
    clock = [1000.0]
    monkeypatch.setattr("meadow.programs.checks.time.monotonic", lambda: clock[0])
    monkeypatch.setattr(checks, "CACHE_SECONDS", CACHE_SECONDS)
    checks.forget_programs()
    assert checks.allows(person.pk, "garden.enter")
    Membership.objects.filter(person=person).update(state="lapsed")  # another process did

    clock[0] += 1.0

    assert not checks.allows(person.pk, "garden.enter")


def test_what_no_program_gates_is_closed() -> None:
    person = make_person(role="operator")

    assert checks.decide(person.pk, "garden.burn") == checks.Answer(
        allowed=False, reason="no_program"
    )


def test_who_runs_the_community_is_let_in_unless_suspended() -> None:
    program, person = make_program(), make_person(role="operator", follower_count=6)

    assert ask(person).reason == "staff"

    look(program, person)
    suspend(
        slug="garden",
        person_id=person.pk,
        words="A rest.",
        until=None,
        operator_id=make_person(role="operator").pk,
        now=NOW,
    )
    assert (ask(person).allowed, ask(person).reason) == (False, "suspended")


def test_a_closed_account_has_no_capability() -> None:
    program, person = make_program(), make_followed(6)
    look(program, person)

    Person.objects.filter(pk=person.pk).update(is_active=False)

    assert not ask(person).allowed


def test_a_view_is_open_to_who_may_and_refuses_with_program_and_reason() -> None:
    program, inside, outside = make_program(), make_followed(6), make_followed(5)
    look(program, inside, outside)
    checks.forget_programs()

    @checks.require("garden.enter")
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("roses")

    def visit(person: Person) -> HttpResponse:
        request = HttpRequest()
        request.user = person
        return view(request)

    assert visit(inside).content == b"roses"
    with pytest.raises(CapabilityClosed) as refused:
        visit(outside)
    assert refused.value.params == {
        "capability": "garden.enter",
        "program": "garden",
        "reason": "not_admitted",
        "title": "Garden",
    }


def test_signed_out_is_asked_to_sign_in() -> None:
    make_program()

    @checks.require("garden.enter")
    def view(request: HttpRequest) -> HttpResponse:
        raise AssertionError("not reached")

    request = HttpRequest()
    request.user = None  # type: ignore[assignment]
    with pytest.raises(NotSignedIn):
        view(request)


@pytest.mark.parametrize("followers", [5, 6])
@pytest.mark.parametrize("switch", ["", "killed", "paused", "grace", "waits"])
def test_python_openfeature_and_api_give_one_answer(
    monkeypatch: pytest.MonkeyPatch, followers: int, switch: str
) -> None:
    monkeypatch.setattr(checks, "now", lambda: NOW)
    program = make_program(capacity=0 if switch == "waits" else None)
    person = make_followed(followers)
    look(program, person)
    if switch == "killed":
        kill(slug="garden", operator_id=1, now=NOW)
    if switch == "paused":
        pause(slug="garden", operator_id=1, now=NOW)
    if switch == "grace":
        set_followers(person, 1)
        look(program, person)
    openfeature.set_provider(MeadowProvider())
    context = EvaluationContext(targeting_key=person.public_id)
    client = openfeature.get_client()

    python = ask(person)
    flag = client.get_boolean_details("garden.enter", not python.allowed, context)
    answer = sign_in(person).get("/api/v1/programs/garden/decision").json()

    assert python.allowed == (followers == 6 and switch not in ("killed", "waits"))
    assert flag.value == answer["allowed"] == python.allowed
    assert flag.flag_metadata["reason"] == answer["reason"] == python.reason
    assert client.get_object_value("garden.enter", {}, context) == {
        "allowed": python.allowed,
        "limits": {},
    }


def test_openfeature_keeps_the_default_for_what_no_program_gates() -> None:
    openfeature.set_provider(MeadowProvider())
    client = openfeature.get_client()

    found = client.get_boolean_details("garden.burn", True)

    assert (found.value, found.error_code) == (True, ErrorCode.FLAG_NOT_FOUND)
    assert client.get_string_details("garden.enter", "x").error_code == ErrorCode.TYPE_MISMATCH
