"""Why somebody saw a card: what its sealed token and the stored ranking say, nothing guessed."""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from meadow.accounts import queries as people
from meadow.analytics.tokens import ImpressionToken, open_token
from meadow.core.zones import UTC_DIAL, Dial
from meadow.feed import ways
from meadow.feed.errors import CardForgotten
from meadow.feed.models import HiddenAuthor, HiddenNote, LessTopic, PersonalList, Wall
from meadow.feed.queries.choices import Standing, get_standing, name_topic, topics_of
from meadow.feed.queries.walls import unpack_floats, unpack_ids, weights_of
from meadow.feed.ranker import FEATURES, contributions
from meadow.feed.ranking import Counts, Floats, engagement, score
from meadow.feed.sources import BIT, SOURCES
from meadow.notes.queries import get_cards
from meadow.notes.records import NoteCard
from meadow.promotion.queries.places import PaidPlace, explain_place

ACTS: Final = ("likes", "saves", "comments", "reads")
OWN_WALLS: Final = frozenset({"hot", "follow", "nearby"})


@dataclass(frozen=True)
class Part:
    """One input of a score: `code` names it, `points` is its value times its weight."""

    code: str
    value: float
    weight: float
    points: float


@dataclass(frozen=True)
class Explanation:
    """What put a card where it was seen; `place` counts from 1, `kept` is false once the ranking is gone.

    For a wall that everybody has, parts are acts and add up to `engagement`; for a reader's own list
    they are features and add up to `score`.
    """

    token: str
    way: str
    surface: str
    slot: int
    shown_at: dt.datetime
    note: NoteCard
    topics: list[str]
    standing: Standing | None
    kept: bool = True
    place: int | None = None
    parts: list[Part] = field(default_factory=list)
    engagement: float = 0.0
    impressions: float | None = None
    rate: float = 0.0
    community_rate: float = 0.0
    age_hours: float = 0.0
    score: float = 0.0
    rule_version: int | None = None
    ranked_at: dt.datetime | None = None
    explore_below: int = 0
    sources: list[str] = field(default_factory=list)
    like_note: NoteCard | None = None
    by_topic: str = ""
    is_own_note: bool = False
    follows_author: bool = False
    hides_note: bool = False
    hides_author: bool = False
    less_topics: frozenset[str] = frozenset()
    paid: PaidPlace | None = None

    @property
    def shown_times(self) -> int:
        """How often the note had been shown, for a sentence."""
        return round(self.impressions or 0)

    @property
    def is_personal(self) -> bool:
        """Whether anything about the reader went into it."""
        if self.paid is not None:
            return not self.paid.for_everyone or self.paid.by_topics
        return self.way in ("own", "followed", "near")


def explain(
    *, token: str, viewer_id: int | None, now: dt.datetime, dial: Dial = UTC_DIAL
) -> Explanation:
    """Return why a card was shown, to whom it was shown; hours on the dial. Raises CardForgotten."""
    said = open_token(token, now=now)
    if said is None or said.surface not in OWN_WALLS:
        raise CardForgotten
    cards = get_cards([said.note_id], viewer_id=viewer_id)
    if not cards:
        raise CardForgotten
    found = Explanation(
        token=token,
        way=ways.NAMES.get(said.way, "followed" if said.surface == "follow" else "ranked"),
        surface=said.surface,
        slot=said.slot + 1,
        shown_at=dt.datetime.fromtimestamp(said.issued_at, dt.UTC),
        note=cards[0],
        topics=topics_of(note_id=said.note_id),
        standing=None if viewer_id is None else get_standing(person_id=viewer_id, now=now),
    )
    if viewer_id is not None:
        found = _with_choices(found, said, viewer_id)
    if said.is_paid:
        place = explain_place(
            order_id=said.campaign_id,
            viewer_id=viewer_id,
            shown_at=found.shown_at,
            match_class=said.match_class,
            dial=dial,
        )
        return replace(found, way="paid", paid=place)
    if found.way in ("own", "near"):
        return _of_own_list(found, said, viewer_id or 0)
    if found.way in ("ranked", "explored"):
        return _of_wall(found, said)
    return found


