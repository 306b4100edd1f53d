"""One reader's list, from what is known of them: sources, ranking, and the topics nearby."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meadow.feed.ranker import order_with_variety
from meadow.feed.ranking import Floats, Ids
from meadow.feed.sources import Catalogue, Limits, Model, Reader, find_candidates, topic_taste

NEAR_TOPICS, NEAR_NOTES = 8, 200
# A topic with more than this share of somebody's acts is one they read, not one nearby.
READ_SHARE = 0.08


@dataclass(frozen=True)
class Ranked:
    """A reader's list, best first: rows of the catalogue and all that was known of each."""

    places: NDArray[np.intp]
    features: Floats
    sources: NDArray[np.uint8]
    like_note_ids: Ids
    topic_ids: Ids


def rank_for(
    catalogue: Catalogue,
    reader: Reader,
    model: Model,
    *,
    weights: Floats,
    limits: Limits,
    size: int,
) -> Ranked:
    """Return a reader's list. Somebody of whom nothing is known gets the best of each topic."""
    found = find_candidates(catalogue, reader, model, limits)
    ordered = order_with_variety(
        features=found.features,
        weights=weights,
        authors=catalogue.author_ids[found.places],
        topics=catalogue.main_topic[found.places],
        size=size,
    )
    return Ranked(
        places=found.places[ordered.places],
        features=ordered.features,
        sources=found.sources[ordered.places],
        like_note_ids=found.like_note_ids[ordered.places],
        topic_ids=found.topic_ids[ordered.places],
    )


@dataclass(frozen=True)
class TopicMap:
    """Which topics stand together under notes: cosine of how often, topics in order."""

    topic_ids: Ids
    near: Floats


def map_topics(catalogue: Catalogue, *, most: int = 1000) -> TopicMap:
    """Return how near the commonest topics are: they share notes, or authors who write of both."""
    topics, counts = np.unique(catalogue.topic_ids, return_counts=True)
    kept = np.sort(topics[np.argsort(-counts, kind="stable")[:most]])
    number = np.minimum(np.searchsorted(kept, catalogue.topic_ids), max(0, len(kept) - 1))
    here = kept[number] == catalogue.topic_ids if len(kept) else np.zeros(0, bool)
    authors, author = np.unique(
        catalogue.author_ids[catalogue.topic_places[here]], return_inverse=True
    )
    table = np.zeros((len(authors), len(kept)), np.float32)
    np.add.at(table, (author, number[here]), 1.0)
    table = np.log1p(table)
    table /= np.maximum(np.linalg.norm(table, axis=0, keepdims=True), 1e-9)
    near = table.T @ table
    np.fill_diagonal(near, 0.0)
    return TopicMap(topic_ids=kept, near=near.astype(np.float64))


def find_nearby(
    catalogue: Catalogue, reader: Reader, topics: TopicMap, limits: Limits
) -> tuple[NDArray[np.intp], Ids]:
    """Return notes under topics near those somebody reads, a turn a topic, and the topic of each."""
    _, _, read = topic_taste(catalogue, reader)
    known = np.isin(topics.topic_ids, read)
    if not known.any():
        return np.empty(0, np.intp), np.empty(0, np.int64)
    places, here = catalogue.places_of(reader.note_ids)
    acts = np.zeros(len(catalogue.note_ids))
    np.add.at(acts, places[here], reader.strength[here])
    numbers = np.minimum(
        np.searchsorted(topics.topic_ids, catalogue.topic_ids), len(topics.topic_ids) - 1
    )
    mapped = topics.topic_ids[numbers] == catalogue.topic_ids
    acted = np.bincount(
        numbers[mapped],
        weights=acts[catalogue.topic_places[mapped]],
        minlength=len(topics.topic_ids),
    )
    share = acted / max(acted.sum(), 1e-9)
    pull = share @ topics.near
    pull[(share > READ_SHARE) | np.isin(topics.topic_ids, reader.less_topics)] = 0.0
    nearest = np.argsort(-pull, kind="stable")[:NEAR_TOPICS]
    nearest = nearest[pull[nearest] > 0]
    gone = np.isin(catalogue.note_ids, np.concatenate([reader.note_ids, reader.hidden_notes]))
    gone |= np.isin(catalogue.author_ids, [*reader.hidden_authors.tolist(), reader.person_id])
    gone |= catalogue.age_hours > limits.source_days * 24
    sorted_topics, by_topic = catalogue.by_topic
    rows: list[tuple[int, int, int]] = []
    seen: set[int] = set()
    for turn, number in enumerate(nearest.tolist()):
        topic = int(topics.topic_ids[number])
        low, high = np.searchsorted(sorted_topics, [topic, topic + 1])
        found = [int(place) for place in by_topic[low:high] if not gone[place]]
        for rank, place in enumerate(found[: NEAR_NOTES // NEAR_TOPICS]):
            if place not in seen:
                seen.add(place)
                rows.append((rank * NEAR_TOPICS + turn, place, topic))
    rows.sort()
    return (
        np.array([place for _, place, _ in rows], np.intp),
        np.array([topic for _, _, topic in rows], np.int64),
    )
