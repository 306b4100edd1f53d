"""Payouts against a naive model in memory: random histories, one act after another and two at once."""

import itertools
import os
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from meadow.accounts.testing import make_person
from meadow.core.errors import MeadowError
from meadow.core.testing import race
from meadow.ledger.checking import check_books
from meadow.payouts import services
from meadow.payouts.figuring import figure
from meadow.payouts.models import Payout
from meadow.payouts.records import MethodRecord
from meadow.payouts.testing import WHEN, ask, make_operator, make_payee
from meadow.payouts.tests.test_payouts import RULES, STEPS, funds, withhold
from meadow.payouts.tests.test_payouts import rule as write_rule

# Each example is STEPS_EACH steps, of one or two acts; the variable looks longer, and elsewhere.
EXAMPLES: Final = int(os.environ.get("MEADOW_PAYOUT_EXAMPLES", "6"))
STEPS_EACH: Final = 40
PEOPLE: Final = 3
CLOSED: Final = 2  # the account of this one is closed at the bank
WITH: Final = 100_000
ACTS: Final = ("ask", "ask", "cancel", "hold", "release", "draw", "draw", "approve", "approve")
MORE: Final = ("refuse", "send", "send", "send", "retry", "return", "again")
STORIES = count()
step = st.fixed_dictionaries(
    {
        "act": st.sampled_from(ACTS + MORE),
        "number": st.integers(0, 30),
        "gross": st.integers(500, 60_000),
    }
)


@dataclass
class Asked:
    """A payout as the model sees it."""

    who: int
    gross: int
    tax: int
    fee: int
    net: int
    state: str = "asked"
    canceled: bool = False
    batch: str = ""


@dataclass
class Books:
    """What everybody has, what they asked for, and how the batches stand."""

    wallets: list[int] = field(default_factory=lambda: [WITH] * PEOPLE)
    payouts: dict[str, Asked] = field(default_factory=dict)
    batches: dict[str, str] = field(default_factory=dict)

    def of(self, batch: str) -> list[Asked]:
        return [one for one in self.payouts.values() if one.batch == batch]

    def seen(self, batch: str) -> tuple[int, int]:
        return len(self.of(batch)), sum(one.net for one in self.of(batch))

    def sums(self) -> tuple[int, ...]:
        """Return the wallets, and what is on its way, withheld, kept and out."""
        kept = [one for one in self.payouts.values() if one.state != "returned"]
        out = sum(one.net for one in kept if one.state == "paid")
        return (
            *self.wallets,
            sum(one.net for one in kept) - out,
            sum(one.tax for one in kept),
            sum(one.fee for one in kept),
            out,
        )


@dataclass(frozen=True)
class Act:
    """One thing that somebody does, to the model and to the real payouts; True where it is allowed."""

    name: str
    model: Callable[[Books], bool]
    real: Callable[[], object]

    def run(self) -> bool:
        """Do it to the real ones."""
        try:
            self.real()
        except MeadowError:
            return False
        return True


