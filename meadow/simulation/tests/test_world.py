"""A world without engines: the same each time, spread as its source, driven by taste, attacks marked."""

import csv
import datetime as dt
import hashlib
import os
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from meadow.analytics.columns import to_ipc
from meadow.simulation import distributions as real
from meadow.simulation.attacks import DESCRIPTIONS, FAST_READS, RING, TOKENS, USES
from meadow.simulation.days import Shelf, live_day, new_memory
from meadow.simulation.events import ATTACK_CODES, ATTACKS, CODES, NOBODY, Events, join
from meadow.simulation.recipe import DAY_MS, Recipe
from meadow.simulation.services import live
from meadow.simulation.tables import Names, make_tables
from meadow.simulation.words import TOPIC_NAMES
from meadow.simulation.world import TOPICS, World, lift, make_world

RECIPE = Recipe(creators=200, fans=3000, days=10, seed=3, start=dt.date(2026, 3, 1))


@lru_cache
def lived() -> tuple[World, list[Events], int]:
    world = make_world(RECIPE)
    days, follows = live(world, step=lambda *_: None)
    return world, days, follows


def everything() -> Events:
    return join(lived()[1])


def of_kind(events: Events, kind: str) -> Events:
    return events.take(events.kind == CODES[kind])


def fingerprint(recipe: Recipe) -> str:
    world = make_world(recipe)
    days, _ = live(world, step=lambda *_: None)
    names = Names(
        people=np.arange(1, world.people.members + 1),
        notes=np.arange(1001, 1001 + len(world.notes.author)),
    )
    digest = hashlib.sha256()
    for table in make_tables(world, days, names):
        digest.update(to_ipc(table))
    return digest.hexdigest()


def test_a_world_is_the_same_bit_for_bit_and_another_seed_is_another() -> None:
    small = Recipe(creators=40, fans=400, days=4, seed=9, start=dt.date(2026, 3, 1))
    other = Recipe(creators=40, fans=400, days=4, seed=10, start=dt.date(2026, 3, 1))

    assert fingerprint(small) == fingerprint(small) != fingerprint(other)


def test_fame_has_the_quantiles_of_the_source() -> None:
    fame = make_world(Recipe(2000, 2000, 1, 5, dt.date(2026, 3, 1))).people.fame

    for share in (0.1, 0.5, 0.9, 0.99):
        published = real.FOLLOWERS[real.SHARES.index(share)]
        assert np.quantile(fame, share) == pytest.approx(published, rel=0.06)


@pytest.mark.skipif("MEADOW_BENCH_DATA" not in os.environ, reason="MEADOW_BENCH_DATA is not set")
def test_the_tables_are_those_of_the_source() -> None:
    folder = Path(os.environ["MEADOW_BENCH_DATA"]) / "kuairand"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    with (folder / "user_features_pure.csv").open() as file:
        people = list(csv.DictReader(file))
    with (folder / "video_features_basic_pure.csv").open() as file:
        videos = list(csv.DictReader(file))

    def quantiles(rows: list[Any], name: str, by: float = 1) -> list[float]:
        values = [float(row[name]) for row in rows if row[name]]
        return [float(one) for one in np.quantile(values, real.SHARES) / by]

    authors = [row for row in people if row["is_video_author"] == "1"]
    assert quantiles(authors, "fans_user_num") == pytest.approx(real.FOLLOWERS, abs=0.51)
    assert quantiles(people, "follow_user_num") == pytest.approx(real.FOLLOWING, abs=0.51)
    assert quantiles(people, "register_days") == pytest.approx(real.TENURE_DAYS, abs=0.51)
    assert quantiles(videos, "video_duration", 1000) == pytest.approx(real.DURATION, abs=0.051)
    each = Counter(row["author_id"] for row in videos)
    assert dict(Counter(each.values())) == real.VIDEOS_IN_THREE_DAYS
    tags = Counter(tag for row in videos for tag in row["tag"].split(",") if tag)
    assert tuple(count for _, count in tags.most_common(TOPICS)) == real.TOPIC_COUNTS
    degrees = Counter(row["user_active_degree"] for row in people)
    assert real.ACTIVE["full"] == degrees["full_active"]
    assert real.ACTIVE["high"] == degrees["high_active"]
    assert sum(real.ACTIVE.values()) == len(people) == 27_285


def test_followers_have_a_heavy_tail() -> None:
    world, _, follows = lived()

    counts = np.sort(np.bincount(world.follows.followed, minlength=RECIPE.creators))[::-1]

    assert counts[:20].sum() > 0.5 * counts.sum()
    assert counts[100] < counts[0] / 50
    assert follows >= counts.sum()


def test_nobody_follows_twice_or_themselves() -> None:
    world, days, _ = lived()
    since = of_kind(join(days), "follow")
    follower = np.concatenate([world.follows.follower, since.person])
    followed = np.concatenate([world.follows.followed, since.author])

    pairs = follower * RECIPE.creators + followed

    assert len(np.unique(pairs)) == len(pairs)
    assert not (follower == followed).any()


def test_things_happen_after_what_they_follow_and_within_the_world() -> None:
    world, days, _ = lived()
    events = join(days)
    with_note = events.note != NOBODY

    assert (events.at_ms[with_note] >= world.notes.at_ms[events.note[with_note]]).all()
    assert events.at_ms.min() >= RECIPE.start_ms
    assert events.at_ms.max() < RECIPE.end_ms + 5000
    for day in days:
        assert (np.diff(day.at_ms) >= 0).all()


