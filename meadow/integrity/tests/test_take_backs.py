"""A case is taken back once; its rows are only added, and none of them holds the pseudonym."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection

from meadow.core.testing import race, waiting_jobs
from meadow.core.transactions import transaction
from meadow.integrity import services
from meadow.integrity.errors import CaseMissing, CaseTakenBackAlready
from meadow.integrity.models import TakeBack
from meadow.integrity.queries import get_case, list_cases_of
from meadow.integrity.testing import make_case
from meadow.integrity.tests.judged import NOW

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("engines_and_rules"),
]


def test_a_case_is_taken_back_once() -> None:
    case = make_case("c" * 32)
    word: Any = {"public_id": case.public_id, "operator_id": 7, "reason": "Ours.", "now": NOW}

    outcomes = race(lambda _: services.take_back_case(**word), runners=4)

    refused = [one for one in outcomes if isinstance(one, Exception)]
    assert [type(one) for one in refused] == [CaseTakenBackAlready] * 3
    assert TakeBack.objects.count() == 1
    assert len(waiting_jobs("integrity.deliver_verdicts")) == 1
    with pytest.raises(CaseMissing):
        services.take_back_case(**(word | {"public_id": "kNowhere"}))


def test_the_verdict_that_takes_back_is_the_later_one_whatever_the_clock_says() -> None:
    case = make_case("b" * 32)
    earlier = case.decided_at - dt.timedelta(days=1)

    services.take_back_case(public_id=case.public_id, operator_id=7, reason="Ours.", now=earlier)

    judged = services.make_verdicts(case, stage="judged")
    restored = services.make_verdicts(case, stage="restored")
    assert all(later.at > one.at for one, later in zip(judged, restored, strict=True))
    assert {one.provenance for one in judged} == {"invalid"}
    assert {(one.provenance, one.reason) for one in restored} == {("organic", "")}
    assert len({one.id for one in (*judged, *restored)}) == 6


@pytest.mark.parametrize(
    "table", ["integrity_detectorrule", "integrity_case", "integrity_takeback"]
)
@pytest.mark.parametrize("act", ["DELETE FROM {}", "UPDATE {} SET id = id + 1000"])
def test_rows_are_only_added(table: str, act: str) -> None:
    case = make_case("a" * 32)
    services.take_back_case(public_id=case.public_id, operator_id=7, reason="Ours.", now=NOW)

    with (
        pytest.raises(IntegrityError, match="are only added"),
        transaction(),
        connection.cursor() as cursor,
    ):
        cursor.execute(act.format(table))

    assert get_case(public_id=case.public_id).state == "taken_back"


def test_no_row_of_a_case_holds_the_pseudonym() -> None:
    make_case("e" * 32)

    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM integrity_case c")
        rows = "".join(row[0] for row in cursor.fetchall())

    assert "e" * 32 not in rows
    assert len(list_cases_of(pseudonym="e" * 32).items) == 1
