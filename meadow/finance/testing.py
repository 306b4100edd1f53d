"""Factories for tests: operators, and transfers that they propose."""

import datetime as dt
from typing import Any

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.core.ids import new_id
from meadow.finance.models import Terms
from meadow.finance.records import ProposalRecord
from meadow.finance.services import propose
from meadow.ledger.testing import WHEN


def make_operator(handle: str) -> Person:
    """Return somebody who runs the installation."""
    person = make_person(handle)
    person.role = Person.Role.OPERATOR
    person.save()
    return person


def ensure_terms() -> None:
    """Have version 1 of the limits, which Django's flush between tests empties."""
    Terms.objects.get_or_create(
        number=1,
        defaults={
            "proposal_days": 7,
            "appeal_days": 30,
            "stuck_after": {"payments": 60, "jobs": 0},
            "active_from": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        },
    )


def make_proposal(
    operator_id: int, *, taker: str, now: dt.datetime = WHEN, **given: Any
) -> ProposalRecord:
    """Return a proposal that waits: 5.00 of goodwill, unless something else is given."""
    ensure_terms()
    wanted: dict[str, Any] = {
        "kind": "goodwill",
        "giver": "platform:goodwill",
        "taker": taker,
        "amount": 500,
        "unit": "CNY",
        "words": "For your patience.",
        "key": new_id("k"),
    }
    return propose(operator_id=operator_id, now=now, **(wanted | given))
