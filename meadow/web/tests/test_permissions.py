"""Every route x every role: what each may do, and that no route is missing from the table."""

import json
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from meadow.runtime.testing import RunningEngines
from meadow.web.tests.matrix import MATRIX, ROLES, Entry
from meadow.web.tests.routes import api_routes, page_patterns
from meadow.web.tests.world import World, make_world

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def world(db: None, warehouse: RunningEngines) -> World:
    return make_world()


def send(world: World, entry: Entry, role: str) -> int:
    """Send one request as `role` and take back whatever it changed; returns the status."""
    client: Client = world.client(role)
    options: dict[str, Any] = dict(world.headers(role))
    if entry.body is not None:
        if entry.form:
            options["data"] = world.fill(entry.body)
        else:
            options |= {
                "data": json.dumps(world.fill(entry.body)),
                "content_type": "application/json",
            }
    block = transaction.Atomic("default", True, False)
    block._from_testcase = True  # type: ignore[attr-defined] # the use case inside is outermost
    with block:
        answer = getattr(client, entry.method.lower())(world.fill(entry.path), **options)
        transaction.set_rollback(True)
    return int(answer.status_code)


@pytest.mark.slow
def test_each_role_gets_the_answer_the_table_says(world: World) -> None:
    surprises = {}

    for route, entry in MATRIX.items():
        answers = {role: send(world, entry, role) for role in ROLES}
        if answers != entry.expected:
            surprises[route] = answers

    assert surprises == {}


def test_every_api_operation_is_in_the_table() -> None:
    missing = sorted(set(api_routes()) - set(MATRIX))

    assert missing == []


def test_every_page_is_in_the_table() -> None:
    listed = {route.split(" ", 1)[1] for route in MATRIX}

    missing = [path for path in page_patterns() if path not in listed]

    assert missing == []


def test_the_table_lists_no_route_that_is_gone() -> None:
    known = {route.split(" ", 1)[1] for route in api_routes()} | set(page_patterns())

    gone = sorted({route.split(" ", 1)[1] for route in MATRIX} - known)

    assert gone == []


def test_a_method_that_is_not_in_the_table_is_refused(world: World) -> None:
    listed: dict[str, set[str]] = {}
    samples: dict[str, str] = {}
    for route, entry in MATRIX.items():
        pattern = route.split(" ", 1)[1]
        listed.setdefault(pattern, set()).add(entry.method)
        samples[pattern] = entry.path
    accepted = []

    for pattern, methods in listed.items():
        for method in METHODS:
            # allauth's own views lead a wrong method elsewhere instead of refusing it.
            if method not in methods and not pattern.startswith("/accounts/"):
                entry = Entry(method=method, path=samples[pattern], expected={})
                status = send(world, entry, "operator")
                if status != 405:
                    accepted.append(f"{method} {pattern} answered {status}")

    assert accepted == []
