"""Reads of decisions and appeals: plain frozen records, each as it was signed."""

import datetime as dt
from collections.abc import Collection
from typing import Any, Literal

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.decisions import merkle, receipts
from meadow.decisions.documents import format_moment, read_document, read_moment, read_reasons
from meadow.decisions.errors import AppealMissing, DecisionMissing
from meadow.decisions.keys import current_signer
from meadow.decisions.models import Appeal, AppealTerms, Batch, Decision, SigningKey
from meadow.decisions.records import AppealRecord, DecisionRecord, KnownKey, TermsRecord
from meadow.decisions.viewers import Viewer

PAGE_SIZE = 24
AppealState = Literal["open", "answered", "withdrawn"]


def find_decision(public_id: str, viewer: Viewer) -> DecisionRecord:
    """Return a decision: one's own; for operators any; for moderators any that was appealed against.

    Raises DecisionMissing, also to who may not know of it.
    """
    visible = Decision.objects.filter(public_id=public_id)
    if not viewer.is_operator:
        own = Q(subject__person_id=viewer.person_id)
        against = Appeal.objects.filter(decision=OuterRef("pk"))
        appealed = Q(Exists(against)) | Q(answered_appeal__isnull=False)
        visible = visible.filter(own | appealed if viewer.is_moderator else own)
    found = _decisions(visible)
    if not found:
        raise DecisionMissing
    return found[0]


