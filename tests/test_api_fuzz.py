"""Schemathesis throws what the OpenAPI document allows, and what it does not, at every operation.

The same cases each time; `MEADOW_FUZZ=200` throws as many at each operation, other ones every time.
"""

import json
import os
import urllib.request
from collections.abc import Iterator
from functools import cache

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from meadow.runtime.testing import LiveStack
from meadow.web.apidocs import openapi_json
from meadow.web.tests.matrix import MATRIX

pytestmark = pytest.mark.slow

MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
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


# Whatever was thrown at what operators set for everybody: other tests of this site find it as it was.
RESTORE = """
from meadow.core.clock import now
from meadow.promotion.models import PromotionRule, Switch
Switch.objects.create(on=True, reason="The tests are over.", set_by=1, set_at=now())
newest = PromotionRule.objects.order_by("-number")[0].number
rule = PromotionRule.objects.get(number=1)
rule.pk, rule.number = None, newest + 1
rule.save(force_insert=True)
"""


@pytest.fixture(scope="module")
def person(live_stack: LiveStack) -> Iterator[dict[str, str]]:
    said = live_stack.manage("manage", "shell", "--no-imports", "-c", PERSON)
    yield dict(json.loads(said.strip().splitlines()[-1]))
    live_stack.manage("manage", "shell", "--no-imports", "-c", RESTORE)


# Real ones for half of the invented, so that more than "not found" is tried.
REAL = {"slug": "brand-collaborations", "number": 1, "handle": "fuzzed"}
FUZZ = int(os.environ.get("MEADOW_FUZZ", "0"))
# test_permissions.py holds the table and the document equal; to make the document here would cost
# every run of any test three seconds.
UNDOCUMENTED = ("GET /api/v1/", "GET /api/v1/openapi.json")
OPERATIONS = [route for route in MATRIX if " /api/v1/" in route and route not in UNDOCUMENTED]


@cache
def schema() -> BaseSchema:
    """The document that the site serves; test_the_site_serves_this_document holds them equal."""
    return schemathesis.openapi.from_dict(json.loads(openapi_json()))


@pytest.mark.parametrize("label", OPERATIONS)
def test_no_input_breaks_an_operation(
    label: str, live_stack: LiveStack, person: dict[str, str]
) -> None:
    operation = schema().find_operation_by_label(label)
    assert operation is not None
    real = REAL | {"note_id": person["note"], "public_id": person["note"]}
    token = person["operator" if "/operator/" in label else "token"]

    @settings(
        max_examples=FUZZ or 6,
        derandomize=not FUZZ,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )
    @given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in MODES)))
    def holds(case: schemathesis.Case) -> None:
        for name, one in real.items():
            if name in (case.path_parameters or {}) and len(str(case.path_parameters[name])) % 2:
                case.path_parameters[name] = one
        case.call_and_validate(
            base_url=live_stack.base_url,
            headers={"Authorization": f"Bearer {token}"},
            checks=HELD,
        )

    holds()


def test_the_site_serves_this_document(live_stack: LiveStack) -> None:
    with urllib.request.urlopen(f"{live_stack.base_url}/api/v1/openapi.json") as answer:
        served = answer.read()

    assert json.loads(served) == schema().raw_schema


def test_every_operation_documents_its_refusals() -> None:
    undocumented = [
        f"{method} {path}"
        for path, methods in schema().raw_schema["paths"].items()
        for method, operation in methods.items()
        if "application/problem+json"
        not in operation["responses"].get("default", {}).get("content", {})
    ]

    assert undocumented == []
