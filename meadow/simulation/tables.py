"""Events as the tables of facts that the import takes, and the truth that is written beside them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from meadow.simulation.events import ATTACKS, KINDS, NOBODY, SURFACES, Events
from meadow.simulation.recipe import DAY_MS, GUESTS, PEOPLE, Recipe
from meadow.simulation.words import TOPIC_NAMES
from meadow.simulation.world import Ints, World

HEX_BYTES = 16


@dataclass(frozen=True)
class Names:
    """What the database calls the rows of a world: ids of members and of notes."""

    people: Ints
    notes: Ints


def make_pseudonyms(recipe: Recipe, count: int) -> Any:
    """Return the pseudonyms of members, 32 hexadecimal digits each."""
    return as_hex(recipe.rng(PEOPLE, 1).bytes(count * HEX_BYTES))


def guest_pseudonyms(world: World, day: int) -> Any:
    """Return the pseudonyms of guests, who get new ones each day."""
    return as_hex(world.recipe.rng(GUESTS, day).bytes(world.people.guests * HEX_BYTES))


def as_hex(raw: bytes) -> Any:
    """Return raw bytes as a column of 32 hexadecimal digits a row."""
    text = np.frombuffer(raw.hex().encode(), dtype=f"S{2 * HEX_BYTES}")
    return pa.array(text, pa.binary(2 * HEX_BYTES)).cast(pa.string())


def make_tables(world: World, days: list[Events], names: Names) -> Iterator[Any]:
    """Yield the facts of each day in order of time, with two columns more: `attack`, `row`.

    Ids count through the world in order of time, so the same world has the same facts.
    """
    members = make_pseudonyms(world.recipe, world.people.members)
    count = 0
    for day, events in enumerate(days):
        yield make_table(world, events, names, day=day, first=count, members=members)
        count += len(events)


def make_table(
    world: World, events: Events, names: Names, *, day: int, first: int, members: Any
) -> Any:
    """Return one day's facts."""
    count = len(events)
    people = pa.concat_arrays([members, guest_pseudonyms(world, day)])
    numbers = pa.array(np.arange(first, first + count))
    mark = world.recipe.mark
    reused = pc.binary_join_element_wise(
        f"reused-{mark}", pa.array(events.token).cast(pa.string()), "-"
    )
    nonce = pc.if_else(pa.array(events.token > 0), reused, "")
    topics = pa.array(TOPIC_NAMES["zh"])
    # Somebody a world knows is signed in; a topic of NOBODY is no search.
    searched = pa.array(np.maximum(events.topic, 0).astype(np.int64))
    return pa.table(
        {
            "id": pc.binary_join_element_wise(f"s{mark}", numbers.cast(pa.string()), "-"),
            "kind": pa.array(KINDS).take(pa.array(events.kind)),
            "note_id": pa.array(named(names.notes, events.note)),
            "author_id": pa.array(named(names.people, events.author)),
            "person": people.take(pa.array(events.person)),
            "signed_in": pa.array(events.person < world.people.members),
            "surface": pa.array(SURFACES).take(pa.array(events.surface)),
            "slot": pa.array(events.slot),
            "ms": pa.array(events.ms),
            "at": pa.array(events.at_ms).cast(pa.timestamp("ms", "UTC")),
            "nonce": nonce,
            "term": pc.if_else(pa.array(events.topic != NOBODY), topics.take(searched), ""),
            "attack": pa.array(ATTACKS).take(pa.array(events.attack)),
        }
    )


def named(ids: Ints, rows: NDArray[np.int32]) -> Ints:
    """Return the database's ids of rows, 0 for NOBODY."""
    return np.asarray(np.append(ids, 0)[rows], dtype=np.int64)


def split_days(recipe: Recipe, events: Events) -> list[Events]:
    """Return events by the UTC day they happen on."""
    edges = recipe.start_ms + np.arange(1, recipe.days) * DAY_MS
    places = np.searchsorted(events.at_ms, edges)
    bounds = [0, *places.tolist(), len(events)]
    return [events.take(slice(a, b)) for a, b in pairwise(bounds)]


def people_table(world: World, names: Names, public_ids: list[str]) -> Any:
    """Return what is true of each member: taste over topics, visits a day, and who was bought."""
    people = world.people
    roles = np.repeat(["creator", "fan", "bought"], [people.creators, people.fans, people.bought])
    taste = people.taste[: people.members].astype(np.float32)
    return pa.table(
        {
            "person_id": pa.array(names.people),
            "public_id": pa.array(public_ids),
            "pseudonym": make_pseudonyms(world.recipe, people.members),
            "role": pa.array(roles),
            "visits_a_day": pa.array(people.visits[: people.members]),
            "fame": pa.array(np.concatenate([people.fame, np.zeros(people.fans + people.bought)])),
            "taste": pa.FixedSizeListArray.from_arrays(pa.array(taste.ravel()), taste.shape[1]),
        }
    )


def notes_table(world: World, names: Names, public_ids: list[str]) -> Any:
    """Return what is true of each note: its topics, how good it is, how long it takes to read."""
    notes = world.notes
    return pa.table(
        {
            "note_id": pa.array(names.notes),
            "public_id": pa.array(public_ids),
            "author_id": pa.array(names.people[notes.author]),
            "published_at": pa.array(notes.at_ms).cast(pa.timestamp("ms", "UTC")),
            "topic": pa.array(notes.topic),
            "second_topic": pa.array(notes.second),
            "quality": pa.array(notes.quality),
            "need_ms": pa.array(notes.need_ms),
        }
    )
