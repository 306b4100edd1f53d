"""Factories for tests: rulings, decisions that were recorded, and appeals against them."""

import datetime as dt
from typing import Any

from meadow.accounts.models import Person
from meadow.core.transactions import transaction
from meadow.decisions import appeal_services, appeals, reasons, services
from meadow.decisions.models import AppealTerms
from meadow.decisions.records import AppealRecord, DecisionRecord, Reason, Ruling

WHEN = dt.datetime(2026, 5, 1, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
WORDS = "My eleventh note was published on the last day of the window."


def register_example(*, on_granted: appeals.OnGranted | None = None) -> None:
    """Give the scope `example` words, and let its decisions be appealed against."""
    reasons.register(
        "example",
        render=lambda reason: f"{reason.params['gap']} more {reason.params['metric']} are needed.",
        title=lambda decision: "The example door",
        outcome=lambda decision: reasons.OutcomeWords("Not admitted", "straw", "lock"),
        inputs=lambda decision: [
            reasons.InputWords(name, f"{value}", "of more than 5,000")
            for name, value in decision.inputs.items()
        ],
        rule_url=lambda decision: f"/example#rule-{decision.rule_version}",
        standing_url=lambda decision: "/example/me",
    )
    appeals.register("example", on_granted=on_granted or (lambda appeal, now: None))


def make_ruling(person_id: int, **fields: Any) -> Ruling:
    """Return a refusal by a rule of an example program, open to appeal for two weeks."""
    given: dict[str, Any] = {
        "scope": "example/door",
        "capability": "door.open",
        "outcome": "refused",
        "rule_version": "3",
        "inputs": {"followers": 4812, "notes_with_reads": 12},
        "reasons": [Reason("example.too_few", {"metric": "followers", "gap": 189})],
        "appeal_until": WHEN + dt.timedelta(days=14),
    }
    return Ruling(person_id=person_id, **(given | fields))


def make_decision(person: Person, *, now: dt.datetime = WHEN, **fields: Any) -> DecisionRecord:
    """Return a recorded decision about somebody."""
    with transaction():
        return services.record(ruling=make_ruling(person.pk, **fields), now=now)


def make_decisions(person: Person, count: int, *, now: dt.datetime = WHEN) -> list[int]:
    """Return the ids of decisions that were recorded as one batch."""
    rulings = [make_ruling(person.pk, inputs={"followers": row}) for row in range(count)]
    with transaction():
        return services.record_many(rulings=rulings, now=now)


def ensure_terms() -> None:
    """Have version 1 of the terms of appeals, which Django's flush between tests empties."""
    AppealTerms.objects.get_or_create(
        number=1, defaults={"answer_days": 7, "active_from": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}
    )


def make_appeal(
    decision: DecisionRecord, *, words: str = WORDS, now: dt.datetime = WHEN
) -> AppealRecord:
    """Return an open appeal by the person whom a decision is about."""
    assert decision.person_id is not None  # noqa: S101 - a factory for tests
    if appeals.handler_of(decision.scope) is None:
        register_example()
    ensure_terms()
    return appeal_services.open_appeal(
        decision=decision.public_id, person_id=decision.person_id, words=words, now=now
    )
