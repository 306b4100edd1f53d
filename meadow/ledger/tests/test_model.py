"""The books against a naive model in memory, over random histories, one by one and all at once."""

import datetime as dt
import random
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from meadow.core.errors import MeadowError
from meadow.core.money import Money, split
from meadow.core.testing import race
from meadow.core.transactions import transaction
from meadow.ledger import services
from meadow.ledger.checking import check_books
from meadow.ledger.queries import balance_at, effective_balance_at, read_funds
from meadow.ledger.records import Draft, Leg
from meadow.ledger.testing import WHEN, wallet

MINUTE = dt.timedelta(minutes=1)
PEOPLE = 4
STORIES = count()
amounts = st.integers(1, 60)
people = st.integers(0, PEOPLE - 1)


@dataclass
class Promise:
    """A hold as the model knows it."""

    id: int
    owner: int
    left: int
    ends: dt.datetime
    open: bool = True


@dataclass
class Sale:
    """A transfer as the model knows it: what each gained, and what of it is still there."""

    id: int
    gains: dict[int, int]


@dataclass
class Books:
    """What every person has, naively: nothing but sums."""

    posted: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    promises: list[Promise] = field(default_factory=list)
    sales: list[Sale] = field(default_factory=list)
    history: list[tuple[dt.datetime, dt.datetime, dict[int, int]]] = field(default_factory=list)

    def free(self, person: int) -> int:
        held = sum(one.left for one in self.promises if one.open and one.owner == person)
        return self.posted[person] - held

    def move(self, gains: dict[int, int], booked: dt.datetime, effective: dt.datetime) -> None:
        for person, amount in gains.items():
            self.posted[person] += amount
        self.history.append((booked, effective, gains))


