"""The audiences, built anew every few minutes: everybody who is here, by what may be known of them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

import numpy as np
from pyroaring import BitMap

from meadow.core.transactions import transaction
from meadow.promotion.audiences.definition import LARGEST_LOOK_ALIKE, from_json, is_value
from meadow.promotion.audiences.errors import AudienceInvalid, SeedTooSmall
from meadow.promotion.audiences.floor import PERIOD
from meadow.promotion.audiences.index import AudienceIndex, Numbers
from meadow.promotion.audiences.lookalike import rank_alike
from meadow.promotion.audiences.snapshot import to_bytes
from meadow.promotion.models import (
    AudienceAnswer,
    AudienceSnapshot,
    Order,
    UploadedList,
)
from meadow.promotion.queries import communities
from meadow.promotion.queries.audiences import lists_named, newest_index
from meadow.promotion.queries.communities import Habits, Ids

KEPT: Final = 3
OLDEST_KEPT: Final = dt.timedelta(minutes=15)
# Of fewer people than this the audiences are built each minute, else every five: what one building
# of 100,000 takes is in docs/algorithms/audiences.md.
FEW_PEOPLE: Final = 20_000
SOON, LATER = dt.timedelta(seconds=50), dt.timedelta(seconds=290)
# What people did lately.
LATELY: Final = dt.timedelta(days=90)
HOURS_LATELY: Final = dt.timedelta(days=28)
# A question about a lot looks through everybody's facts: few large lots, of some 100 MB.
PEOPLE_AT_ONCE: Final = 10_000
# What taste is told by: the topics that most people engage with.
MOST_TOPICS: Final = 100
# A list is looked at for people like those on it in this time after it came, whoever asks; later,
# while an order or a saved audience names it.
LIST_IS_NEW: Final = dt.timedelta(days=30)
MOST_RANKED: Final = 20

_LIVE: Final = (Order.State.REVIEW, Order.State.RUNNING, Order.State.PAUSED)


def build_if_due(*, now: dt.datetime) -> bool:
    """Build the audiences where the last building is old enough; returns whether it did.

    Raises EngineUnavailable: the next run makes up for it.
    """
    newest = AudienceSnapshot.objects.order_by("-pk").values_list("made_at", "people").first()
    if newest is not None:
        rest = SOON if newest[1] < FEW_PEOPLE else LATER
        if now - newest[0] < rest:
            return False
    build_audiences(now=now)
    return True


def build_audiences(*, now: dt.datetime) -> AudienceIndex:
    """Build the index of everybody here and keep it, the newest KEPT of them. Raises EngineUnavailable.

    One that came out as the one before is not kept again: nobody reads it anew.
    """
    index = AudienceIndex(present=communities.read_present(now=now, since=now - LATELY))
    index.may_be_targeted = communities.read_consenting(now=now) & index.present
    for dimension, value, people in communities.read_segments(now=now, since=now - LATELY):
        if is_value(dimension, value):
            index.fill(dimension=dimension, value=value, people=people)
    named, wanted = _lists_wanted(now=now)
    taste = _Taste() if wanted else None
    _fill_habits(index, taste, now=now)
    _fill_lists(index, named)
    if taste is not None:
        _fill_look_alikes(index, taste, wanted, now=now)
    _keep(index, now=now)
    return index


def _fill_habits(index: AudienceIndex, taste: "_Taste | None", *, now: dt.datetime) -> None:
    """Fill interests and active hours, a lot of people after the other."""
    interests: dict[int, BitMap] = defaultdict(BitMap)
    hours: dict[int, BitMap] = defaultdict(BitMap)
    everybody = iter(index.may_be_targeted)
    while lot := list(islice(everybody, PEOPLE_AT_ONCE)):
        habits = communities.read_habits(lot, since=now - LATELY, hours_since=now - HOURS_LATELY)
        person, topic = communities.strongest(habits)
        _add(interests, topic, person)
        _add(hours, habits.hours, habits.hour_people)
        if taste is not None:
            taste.add(habits)
    names = communities.name_topics(sorted(interests))
    for topic_id, people in interests.items():
        name = names.get(topic_id, "")
        if is_value("interest", name):
            index.fill(dimension="interest", value=name, people=people)
    for hour, people in hours.items():
        index.fill(dimension="active_hour", value=str(hour), people=people)


def _add(sets: dict[int, BitMap], values: Ids, people: Ids) -> None:
    order = np.argsort(values, kind="stable")
    found, starts = np.unique(values[order], return_index=True)
    for value, each in zip(found.tolist(), np.split(people[order], starts[1:]), strict=False):
        sets[value].update(each.astype(np.uint32))


def _fill_lists(index: AudienceIndex, named: set[str]) -> None:
    for public_id, matched in _matched(named):
        index.fill(dimension="list", value=public_id, people=matched)


def _fill_look_alikes(
    index: AudienceIndex, taste: "_Taste", wanted: set[str], *, now: dt.datetime
) -> None:
    """Fill the look-alikes of lists, of MOST_RANKED lists anew; the rest as they were found before.

    What was found stands until the day (UTC) is over: tastes change slowly.
    """
    before = newest_index()
    made_at = AudienceSnapshot.objects.order_by("-pk").values_list("made_at", flat=True).first()
    same_day = made_at is not None and made_at.date() == now.date()
    stale: list[tuple[bool, str]] = []
    for public_id in sorted(wanted):
        known = [
            ((name, value), people) for (name, value), people in _look_alikes_of(before, public_id)
        ]
        for (_name, value), people in known:
            index.fill(dimension="look_alike", value=value, people=people)
        if not known or not same_day:
            stale.append((bool(known), public_id))
    # Those that nobody has looked at yet come first.
    some = {public_id for _known, public_id in sorted(stale)[:MOST_RANKED]}
    people, counts = taste.table(index.may_be_targeted)
    for public_id, matched in _matched(some):
        _rank(index, public_id, matched, people=people, counts=counts)


def _rank(
    index: AudienceIndex, public_id: str, matched: BitMap, *, people: Numbers, counts: Any
) -> None:
    seed = np.asarray((matched & index.may_be_targeted).to_array(), np.uint32)
    try:
        # The same draw for the same list: it is found again where nothing has changed.
        ranked = rank_alike(people=people, taste=counts, seed=seed, random_seed=len(seed))
    except SeedTooSmall:
        ranked = np.empty(0, np.uint32)
    for percent in range(1, LARGEST_LOOK_ALIKE + 1):
        some = ranked[: len(people) * percent // 100]
        index.fill(dimension="look_alike", value=f"{public_id}:{percent}", people=some)


def _look_alikes_of(index: AudienceIndex, public_id: str) -> Iterable[Any]:
    for percent in range(1, LARGEST_LOOK_ALIKE + 1):
        segment = ("look_alike", f"{public_id}:{percent}")
        if segment in index.segments:
            yield segment, index.segments[segment]


def _matched(public_ids: set[str]) -> Iterable[tuple[str, BitMap]]:
    rows = UploadedList.objects.filter(public_id__in=public_ids).order_by("pk")
    for public_id, matched in rows.values_list("public_id", "matched").iterator(chunk_size=10):
        yield public_id, BitMap.deserialize(bytes(matched))


def _lists_wanted(*, now: dt.datetime) -> tuple[set[str], set[str]]:
    """Return the lists that orders and saved audiences name, and those to find look-alikes of."""
    named, alike = set[str](), set[str]()
    for data in communities.read_audiences_with_lists(states=_LIVE):
        try:
            definition = from_json(data)
        except AudienceInvalid:
            continue  # of a value that is none any more: it reaches nobody
        named |= lists_named(definition, "list")
        alike |= lists_named(definition, "look_alike")
    new = UploadedList.objects.filter(uploaded_at__gt=now - LIST_IS_NEW)
    return named, alike | set(new.values_list("public_id", flat=True))


def _keep(index: AudienceIndex, *, now: dt.datetime) -> None:
    body = to_bytes(index, watermark=0)
    with transaction():
        newest = AudienceSnapshot.objects.order_by("-pk").first()
        if newest is not None and bytes(newest.body) == body:
            AudienceSnapshot.objects.filter(pk=newest.pk).update(made_at=now)
        else:
            newest = AudienceSnapshot.objects.create(
                made_at=now, people=len(index.present), body=body
            )
        others = AudienceSnapshot.objects.exclude(pk=newest.pk)
        last = others.order_by("-pk").values_list("pk", flat=True)[: KEPT - 1]
        # Whoever took their yes back is in none of them for long.
        others.exclude(pk__in=list(last)).delete()
        others.filter(made_at__lt=now - OLDEST_KEPT).delete()
        AudienceAnswer.objects.filter(at__lt=now - PERIOD).delete()


class _Taste:
    """How strongly people engaged with topics, three columns, and a table of it once it is whole."""

    def __init__(self) -> None:
        self._people: list[Numbers] = []
        self._topics: list[Ids] = []
        self._strength: list[Any] = []

    def add(self, habits: Habits) -> None:
        """Keep the topics of some people."""
        self._people.append(habits.topic_people.astype(np.uint32))
        self._topics.append(habits.topics.astype(np.int32))
        self._strength.append(habits.strength.astype(np.float32))

    def table(self, people: BitMap) -> tuple[Numbers, Any]:
        """Return everybody, ascending, and a row of the MOST_TOPICS commonest topics for each."""
        everybody = np.asarray(people.to_array(), np.uint32)
        topics = np.concatenate([*self._topics, np.empty(0, np.int32)])
        found, many = np.unique(topics, return_counts=True)
        common = np.sort(found[np.argsort(-many, kind="stable")[:MOST_TOPICS]])
        counts = np.zeros((len(everybody), len(common)), np.float32)
        for person, topic, strength in zip(self._people, self._topics, self._strength, strict=True):
            column = np.minimum(np.searchsorted(common, topic), max(0, len(common) - 1))
            here = common[column] == topic
            counts[np.searchsorted(everybody, person[here]), column[here]] = strength[here]
        return everybody, counts
