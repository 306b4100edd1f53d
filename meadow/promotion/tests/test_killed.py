"""kill -9 at every moment of charging and settling: spend is what was delivered, once."""

import pytest

from meadow.accounts.testing import make_person
from meadow.core.deaths import Mortal, deaths, live
from meadow.core.testing import forget_jobs
from meadow.ledger.checking import check_books
from meadow.ledger.testing import wallet
from meadow.notifications.models import Notification
from meadow.payments.limit_queries import read_spending
from meadow.promotion.models import Order, OrderStep
from meadow.promotion.services.holding import sum_taken
from meadow.promotion.tests.mortals import spend_once
from meadow.promotion.tests.paying import NOW, count, funds, place, platform, stands

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
HAD = 5_000
# Four charges, an end, a settlement, a charge after it, and what was counted between them.
MOMENTS = ["before commit", "after commit"] * 7


def fresh() -> Order:
    person = make_person()
    wallet(str(person.pk), HAD)
    order = place(person, budget=700, discount=100)
    count(order, 0)
    return order


def steps(order: Order) -> list[str]:
    return list(OrderStep.objects.filter(order=order).order_by("pk").values_list("kind", flat=True))


def test_an_order_is_charged_and_settled_once_whenever_it_dies() -> None:
    forget_jobs()
    orders = [fresh() for _moment in range(len(MOMENTS) + 1)]

    def spend(number: int) -> Mortal:
        return Mortal(spend_once, {"order_id": orders[number].pk})

    assert live(spend(0)) == MOMENTS

    for number in deaths(spend, moments=len(MOMENTS)):
        order, moment = orders[number], f"{number}: {MOMENTS[number - 1]}"
        spend_once(order.pk, again=True)
        assert stands(order)[0] == 600, moment
        assert funds(order) == (HAD - 500, 0), moment
        assert steps(order).count("settled") == steps(order).count("finished") == 1, moment
        assert sum_taken(list(order.holds.all())) - order.returned == 500, moment
        buyer = order.buyer_id
        assert buyer is not None
        assert read_spending(buyer, unit="CNY", now=NOW).spent_day == 500, moment
        told = Notification.objects.filter(person_id=buyer, kind="promotion.settled")
        assert told.count() == 1, moment

    assert platform("promotion") == 600 * len(orders)
    assert platform("promotion coupons") == -100 * len(orders)
    assert list(check_books()) == []
    forget_jobs()
