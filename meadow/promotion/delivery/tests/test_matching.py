"""Who agreed is weighed by interests, who did not is not; what is paced, priced and reported goes by it."""

import random
import threading
from typing import Any

import numpy as np
import pytest

from meadow.accounts.testing import make_person
from meadow.core.clock import now
from meadow.notes.testing import make_note, make_topic
from meadow.promotion.audiences.index import AudienceIndex
from meadow.promotion.audiences.snapshot import to_bytes
from meadow.promotion.delivery.keeper import Keeper, keeper
from meadow.promotion.delivery.matching import Kind, Matches
from meadow.promotion.delivery.serving import Offer, SlotReader, offer_slot, settle_offer
from meadow.promotion.delivery.tally import pairs_of
from meadow.promotion.delivery.testing import make_live_order, new_reader_name
from meadow.promotion.delivery.tests.simulated import READERS, World, make_running
from meadow.promotion.models import (
    AudienceSnapshot,
    InventoryHour,
    Order,
    Pace,
    ResponseModel,
    WebServer,
)
from meadow.promotion.prediction import Affinity
from meadow.promotion.prediction.affinities import COUNT

RESERVE = 20_000
FACTORS = (1.0, 0.5, 2.0, 3.0)


def an_index(**people: list[str] | None) -> AudienceIndex:
    index = AudienceIndex()
    for name, topics in people.items():
        values: dict[Any, list[str]] = {"interest": topics} if topics else {}
        index.put(person=int(name[1:]), may_be_targeted=topics is not None, values=values)
    return index


def take(matches: Matches, index: AudienceIndex) -> None:
    matches.take(index, known=index.anybody("interest"))


def test_a_class_is_how_many_topics_somebody_and_a_note_have_in_common() -> None:
    matches = Matches()
    kinds = [("tea",), ("cats", "tea"), ("cars",), (), ("cars", "cats", "tea")]
    numbers = [matches.join(Kind("reads", topics)) for topics in kinds]
    matches.learn({"reads": FACTORS, "follows": (1.0, 4.0, 4.0, 4.0)})
    take(matches, an_index(p1=["tea"], p2=["tea", "cats"], p3=["boats"], p4=[], p5=None))

    def classes(person: int | None) -> list[int]:
        return [int(matches.of(person).classes[number]) for number in numbers]

    assert classes(1) == [2, 2, 1, 0, 2]
    assert classes(2) == [2, 3, 1, 0, 3]
    assert classes(3) == [1, 1, 1, 0, 1]
    # Of these nothing is known, and of the last nothing may be.
    for person in (4, 5, 6, None):
        assert classes(person) == [0] * 5
        assert matches.of(person).factors[numbers].tolist() == [1.0] * 5
    assert matches.of(2).factors[numbers].tolist() == [2.0, 3.0, 0.5, 1.0, 3.0]


def test_kinds_that_come_and_go_are_told_apart_as_if_made_anew() -> None:
    luck = random.Random(4)
    names = [f"t{number}" for number in range(12)]
    people = {f"p{one}": luck.sample(names, luck.randint(0, 5)) for one in range(1, 40)}
    index = an_index(**people)
    matches = Matches()
    live: list[tuple[Kind, int]] = []

    for step in range(600):
        if step == 200:
            take(matches, index)
        if live and luck.random() < 0.45:
            matches.leave(live.pop(luck.randrange(len(live)))[0])
        else:
            kind = Kind("reads", tuple(sorted(luck.sample(names, luck.randint(0, 4)))))
            live.append((kind, matches.join(kind)))
        if step > 200 and step % 20 == 0:
            person = luck.randint(1, 39)
            found = matches.of(person).classes
            has = set(people[f"p{person}"])
            for kind, number in live:
                expected = min(len(has & set(kind.topics)) + 1, COUNT - 1)
                assert found[number] == (expected if has and kind.topics else 0)


def test_of_nobody_the_same_is_said_however_many_kinds_come() -> None:
    matches = Matches()
    matches.learn({"reads": FACTORS})
    first = matches.of(None)

    sizes = []
    for number in range(200):
        joined = matches.join(Kind("reads", (f"t{number}",)))
        nobody = matches.of(None)
        assert (nobody.factors[joined], nobody.classes[joined]) == (1.0, 0)
        sizes.append(len(nobody.factors))

    # A hundred thousand kinds come at once when a process begins: it is made as often as there is no room.
    assert len(first.factors) == sizes[0]
    assert sorted(set(sizes)) == [64, 128, 256]
    assert matches.of(None) is nobody