def list_decisions(
    person_id: int,
    scope: str | None = None,
    *,
    outcome: str | None = None,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[DecisionRecord]:
    """Return one page of the decisions about a person, newest first. Raises InvalidCursor."""
    decisions = Decision.objects.filter(subject__person_id=person_id)
    if scope is not None:
        decisions = decisions.filter(scope=scope)
    if outcome is not None:
        decisions = decisions.filter(outcome=outcome)
    if cursor is not None:
        before = decode_cursor(cursor).get("before")
        if not isinstance(before, int):
            raise InvalidCursor
        decisions = decisions.filter(pk__lt=before)
    found = _decisions(decisions.order_by("-pk")[: size + 1])
    more = len(found) > size
    return Page(
        items=found[:size],
        next_cursor=encode_cursor({"before": found[size - 1].id}) if more else None,
    )


def list_samples(person_id: int) -> list[DecisionRecord]:
    """Return the newest decision about a person of each scope and outcome: what a list can be cut by."""
    decisions = Decision.objects.filter(subject__person_id=person_id)
    return _decisions(decisions.order_by("scope", "outcome", "-pk").distinct("scope", "outcome"))


def get_decision(public_id: str) -> DecisionRecord | None:
    """Return a decision whoever looks, or None: for use cases, which decide themselves who may."""
    found = _decisions(Decision.objects.filter(public_id=public_id))
    return found[0] if found else None


def get_decisions(ids: Collection[int]) -> dict[int, DecisionRecord]:
    """Return decisions by id, as `record` and `record_many` gave them, in one query."""
    return {one.id: one for one in _decisions(Decision.objects.filter(pk__in=ids))}


def receipt(public_id: str) -> dict[str, Any]:
    """Return what an outsider needs to check a decision, in two queries. Raises DecisionMissing.

    It says the subject's pseudonym; who may have it, `find_decision` decides.
    """
    row = (
        Decision.objects.select_related("batch__key")
        .filter(public_id=public_id)
        .only("place", "document", "batch")
        .first()
    )
    if row is None:
        raise DecisionMissing
    batch, chunk = row.batch, row.place // merkle.CHUNK
    documents = Decision.objects.filter(
        batch_id=batch.pk,
        place__gte=chunk * merkle.CHUNK,
        place__lt=(chunk + 1) * merkle.CHUNK,
    ).order_by("place")
    leaves = [
        merkle.hash_leaf(text.encode()) for text in documents.values_list("document", flat=True)
    ]
    nodes = bytes(batch.nodes)
    chunks = [nodes[start : start + 32] for start in range(0, len(nodes), 32)]
    path = merkle.path_of(leaves, row.place % merkle.CHUNK) + merkle.path_of(chunks, chunk)
    return {
        "kind": receipts.KIND,
        "document": row.document,
        "index": row.place,
        "path": [beside.hex() for beside in path],
        "batch": {
            "id": batch.public_id,
            "size": batch.size,
            "root": batch.root,
            "signed_at": format_moment(batch.signed_at),
        },
        "signature": batch.signature,
        "key": {"id": batch.key.key_id, "public": batch.key.public_key},
    }


def list_keys() -> list[KnownKey]:
    """Return every key that ever signed, newest first, with the time in which it did."""
    newest = Batch.objects.filter(key=OuterRef("pk")).order_by("-pk").values("signed_at")[:1]
    keys = SigningKey.objects.annotate(last_used_at=Subquery(newest))
    signs_now = current_signer().key_id
    return [
        KnownKey(
            key_id=row.key_id,
            public_key=row.public_key,
            first_used_at=row.first_used_at,
            last_used_at=row.last_used_at,
            signs_now=row.key_id == signs_now,
        )
        for row in keys.order_by("-first_used_at", "key_id")
    ]


def public_keys() -> dict[str, str]:
    """Return every public key that ever signed, by its id."""
    return dict(SigningKey.objects.values_list("key_id", "public_key"))


def find_appeal(public_id: str, viewer: Viewer) -> AppealRecord:
    """Return an appeal: one's own, or for who keeps order any. Raises AppealMissing."""
    visible = Appeal.objects.filter(public_id=public_id)
    if not viewer.is_moderator:
        visible = visible.filter(person_id=viewer.person_id)
    found = _appeals(visible)
    if not found:
        raise AppealMissing
    return found[0]


def find_own_appeal(public_id: str, *, person_id: int) -> AppealRecord:
    """Return one of a person's own appeals. Raises AppealMissing, also for somebody else's."""
    return find_appeal(public_id, Viewer(person_id=person_id))


def list_appeals_against(decision_id: int) -> list[AppealRecord]:
    """Return the appeals against a decision, newest first: all but one of them were withdrawn."""
    return _appeals(Appeal.objects.filter(decision_id=decision_id).order_by("-pk"))


def terms_in_force(*, now: dt.datetime) -> TermsRecord:
    """Return the terms under which an appeal is opened at `now`."""
    return terms_of(AppealTerms.objects.filter(active_from__lte=now).latest("number"))


def list_terms() -> list[TermsRecord]:
    """Return every version of the terms of appeals, newest first."""
    return [terms_of(row) for row in AppealTerms.objects.order_by("-number")]


def terms_of(row: AppealTerms) -> TermsRecord:
    """Return a version of the terms from its row."""
    return TermsRecord(
        number=row.number,
        answer_days=row.answer_days,
        active_from=row.active_from,
        note=row.note,
        operator_id=row.operator_id,
    )


def list_appeals(
    *, state: AppealState = "open", cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[AppealRecord]:
    """Return one page of appeals: those that wait soonest due first, all others newest first.

    Raises InvalidCursor.
    """
    if state == "open":
        appeals = Appeal.objects.filter(state=Appeal.State.OPEN).order_by("due_at", "pk")
    elif state == "answered":
        answered = [Appeal.State.GRANTED, Appeal.State.REFUSED]
        appeals = Appeal.objects.filter(state__in=answered).order_by("-answered_at", "-pk")
    else:
        # By when they were opened: erasure withdraws without a moment.
        appeals = Appeal.objects.filter(state=Appeal.State.WITHDRAWN).order_by("-opened_at", "-pk")
    if cursor is not None:
        appeals = appeals.filter(_after(decode_cursor(cursor), state))
    found = _appeals(appeals[: size + 1])
    more = len(found) > size
    return Page(
        items=found[:size],
        next_cursor=encode_cursor(_position(found[size - 1], state)) if more else None,
    )


def _position(appeal: AppealRecord, state: AppealState) -> dict[str, Any]:
    moments = {
        "open": appeal.due_at,
        "answered": appeal.answered_at,
        "withdrawn": appeal.opened_at,
    }
    return {"state": state, "at": format_moment(moments[state]), "id": appeal.id}


def _after(position: dict[str, Any], state: AppealState) -> Q:
    at, pk = position.get("at"), position.get("id")
    if position.get("state") != state or not isinstance(at, str) or not isinstance(pk, int):
        raise InvalidCursor
    moment = read_moment(at)
    if state == "open":
        return Q(due_at__gt=moment) | Q(due_at=moment, pk__gt=pk)
    if state == "withdrawn":
        return Q(opened_at__lt=moment) | Q(opened_at=moment, pk__lt=pk)
    return Q(answered_at__lt=moment) | Q(answered_at=moment, pk__lt=pk)


def _decisions(decisions: "QuerySet[Decision]") -> list[DecisionRecord]:
    latest = Appeal.objects.filter(decision=OuterRef("pk")).order_by("-pk").values("state")[:1]
    rows = decisions.annotate(appealed=Subquery(latest)).values_list(
        "pk", "document", "subject__person_id", "appealed"
    )
    return [
        record_of(id=pk, person_id=person, content=read_document(text), appeal_state=state or "")
        for pk, text, person, state in rows
    ]


def _appeals(appeals: "QuerySet[Appeal]") -> list[AppealRecord]:
    return [
        appeal_of(row) for row in appeals.select_related("decision__subject", "ruling__subject")
    ]


def appeal_of(row: Appeal) -> AppealRecord:
    """Return an appeal's record from its row."""
    return AppealRecord(
        id=row.pk,
        public_id=row.public_id,
        decision=record_of(
            id=row.decision.pk,
            person_id=row.decision.subject.person_id,
            content=read_document(row.decision.document),
            appeal_state=row.state,
        ),
        person_id=row.person_id,
        words=row.words,
        state=row.state,
        opened_at=row.opened_at,
        terms=row.terms_id,
        due_at=row.due_at,
        withdrawn_at=row.withdrawn_at,
        answer=row.answer,
        answered_at=row.answered_at,
        reviewer_id=row.reviewer_id,
        ruling_id=row.ruling.public_id if row.ruling else "",
    )


def record_of(
    *, id: int, person_id: int | None, content: dict[str, Any], appeal_state: str = ""
) -> DecisionRecord:
    """Return a decision's record from its signed text."""
    decided_at = read_moment(content["decided_at"])
    if decided_at is None:
        raise ValueError("a decision without a moment")
    return DecisionRecord(
        id=id,
        public_id=content["id"],
        person_id=person_id,
        subject=content["subject"],
        scope=content["scope"],
        capability=content["capability"],
        outcome=content["outcome"],
        rule_version=content["rule_version"],
        inputs=content["inputs"],
        reasons=read_reasons(content),
        decided_at=decided_at,
        valid_until=read_moment(content["valid_until"]),
        appeal_until=read_moment(content["appeal_until"]),
        decided_by=content["decided_by"],
        appeal_state=appeal_state,
    )
