"""A dry run is worked out once and kept under all that an operator decides; it says as of when."""

import re
import threading
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from meadow.accounts.testing import make_person, sign_in
from meadow.core import clock
from meadow.programs import rules
from meadow.programs.models import Program, RuleVersion
from meadow.programs.queries import kept_runs
from meadow.programs.queries.dry_runs import dry_run, dry_runs
from meadow.programs.queries.kept_runs import (
    KEPT_FOR,
    begin_runs,
    find_run,
    find_runs,
    forget_all_runs,
    forget_runs,
)
from meadow.programs.services.rule_versions import change_draft, draft_rule, retire_rule
from meadow.programs.services.stages import change_capacity, change_stage, kill, pause
from meadow.programs.testing import make_program
from meadow.programs.tests.people import DAY, NOW, look, make_followed

pytestmark = pytest.mark.django_db
BENCH = "/operator/programs/garden"


@pytest.fixture
def program() -> Program:
    return make_program()


def more_than(followers: int) -> dict[str, Any]:
    one = {"key": "followers", "metric": "followers", "operator": ">", "threshold": followers}
    return {"all": [one]}


def draft(followers: int) -> int:
    return draft_rule(slug="garden", rule=more_than(followers), note="", operator_id=None, now=NOW)


def enters(number: int, *, now: Any = NOW) -> int:
    return find_run(slug="garden", number=number, now=now).tally.enters


def test_a_run_is_kept_with_its_moment_until_it_is_asked_for_again(program: Program) -> None:
    number = draft(20)
    make_followed(30)
    first = find_run(slug="garden", number=number, now=NOW)
    make_followed(40)

    again = find_run(slug="garden", number=number, now=NOW + KEPT_FOR / 2)
    assert (again.tally.enters, again.crowd.now) == (1, NOW)
    assert again is first
    forget_runs(slug="garden", numbers=[number])
    fresh = find_run(slug="garden", number=number, now=NOW + KEPT_FOR / 2)
    assert (fresh.tally.enters, fresh.crowd.now) == (2, NOW + KEPT_FOR / 2)


def test_a_kept_run_grows_old(program: Program) -> None:
    number = draft(20)
    assert enters(number) == 0
    make_followed(30)

    assert enters(number, now=NOW + KEPT_FOR) == 1


def test_a_changed_draft_never_shows_an_old_run(program: Program) -> None:
    number = draft(20)
    make_followed(30)
    assert enters(number) == 1

    change_draft(slug="garden", number=number, rule=more_than(100), note="")

    assert enters(number) == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda: change_stage(slug="garden", stage="internal", percentage=0, operator_id=1, now=NOW),
        lambda: pause(slug="garden", operator_id=1, now=NOW),
        lambda: kill(slug="garden", operator_id=1, now=NOW),
        lambda: change_capacity(slug="garden", capacity=0, operator_id=1, now=NOW),
    ],
)
def test_a_changed_program_never_shows_an_old_run(program: Program, change: Any) -> None:
    number = draft(20)
    make_followed(30)
    assert find_run(slug="garden", number=number, now=NOW).tally.seated == 1

    change()

    assert find_run(slug="garden", number=number, now=NOW).tally.seated == 0


def test_another_rule_in_force_is_another_run(program: Program) -> None:
    number = draft(20)
    make_followed(10)
    assert find_run(slug="garden", number=number, now=NOW).tally.met_before == 1

    retire_rule(slug="garden", note="Unfair.", operator_id=1, now=NOW)

    assert find_run(slug="garden", number=number, now=NOW).tally.met_before == 0


