"""Decisions, receipts and appeals as the API gives and takes them."""

import datetime as dt
from typing import Any, Literal

from ninja import Field, Schema

from meadow.decisions.models import FEWEST_DAYS, MOST_DAYS
from meadow.decisions.reasons import describe, render
from meadow.decisions.receipts import Verdict
from meadow.decisions.records import AppealRecord, DecisionRecord, KnownKey, TermsRecord


class ReasonOut(Schema):
    """Why: a code with its parameters, and the sentence in the caller's language."""

    code: str
    params: dict[str, Any]
    text: str


class DecisionOut(Schema):
    """A decision with the values as they stood; times are UTC."""

    id: str
    scope: str = Field(description="What decided, such as `programs/creator-center`")
    capability: str
    outcome: str
    title: str = Field(description="What was decided about, in the caller's language")
    outcome_text: str
    rule_version: str
    inputs: dict[str, Any]
    reasons: list[ReasonOut]
    decided_at: dt.datetime
    valid_until: dt.datetime | None
    appeal_until: dt.datetime | None
    decided_by: str = Field(description="`rule`, or `operator:` and a public id")
    appeal_state: str = Field(description="Empty where nobody appealed")


class DecisionsOut(Schema):
    """One page of decisions, newest first."""

    items: list[DecisionOut]
    next_cursor: str | None


class BatchOut(Schema):
    """What the signature covers."""

    id: str
    size: int
    root: str
    signed_at: str


class KeyOut(Schema):
    """An Ed25519 public key (64 hexadecimal digits) by its id."""

    id: str
    public: str


class ReceiptOut(Schema):
    """Everything that is needed to check one decision elsewhere: docs/algorithms/receipts.md.

    `document` is the signed text, exact to the byte: hash it as it is.
    """

    kind: Literal["meadow.receipt.v1"]
    document: str
    index: int
    path: list[str]
    batch: BatchOut
    signature: str
    key: KeyOut


class KnownKeyOut(KeyOut):
    """A public key that decisions were signed with, and when it was."""

    first_used_at: dt.datetime
    last_used_at: dt.datetime | None = Field(description="Empty while it has signed nothing")
    signs_now: bool = Field(description="Whether it is the one that signs today")


class KeysOut(Schema):
    """Every key that ever signed, newest first."""

    items: list[KnownKeyOut]


class ProblemOut(Schema):
    """One thing that is wrong with a receipt."""

    code: Literal["shape", "document", "key", "signature", "path"]
    place: str
    text: str


class VerdictOut(Schema):
    """Whether a receipt holds; `decision` is what it says, only if it does."""

    valid: bool
    problems: list[ProblemOut]
    decision: dict[str, Any] | None


class AppealIn(Schema):
    """Why the decision is wrong."""

    words: str = Field(min_length=20, max_length=2000)


class AnswerIn(Schema):
    """Whether the appeal is granted (`upheld`), and why or why not, for the person to read."""

    upheld: bool
    words: str = Field(min_length=20, max_length=2000)


class AppealOut(Schema):
    """An appeal; the answer is empty while it is open, and words are once their author is gone."""

    id: str
    decision: DecisionOut
    words: str
    state: Literal["open", "granted", "refused", "withdrawn"]
    opened_at: dt.datetime
    terms: int = Field(description="The version of the terms under which it was opened")
    due_at: dt.datetime
    withdrawn_at: dt.datetime | None
    answer: str
    answered_at: dt.datetime | None
    ruling: str = Field(description="Id of the decision that answered, empty while it is open")


class AppealsOut(Schema):
    """One page of appeals: those that wait soonest due first, answered ones newest first."""

    items: list[AppealOut]
    next_cursor: str | None


class TermsOut(Schema):
    """A version of the terms of appeals: those in force are the newest."""

    number: int
    answer_days: int
    active_from: dt.datetime
    note: str


class TermsListOut(Schema):
    """Every version of the terms of appeals, newest first."""

    items: list[TermsOut]


class TermsIn(Schema):
    """Within how many days appeals are answered from now on, why, and the version you looked at."""

    answer_days: int = Field(ge=FEWEST_DAYS, le=MOST_DAYS)
    note: str = Field(min_length=1, max_length=500, description="Why; everybody can read it")
    seen: int = Field(ge=1, le=2**31 - 1, description="`number` of the newest you know")


def decision_out(decision: DecisionRecord) -> DecisionOut:
    """Return a decision for the API."""
    words = describe(decision)
    return DecisionOut(
        id=decision.public_id,
        scope=decision.scope,
        capability=decision.capability,
        outcome=decision.outcome,
        title=words.title,
        outcome_text=words.outcome.text,
        rule_version=decision.rule_version,
        inputs=dict(decision.inputs),
        reasons=[
            ReasonOut(code=one.code, params=dict(one.params), text=render(decision.scope, one))
            for one in decision.reasons
        ],
        decided_at=decision.decided_at,
        valid_until=decision.valid_until,
        appeal_until=decision.appeal_until,
        decided_by=decision.decided_by,
        appeal_state=decision.appeal_state,
    )


def key_out(key: KnownKey) -> KnownKeyOut:
    """Return a public key for the API."""
    return KnownKeyOut(
        id=key.key_id,
        public=key.public_key,
        first_used_at=key.first_used_at,
        last_used_at=key.last_used_at,
        signs_now=key.signs_now,
    )


def verdict_out(verdict: Verdict) -> VerdictOut:
    """Return what a check came to for the API."""
    problems = [
        ProblemOut(code=one.code, place=one.place, text=one.text())  # type: ignore[arg-type] # known
        for one in verdict.problems
    ]
    decision = dict(verdict.decision) if verdict.valid else None
    return VerdictOut(valid=verdict.valid, problems=problems, decision=decision)


def appeal_out(appeal: AppealRecord) -> AppealOut:
    """Return an appeal for the API."""
    return AppealOut(
        id=appeal.public_id,
        decision=decision_out(appeal.decision),
        words=appeal.words,
        state=appeal.state,  # type: ignore[arg-type] # a constraint of the table
        opened_at=appeal.opened_at,
        terms=appeal.terms,
        due_at=appeal.due_at,
        withdrawn_at=appeal.withdrawn_at,
        answer=appeal.answer,
        answered_at=appeal.answered_at,
        ruling=appeal.ruling_id,
    )


def terms_out(terms: TermsRecord) -> TermsOut:
    """Return a version of the terms for the API: who changed them, their page says."""
    return TermsOut(
        number=terms.number,
        answer_days=terms.answer_days,
        active_from=terms.active_from,
        note=terms.note,
    )
