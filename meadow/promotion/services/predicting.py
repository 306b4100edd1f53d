"""Learning how people respond, and saying what each order's showing is expected to bring."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.analytics.responses import Histories, count_showings, read_histories
from meadow.core.transactions import transaction
from meadow.promotion.models import Order, Prediction, ResponseModel
from meadow.promotion.prediction import (
    WINDOWS,
    Affinity,
    Belief,
    Count,
    Record,
    estimate_base,
    estimate_prior,
    expect,
    row_of,
    teach,
    weigh_quality,
)
from meadow.promotion.prediction.affinities import COUNT
from meadow.promotion.queries.predictions import (
    GOALS,
    HISTORY,
    QUALITY_GOALS,
    SETTLING,
    Tallies,
    add_up,
    count_paid,
    read_beliefs,
    tally,
)

Floats = NDArray[np.float64]

# Facts that arrive later than this after a response window are not learnt from.
LATE: Final = dt.timedelta(minutes=10)
# Without news a model is made anew once a day, and versions are kept so long.
STALE: Final = dt.timedelta(days=1)
KEPT: Final = dt.timedelta(days=90)
State = Order.State


@dataclass(frozen=True, slots=True)
class Judged:
    """Showings of one order that are over, and what they brought, by class of match.

    raw, rate: what one to somebody usual was expected to bring.
    """

    raw: float
    rate: float
    shown: tuple[int, ...]
    responses: tuple[int, ...]


def learn_responses(*, now: dt.datetime) -> list[ResponseModel]:
    """Judge what was expected of paid showings whose time to respond is over, then learn from them.

    Returns the versions that were added. Raises EngineUnavailable, and then adds none.
    """
    histories = read_histories(since=(now - HISTORY).date())
    tallies, beliefs = tally(histories), read_beliefs()
    made = [
        model
        for goal in GOALS
        if (model := _learn(goal, histories, tallies, beliefs[goal], now=now)) is not None
    ]
    with transaction():
        added = ResponseModel.objects.bulk_create(made)
        newest = ResponseModel.objects.order_by("goal", "-id").distinct("goal")
        old = ResponseModel.objects.filter(made_at__lt=now - KEPT)
        old.exclude(pk__in=newest.values("pk")).delete()
    return added


def predict_orders(*, now: dt.datetime, public_id: str | None = None) -> int:
    """Write what a showing of each order that is not over is expected to bring; of one, or of all.

    Returns how many. Raises EngineUnavailable: what was written before stands.
    """
    orders = Order.objects.filter(ended_at__isnull=True)
    if public_id is not None:
        orders = orders.filter(public_id=public_id)
    waiting = list(orders.only("pk", "note_id", "author_id", "goal").order_by("pk"))
    if not waiting:
        return 0
    beliefs = read_beliefs()
    authors = sorted({order.author_id for order in waiting})
    tallies = tally(read_histories(since=(now - HISTORY).date(), author_ids=authors))
    paid = _paid_by_note(waiting, beliefs, until=now - SETTLING)
    rows = []
    for order in waiting:
        own = paid.get((order.note_id, order.goal), Count())
        record = _record(order, order.goal, tallies, own, own.responses)
        found = expect(record, beliefs[order.goal])
        organic = {
            goal: _record(
                order, goal, tallies, Count(), paid.get((order.note_id, goal), Count()).responses
            )
            for goal in QUALITY_GOALS
        }
        rows.append(
            Prediction(
                order=order,
                raw=found.raw,
                rate=found.rate,
                quality=weigh_quality(organic, beliefs),
                made_at=now,
            )
        )
    with transaction():
        Prediction.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["order"],
            update_fields=["raw", "rate", "quality", "made_at"],
        )
    return len(rows)


def _learn(
    goal: str, histories: Histories, tallies: Tallies, belief: Belief, *, now: dt.datetime
) -> ResponseModel | None:
    last = ResponseModel.objects.filter(goal=goal).order_by("-id").first()
    behind = WINDOWS[goal] + LATE
    since = (last.made_at if last else now - HISTORY) - behind
    judged = _judge(goal, tallies, belief, since=since, until=now - behind, now=now)
    if last is not None and not judged and now - last.made_at < STALE:
        return None
    for one in judged:
        exposure = belief.affinity.exposure(one.shown)
        teach(belief, raw=one.raw, shown=exposure, responses=sum(one.responses))
    classes = _sum_classes(last, judged, belief.affinity)
    shown, responses = _notes_of(goal, histories, tallies)
    base = estimate_base(shown, responses, goal=goal)
    return ResponseModel(
        goal=goal,
        base=base,
        prior=estimate_prior(shown, responses, base=base, goal=goal),
        calibrator=belief.calibrator.state() | {"middle": belief.middle},
        plot=belief.calibrator.plot(),
        affinity=_learn_affinity(belief.affinity, judged).state(),
        classes=classes.tolist(),
        facts=int(classes[:, 0].sum()),
        predicted=float(classes[:, 1].sum()),
        observed=int(classes[:, 2].sum()),
        made_at=now,
    )


def _learn_affinity(before: Affinity, judged: Sequence[Judged]) -> Affinity:
    """Return what is known of the classes' factors now."""
    if not judged:
        return before
    return before.learn(
        np.array([one.shown for one in judged], np.float64),
        np.array([one.responses for one in judged], np.float64),
    )


