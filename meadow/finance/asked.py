"""Calls that move money: one effect and one answer a key."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Schema, Status

from meadow.accounts.api_auth import scoped
from meadow.core.idempotency import StoredAnswer, read_key, run_request_once
from meadow.finance.errors import KeyMissing

_KEY: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            "description": "With the same key again nothing is moved twice",
        }
    ]
}


def keyed(scope: str) -> dict[str, Any]:
    """Return the operation arguments of a call that moves money: a scope, and a key."""
    arguments = scoped(scope)
    return {**arguments, "openapi_extra": {**arguments["openapi_extra"], **_KEY}}


def answer_once(
    request: HttpRequest, *, person_id: int, status: int, act: Callable[[], Schema]
) -> Status[Any]:
    """Do something once a key, and answer every repetition as the first time. Raises KeyMissing."""
    if read_key(request) is None:
        raise KeyMissing
    answer = run_request_once(
        request,
        person_id=person_id,
        action=lambda: StoredAnswer(status, act().model_dump(mode="json")),
    )
    return Status(answer.status, answer.body)
