"""What is held for an order: once a key, within the wallet and its owner's limits, and all of it set free."""

import datetime as dt

import pytest

from meadow.accounts.testing import make_person
from meadow.core.transactions import transaction
from meadow.ledger.queries import read_funds
from meadow.ledger.testing import wallet
from meadow.payments.errors import SpendingOfDayUsed
from meadow.payments.limit_queries import read_spending
from meadow.payments.services import set_spending
from meadow.promotion.errors.money import BudgetNotCovered, HoldKeyTaken
from meadow.promotion.models import Order, OrderHold
from meadow.promotion.services.holding import hold_budget, release_rest
from meadow.promotion.testing import make_order

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


def hold(order: Order, amount: int, key: str = "placed") -> OrderHold:
    with transaction():
        return hold_budget(order=order, amount=amount, key=key, now=NOW)


@pytest.mark.django_db
def test_a_budget_is_held_once_a_key_and_topped_up_by_another() -> None:
    person = make_person()
    account = wallet(str(person.pk), 5_000)
    order = make_order(buyer=person, now=NOW, budget=3_000)

    first, again, more = hold(order, 3_000), hold(order, 3_000), hold(order, 1_500, "more")

    assert first == again != more
    assert (read_funds(account).posted, read_funds(account).held) == (5_000, 4_500)
    with pytest.raises(HoldKeyTaken):
        hold(order, 2_000)


@pytest.mark.django_db
def test_what_the_wallet_does_not_cover_is_refused_in_words_and_nothing_is_held() -> None:
    person = make_person()
    account = wallet(str(person.pk), 2_999)
    order = make_order(buyer=person, now=NOW, budget=3_000)

    with pytest.raises(BudgetNotCovered) as refused:
        hold(order, 3_000)

    assert str(refused.value) == "Your wallet has ¥29.99 free, and ¥30.00 would be held."
    assert read_funds(account).held == 0
    assert not order.holds.exists()
    assert read_spending(person.pk, unit="CNY", now=NOW).spent_day == 0


@pytest.mark.django_db
def test_what_is_held_counts_against_what_its_owner_lets_go_out_until_it_is_free_again() -> None:
    person = make_person()
    account = wallet(str(person.pk), 9_000)
    order = make_order(buyer=person, now=NOW, budget=3_000)
    set_spending(person_id=person.pk, unit="CNY", per_day=4_000, per_month=None, now=NOW)
    hold(order, 3_000)

    with pytest.raises(SpendingOfDayUsed):
        hold(order, 1_001, "more")
    with transaction():
        freed = release_rest(order=order, now=NOW)

    assert (freed, read_funds(account).held) == (3_000, 0)
    assert read_spending(person.pk, unit="CNY", now=NOW).spent_day == 0
