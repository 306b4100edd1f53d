"""Dry runs of the worst there is: thirty criteria, nobody at all, a program that is off, facts that move."""

import threading
import time
from typing import Any

import numpy as np
import pytest
from django.db import connections
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core import clock
from meadow.programs import rules
from meadow.programs.models import Program, RuleVersion
from meadow.programs.operator.editor import from_rule, walk
from meadow.programs.queries.dry_runs import dry_run, list_affected
from meadow.programs.queries.fairness import CUTS, cut
from meadow.programs.services.rule_versions import draft_rule
from meadow.programs.services.stages import kill, pause
from meadow.programs.testing import make_program
from meadow.programs.tests.people import NOW, look, make_followed, set_followers

pytestmark = pytest.mark.django_db
BENCH = "/operator/programs/garden"


def more_than(followers: int) -> dict[str, Any]:
    one = {"key": "followers", "metric": "followers", "operator": ">", "threshold": followers}
    return {"all": [one]}


def draft(rule: dict[str, Any]) -> int:
    return draft_rule(slug="garden", rule=rule, note="", operator_id=None, now=NOW)


def thirty() -> dict[str, Any]:
    """Return a rule of 30 criteria in groups as deep as they go, every figure read anew."""
    members = [
        {
            "key": f"notes_{days}",
            "metric": "notes_with_reads",
            "operator": ">=",
            "threshold": 0,
            "params": {"within_days": days, "reads_at_least": days},
        }
        for days in range(1, 30)
    ]
    followers = more_than(10)["all"][0]
    return {"all": [followers, {"any": members[:9]}, {"at_least": 20, "of": members[9:]}]}


def test_thirty_criteria_are_counted_and_listed(django_assert_max_num_queries: Any) -> None:
    make_program()
    comes, near = make_followed(11), make_followed(10)
    Person.objects.exclude(pk__in=[comes.pk, near.pk]).update(is_active=False)
    number = draft(thirty())

    with django_assert_max_num_queries(60):
        run = dry_run(slug="garden", number=number, now=NOW)

    assert len(run.rule.criteria()) == 30
    assert (run.tally.people, run.tally.met_after, run.tally.near) == (2, 1, 1)
    [line] = list_affected(run, fate="near", most=9)
    assert line.person.id == near.pk
    assert (len(line.values), line.gaps["followers"]) == (30, 1)


def test_a_rule_of_thirty_criteria_is_a_form_and_a_page() -> None:
    make_program()
    make_followed(11)
    client, number = sign_in(make_person(role="operator")), draft(thirty())
    address = f"{BENCH}/rules/{number}"

    for path in ("", "/dry-run", "/dry-run/people.csv"):
        assert client.get(f"{address}{path}").status_code == 200
    fields = fields_of(thirty())
    sent = client.post(address, {**fields, "act": "save"})

    assert len(fields) > 200
    assert sent.status_code == 302
    kept = RuleVersion.objects.get(number=number).rule
    assert kept == rules.to_json(rules.from_json(thirty()))


def fields_of(rule: dict[str, Any]) -> dict[str, str]:
    """Return a rule as the form sends it."""
    sent: dict[str, str] = {}
    for node in walk(from_rule(rules.from_json(rule))):
        own = {"type": "group", "mode": node.mode, "k": node.k}
        if not node.is_group:
            own = {name: getattr(node, name) for name in ("key", "metric", "operator", "threshold")}
            own |= {"type": "criterion", **{f"p.{key}": one for key, one in node.params.items()}}
        sent |= {f"{node.name}.{key}": value for key, value in own.items()}
    return sent


def test_nobody_at_all_is_nobody_everywhere() -> None:
    make_program()
    Person.objects.update(is_active=False)

    run = dry_run(slug="garden", number=draft(thirty()), now=NOW)

    assert (run.tally.people, run.tally.enters, run.tally.unchanged) == (0, 0, 0)
    assert [len(cut(run, by).groups) for by in CUTS] == [0, 0, 0, 0]
    assert list_affected(run, fate="enters", most=9) == []


def test_the_page_of_a_run_over_the_operator_alone(client: Client) -> None:
    make_program()
    operator = make_person(role="operator")
    Person.objects.exclude(pk=operator.pk).update(is_active=False)

    page = sign_in(operator).get(f"{BENCH}/rules/{draft(more_than(99))}/dry-run")

    assert page.status_code == 200
    assert "0 of 1 person meets this rule" in " ".join(page.content.decode().split())


def test_a_program_that_is_off_or_paused_lets_nobody_in_and_says_how_many_meet_it() -> None:
    program = make_program()
    look(program, make_followed(15), now=clock.now())
    make_followed(30)
    number = draft(more_than(20))

    pause(slug="garden", operator_id=1, now=NOW)
    paused = dry_run(slug="garden", number=number, now=NOW)
    kill(slug="garden", operator_id=1, now=NOW)
    killed = dry_run(slug="garden", number=number, now=NOW)

    assert (paused.tally.enters, paused.tally.dropped) == (0, 1)
    assert paused.held_back == {"program_paused": 1}
    assert (killed.tally.enters, killed.tally.dropped, killed.tally.inside_after) == (0, 0, 1)
    assert killed.held_back == {"program_closed": 1}


@pytest.mark.django_db(transaction=True)
def test_facts_that_move_while_it_runs_leave_it_whole() -> None:
    program = make_program()
    people = [make_followed(20) for _copy in range(20)]
    look(program, *people[:10], now=clock.now())
    number, stop, failures = draft(more_than(15)), threading.Event(), []

    def churn() -> None:
        try:
            while not stop.is_set():
                for place, person in enumerate(people):
                    set_followers(person, 10 if place % 2 else 20)
                Person.objects.filter(pk=people[-1].pk).update(is_active=False)
                Person.objects.filter(pk=people[-1].pk).update(is_active=True)
                look(program, *people[10:12], now=clock.now())
                make_followed(30)
                time.sleep(0.005)
        except Exception as failed:  # noqa: BLE001 - told below, in the test's own thread
            failures.append(failed)
        finally:
            connections.close_all()

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        runs = [dry_run(slug="garden", number=number, now=clock.now()) for _copy in range(10)]
    finally:
        stop.set()
        thread.join()

    assert failures == []
    for run in runs:
        said = run.tally
        changed = said.seated + said.waits + said.dropped + said.back + said.lapses
        assert said.people == len(run.crowd.ids) == changed + said.unchanged
        assert said.inside_after == said.inside + said.seated - said.dropped
        for by in CUTS:
            assert sum(group.people for group in cut(run, by).groups) == said.people
        assert not np.any(run.masks["enters"] & run.masks["dropped"])
    assert Program.objects.filter(pk=program.pk).exists()
