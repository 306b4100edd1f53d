"""A ledger so naive that it is plainly right: sums in dictionaries, one act after another."""

import copy
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from meadow.core.errors import MeadowError
from meadow.core.money import Money, split
from meadow.core.transactions import transaction
from meadow.ledger import services
from meadow.ledger.records import Draft, Held, Leg, Posted

MINUTE = dt.timedelta(minutes=1)
PEOPLE = 4
OUTSIDE = PEOPLE  # the place of the one who may be below zero
NEW, AGAIN = "new", "again"
Outcome = str | bool | int | None  # None: refused


@dataclass(frozen=True)
class Story:
    """The real accounts of one history, and the real ids of what its keys did."""

    accounts: list[int]
    ids: dict[str, int] = field(default_factory=dict)

    def legs(self, gains: dict[int, int]) -> tuple[Leg, ...]:
        return tuple(Leg(self.accounts[who], amount) for who, amount in gains.items())


@dataclass
class Promise:
    """A hold: what it has left, until when, and how it stands."""

    owner: int
    left: int
    ends: dt.datetime
    state: str = "open"


@dataclass
class Books:
    """What everybody has, what they have promised, and what of each transfer is not given back."""

    posted: list[int] = field(default_factory=lambda: [0] * (PEOPLE + 1))
    promises: dict[str, Promise] = field(default_factory=dict)
    sales: dict[str, dict[int, int]] = field(default_factory=dict)
    done: dict[str, "Act"] = field(default_factory=dict)
    history: list[tuple[dt.datetime, dt.datetime, dict[int, int]]] = field(default_factory=list)

    def copy(self) -> "Books":
        return Books(
            list(self.posted),
            {key: copy.copy(one) for key, one in self.promises.items()},
            {key: dict(gains) for key, gains in self.sales.items()},
            dict(self.done),
            list(self.history),
        )

    def held(self, person: int) -> int:
        open_ones = (one for one in self.promises.values() if one.state == "open")
        return sum(one.left for one in open_ones if one.owner == person)

    def free(self, person: int) -> float:
        return float("inf") if person == OUTSIDE else self.posted[person] - self.held(person)

    def move(self, gains: dict[int, int], booked: dt.datetime, effective: dt.datetime) -> bool:
        """Move units, unless somebody has too few of them."""
        if len(gains) < 2 or any(self.free(who) < -size for who, size in gains.items() if size < 0):
            return False
        for who, size in gains.items():
            self.posted[who] += size
        self.history.append((booked, effective, gains))
        return True

    def act(self, act: "Act", now: dt.datetime) -> Outcome:
        """Do something, and return what comes of it."""
        if act.key in self.done:
            return AGAIN if self.done[act.key].content() == act.content() else None
        outcome = act.on(self, now)
        if outcome == NEW:
            self.done[act.key] = act
        return outcome


@dataclass(frozen=True)
class Act:
    """Something that is done to the books; `key` makes it happen once."""

    key: str

    def content(self) -> object:
        """Return what has to be the same for one key."""
        return self

    def on(self, books: Books, now: dt.datetime) -> Outcome:
        raise NotImplementedError

    def call(self, story: Story, now: dt.datetime) -> Any:
        raise NotImplementedError

    def run(self, story: Story, now: dt.datetime) -> Outcome:
        """Do it to the real books."""
        try:
            with transaction():
                done = self.call(story, now)
        except MeadowError:
            return None
        if isinstance(done, Posted | Held):
            assert story.ids.setdefault(self.key, done.id) == done.id
            return AGAIN if done.replayed else NEW
        assert isinstance(done, int)
        return done


@dataclass(frozen=True)
class Pay(Act):
    """One pays several, who divide the sum as 1 : 2 : 3."""

    payer: int
    takers: Sequence[int]
    sum: int
    effective: dt.datetime

    def gains(self) -> dict[int, int]:
        parts = split(Money(self.sum, "CNY"), shares=range(1, len(self.takers) + 1))
        gains = {self.payer: -self.sum}
        for taker, part in zip(self.takers, parts, strict=True):
            gains[taker] = gains.get(taker, 0) + part.minor
        return {who: size for who, size in gains.items() if size}

    def content(self) -> object:
        return list(self.gains().items()), self.effective

    def on(self, books: Books, now: dt.datetime) -> Outcome:
        if not books.move(self.gains(), now, self.effective):
            return None
        books.sales[self.key] = self.gains()
        return NEW

    def call(self, story: Story, now: dt.datetime) -> Posted:
        legs = story.legs(self.gains())
        draft = Draft(key=self.key, reason="test", legs=legs, effective_at=self.effective)
        return services.post_transfer(draft=draft, now=now)


