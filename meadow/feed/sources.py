"""Where notes for one reader come from, and what is known of each: sources, then features."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meadow.feed.ranker import FEATURES
from meadow.feed.ranking import Floats, Ids
from meadow.feed.similar import Acts, Neighbours, recency, score_notes, train

Places = NDArray[np.intp]
# In the order of their bits; add at the end.
SOURCES: Final = ("follows", "topics", "similar", "trending", "fresh")
BIT: Final = {name: 1 << place for place, name in enumerate(SOURCES)}
TOP_TOPICS: Final = 6
FRESH_HOURS: Final = 48.0
# A share of a topic is believed as far as so many acts speak for it.
TOPIC_DOUBT: Final = 5.0
MOST_SHOWN: Final = 5.0
# What the model of similar readers may hold: 3,000 notes take some 110 MB while it is made.
MOST_NOTES_LEARNT: Final = 3000
FEWEST_READERS: Final = 2


@dataclass(frozen=True)
class Catalogue:
    """What can be shown, as columns in the order of `note_ids`; topics as rows of (place, topic).

    `quality` is the logarithm of a note's smoothed rate over the community's, `hot` its score in Hot.
    """

    note_ids: Ids
    author_ids: Ids
    age_hours: Floats
    quality: Floats
    hot: Floats
    topic_places: Ids
    topic_ids: Ids

    @cached_property
    def best(self) -> Places:
        """All places, the best in Hot first."""
        return np.argsort(-self.hot, kind="stable")

    @cached_property
    def by_author(self) -> tuple[Ids, Places]:
        """Authors in order, and the places of their notes, the newest first."""
        order = np.lexsort((self.age_hours, self.author_ids))
        return self.author_ids[order], order

    @cached_property
    def by_topic(self) -> tuple[Ids, Places]:
        """Topics in order, and the places under each, the best in Hot first."""
        order = np.lexsort((-self.hot[self.topic_places], self.topic_ids))
        return self.topic_ids[order], self.topic_places[order]

    @cached_property
    def main_topic(self) -> Ids:
        """The first topic of each note, 0 for none."""
        first = np.zeros(len(self.note_ids), np.int64)
        first[self.topic_places[::-1]] = self.topic_ids[::-1]
        return first

    @cached_property
    def topic_shares(self) -> tuple[Ids, Floats]:
        """Topics in order, and the share of notes under each."""
        topics, counts = np.unique(self.topic_ids, return_counts=True)
        return topics, counts / max(1, len(self.topic_ids))

    def places_of(self, note_ids: Ids) -> tuple[Places, NDArray[np.bool_]]:
        """Return the places of notes, and which are here at all."""
        places = np.minimum(
            np.searchsorted(self.note_ids, note_ids), max(0, len(self.note_ids) - 1)
        )
        here = self.note_ids[places] == note_ids if len(self.note_ids) else np.zeros(0, bool)
        return places, here


@dataclass(frozen=True)
class Reader:
    """What is known of one reader: acts newest first, and what they follow and hid."""

    person_id: int
    note_ids: Ids
    strength: Floats
    follows: Ids
    hidden_notes: Ids
    hidden_authors: Ids
    less_topics: Ids
    shown_ids: Ids
    shown_times: Floats


@dataclass(frozen=True)
class Model:
    """The similar-readers model over its own numbers of notes; `note_ids` is sorted."""

    note_ids: Ids
    neighbours: Neighbours

    def numbers_of(self, note_ids: Ids) -> tuple[Ids, NDArray[np.bool_]]:
        """Return the model's numbers of notes, and which it knows."""
        if not len(self.note_ids):
            return np.zeros(len(note_ids), np.int64), np.zeros(len(note_ids), bool)
        numbers = np.minimum(np.searchsorted(self.note_ids, note_ids), len(self.note_ids) - 1)
        return numbers, self.note_ids[numbers] == note_ids


NO_MODEL: Final = Model(
    note_ids=np.empty(0, np.int64),
    neighbours=Neighbours(note=np.empty((0, 1), np.int32), weight=np.empty((0, 1), np.float32)),
)


