"""Schemathesis throws what the OpenAPI document allows, and what it does not, at every operation."""

import json

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
note = make_note(person.pk)
make_comment(note, person.pk)
print(json.dumps({"token": make_token(person, *SCOPES), "note": note.public_id}))
"""


@pytest.fixture(scope="module")
def person(live_stack: LiveStack) -> dict[str, str]:
    said = live_stack.manage("manage", "shell", "--no-imports", "-c", PERSON)
    return dict(json.loads(said.strip().splitlines()[-1]))


@pytest.fixture(scope="module")
def api_schema(live_stack: LiveStack) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{live_stack.base_url}/api/v1/openapi.json")


schema = schemathesis.pytest.from_fixture("api_schema")


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
def test_no_input_breaks_an_operation(case: schemathesis.Case, person: dict[str, str]) -> None:
    # Half of the invented ids are replaced by a real one, so that more than "not found" is tried.
    for name in ("note_id", "public_id"):
        if name in (case.path_parameters or {}) and len(str(case.path_parameters[name])) % 2:
            case.path_parameters[name] = person["note"]

    case.call_and_validate(headers={"Authorization": f"Bearer {person['token']}"}, checks=HELD)


def test_every_operation_documents_its_refusals(api_schema: schemathesis.BaseSchema) -> None:
    undocumented = [
        f"{method} {path}"
        for path, methods in api_schema.raw_schema["paths"].items()
        for method, operation in methods.items()
        if "application/problem+json"
        not in operation["responses"].get("default", {}).get("content", {})
    ]

    assert undocumented == []
