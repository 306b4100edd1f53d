"""Predictions come from facts of the warehouse, are judged before they are learnt from, and are kept."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from meadow.accounts.testing import make_person
from meadow.analytics.facts import Fact
from meadow.analytics.testing import make_fact
from meadow.analytics.tests.conftest import (  # noqa: F401 - fixtures
    asked,
    asking,
    feed,
    served,
    store,
)
from meadow.analytics.warehouse.store import Store
from meadow.promotion.models import Prediction, ResponseModel
from meadow.promotion.prediction.affinities import restore_affinity
from meadow.promotion.queries.predictions import predict
from meadow.promotion.services.predicting import learn_responses, predict_orders
from meadow.promotion.testing import make_order

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
AUTHOR, NOTE = 100, 7


def did(kind: str, person: int, hours_ago: float, **given: Any) -> Fact:
    at = int((NOW - hours_ago * HOUR).timestamp() * 1000)
    here: dict[str, Any] = {"author_id": AUTHOR, "note_id": NOTE, "at": at, "received_at": at}
    return make_fact(kind=kind, person=f"{person:032x}", **(here | {"ms": 2_000} | given))


def shown(
    count: int, brought: int, hours_ago: float, *, first: int = 0, **given: Any
) -> list[Fact]:
    """Return showings to `count` people, of whom `brought` read."""
    people = range(first, first + count)
    return [
        *(did("impression", person, hours_ago, **given) for person in people),
        *(did("read", person, hours_ago - 0.01, **given) for person in people[:brought]),
    ]


def paid(order: Any) -> dict[str, Any]:
    return {"campaign_id": order.pk, "provenance": "paid"}


def test_nothing_learnt_means_what_is_shipped(asked: Store) -> None:  # noqa: F811
    found = predict(note_id=NOTE, author_id=AUTHOR, goal="reads", now=NOW)

    assert found.rate == pytest.approx(0.08)
    assert found.low < 0.08 < found.high
    assert not found.known


def test_a_note_is_expected_to_be_received_as_it_was(asked: Store) -> None:  # noqa: F811
    feed(asked, shown(450, 76, 48))

    found = predict(note_id=NOTE, author_id=AUTHOR, goal="reads", now=NOW)

    # Shipped: 0.08 as 50 showings. (76 + 50 x 0.08) / 500
    assert found.rate == pytest.approx(0.16)
    assert found.known


def test_an_order_not_over_has_its_prediction_and_is_told_anew(asked: Store) -> None:  # noqa: F811
    buyer = make_person()
    order = make_order(buyer=buyer, now=NOW - 3 * HOUR, note_id=NOTE, author_id=AUTHOR)
    make_order(buyer=buyer, now=NOW, note_id=8, author_id=AUTHOR, goal="follows")

    assert predict_orders(now=NOW) == 2
    before = Prediction.objects.get(order=order)
    # 150 showings in time to be answered, and 50 that may be yet.
    feed(asked, shown(150, 6, 2, **paid(order)), shown(50, 0, 0.1, first=500, **paid(order)))
    assert predict_orders(now=NOW, public_id=order.public_id) == 1
    after = Prediction.objects.get(order=order)

    assert (before.raw, before.rate) == pytest.approx((0.08, 0.08))
    assert before.quality == 1000
    assert after.raw == pytest.approx(0.08)
    assert after.rate == pytest.approx((6 + 50 * 0.08) / 200)


def test_showings_are_judged_by_what_was_expected_and_then_learnt_from_once(
    asked: Store,  # noqa: F811
) -> None:
    order = make_order(buyer=make_person(), now=NOW - 9 * HOUR, note_id=NOTE, author_id=AUTHOR)
    first = {model.goal: model for model in learn_responses(now=NOW - 6 * HOUR)}
    feed(asked, shown(400, 16, 5, **paid(order)), shown(100, 9, 0.5, first=900, **paid(order)))

    added = learn_responses(now=NOW)
    again = learn_responses(now=NOW + dt.timedelta(minutes=1))

    (model,) = (one for one in added if one.goal == "reads")
    assert first["reads"].facts == 0
    # The showings of half an hour ago can still be answered.
    assert (model.facts, model.observed) == (400, 16)
    assert model.predicted == pytest.approx(400 * 0.08)
    (bin_,) = model.plot
    assert bin_[0] == pytest.approx(0.08)
    assert bin_[2:] == (pytest.approx(0.04), 400.0)
    assert 0.04 < bin_[1] < 0.08
    assert again == []
    assert ResponseModel.objects.filter(goal="reads").count() == 2


def test_likes_that_were_paid_for_are_not_counted_as_having_come_by_themselves(
    asked: Store,  # noqa: F811
) -> None:
    order = make_order(
        buyer=make_person(), now=NOW - 9 * HOUR, note_id=NOTE, author_id=AUTHOR, goal="interactions"
    )
    likes = [did("like", person, 1.9) for person in range(20)]
    feed(asked, shown(100, 0, 2, **paid(order)), likes, shown(867, 0, 20, first=5_000))

    predict_orders(now=NOW)

    found = Prediction.objects.get(order=order)
    # Shipped: 0.03 as 133 showings; without pay 867 showings and no like.
    raw = 133 * 0.03 / 1000
    assert found.raw == pytest.approx(raw)
    assert found.rate == pytest.approx((20 + 133 * raw) / 233)


def test_over_days_of_facts_what_is_expected_is_what_comes(asked: Store) -> None:  # noqa: F811
    # Twelve notes whose true rates run from 0.02 to 0.24 and 0.6 of that where paid for: shown without
    # pay 600 times each, then 120 times an hour for six hours as orders, learnt from each hour.
    luck = np.random.default_rng(3)
    truth = np.linspace(0.02, 0.24, 12)
    begin = NOW - 8 * HOUR
    buyer = make_person()
    orders = []
    batches = []
    for number, rate in enumerate(truth):
        note = {"note_id": 50 + number, "author_id": 200 + number}
        orders.append(make_order(buyer=buyer, now=begin, **note))
        batches.append(shown(600, int(luck.binomial(600, rate)), 30, **note))
    seq = 1
    feed(asked, *batches, first=seq)
    seq += len(batches)
    learn_responses(now=begin)

    for hour in range(6):
        facts = []
        for number, order in enumerate(orders):
            note = {"note_id": 50 + number, "author_id": 200 + number}
            brought = int(luck.binomial(120, 0.6 * truth[number]))
            first = 10_000 + 1_000 * hour
            facts += shown(120, brought, 8 - hour - 0.1, first=first, **note, **paid(order))
        feed(asked, facts, first=seq)
        seq += 1
        learn_responses(now=begin + (hour + 1) * HOUR + dt.timedelta(minutes=70))

    versions = list(ResponseModel.objects.filter(goal="reads").order_by("id"))
    last = versions[-1]
    assert last.facts == 6 * 12 * 120
    # The first hour is expected as given, 1 / 0.6 too high; by then 1,440 showings teach otherwise.
    taught = versions[2]
    assert taught.predicted / taught.observed > 1.2
    later = (last.predicted - taught.predicted) / (last.observed - taught.observed)
    # About 460 responses in four hours: one standard error is 4.7 %.
    assert later == pytest.approx(1.0, abs=0.1)


def test_responses_by_class_teach_factors_and_not_the_rate(asked: Store) -> None:  # noqa: F811
    buyer = make_person()
    orders = [
        make_order(buyer=buyer, now=NOW - 9 * HOUR, note_id=NOTE + one, author_id=AUTHOR)
        for one in range(2)
    ]
    learn_responses(now=NOW - 6 * HOUR)
    classes = ((0, 400, 32), (1, 300, 6), (2, 300, 46))
    facts = []
    for order in orders:
        given = {"note_id": order.note_id} | paid(order)
        for number, many, brought in classes:
            first = 1_000 * number
            facts += shown(many, brought, 5, first=first, match_class=number, **given)
    feed(asked, facts)

    (model,) = (one for one in learn_responses(now=NOW) if one.goal == "reads")
    predict_orders(now=NOW)

    # What was expected of each class before: the shipped rate, whoever it was shown to.
    assert np.array(model.classes) == pytest.approx(
        np.array([[800, 64, 64], [600, 48, 12], [600, 48, 92], [0, 0, 0]])
    )
    assert (model.facts, model.observed) == (2_000, 168)
    unknown, nothing, shared, several = restore_affinity(model.affinity).factors
    assert unknown == 1.0
    assert 0.25 < nothing < 0.65
    assert 1.3 < shared < 1.9
    assert several == pytest.approx(1.0, abs=0.2)
    # A rate is that of somebody whose factor is 1: as many responses, of as many showings as they are worth.
    worth = 400 + 300 * nothing + 300 * shared
    found = Prediction.objects.get(order=orders[0])
    before = (found.rate * (worth + model.prior) - 84) / model.prior
    assert found.rate == pytest.approx(0.08, rel=0.12)
    assert 0.05 < before < 0.1


def test_a_model_of_before_there_were_classes_is_learnt_on_from(asked: Store) -> None:  # noqa: F811
    order = make_order(buyer=make_person(), now=NOW - 9 * HOUR, note_id=NOTE, author_id=AUTHOR)
    learn_responses(now=NOW - 6 * HOUR)
    ResponseModel.objects.update(affinity={}, classes=[], facts=50, predicted=4.0, observed=5)
    feed(asked, shown(100, 9, 5, match_class=3, **paid(order)))

    (model,) = (one for one in learn_responses(now=NOW) if one.goal == "reads")

    assert model.classes[0] == [50, 4.0, 5]
    assert model.classes[3] == [100, pytest.approx(8.0), 9]
    assert (model.facts, model.observed) == (150, 14)