def test_a_draft_that_changes_while_it_is_run_is_not_kept_as_it_was(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = draft(20)
    make_followed(30)

    def change_then_run(**asked: Any) -> Any:
        RuleVersion.objects.filter(number=number).update(
            rule=rules.to_json(rules.from_json(more_than(100)))
        )
        return [dry_run(slug="garden", number=number, now=NOW)]

    with monkeypatch.context() as patched:
        patched.setattr(kept_runs, "dry_runs", change_then_run)
        assert enters(number) == 0
    change_draft(slug="garden", number=number, rule=more_than(20), note="")

    assert enters(number) == 1


def test_two_versions_are_kept_as_a_pair_of_one_moment(program: Program) -> None:
    loose, strict = draft(20), draft(50)
    make_followed(30)
    one = find_run(slug="garden", number=loose, now=NOW)

    pair = find_runs(slug="garden", numbers=[loose, strict], now=NOW + KEPT_FOR / 3)

    assert [run.tally.enters for run in pair] == [1, 0]
    assert pair[0].crowd is pair[1].crowd
    assert one.crowd.now != pair[0].crowd.now


def test_what_is_kept_is_bounded_and_the_newest_stays(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_runs, "MOST_BYTES", 1)
    first, second = draft(20), draft(30)
    make_followed(25)
    old = find_run(slug="garden", number=first, now=NOW)
    new = find_run(slug="garden", number=second, now=NOW)

    assert find_run(slug="garden", number=second, now=NOW) is new
    assert find_run(slug="garden", number=first, now=NOW) is not old


def test_the_page_its_files_and_the_button_agree(program: Program) -> None:
    client, now = sign_in(make_person(role="operator")), clock.now()
    look(program, make_followed(15), now=now)
    make_followed(30)
    number = draft(20)
    address = f"{BENCH}/rules/{number}/dry-run"
    before = as_of(client, address)
    make_followed(40)

    assert as_of(client, address) == before
    lines = client.get(f"{address}/people.csv?who=enters").content.decode().splitlines()
    assert len(lines) == 2
    assert client.post(address)["Location"] == address
    assert as_of(client, address) != before
    lines = client.get(f"{address}/people.csv?who=enters").content.decode().splitlines()
    assert len(lines) == 3


def as_of(client: Client, address: str) -> tuple[str, str]:
    """Return the moment that a page says, and how many come in."""
    page = client.get(address).content.decode()
    [moment] = re.findall(r'data-as-of="([^"]+)"', page)
    [seated] = re.findall(r'data-figure="seated" data-value="(\d+)"', " ".join(page.split()))
    return moment, seated


@pytest.mark.django_db(transaction=True)
def test_a_long_run_says_so_and_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    make_program()
    client, number = sign_in(make_person(role="operator")), draft(20)
    make_followed(30)
    monkeypatch.setattr(kept_runs, "FEW_PEOPLE", 0)
    monkeypatch.setattr(kept_runs, "PATIENCE", 0.05)
    go_on, begun = threading.Event(), []
    real = dry_runs

    def slow(**asked: Any) -> Any:
        begun.append(connection.connection)
        go_on.wait(60)
        return real(**asked)

    monkeypatch.setattr(kept_runs, "dry_runs", slow)
    address = f"{BENCH}/rules/{number}/dry-run"

    waiting, again = client.get(address), client.get(address)
    go_on.set()
    deadline = time.monotonic() + 60
    while "data-figure" not in (page := client.get(address).content.decode()):
        assert time.monotonic() < deadline

    for said in (waiting, again):
        assert said["Refresh"] == "1"
        assert "2 people are held against the rule." in " ".join(said.content.decode().split())
    assert 'data-figure="seated"' in page
    assert len(begun) == 1
    forget_all_runs()


@pytest.mark.django_db(transaction=True)
def test_what_goes_wrong_in_a_long_run_is_raised_once(monkeypatch: pytest.MonkeyPatch) -> None:
    make_program()
    number = draft(20)
    make_followed(30)
    monkeypatch.setattr(kept_runs, "FEW_PEOPLE", 0)
    monkeypatch.setattr(kept_runs, "PATIENCE", 60.0)
    with monkeypatch.context() as patched:

        def fail(**asked: Any) -> Any:
            raise ZeroDivisionError

        patched.setattr(kept_runs, "dry_runs", fail)
        with pytest.raises(ZeroDivisionError):
            begin_runs(slug="garden", numbers=[number], now=NOW)

    found = begin_runs(slug="garden", numbers=[number], now=NOW + DAY)

    assert found is not None
    assert found[0].tally.enters == 1
