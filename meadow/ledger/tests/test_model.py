"""The books against a naive model in memory, over random histories, one by one and all at once."""

import dataclasses
import datetime as dt
import itertools
import os
import random
from collections import defaultdict
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from meadow.core.errors import MeadowError
from meadow.core.testing import race
from meadow.core.transactions import transaction
from meadow.ledger import services
from meadow.ledger.checking import check_books
from meadow.ledger.models import Balance
from meadow.ledger.models import Hold as HoldRow
from meadow.ledger.queries import balance_at, effective_balance_at, read_funds
from meadow.ledger.records import Draft, Leg
from meadow.ledger.services import open_account
from meadow.ledger.testing import WHEN, wallet
from meadow.ledger.tests.model import (
    MINUTE,
    OUTSIDE,
    PEOPLE,
    Act,
    Books,
    Capture,
    Expire,
    GiveBack,
    Hold,
    Outcome,
    Pay,
    Story,
    Void,
)

# Each example is STEPS steps, of up to five acts; the variable looks longer, and elsewhere.
EXAMPLES = int(os.environ.get("MEADOW_LEDGER_EXAMPLES", "20"))
STEPS = 50
STORIES = count()
KINDS = ["pay", "pay", "hold", "hold", "capture", "capture", "void", "expire", "give", "again"]
# What a step is about is drawn before anybody knows which histories two acts at once leave.
step = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "one": st.integers(0, PEOPLE),
        "two": st.integers(0, PEOPLE),
        "number": st.integers(0, 40),
        "amount": st.integers(1, 60),
        "whole": st.booleans(),
    }
)


