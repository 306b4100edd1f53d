"""Schemathesis throws what the OpenAPI document allows, and what it does not, at every operation."""

import json
import urllib.request

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from meadow.runtime.testing import LiveStack
from meadow.web.apidocs import openapi_json

pytestmark = pytest.mark.slow

HELD = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PERSON = """
from meadow.accounts.scopes import SCOPES
from meadow.accounts.testing import make_person, make_token
from meadow.notes.testing import make_comment, make_note
import json
person = make_person("fuzzed")
operator = make_person("fuzz_operator", role="operator")
note = make_note(person.pk)
make_comment(note, person.pk)
tokens = {"token": make_token(person, *SCOPES), "operator": make_token(operator, *SCOPES)}
print(json.dumps({**tokens, "note": note.public_id}))
"""


@pytest.fixture(scope="module")
def person(live_stack: LiveStack) -> dict[str, str]:
    said = live_stack.manage("manage", "shell", "--no-imports", "-c", PERSON)
    return dict(json.loads(said.strip().splitlines()[-1]))


# Real ones for half of the invented, so that more than "not found" is tried.
REAL = {"slug": "brand-collaborations", "number": 1, "handle": "fuzzed"}
# The document that the site serves; test_the_site_serves_this_document holds them equal.
schema = schemathesis.openapi.from_dict(json.loads(openapi_json()))


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.filter_too_much,
        HealthCheck.too_slow,
    ],
)
def test_no_input_breaks_an_operation(
    case: schemathesis.Case, live_stack: LiveStack, person: dict[str, str]
) -> None:
    for name, real in {**REAL, "note_id": person["note"], "public_id": person["note"]}.items():
        if name in (case.path_parameters or {}) and len(str(case.path_parameters[name])) % 2:
            case.path_parameters[name] = real
    token = person["operator" if "/operator/" in case.path else "token"]

    case.call_and_validate(
        base_url=live_stack.base_url,
        headers={"Authorization": f"Bearer {token}"},
        checks=HELD,
    )


def test_the_site_serves_this_document(live_stack: LiveStack) -> None:
    with urllib.request.urlopen(f"{live_stack.base_url}/api/v1/openapi.json") as answer:
        served = answer.read()

    assert json.loads(served) == schema.raw_schema


def test_every_operation_documents_its_refusals() -> None:
    undocumented = [
        f"{method} {path}"
        for path, methods in schema.raw_schema["paths"].items()
        for method, operation in methods.items()
        if "application/problem+json"
        not in operation["responses"].get("default", {}).get("content", {})
    ]

    assert undocumented == []
