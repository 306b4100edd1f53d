"""What the database itself refuses of orders and rules, whoever asks."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError

from meadow.accounts.testing import make_person
from meadow.promotion.models import Order, PromotionRule
from meadow.promotion.testing import make_order

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


def _constraint(refused: pytest.ExceptionInfo[IntegrityError]) -> str:
    cause: Any = refused.value.__cause__
    return str(cause.diag.constraint_name)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"charged": 1_001}, "promotion_never_charged_over_budget"),
        ({"note_id": 2}, "promotion_order_stays_what_it_is"),
        ({"budget": 999}, "promotion_order_stays_what_it_is"),
        ({"state": "finished"}, "promotion_order_goes_its_way"),
        ({"ended_at": NOW}, "promotion_order_over_has_its_time"),
    ],
)
def test_an_order_refuses_what_it_must_never_be(change: dict[str, Any], constraint: str) -> None:
    order = make_order(buyer=make_person(), now=NOW, budget=1_000)

    with pytest.raises(IntegrityError) as refused:
        Order.objects.filter(pk=order.pk).update(**change)
    assert _constraint(refused) == constraint


def test_an_order_that_is_over_stays_as_it_was() -> None:
    order = make_order(buyer=make_person(), now=NOW, state="cancelled", ended_at=NOW)

    with pytest.raises(IntegrityError) as refused:
        Order.objects.filter(pk=order.pk).update(budget=order.budget + 1)
    assert _constraint(refused) == "promotion_order_over_stays"


def test_a_rule_is_only_added() -> None:
    with pytest.raises(IntegrityError) as refused:
        PromotionRule.objects.filter(number=1).update(reserve=1)
    assert _constraint(refused) == "promotion_rows_are_only_added"