class Ledger(RuleBasedStateMachine):
    """Random histories: what the model allows is done, and what it forbids is refused."""

    def __init__(self) -> None:
        super().__init__()
        name = f"story {next(STORIES)}"
        self.now = WHEN
        self.keys = (f"{name} step {number}" for number in count())
        people = [wallet(f"{name} {number}") for number in range(PEOPLE)]
        with transaction():
            bank = open_account(kind="provider", purpose=name, unit="CNY", now=WHEN)
        self.story = Story([*people, bank])
        self.books = Books()
        self.tried: list[Act] = []
        for person in range(PEOPLE):
            self.do([Pay(next(self.keys), OUTSIDE, (person,), 100, WHEN)])

    @rule(minutes=st.integers(1, 30))
    def wait(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @rule(drawn=step)
    def one(self, drawn: dict[str, int]) -> None:
        self.do([self.act(drawn)])

    @rule(drawn=st.lists(step, min_size=2, max_size=4), same=st.booleans())
    def at_once(self, drawn: list[dict[str, int]], same: bool) -> None:
        acts = [self.act(one) for one in drawn]
        self.do([*acts[1:], acts[1]] if same else acts)

    def act(self, drawn: dict[str, int]) -> Act:
        """Return the act that was drawn, about something that is there."""
        one, two, number, amount = (drawn[part] for part in ("one", "two", "number", "amount"))
        kind, key, whole = str(drawn["kind"]), next(self.keys), bool(drawn["whole"])
        promises, sales = list(self.books.promises), list(self.books.sales)
        if kind == "hold":
            return Hold(key, one, amount, 1 + number)
        if kind == "capture" and promises:
            hold = promises[-1 - number % len(promises)]
            taker = two if two != self.books.promises[hold].owner else OUTSIDE
            return Capture(key, hold, taker, amount, whole)
        if kind == "void" and promises:
            return Void(key, promises[-1 - number % len(promises)])
        if kind == "expire":
            return Expire(key)
        if kind == "give" and sales:
            return GiveBack(key, sales[-1 - number % len(sales)], None if whole else amount)
        if kind == "again":
            before = self.tried[-1 - number % len(self.tried)]
            if isinstance(before, Pay) and not whole:
                return dataclasses.replace(before, sum=amount)
            return before
        takers = tuple((two + place) % (PEOPLE + 1) for place in range(1 + number % 3))
        return Pay(key, one, takers, amount, self.now - (7 * MINUTE if whole else 0 * MINUTE))

    def do(self, acts: list[Act]) -> None:
        """Do acts, at once when they are several: some order of the model leads to what they left."""
        now = self.now
        if len(acts) == 1:
            outcomes: list[Outcome | Exception] = [acts[0].run(self.story, now)]
        else:
            outcomes = race(lambda one: acts[one].run(self.story, now), runners=len(acts))
        pockets, promises = self.seen()
        for order in itertools.permutations(range(len(acts))):
            books = self.books.copy()
            said = {place: books.act(acts[place], now) for place in order}
            is_so = [said[place] for place in range(len(acts))] == outcomes
            if is_so and (pockets, promises) == self.expected(books):
                self.books = books
                self.tried.extend(acts)
                return
        raise AssertionError(
            f"{self.books}\n{acts}\ncame to {outcomes},\n{pockets},\n{promises};"
            f" one after another to {said},\n{self.expected(books)}"
        )

    def seen(self) -> tuple[list[tuple[int, int]], dict[str, tuple[str, int]]]:
        """Return what everybody has and has promised, and how the holds stand."""
        pockets = dict.fromkeys(self.story.accounts, (0, 0))
        rows = Balance.objects.filter(account_id__in=self.story.accounts)
        for account, posted, held in rows.values_list("account_id", "posted", "held"):
            before = pockets[account]
            pockets[account] = (before[0] + posted, before[1] + held)
        holds = HoldRow.objects.filter(account_id__in=self.story.accounts)
        return list(pockets.values()), {
            key: (state, amount - captured)
            for key, state, amount, captured in holds.values_list(
                "key", "state", "amount", "captured"
            )
        }

    def expected(self, books: Books) -> tuple[list[tuple[int, int]], dict[str, tuple[str, int]]]:
        """Return what a model says of the same."""
        return [(books.posted[who], books.held(who)) for who in range(PEOPLE + 1)], {
            key: (one.state, one.left) for key, one in books.promises.items()
        }

    def teardown(self) -> None:
        for key, one in list(self.books.promises.items()):
            if one.state == "open":
                self.do([Void(next(self.keys), key)])
        for minutes in (0, 5, 20, 60, 200):
            at = WHEN + minutes * MINUTE
            for who, account in enumerate(self.story.accounts):
                assert balance_at(account, at=at) == self.told(who, at, by=0)
                assert effective_balance_at(account, at=at) == self.told(who, at, by=1)

    def told(self, who: int, at: dt.datetime, *, by: int) -> int:
        """Return the sum of what somebody gained by a time: the booked (0) or the effective (1)."""
        moves = [(times[by], gains) for *times, gains in self.books.history]
        return sum(gains.get(who, 0) for when, gains in moves if when <= at)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_thousands_of_steps_alone_and_at_once_are_the_models() -> None:
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        # Nothing is shrunk: what an example leaves in the tables would follow the next one.
        phases=[Phase.generate],
        derandomize="MEADOW_LEDGER_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(Ledger, settings=chosen)

    assert list(check_books()) == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_everything_at_once_leaves_whole_books() -> None:
    accounts = [wallet(f"crowd {number}", 200) for number in range(5)]

    def live(number: int) -> dict[str, int]:
        rolls = random.Random(number)
        done: dict[str, int] = defaultdict(int)
        holds: list[int] = []
        sales: list[int] = []
        for step in range(60):
            act = rolls.choice(["post", "post", "hold", "capture", "void", "expire", "reverse"])
            one, two = rolls.sample(accounts, 2)
            key, amount = f"{number} {step}", rolls.randint(1, 30)
            try:
                with transaction():
                    if act == "post":
                        legs = (Leg(one, -amount), Leg(two, amount))
                        draft = Draft(key=key, reason="test", legs=legs)
                        sales.append(services.post_transfer(draft=draft, now=WHEN).id)
                    elif act == "hold":
                        held = services.hold_funds(
                            account_id=one,
                            amount=amount,
                            key=key,
                            reason="test",
                            expires_at=WHEN + MINUTE * rolls.choice([1, 9]),
                            now=WHEN,
                        )
                        holds.append(held.id)
                    elif act == "capture" and holds:
                        services.capture_hold(
                            hold_id=rolls.choice(holds),
                            gains=[Leg(two, amount)],
                            key=key,
                            reason="test",
                            closes=rolls.random() < 0.5,
                            now=WHEN,
                        )
                    elif act == "void" and holds:
                        services.void_hold(hold_id=rolls.choice(holds), now=WHEN)
                    elif act == "expire":
                        services.expire_holds(now=WHEN + MINUTE)
                    elif act == "reverse" and sales:
                        services.reverse_transfer(
                            transfer_id=rolls.choice(sales), key=key, reason="test", now=WHEN
                        )
                done[act] += 1
            except MeadowError:
                done["refused"] += 1
        return done

    lives = race(live, runners=8)

    assert all(isinstance(one, dict) for one in lives), lives
    acts = {act for one in lives if isinstance(one, dict) for act in one}
    assert acts == {"post", "hold", "capture", "void", "expire", "reverse", "refused"}
    assert list(check_books()) == []
    assert sum(read_funds(account).posted for account in accounts) == 1000
