"""Calls that move money: one effect and one answer a key."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Schema, Status

from meadow.core.idempotency import StoredAnswer, demand_key, run_request_once


def answer_once(
    request: HttpRequest, *, person_id: int, status: int, act: Callable[[], Schema]
) -> Status[Any]:
    """Do something once a key, and answer every repetition as the first time. Raises KeyMissing."""
    demand_key(request)
    answer = run_request_once(
        request,
        person_id=person_id,
        action=lambda: StoredAnswer(status, act().model_dump(mode="json")),
    )
    return Status(answer.status, answer.body)
