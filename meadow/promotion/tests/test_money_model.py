"""Whole lives of orders against a naive model: wallets, coupons and the platform, whatever comes when."""

import os
from itertools import count as numbers

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from meadow.accounts.testing import make_person
from meadow.core.transactions import transaction
from meadow.ledger.checking import check_books
from meadow.ledger.testing import wallet
from meadow.promotion.errors.money import BudgetNotCovered
from meadow.promotion.models import Delivered, Order
from meadow.promotion.services.charging import charge_delivered, charge_due
from meadow.promotion.services.ending import end_order, finish_due, settle_due
from meadow.promotion.services.holding import hold_budget
from meadow.promotion.tests.paying import FEN, NOW, count, funds, place, platform, stands

EXAMPLES = int(os.environ.get("MEADOW_PROMOTION_EXAMPLES", "15"))
HAD = 5_000


class Life(RuleBasedStateMachine):
    """One order at a time, in a wallet of its own, beside what the platform had before it."""

    @initialize(budget=st.integers(2, 3_000), part=st.floats(0, 0.99))
    def begin(self, budget: int, part: float) -> None:
        person = make_person()
        wallet(str(person.pk), HAD)
        self.before = (platform("promotion"), platform("promotion coupons"))
        self.order = place(person, budget=budget, discount=int(budget * part))
        self.budget, self.price, self.ceiling = budget, 0, budget
        self.keys = numbers()
        self.reserve = self.order.rule.reserve
        self.over = self.settled = self.was_counted = False

    @rule(price=st.integers(0, 3_500 * FEN))
    def be_counted(self, price: int) -> None:
        self.price, self.was_counted = price, True
        count(self.order, price)

    @rule(alone=st.booleans(), times=st.integers(1, 2))
    def charge(self, alone: bool, times: int) -> None:
        for _time in range(times):
            if alone:
                charge_delivered(order_id=self.order.pk, now=NOW)
            else:
                charge_due(now=NOW)
        if self.settled:
            self.ceiling = min(self.ceiling, self.price // FEN)

    @precondition(lambda self: not self.over)
    @rule(amount=st.integers(1, 4_000))
    def top_up(self, amount: int) -> None:
        posted, held = funds(self.order)
        try:
            with transaction():
                order = Order.objects.select_for_update().get(pk=self.order.pk)
                hold_budget(order=order, amount=amount, key=f"more {next(self.keys)}", now=NOW)
                order.budget += amount
                order.save()
        except BudgetNotCovered:
            assert amount > posted - held
            return
        self.budget += amount
        self.ceiling = self.budget

    @precondition(lambda self: not self.over)
    @rule(state=st.sampled_from(["paused", "running"]))
    def pause_or_resume(self, state: str) -> None:
        Order.objects.filter(pk=self.order.pk).update(state=state)

    @precondition(lambda self: not self.over)
    @rule(state=st.sampled_from(["cancelled", "finished"]))
    def end(self, state: str) -> None:
        with transaction():
            order = Order.objects.select_for_update().get(pk=self.order.pk)
            end_order(order=order, state=state, by=None, now=NOW)
        self.over = True

    @precondition(lambda self: not self.over)
    @rule()
    def finish_if_spent(self) -> None:
        self.over = finish_due(now=NOW) == 1
        left = self.budget * FEN - self.price
        assert self.over == (self.is_running() and self.was_counted and left < self.reserve)

    @precondition(lambda self: self.over and not self.settled)
    @rule()
    def settle(self) -> None:
        self.order.refresh_from_db()
        count(self.order, self.price, as_of=NOW.replace(hour=23))
        assert settle_due(now=NOW.replace(hour=23)) == 1
        self.settled = True
        self.ceiling = min(self.price // FEN, self.budget)

    @invariant()
    def adds_up(self) -> None:
        if not hasattr(self, "order"):
            return
        charged, _returned, _absorbed = stands(self.order)
        posted, held = funds(self.order)
        coupon = min(charged, self.order.discount)
        taken = [now - then for now, then in zip(self.platform(), self.before, strict=True)]
        assert charged <= self.budget
        assert taken == [charged, -coupon]
        assert posted == HAD - (charged - coupon)
        assert held == (0 if self.settled else self.budget - self.order.discount - charged + coupon)
        if self.is_counted():
            assert charged == min(self.price // FEN, self.ceiling)

    def is_running(self) -> bool:
        # An order that is over was running when it finished, or somebody else ended it.
        return Order.objects.get(pk=self.order.pk).state in ("running", "finished")

    def platform(self) -> tuple[int, int]:
        return platform("promotion"), platform("promotion coupons")

    def is_counted(self) -> bool:
        """Whether the last count was charged, and no top-up since pays for what was absorbed."""
        found = Delivered.objects.filter(pk=self.order.pk).first()
        is_charged = found is None or found.price == found.settled_price
        return is_charged and (self.order.absorbed == 0 or self.order.charged == self.order.budget)

    def teardown(self) -> None:
        # Else the next order's story would charge and settle this one.
        Delivered.objects.all().delete()
        assert list(check_books()) == []


@pytest.mark.django_db
def test_whatever_comes_when_an_order_pays_for_what_it_was_delivered() -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