def test_audiences_are_exchanged_while_no_page_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    found = an_index(p1=["tea"])
    monkeypatch.setattr("meadow.promotion.delivery.keeper.newest_index", lambda: found)
    mine = Keeper()
    number = mine.stand.matches.join(Kind("reads", ("tea",)))
    looking = threading.Thread(target=mine._take_index, args=(1,))

    with mine.lock:
        looking.start()
        looking.join(timeout=0.3)
        meanwhile = mine.index
    looking.join()

    assert meanwhile is not found
    assert mine.index is found
    assert mine.stand.matches.of(1).classes[number] == 2


def promote(*topics: str, **given: Any) -> Order:
    """Return a live order of a note with these topics."""
    buyer = make_person()
    return make_live_order(buyer=buyer, note_id=note_about(buyer, *topics), now=now(), **given)


def note_about(author: Any, *topics: str) -> int:
    note = make_note(author.pk, photos=0)
    for name in topics:
        make_topic(name, note)
    return note.pk


def keep(index: AudienceIndex) -> None:
    AudienceSnapshot.objects.create(made_at=now(), people=1, body=to_bytes(index, watermark=0))


def teach(*, known: float = 1e6) -> None:
    """Have FACTORS be what was learnt of reads."""
    curve = known * np.eye(COUNT - 1)
    affinity = Affinity(FACTORS, curve, pull=curve @ np.log(np.array(FACTORS[1:])))
    ResponseModel.objects.create(
        goal="reads",
        base=0.05,
        prior=100,
        calibrator={},
        plot=[],
        affinity=affinity.state(),
        facts=0,
        predicted=0.0,
        observed=0,
        made_at=now(),
    )


def offer(person_id: int, birth_year: int | None = 1990, name: str = "somebody") -> Offer | None:
    reader = SlotReader(person_id=person_id, pseudonym=name, birth_year=birth_year)
    return offer_slot(reader=reader, now=now(), seed=7)


def bids(person_id: int, birth_year: int | None = 1990) -> dict[int, tuple[int, int, bool]]:
    """Return each order's bid, its class and whether consent must stand."""
    found = offer(person_id, birth_year)
    assert found is not None
    money = {each.number: each.bid for each in found.listed}
    return {
        bid.order_id: (money[bid.order_id], bid.match_class, bid.targeted) for bid in found.bids
    }


@pytest.mark.django_db
def test_a_page_bids_by_what_its_reader_agreed_to_have_known_and_by_nothing_else() -> None:
    keep(an_index(p901=["cats", "tea"], p902=None))
    tea, both, cars, none = (
        promote(*topics, high=1_000_000.0) for topics in (["tea"], ["cats", "tea"], ["cars"], [])
    )
    plain = dict.fromkeys([tea.pk, both.pk, cars.pk, none.pk], (50_000, 0, False))
    shipped = bids(901)
    teach()
    keeper.look(now=now())

    assert shipped == {
        tea.pk: (50_000, 2, True),
        both.pk: (50_000, 3, True),
        cars.pk: (50_000, 1, True),
        none.pk: (50_000, 0, False),
    }
    learnt = {order: (round(bid, -1), *more) for order, (bid, *more) in bids(901).items()}
    assert learnt == {
        tea.pk: (100_000, 2, True),
        both.pk: (150_000, 3, True),
        cars.pk: (25_000, 1, True),
        none.pk: (50_000, 0, False),
    }
    # Who did not agree, may be under 18, or is not known; each as everybody else.
    assert bids(902) == bids(903) == bids(901, 2012) == bids(901, None) == plain


@pytest.mark.django_db
def test_no_factor_brings_a_bid_above_what_an_impression_may_cost() -> None:
    keep(an_index(p901=["cats", "tea"]))
    order = promote("cats", "tea", high=3_900_000.0)
    teach()

    assert bids(901)[order.pk] == (10 * RESERVE, 3, True)


@pytest.mark.django_db
def test_what_a_note_is_about_now_counts_within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    keep(an_index(p901=["tea"]))
    buyer = make_person()
    note = make_note(buyer.pk, photos=0)
    make_topic("cars", note)
    order = make_live_order(buyer=buyer, note_id=note.pk, now=now())
    before = bids(901)[order.pk][1]
    make_topic("tea", note)

    monkeypatch.setattr(keeper, "_all_read_at", float("-inf"))
    keeper.look(now=now())

    assert (before, bids(901)[order.pk][1]) == (1, 2)