@dataclass(frozen=True)
class Hold(Act):
    """One promises a sum away for some minutes."""

    owner: int
    sum: int
    minutes: int

    def on(self, books: Books, now: dt.datetime) -> Outcome:
        if self.owner == OUTSIDE or books.free(self.owner) < self.sum:
            return None
        ends = now + self.minutes * MINUTE
        books.promises[self.key] = Promise(self.owner, self.sum, ends)
        return NEW

    def call(self, story: Story, now: dt.datetime) -> Held:
        return services.hold_funds(
            account_id=story.accounts[self.owner],
            amount=self.sum,
            key=self.key,
            reason="test",
            expires_at=now + self.minutes * MINUTE,
            now=now,
        )


@dataclass(frozen=True)
class Capture(Act):
    """A hold pays somebody, in part or whole."""

    hold: str
    taker: int
    sum: int
    closes: bool

    def on(self, books: Books, now: dt.datetime) -> Outcome:
        one = books.promises[self.hold]
        if one.state != "open" or one.ends <= now or one.left < self.sum:
            return None
        one.left -= self.sum
        one.state = "captured" if self.closes or not one.left else "open"
        gains = {one.owner: -self.sum, self.taker: self.sum}
        assert books.move(gains, now, now), "what is held is there"
        books.sales[self.key] = gains
        return NEW

    def call(self, story: Story, now: dt.datetime) -> Posted:
        return services.capture_hold(
            hold_id=story.ids[self.hold],
            gains=[Leg(story.accounts[self.taker], self.sum)],
            key=self.key,
            reason="test",
            closes=self.closes,
            now=now,
        )


@dataclass(frozen=True)
class Void(Act):
    """What a hold has left is given back."""

    hold: str

    def on(self, books: Books, now: dt.datetime) -> Outcome:
        one = books.promises[self.hold]
        before, one.state = one.state, "voided" if one.state == "open" else one.state
        return None if before == "captured" else before == "open"

    def call(self, story: Story, now: dt.datetime) -> bool:
        return services.void_hold(hold_id=story.ids[self.hold], now=now)


@dataclass(frozen=True)
class Expire(Act):
    """What holds that are over have left is given back."""

    def on(self, books: Books, now: dt.datetime) -> Outcome:
        ones = books.promises.values()
        due = [one for one in ones if one.state == "open" and one.ends <= now]
        for one in due:
            one.state = "expired"
        return len(due)

    def call(self, story: Story, now: dt.datetime) -> int:
        return services.expire_holds(now=now)


@dataclass(frozen=True)
class GiveBack(Act):
    """A part of what a transfer moved, or all that is left of it, goes back."""

    sale: str
    sum: int | None

    def moved(self, left: dict[int, int]) -> dict[int, int]:
        gained = sum(size for size in left.values() if size > 0)
        wanted = gained if self.sum is None else self.sum
        if not 0 < wanted <= gained:
            return {}
        moved: dict[int, int] = {}
        for sign in (1, -1):
            side = {who: abs(left[who]) for who in sorted(left) if left[who] * sign > 0}
            parts = split(Money(wanted, "CNY"), shares=list(side.values()))
            moved |= {who: -sign * part.minor for who, part in zip(side, parts, strict=True)}
        return {who: size for who, size in moved.items() if size}

    def on(self, books: Books, now: dt.datetime) -> Outcome:
        left = books.sales[self.sale]
        moved = self.moved(left)
        if not books.move(moved, now, now):
            return None
        for who, size in moved.items():
            left[who] += size
        return NEW

    def call(self, story: Story, now: dt.datetime) -> Posted:
        return services.reverse_transfer(
            transfer_id=story.ids[self.sale],
            key=self.key,
            reason="test",
            amount=self.sum,
            now=now,
        )