def learn_model(histories: Iterable[tuple[Ids, Floats]]) -> tuple[Model, int]:
    """Return what the same readers like, and of how many acts it was learnt.

    A history is a reader's notes and how strongly they acted on each. Learnt are the notes that most
    readers acted on, MOST_NOTES_LEARNT of them, none that fewer than FEWEST_READERS did.
    """
    known = [(notes, strength) for notes, strength in histories if len(notes)]
    reader = np.repeat(np.arange(len(known)), [len(notes) for notes, _ in known])
    note = np.concatenate([notes for notes, _ in known] or [np.empty(0, np.int64)])
    strength = np.concatenate([each for _, each in known] or [np.empty(0)])
    notes, number, readers = np.unique(note, return_inverse=True, return_counts=True)
    shared = np.flatnonzero(readers >= FEWEST_READERS)
    kept = np.sort(shared[np.argsort(-readers[shared], kind="stable")[:MOST_NOTES_LEARNT]])
    if not len(kept):
        return NO_MODEL, 0
    renumbered = np.full(len(notes), -1)
    renumbered[kept] = np.arange(len(kept))
    here = renumbered[number] >= 0
    acts = Acts(reader=reader[here], note=renumbered[number][here], strength=strength[here])
    return Model(note_ids=notes[kept], neighbours=train(acts, notes=len(kept))), len(acts.note)


@dataclass(frozen=True)
class Candidates:
    """Columns of equal length, one row a note: where it was found and what is known of it."""

    places: Places
    sources: NDArray[np.uint8]
    features: Floats
    like_note_ids: Ids
    topic_ids: Ids


@dataclass(frozen=True)
class Limits:
    """How much each source may bring, how old it may be, and how fast age tells."""

    source_size: int
    source_days: int
    half_life_hours: float
    recency: float


def topic_taste(catalogue: Catalogue, reader: Reader) -> tuple[Ids, Floats, Ids]:
    """Return topics, the logarithm of a reader's share of each over the community's, and the topics read.

    A share is the mean of a Dirichlet posterior whose prior is the community's, worth TOPIC_DOUBT acts.
    Topics read come with the most read first.
    """
    topics, base = catalogue.topic_shares
    places, here = catalogue.places_of(reader.note_ids)
    weight = np.zeros(len(catalogue.note_ids))
    np.add.at(weight, places[here], reader.strength[here])
    rows = weight[catalogue.topic_places]
    acted = np.bincount(
        np.searchsorted(topics, catalogue.topic_ids), weights=rows, minlength=len(topics)
    )
    total = float(acted.sum())
    share = (acted + TOPIC_DOUBT * base) / (total + TOPIC_DOUBT)
    read = np.argsort(-acted, kind="stable")
    return topics, np.log(share / base), topics[read[acted[read] > 0]]