@pytest.mark.django_db
def test_the_pacer_is_told_of_values_with_the_factor() -> None:
    keep(an_index(p901=["tea"]))
    tea = promote("tea", high=1_000_000.0)
    cars = promote("cars", high=1_000_000.0)
    teach()

    orders, made = (tea, cars), None
    while made is None or any(bid.held_out for bid in made.bids):
        made = offer(901, name=new_reader_name())
    outcome = settle_offer(offer=made, able=[order.pk for order in orders], now=now())
    told = keeper.tally.take()
    told.samples = told.samples[-1:]
    pairs = pairs_of(told, stand=keeper.stand, luck=np.random.default_rng(1), now=now())

    assert outcome is not None
    assert outcome.winner is not None
    assert (outcome.winner.order_id, outcome.winner.match_class) == (tea.pk, 2)
    values = dict(zip(pairs.orders.tolist(), pairs.values.tolist(), strict=True))
    assert values == {tea.pk: pytest.approx(0.1), cars.pk: pytest.approx(0.025)}


class Community(World):
    """Half of its readers agreed, and have one of four interests; each order's note has one.

    With a topic in common a showing brings `times` as many responses as without one. Nothing is learnt
    of it unless it `learns`.
    """

    def __init__(self, *, seed: int, times: float, learns: bool) -> None:
        super().__init__(processes=2, seed=seed, valid=1.0)
        self.times, self.learns = times, learns
        self.answers = np.random.default_rng(seed + 1)
        self.interest = self.answers.integers(0, 4, READERS)
        self.topic: dict[int, int] = {}
        self.shown: dict[int, Any] = {}
        self.affinity = Affinity()
        known = {
            f"p{10**6 + one}": [f"t{self.interest[one]}"] if one % 2 else None
            for one in range(READERS)
        }
        keep(an_index(**known))

    def promote(self, buyer: Any, topic: int, *, hours: float, budget: int) -> Order:
        note_id = note_about(buyer, f"t{topic}")
        order = make_running(self, buyer=buyer, hours=hours, budget=budget, note_id=note_id)
        self.topic[order.pk] = topic
        self.shown[order.pk] = np.zeros((2, COUNT))
        return order

    def serve(self, person: int, winner: Any) -> None:
        alike = self.interest[person] == self.topic[winner.order_id]
        chance = 0.2 * (self.times if alike else 1.0)
        counts = self.shown[winner.order_id]
        counts[0, winner.match_class] += 1
        counts[1, winner.match_class] += self.answers.random() < chance

    def learn(self, told: dict[int, Any]) -> dict[int, Any]:
        """Learn what came since `told`, as the job does; returns what is told by now."""
        upto = {order: counts.copy() for order, counts in self.shown.items()}
        if self.learns:
            came = [upto[order] - told.get(order, 0) for order in upto]
            self.affinity = self.affinity.learn(
                np.array([one[0] for one in came]), np.array([one[1] for one in came])
            )
            ResponseModel.objects.create(
                **{"goal": "reads", "base": 0.05, "prior": 100, "calibrator": {}, "plot": []},
                **{"facts": 0, "predicted": 0.0, "observed": 0, "made_at": self.now},
                affinity=self.affinity.state(),
            )
        return upto


def fly(*, seed: int, times: float, learns: bool) -> tuple[float, list[float], Affinity]:
    """Return what two hours of flying came to.

    Responses a yuan after the first half hour, how far each order's budget was spent, and the factors.
    """
    # Another flight of this test is another site's.
    InventoryHour.objects.all().delete()
    WebServer.objects.all().delete()
    world = Community(seed=seed, times=times, learns=learns)
    buyer = make_person()
    orders = [world.promote(buyer, topic, hours=2, budget=1_200) for topic in range(4)]
    told: dict[int, Any] = {}
    early = 0.0, 0.0
    for step in range(2 * 180 + 8):
        world.step(pages=24)
        # Every ten minutes, as the job does.
        if step % 30 == 29:
            told = world.learn(told)
        if step == 89:
            early = came(world, orders)
    late = came(world, orders)
    spent = [
        Pace.objects.get(order=order).purse["charged"] / (order.budget * 10_000) for order in orders
    ]
    return (late[0] - early[0]) / (late[1] - early[1]), spent, world.affinity


def came(world: Community, orders: list[Order]) -> tuple[float, float]:
    """Return responses so far, and what they cost in yuan."""
    brought = sum(float(each[1].sum()) for each in world.shown.values())
    return brought, sum(world.price(order) for order in orders) / 1e6


@pytest.mark.django_db
@pytest.mark.slow
def test_where_readers_differ_money_brings_more_and_is_spent_all_the_same() -> None:
    blind, spent_blind, _ = fly(seed=3, times=3.0, learns=False)
    learnt, spent, affinity = fly(seed=3, times=3.0, learns=True)

    assert min(spent + spent_blind) > 0.97
    assert max(spent + spent_blind) <= 1.0
    # Some 1,800 cards each, more than a quarter of them answered: a standard error of the quotient is 6 %.
    assert learnt > 1.4 * blind
    assert affinity.factors[1] < 1.0 < affinity.factors[2]
