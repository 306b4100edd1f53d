"""No order of serving, reporting, charging and dying charges a buyer more than the budget."""

import json

from hypothesis import given
from hypothesis import strategies as st

from meadow.promotion.pacing import Purse, Settled

BUDGET = 1_000
PROCESSES = ("a", "b", "c")
acts = st.lists(
    st.tuples(
        st.sampled_from(["lend", "serve", "die", "settle", "let go", "restart"]),
        st.sampled_from(PROCESSES),
        st.integers(0, 400),
    ),
    max_size=60,
)


def live(steps: list[tuple[str, str, int]], *, bound: bool) -> Purse:
    """Let processes serve (within what they were lent when `bound`), die, and be charged."""
    purse = Purse(budget=BUDGET)
    for act, process, amount in steps:
        if act == "lend":
            purse.lend(process, upto=amount)
        elif act == "serve":
            purse.serve(
                process, amount=min(amount, purse.lent.get(process, 0)) if bound else amount
            )
        elif act == "die":
            purse.give_back(process)
        elif act == "settle":
            purse.settle(amount=min(amount, purse.under_way))
        elif act == "let go":
            purse.let_go(amount=amount)
        else:
            kept = json.loads(json.dumps(purse.state()))
            purse = Purse(budget=BUDGET)
            purse.restore(kept)
    return purse


@given(acts)
def test_processes_that_keep_to_what_they_were_lent_never_overspend(
    steps: list[tuple[str, str, int]],
) -> None:
    purse = live(steps, bound=True)

    out = purse.charged + purse.under_way + sum(purse.lent.values())
    assert out <= BUDGET
    assert purse.absorbed == 0


@given(acts)
def test_even_processes_that_do_not_never_make_the_buyer_pay(
    steps: list[tuple[str, str, int]],
) -> None:
    purse = live(steps, bound=False)

    assert 0 <= purse.charged <= BUDGET


def test_what_goes_beyond_the_budget_is_the_platforms() -> None:
    purse = Purse(budget=100)
    purse.serve("a", amount=130)

    settled = purse.settle(amount=130)

    assert settled == Settled(charged=100, absorbed=30)
    assert (purse.charged, purse.absorbed, purse.under_way, purse.free) == (100, 30, 0, 0)


def test_what_never_became_valid_is_free_again() -> None:
    purse = Purse(budget=100)
    purse.lend("a", upto=100)
    purse.serve("a", amount=60)

    purse.let_go(amount=60)

    assert (purse.free, purse.lent) == (60, {"a": 40})


def test_the_last_money_goes_to_one_process_after_the_other() -> None:
    purse = Purse(budget=90)
    given_out = []
    for turn in range(3):
        given_out.append(purse.share_out(PROCESSES, least=50, turn=turn))
        for process in PROCESSES:
            purse.give_back(process)

    assert given_out == [{"a": 90}, {"b": 90}, {"c": 90}]


def test_little_money_is_lent_in_whole_cards() -> None:
    purse = Purse(budget=250)

    # No half of a card stays with each.
    assert purse.share_out(PROCESSES[:2], least=50, turn=1) == {"b": 150, "a": 100}


def test_enough_money_is_lent_to_all_alike() -> None:
    purse = Purse(budget=900)

    assert purse.share_out(PROCESSES, least=50, turn=1) == {"a": 300, "b": 300, "c": 300}
    assert purse.free == 0