def test_creators_are_shown_no_note_of_their_own() -> None:
    events = everything()

    assert not ((events.person == events.author) & (events.note != NOBODY)).any()


def test_a_like_is_given_once() -> None:
    for kind in ("like", "save"):
        given = of_kind(everything(), kind)
        pairs = given.person.astype(np.int64) * 1_000_000 + given.note
        assert len(np.unique(pairs)) == len(pairs) > 50


def test_guests_sign_nothing() -> None:
    world, _, _ = lived()
    events = everything()
    guests = events.take(events.person >= world.people.members)

    acts = {"like", "save", "comment", "follow"}
    assert not np.isin(guests.kind, [CODES[kind] for kind in acts]).any()
    assert len(of_kind(guests, "read")) > 50


def test_people_open_what_they_care_for_and_look_at_the_top_first() -> None:
    world, days, _ = lived()
    events = join(days)
    genuine = events.take(events.attack == 0)
    shown, opened = of_kind(genuine, "impression"), of_kind(genuine, "open")

    def care(some: Events) -> float:
        return float(
            np.log(lift(world, some.person.astype(np.int64), some.note.astype(np.int64))).mean()
        )

    assert care(opened) > care(shown) + 0.3
    top, low = shown.slot < 3, shown.slot > 12
    rate = len(opened) / len(shown)
    assert 0.1 < rate < 0.35
    assert (opened.slot < 3).sum() / top.sum() > 1.2 * (opened.slot > 12).sum() / low.sum()


def test_a_funnel_narrows() -> None:
    genuine = of_genuine(everything())

    counts = {kind: len(of_kind(genuine, kind)) for kind in CODES}

    kinds = ("impression", "open", "read", "complete", "like", "save", "share")
    for wider, narrower in pairwise(kinds):
        assert counts[wider] > counts[narrower] > 0, (wider, narrower)


def test_the_evening_is_busy_and_the_night_is_not() -> None:
    shown = of_kind(everything(), "impression")

    hours = np.bincount((shown.at_ms // 3_600_000 + real.UTC_OFFSET_HOURS) % 24, minlength=24)

    assert hours.argmax() in (20, 21, 22)
    assert hours[4] < hours[21] / 8


def test_each_attack_is_planted_and_marked() -> None:
    world, days, _ = lived()
    planted = {attack: Counter[str]() for attack in ATTACKS[1:]}
    events = join(days)

    for attack, found in planted.items():
        rows = events.take(events.attack == ATTACK_CODES[attack])
        found.update(list(CODES)[code] for code in rows.kind.tolist())

    assert set(DESCRIPTIONS) == set(planted)
    assert set(planted["clockwork"]) == {"read"}
    assert planted["impossible_rate"] == {"read": FAST_READS, "dwell": FAST_READS}
    assert planted["bought_followers"] == {"follow": world.people.bought}
    assert set(planted["like_ring"]) == {"like"}
    assert 0 < planted["token_reuse"]["read"] <= TOKENS * (USES - 1)


def test_clockwork_beats_to_the_millisecond() -> None:
    events = everything()
    rows = events.take(events.attack == ATTACK_CODES["clockwork"])
    one = rows.take(rows.person == rows.person[0])

    gaps = np.diff(one.at_ms)

    assert set(gaps[gaps < 3_600_000].tolist()) == {20_000}


def test_bought_accounts_do_nothing_else() -> None:
    world, _, _ = lived()
    events, first = everything(), world.people.first_bought

    theirs = events.take((events.person >= first) & (events.person < world.people.members))

    assert set(theirs.attack.tolist()) == {ATTACK_CODES["bought_followers"]}
    assert theirs.at_ms.max() - theirs.at_ms.min() < 90 * 60_000
    assert len(set(theirs.author.tolist())) == 1


def test_the_ring_likes_itself_only() -> None:
    events = everything()

    rows = events.take(events.attack == ATTACK_CODES["like_ring"])

    assert set(rows.person.tolist()) | set(rows.author.tolist()) == set(rows.person.tolist())
    assert len(set(rows.person.tolist())) <= RING


def test_the_first_use_of_a_token_is_genuine() -> None:
    events = everything()
    used = events.take(events.token > 0)

    for token in np.unique(used.token):
        uses = used.take(used.token == token)
        assert uses.attack[0] == 0
        assert set(uses.attack[1:].tolist()) <= {ATTACK_CODES["token_reuse"]}


def test_a_day_can_be_lived_without_those_after_it() -> None:
    world = make_world(RECIPE)
    shelf, memory = Shelf.of(world), new_memory(world)

    first = live_day(world, shelf, memory, 0)

    assert np.array_equal(first.at_ms, of_genuine(lived()[1][0]).at_ms)


def of_genuine(events: Events) -> Events:
    """Without attacks and the genuine first uses that belong to one."""
    return events.take((events.attack == 0) & (events.token == 0))


def test_days_begin_at_midnight_utc() -> None:
    for number, day in enumerate(lived()[1][1:], start=1):
        begins = RECIPE.start_ms + number * DAY_MS
        late = of_kind(day, "impression").at_ms
        assert late.min() >= begins
        assert late.max() < begins + DAY_MS + 3_600_000


def test_topics_have_a_name_in_each_language() -> None:
    assert {language: len(names) for language, names in TOPIC_NAMES.items()} == {
        "zh": TOPICS,
        "en": TOPICS,
    }
    assert real.hour_shares().argmax() == (21 - real.UTC_OFFSET_HOURS) % 24