class Payouts(RuleBasedStateMachine):
    """Random histories: what the model allows is done, and what it forbids is refused."""

    def __init__(self) -> None:
        super().__init__()
        self.name = f"story {next(STORIES)}"
        self.operators = make_operator(), make_operator()
        self.people = [make_person().pk for _ in range(PEOPLE)]
        self.methods: list[MethodRecord] = [
            make_payee(
                person,
                operator_id=self.operators[0],
                amount=WITH,
                account="1230000" if who == CLOSED else "1234567",
                region="CN",
            )
            for who, person in enumerate(self.people)
        ]
        self.start = self.outer_sums()
        self.keys = (f"{self.name} {number}" for number in count())
        self.books = Books()
        self.ids: dict[str, str] = {}
        self.tried: list[Act] = []

    @rule(drawn=step)
    def one(self, drawn: dict[str, int]) -> None:
        self.do([self.act(drawn)])

    @rule(drawn=st.lists(step, min_size=2, max_size=2))
    def two_at_once(self, drawn: list[dict[str, int]]) -> None:
        acts = [self.act(one) for one in drawn]
        # A batch passes by what somebody has locked just then: in no order is that the same.
        if any(act.name in ("draw", "ask") for act in acts):
            for act in acts:
                self.do([act])
        else:
            self.do(acts)

    def act(self, drawn: dict[str, int]) -> Act:
        """Return the act that was drawn, about something that is there."""
        name, number = str(drawn["act"]), drawn["number"]
        asked, batches = list(self.books.payouts), list(self.books.batches)
        if name == "draw":
            return self.draw()
        if name in ("approve", "refuse") and batches:
            return self.decide(name, batches[-1 - number % len(batches)])
        if name == "again" and self.tried:
            return self.tried[-1 - number % len(self.tried)]
        if name in ("cancel", "hold", "release", "send", "retry", "return") and asked:
            return self.move(name, asked[-1 - number % min(len(asked), 8)])
        return self.ask(number % PEOPLE, drawn["gross"])

    def ask(self, who: int, gross: int) -> Act:
        key = next(self.keys)

        def model(books: Books) -> bool:
            if key in books.payouts:
                return True
            one = figure(gross, before=0, brackets=STEPS, fee=100, fee_rate=100)
            within = RULES["least"] <= gross <= RULES["most"]
            if not within or books.wallets[who] < gross:
                return False
            books.wallets[who] -= gross
            books.payouts[key] = Asked(who, gross, one.tax, one.fee, one.net)
            return True

        def real() -> None:
            found = ask(self.people[who], self.methods[who], gross, key=key)
            self.ids[key] = found.public_id

        return Act("ask", model, real)

    def draw(self) -> Act:
        key = next(self.keys)

        def model(books: Books) -> bool:
            if key in books.batches:
                return True
            waiting = [one for one in books.payouts.values() if one.state == "asked"]
            for one in waiting:
                one.state, one.batch = "batched", key
            if waiting:
                books.batches[key] = "drafted"
            return bool(waiting)

        def real() -> None:
            drawn = services.draw_up_batch(
                provider="sandbox", unit="CNY", operator_id=self.operators[0], key=key, now=WHEN
            )
            self.ids[key] = drawn.public_id

        return Act("draw", model, real)

    def decide(self, name: str, batch: str) -> Act:
        seen = self.books.seen(batch)
        wanted = {"approve": "approved", "refuse": "refused"}[name]

        def model(books: Books) -> bool:
            if books.batches[batch] != "drafted":
                return books.batches[batch] == wanted
            if name == "approve" and (books.seen(batch) != seen or not seen[0]):
                return False
            books.batches[batch] = wanted
            for one in books.of(batch):
                one.state = "approved" if name == "approve" else "asked"
                one.batch = batch if name == "approve" else ""
            return True

        def real() -> object:
            which, operator = self.ids[batch], self.operators[1]
            if name == "approve":
                return services.approve_batch(
                    batch=which, count=seen[0], total=seen[1], operator_id=operator, now=WHEN
                )
            return services.refuse_batch(batch=which, note="", operator_id=operator, now=WHEN)

        return Act(name, model, real)

    def move(self, name: str, key: str) -> Act:
        def model(books: Books) -> bool:
            return MOVES[name](books, books.payouts[key])

        def real() -> object:
            payout, operator = self.ids[key], self.operators[0]
            if name == "cancel":
                who = self.people[self.books.payouts[key].who]
                return services.cancel_payout(payout=payout, person_id=who, now=WHEN)
            if name == "hold":
                return services.hold_payout(
                    payout=payout, why="origin", words="Whose?", operator_id=operator, now=WHEN
                )
            if name == "release":
                return services.release_payout(payout=payout, operator_id=operator, now=WHEN)
            if name == "send":
                return services.send_payout(payout=payout, now=WHEN)
            if name == "retry":
                return services.retry_payout(payout=payout, operator_id=operator, now=WHEN)
            return services.return_payout(payout=payout, operator_id=operator, now=WHEN)

        return Act(name, model, real)

    def do(self, acts: list[Act]) -> None:
        """Do acts, at once when they are two: some order of the model leads to what they left."""
        if len(acts) == 1:
            outcomes: list[bool | Exception] = [acts[0].run()]
        else:
            outcomes = race(lambda one: acts[one].run(), runners=len(acts))
        seen = self.seen()
        for order in itertools.permutations(range(len(acts))):
            books = deepcopy(self.books)
            said = {place: acts[place].model(books) for place in order}
            if [said[place] for place in range(len(acts))] == outcomes and seen == (
                books.sums(),
                {self.ids[key]: one.state for key, one in books.payouts.items()},
            ):
                self.books = books
                self.tried.extend(acts)
                return
        names = [act.name for act in acts]
        raise AssertionError(f"{self.books}\n{names} came to {outcomes},\n{seen}")

    def seen(self) -> tuple[tuple[int, ...], dict[str, str]]:
        """Return what the ledger has since this story began, and how the payouts stand."""
        wallets = (funds("person", "wallet", str(person)) for person in self.people)
        outer = zip(self.outer_sums(), self.start, strict=True)
        mine = Payout.objects.filter(person_id__in=self.people)
        states = dict(mine.values_list("public_id", "state"))
        return (*wallets, *(now - before for now, before in outer)), states

    def teardown(self) -> None:
        # Else the next story would draw up batches of what waits in this one.
        for key, one in list(self.books.payouts.items()):
            if one.state == "asked":
                self.do([self.move("cancel", key)])

    def outer_sums(self) -> tuple[int, ...]:
        """Return what is on its way, withheld, kept and out."""
        return (
            funds("platform", "payouts on their way"),
            funds("tax", "withheld CN"),
            funds("platform", "payout fees"),
            funds("provider", "sandbox"),
        )


def _cancel(books: Books, one: Asked) -> bool:
    if one.state == "returned" and one.canceled:
        return True
    if one.state not in ("asked", "held"):
        return False
    one.state, one.canceled = "returned", True
    books.wallets[one.who] += one.gross
    return True


def _hold(books: Books, one: Asked) -> bool:
    if one.state not in ("asked", "batched", "approved"):
        return False
    one.state, one.batch = "held", ""
    return True


def _release(books: Books, one: Asked) -> bool:
    if one.state != "held":
        return False
    one.state = "asked"
    return True


def _send(books: Books, one: Asked) -> bool:
    if one.state == "approved":
        one.state = "failed" if one.who == CLOSED else "paid"
    return True


def _retry(books: Books, one: Asked) -> bool:
    if one.state != "failed":
        return False
    one.state, one.batch = "asked", ""
    return True


def _return(books: Books, one: Asked) -> bool:
    if one.state == "failed":
        one.state = "returned"
        books.wallets[one.who] += one.gross
        return True
    return one.state == "returned"


MOVES: Final[dict[str, Callable[[Books, Asked], bool]]] = {
    "cancel": _cancel,
    "hold": _hold,
    "release": _release,
    "send": _send,
    "retry": _retry,
    "return": _return,
}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_random_histories_of_payouts_are_the_models() -> None:
    operator = make_operator()
    write_rule(operator)
    withhold(operator, period="payout", region="CN")
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS_EACH,
        deadline=None,
        database=None,
        # Nothing is shrunk: what an example leaves in the tables would follow the next one.
        phases=[Phase.generate],
        derandomize="MEADOW_PAYOUT_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(Payouts, settings=chosen)

    assert list(check_books()) == []
