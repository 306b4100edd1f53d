"""Cases as the API gives and takes them."""

import datetime as dt
from typing import Any, Literal

from ninja import Field, Schema

from meadow.integrity.queries import CaseRecord
from meadow.integrity.words import describe_case

Detector = Literal["clockwork", "impossible_rate"]
State = Literal["stands", "taken_back"]


class TakenBackOut(Schema):
    """Who took a case back, why and when."""

    handle: str
    reason: str
    at: dt.datetime


class CaseOut(Schema):
    """A case: what was measured, the limits of the rule's version, and what it came to."""

    id: str
    detector: Detector
    rule_version: int
    state: State
    signed_in: bool
    why: str = Field(description="The evidence in words, in the reader's language")
    measured: dict[str, Any]
    limits: dict[str, Any]
    window_from: dt.datetime
    window_to: dt.datetime
    facts: int = Field(description="How many facts it made invalid")
    decided_at: dt.datetime
    taken_back: TakenBackOut | None


class CasesOut(Schema):
    """One page of cases, newest first."""

    items: list[CaseOut]
    next_cursor: str | None


class TakeBackIn(Schema):
    """Why a case is taken back."""

    reason: str = Field(min_length=3, max_length=500)


def case_out(case: CaseRecord) -> CaseOut:
    """Return a case for the API."""
    taken = case.taken_back
    return CaseOut(
        id=case.public_id,
        detector=case.detector,  # type: ignore[arg-type] # a constraint of the table
        rule_version=case.version,
        state=case.state,  # type: ignore[arg-type] # one of the two
        signed_in=case.signed_in,
        why=describe_case(case),
        measured=case.measured,
        limits=case.limits,
        window_from=case.window_from,
        window_to=case.window_to,
        facts=case.facts,
        decided_at=case.decided_at,
        taken_back=TakenBackOut(handle=taken.handle, reason=taken.reason, at=taken.at)
        if taken
        else None,
    )