class Ledger(RuleBasedStateMachine):
    """Random histories: what the model allows is done, what it forbids is refused by name."""

    def __init__(self) -> None:
        super().__init__()
        self.name = f"story {next(STORIES)}"
        self.now = WHEN
        self.books = Books()
        self.steps = 0
        self.accounts = [wallet(f"{self.name} {number}", 100) for number in range(PEOPLE)]
        for person in range(PEOPLE):
            self.books.move({person: 100}, WHEN, WHEN)

    def act(self, allowed: bool, do: Any, /, **given: Any) -> Any:
        """Do something that the model allows or forbids; returns what came of it, or None."""
        self.steps += 1
        try:
            with transaction():
                done = do(**given, now=self.now)
        except MeadowError:
            if allowed:
                raise
            return None
        assert allowed, "the model forbids it"
        return done

    def key(self) -> str:
        return f"{self.name} step {self.steps}"

    @rule(minutes=st.integers(1, 30))
    def wait(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @rule(
        payer=people,
        shares=st.lists(people, min_size=1, max_size=3, unique=True),
        sum_=amounts,
        ago=st.sampled_from([0, 0, 7]),
    )
    def divide(self, payer: int, shares: list[int], sum_: int, ago: int) -> None:
        parts = split(Money(sum_, "CNY"), shares=[place + 1 for place in range(len(shares))])
        gains: dict[int, int] = {payer: -sum_}
        for taker, part in zip(shares, parts, strict=True):
            gains[taker] = gains.get(taker, 0) + part.minor
        gains = {person: amount for person, amount in gains.items() if amount}
        effective = self.now - ago * MINUTE
        draft = Draft(
            key=self.key(),
            reason="test",
            legs=tuple(Leg(self.accounts[who], amount) for who, amount in gains.items()),
            effective_at=effective,
        )
        # Who pays themself alone moves nothing, and nothing is no transfer.
        allowed = len(gains) > 1 and self.books.free(payer) >= -gains[payer]
        done = self.act(allowed, services.post_transfer, draft=draft)
        if done is not None:
            self.books.move(gains, self.now, effective)
            self.books.sales.append(Sale(done.id, dict(gains)))

    @rule(person=people, amount=amounts, minutes=st.integers(1, 40))
    def hold(self, person: int, amount: int, minutes: int) -> None:
        ends = self.now + minutes * MINUTE
        done = self.act(
            self.books.free(person) >= amount,
            services.hold_funds,
            account_id=self.accounts[person],
            amount=amount,
            key=self.key(),
            reason="test",
            expires_at=ends,
        )
        if done is not None:
            self.books.promises.append(Promise(done.id, person, amount, ends))

    @rule(data=st.data(), taker=people, amount=amounts, closes=st.booleans())
    def capture(self, data: st.DataObject, taker: int, amount: int, closes: bool) -> None:
        if not self.books.promises:
            return
        one = data.draw(st.sampled_from(self.books.promises))
        if taker == one.owner:
            return
        done = self.act(
            one.open and one.ends > self.now and one.left >= amount,
            services.capture_hold,
            hold_id=one.id,
            gains=[Leg(self.accounts[taker], amount)],
            key=self.key(),
            reason="test",
            closes=closes,
        )
        if done is not None:
            gains = {one.owner: -amount, taker: amount}
            self.books.move(gains, self.now, self.now)
            self.books.sales.append(Sale(done.id, gains))
            one.left -= amount
            one.open = one.left > 0 and not closes

    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        still = [one for one in self.books.promises if one.open]
        if still:
            one = data.draw(st.sampled_from(still))
            assert self.act(True, services.void_hold, hold_id=one.id)
            one.open = False

    @rule()
    def expire(self) -> None:
        due = [one for one in self.books.promises if one.open and one.ends <= self.now]
        # The books of other examples are in the same tables.
        assert self.act(True, services.expire_holds) >= len(due)
        for one in due:
            one.open = False

    @rule(data=st.data(), amount=amounts)
    def reverse(self, data: st.DataObject, amount: int) -> None:
        if not self.books.sales:
            return
        sale = data.draw(st.sampled_from(self.books.sales))
        gained = {who: size for who, size in sale.gains.items() if size > 0}
        paid = {who: -size for who, size in sale.gains.items() if size < 0}
        if amount > sum(gained.values()):
            assert self.act(False, services.reverse_transfer, **self.back(sale, amount)) is None
            return
        moved: dict[int, int] = {}
        for side, sign in ((gained, -1), (paid, 1)):
            order = sorted(side, key=lambda who: self.accounts[who])
            parts = split(Money(amount, "CNY"), shares=[side[who] for who in order])
            moved |= {who: sign * part.minor for who, part in zip(order, parts, strict=True)}
        moved = {who: size for who, size in moved.items() if size}
        allowed = all(self.books.free(who) >= -size for who, size in moved.items() if size < 0)
        if self.act(allowed, services.reverse_transfer, **self.back(sale, amount)) is not None:
            self.books.move(moved, self.now, self.now)
            for who, size in moved.items():
                sale.gains[who] += size

    def back(self, sale: Sale, amount: int) -> dict[str, Any]:
        return {"transfer_id": sale.id, "key": self.key(), "reason": "test", "amount": amount}

    @invariant()
    def every_pocket_is_the_models(self) -> None:
        for person, account in enumerate(self.accounts):
            funds = read_funds(account)
            assert (funds.posted, funds.available) == (
                self.books.posted[person],
                self.books.free(person),
            )

    def teardown(self) -> None:
        assert list(check_books()) == []
        for minutes in (0, 5, 20, 60):
            at = WHEN + minutes * MINUTE
            for person, account in enumerate(self.accounts):
                booked = sum(
                    gains.get(person, 0) for when, _, gains in self.books.history if when <= at
                )
                effective = sum(
                    gains.get(person, 0) for _, when, gains in self.books.history if when <= at
                )
                assert balance_at(account, at=at) == booked
                assert effective_balance_at(account, at=at) == effective


def run(examples: int, steps: int) -> None:
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Ledger, settings=chosen)


@pytest.mark.django_db
def test_random_histories_are_the_models() -> None:
    run(examples=8, steps=25)


@pytest.mark.slow
@pytest.mark.django_db
def test_thousands_of_steps_are_the_models() -> None:
    run(examples=40, steps=50)


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