def _sum_classes(
    last: ResponseModel | None, judged: Sequence[Judged], affinity: Affinity
) -> Floats:
    """Return showings, predicted and observed responses since the first, one row a class of match."""
    sums = np.zeros((COUNT, 3))
    if last is not None and last.classes:
        sums += np.array(last.classes)
    elif last is not None:
        # Before there were classes nobody was of another than the first.
        sums[0] = last.facts, last.predicted, last.observed
    factors = np.array(affinity.factors)
    for one in judged:
        shown = np.array(one.shown, np.float64)
        sums += np.stack([shown, shown * one.rate * factors, one.responses], axis=1)
    return sums


def _judge(
    goal: str,
    tallies: Tallies,
    belief: Belief,
    *,
    since: dt.datetime,
    until: dt.datetime,
    now: dt.datetime,
) -> list[Judged]:
    """Return the orders shown from `since` to `until`, as was expected of them at `since`.

    Their organic counts are those of now, of which every paid response is taken off.
    """
    shown_then = Order.objects.filter(starts_at__lt=until).exclude(
        ended_at__isnull=False, ended_at__lt=since - WINDOWS[goal]
    )
    orders = list(shown_then.only("pk", "note_id", "author_id", "goal").order_by("pk"))
    if not orders or until <= since:
        return []
    notes = sorted({(order.author_id, order.note_id) for order in orders})
    found = count_showings(notes=notes, goal=goal, since=since, until=until, window=WINDOWS[goal])
    if not found:
        return []
    before = count_paid(notes=notes, goal=goal, until=since)
    everything = {} if goal == "reads" else count_paid(notes=notes, goal=goal, until=now)
    judged = []
    for order in orders:
        if order.pk not in found:
            continue
        same = [each.pk for each in orders if each.note_id == order.note_id]
        paid = add_up([before[one] for one in same if one in before], belief.affinity)
        credited = sum(everything[one].responses for one in same if one in everything)
        expected = expect(_record(order, goal, tallies, paid, credited), belief)
        judged.append(Judged(expected.raw, expected.rate, *row_of(found[order.pk].by_class)))
    return judged


def _paid_by_note(
    orders: Sequence[Order], beliefs: Mapping[str, Belief], *, until: dt.datetime
) -> dict[tuple[int, str], Count]:
    """Return what paid showings of these orders' notes brought, by note and goal; ended orders' too."""
    found: dict[tuple[int, str], Count] = {}
    notes_of = {order.note_id for order in orders}
    orders_of: dict[int, list[int]] = {}
    for pk, note_id in Order.objects.filter(note_id__in=notes_of).values_list("pk", "note_id"):
        orders_of.setdefault(note_id, []).append(pk)
    notes = sorted({(each.author_id, each.note_id) for each in orders})
    # Interactions are always asked for: quality is of those that nobody paid for.
    for goal in sorted({order.goal for order in orders} | {"interactions"}):
        paid = count_paid(notes=notes, goal=goal, until=until)
        for _author, note_id in notes:
            ours = [paid[one] for one in orders_of[note_id] if one in paid]
            found[note_id, goal] = add_up(ours, beliefs[goal].affinity)
    return found


def _record(order: Order, goal: str, tallies: Tallies, paid: Count, credited: float) -> Record:
    return tallies.record(
        note_id=order.note_id, author_id=order.author_id, goal=goal, paid=paid, credited=credited
    )


def _notes_of(goal: str, histories: Histories, tallies: Tallies) -> tuple[Floats, Floats]:
    """Return showings and responses of the whole community, a note each; of follows, an author each."""
    if goal == "follows":
        counts = [count for (_, one), count in tallies.authors.items() if one == goal]
        return (
            np.array([count.shown for count in counts], np.float64),
            np.array([count.responses for count in counts], np.float64),
        )
    brought = getattr(histories, goal)
    return histories.impressions.astype(np.float64), brought.astype(np.float64)
