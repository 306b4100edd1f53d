"""The fold of an order's money against what it says, over any sequence of counted prices."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from meadow.promotion.reckoning import Account, Reckoned, make_good, micro_of_minor, reckon
from meadow.promotion.tests.paying import FEN

MOST = 3_000
prices = st.lists(st.integers(0, (MOST + 500) * FEN), min_size=1, max_size=12)


def open_order(budget: int, discount: int) -> Account:
    """Return an order of which nothing was charged."""
    return Account(
        unit="CNY",
        budget=budget,
        discount=discount,
        charged=0,
        taken=0,
        returned=0,
        held=budget - discount,
        settled=False,
    )


def after(account: Account, due: Reckoned) -> Account:
    """Return how an order stands once that has moved; what was credited before the end is held again."""
    taken, back = max(due.wallet, 0), max(-due.wallet, 0)
    return replace(
        account,
        charged=due.charged,
        taken=account.taken + taken - (0 if account.settled else back),
        returned=account.returned + due.made_good + (back if account.settled else 0),
        held=0 if account.settled else account.held - taken + back,
    )


@given(budget=st.integers(2, MOST), part=st.floats(0, 0.99), counted=prices)
def test_charged_is_the_price_up_to_the_budget_and_the_coupon_pays_first(
    budget: int, part: float, counted: list[int]
) -> None:
    account = open_order(budget, int(budget * part))

    for price in counted:
        due = reckon(account, price=price)
        account = after(account, due)

        assert account.charged == min(price // FEN, budget)
        assert account.from_coupon == min(account.charged, account.discount)
        assert account.from_wallet + account.from_coupon == account.charged
        assert account.from_wallet + account.held == budget - account.discount
        assert due.absorbed == max(price // FEN - budget > 0 and price - budget * FEN, 0)
        assert reckon(account, price=price) == replace(due, coupon=0, wallet=0)


@given(
    budget=st.integers(2, MOST),
    part=st.floats(0, 0.99),
    counted=prices,
    later=prices,
    impressions=st.integers(0, 100_000),
    worst=st.integers(0, 1_000),
    share=st.integers(0, 100),
)
def test_once_settled_charges_only_fall_and_nobody_gets_back_more_than_they_paid(
    budget: int,
    part: float,
    counted: list[int],
    later: list[int],
    impressions: int,
    worst: int,
    share: int,
) -> None:
    account = open_order(budget, int(budget * part))
    for price in counted[:-1]:
        account = after(account, reckon(account, price=price))
    due = make_good(
        account,
        reckon(account, price=counted[-1]),
        impressions=impressions,
        worst=worst,
        share=share,
    )
    account = replace(after(account, due), settled=True, held=0)
    lowest = account.charged
    assert 0 <= due.made_good <= account.from_wallet + due.made_good

    for price in later:
        due = reckon(account, price=price)
        account = after(account, due)
        lowest = min(lowest, price // FEN)

        assert account.charged == lowest
        assert (due.wallet <= 0, due.coupon <= 0) == (True, True)
        assert 0 <= account.from_wallet <= lowest


@given(budget=st.integers(2, MOST), gone=st.integers(1, MOST), price=st.integers(0, 2 * MOST * FEN))
def test_without_its_hold_an_order_is_charged_what_is_left_and_the_platform_bears_the_rest(
    budget: int, gone: int, price: int
) -> None:
    held = max(budget - gone, 0)
    account = replace(open_order(budget, 0), held=held)

    due = reckon(account, price=price)

    assert due.charged == min(price // FEN, held)
    assert due.absorbed == (price - held * FEN if price // FEN > held else 0)


def test_a_minor_unit_is_as_many_millionths_as_its_currency_says() -> None:
    assert (micro_of_minor("CNY"), micro_of_minor("IMP")) == (10_000, 1_000_000)