def find_candidates(
    catalogue: Catalogue, reader: Reader, model: Model, limits: Limits
) -> Candidates:
    """Ask every source for notes for a reader, and describe what they bring."""
    count = len(catalogue.note_ids)
    bits = np.zeros(count, np.uint8)
    recent = catalogue.age_hours < limits.source_days * 24
    size = limits.source_size

    def bring(name: str, places: Places) -> None:
        bits[places[recent[places]][:size]] |= BIT[name]

    topics, taste, read = topic_taste(catalogue, reader)
    bring("follows", _of_authors(catalogue, reader.follows, size))
    liked = read[:TOP_TOPICS] if len(read) else topics
    bring("topics" if len(read) else "trending", _of_topics(catalogue, liked, size))
    similar, like = _of_similar(catalogue, reader, model, limits)
    bring("similar", np.argsort(-similar, kind="stable")[: np.count_nonzero(similar)])
    bring("trending", catalogue.best[: 2 * size])
    newest = np.argsort(catalogue.age_hours, kind="stable")[: 4 * size]
    newest = newest[catalogue.age_hours[newest] < FRESH_HOURS]
    near = np.isin(catalogue.main_topic[newest], liked)
    bring("fresh", np.concatenate([newest[near], newest[~near]])[: size // 2])
    bits[np.isin(catalogue.author_ids, [*reader.hidden_authors.tolist(), reader.person_id])] = 0
    for gone in (reader.hidden_notes, reader.note_ids):
        places, here = catalogue.places_of(gone)
        bits[places[here]] = 0
    less = np.isin(catalogue.topic_ids, reader.less_topics)
    bits[catalogue.topic_places[less]] = 0
    chosen = np.flatnonzero(bits)
    features, by_topic = _describe(catalogue, reader, chosen, similar, (topics, taste), limits)
    return Candidates(
        places=chosen,
        sources=bits[chosen],
        features=features,
        like_note_ids=like[chosen],
        topic_ids=by_topic,
    )


def _describe(
    catalogue: Catalogue,
    reader: Reader,
    chosen: Places,
    similar: Floats,
    tastes: tuple[Ids, Floats],
    limits: Limits,
) -> tuple[Floats, Ids]:
    """Return the features of the chosen, and the topic that spoke most for each, 0 for none."""
    topics, taste = tastes
    per_row = taste[np.searchsorted(topics, catalogue.topic_ids)]
    count = len(catalogue.note_ids)
    sums = np.bincount(catalogue.topic_places, weights=per_row, minlength=count)
    many = np.bincount(catalogue.topic_places, minlength=count)
    order = np.argsort(per_row, kind="stable")
    spoke = np.zeros(count, np.int64)
    spoke[catalogue.topic_places[order]] = np.where(
        per_row[order] > 0, catalogue.topic_ids[order], 0
    )
    known, here = catalogue.places_of(reader.note_ids)
    authors, inverse = np.unique(catalogue.author_ids[known[here]], return_inverse=True)
    acts = np.bincount(inverse, weights=reader.strength[here], minlength=len(authors))
    mine = catalogue.author_ids[chosen]
    place = np.minimum(np.searchsorted(authors, mine), max(0, len(authors) - 1))
    by_author = np.where(authors[place] == mine, acts[place], 0.0) if len(authors) else 0.0
    shown = np.zeros(count)
    places, here = catalogue.places_of(reader.shown_ids)
    shown[places[here]] = reader.shown_times[here]
    columns = {
        "quality": np.clip(catalogue.quality[chosen], -3.0, 3.0),
        "fresh": np.exp2(-np.maximum(catalogue.age_hours[chosen], 0.0) / limits.half_life_hours),
        "followed": np.isin(mine, reader.follows).astype(np.float64),
        "topic": (sums / np.maximum(many, 1))[chosen],
        "similar": similar[chosen] / max(float(similar.max(initial=0.0)), 1e-12),
        "author": np.log1p(np.broadcast_to(by_author, mine.shape)),
        "shown": np.minimum(shown[chosen], MOST_SHOWN),
        "variety": np.zeros(len(chosen)),
    }
    return np.stack([columns[name] for name in FEATURES], axis=1), spoke[chosen]


def _of_authors(catalogue: Catalogue, authors: Ids, size: int) -> Places:
    """Return the newest notes of some authors."""
    sorted_authors, places = catalogue.by_author
    low = np.searchsorted(sorted_authors, authors, side="left")
    high = np.searchsorted(sorted_authors, authors, side="right")
    found = np.concatenate(
        [places[a:b] for a, b in zip(low, np.minimum(high, low + 20), strict=True)]
        or [np.empty(0, np.intp)]
    )
    return found[np.argsort(catalogue.age_hours[found], kind="stable")][: 2 * size]


def _of_topics(catalogue: Catalogue, topics: Ids, size: int) -> Places:
    """Return the best notes under some topics, a turn a topic, so that each has its say."""
    sorted_topics, places = catalogue.by_topic
    each = max(1, -(-2 * size // max(1, len(topics))))
    turns: list[Places] = []
    order: list[NDArray[np.intp]] = []
    for topic in topics.tolist():
        low = int(np.searchsorted(sorted_topics, topic, side="left"))
        high = int(np.searchsorted(sorted_topics, topic, side="right"))
        found = places[low : min(high, low + each)]
        turns.append(found)
        order.append(np.arange(len(found)))
    if not turns:
        return np.empty(0, np.intp)
    return np.concatenate(turns)[np.argsort(np.concatenate(order), kind="stable")]


def _of_similar(
    catalogue: Catalogue, reader: Reader, model: Model, limits: Limits
) -> tuple[Floats, Ids]:
    """Return how much readers like this one speak for each note, and the note of theirs behind it."""
    scores = np.zeros(len(catalogue.note_ids))
    like = np.zeros(len(catalogue.note_ids), np.int64)
    numbers, known = model.numbers_of(reader.note_ids)
    aged = recency(len(reader.note_ids), power=limits.recency) * reader.strength
    found, said, because = score_notes(
        model.neighbours, history=numbers[known], strength=aged[known]
    )
    if len(found):
        places, here = catalogue.places_of(model.note_ids[found])
        scores[places[here]] = said[here]
        like[places[here]] = model.note_ids[because[here]]
    return scores, like
