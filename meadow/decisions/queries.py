"""Reads of decisions and appeals: plain frozen records, each as it was signed."""

from typing import Any

from meadow.decisions.documents import read_moment, read_reasons
from meadow.decisions.records import DecisionRecord


def record_of(*, id: int, person_id: int | None, content: dict[str, Any]) -> DecisionRecord:
    """Return a decision from its signed text."""
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
    )