def _with_choices(found: Explanation, said: ImpressionToken, viewer_id: int) -> Explanation:
    less = LessTopic.objects.filter(person_id=viewer_id, topic__name__in=found.topics)
    return replace(
        found,
        is_own_note=said.author_id == viewer_id,
        follows_author=said.author_id in people.following_ids(viewer_id),
        hides_note=HiddenNote.objects.filter(person_id=viewer_id, note_id=said.note_id).exists(),
        hides_author=HiddenAuthor.objects.filter(
            person_id=viewer_id, author_id=said.author_id
        ).exists(),
        less_topics=frozenset(less.values_list("topic__name", flat=True)),
    )


def _of_wall(found: Explanation, said: ImpressionToken) -> Explanation:
    wall = Wall.objects.select_related("rule").filter(pk=said.ranking).first()
    if wall is None:
        return replace(found, kept=False)
    rule = wall.rule
    found = replace(
        found,
        rule_version=rule.version,
        ranked_at=wall.ranked_at,
        community_rate=wall.community_rate,
        explore_below=rule.explore_below,
    )
    if found.way == "explored":
        places = np.flatnonzero(unpack_ids(wall.pool_ids) == said.note_id)
        # Whoever is not in the pool was published after the wall was ranked.
        shown = unpack_floats(wall.pool_impressions)[:, 0][places] if len(places) else [0.0]
        return replace(found, impressions=float(shown[0]))
    places = np.flatnonzero(unpack_ids(wall.note_ids) == said.note_id)
    if not len(places):
        return replace(found, kept=False)
    row = unpack_floats(wall.inputs, columns=6)[places]
    counts = Counts(*row.T)
    weights = weights_of(rule)
    acts = float(engagement(counts, weights)[0])
    known = float(counts.impressions[0]) + weights.prior_impressions
    each = (weights.like, weights.save, weights.comment, weights.read)
    return replace(
        found,
        place=int(places[0]) + 1,
        parts=[
            Part(code=code, value=float(value), weight=weight, points=float(value) * weight)
            for code, value, weight in zip(ACTS, row[0], each, strict=False)
        ],
        engagement=acts,
        impressions=float(counts.impressions[0]),
        rate=(acts + weights.prior_impressions * wall.community_rate) / known,
        age_hours=float(counts.age_hours[0]),
        score=float(score(counts, weights, wall.community_rate)[0]),
    )


def _of_own_list(found: Explanation, said: ImpressionToken, viewer_id: int) -> Explanation:
    kept = PersonalList.objects.select_related("rule").filter(pk=said.personal, person_id=viewer_id)
    own = kept.first()
    if own is None:
        return replace(found, kept=False)
    found = replace(found, rule_version=own.rule.version, ranked_at=own.made_at)
    packed = own.near_note_ids if found.way == "near" else own.note_ids
    places = np.flatnonzero(unpack_ids(packed) == said.note_id)
    if not len(places):
        return replace(found, kept=False)
    topics = own.near_topic_ids if found.way == "near" else own.topic_ids
    found = replace(found, by_topic=name_topic(int(unpack_ids(topics)[places[0]])))
    if found.way == "near":
        return found
    place = int(places[0])
    features = unpack_floats(own.features, columns=len(FEATURES))[place]
    weights: Floats = np.array([getattr(own.rule, f"{name}_weight") for name in FEATURES])
    points = contributions(features, weights)
    bits = own.sources[place]
    like = get_cards([int(unpack_ids(own.like_note_ids)[place])], viewer_id=viewer_id)
    return replace(
        found,
        place=place + 1,
        sources=[name for name in SOURCES if bits & BIT[name]],
        like_note=like[0] if like else None,
        parts=[
            Part(code=code, value=float(value), weight=float(weight), points=float(added))
            for code, value, weight, added in zip(FEATURES, features, weights, points, strict=True)
        ],
        score=float(points.sum()),
    )
