"""A world into this installation: its people and notes, everything they do, and the truth beside it.

People, notes, likes and follows come in one transaction, so they are all there or none of them. The
facts come after it and may be sent again: their ids are the world's. Killed anywhere, the same
command run again ends the same.
"""

import datetime as dt
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings

from meadow.accounts import bulk as accounts
from meadow.analytics.counting import wait_until_projected, wait_until_stored
from meadow.analytics.couriers import Courier
from meadow.analytics.facts import SUBJECT_IMPORT
from meadow.analytics.imports import import_facts
from meadow.core.bulk import utc
from meadow.core.ids import derived_id
from meadow.core.transactions import transaction
from meadow.feed.services import rank_hot
from meadow.media import bulk as media
from meadow.notes import bulk as notes
from meadow.simulation import words
from meadow.simulation.art import draw_picture
from meadow.simulation.attacks import DESCRIPTIONS, plant_attacks
from meadow.simulation.days import Shelf, live_day, new_memory
from meadow.simulation.errors import (
    NotCounted,
    SimulationRefused,
    WorldExists,
    WorldInFuture,
    WorldTooSmall,
)
from meadow.simulation.events import CODES, Events, join
from meadow.simulation.recipe import WORDS, Recipe
from meadow.simulation.tables import (
    Names,
    make_pseudonyms,
    make_tables,
    notes_table,
    people_table,
    split_days,
)
from meadow.simulation.world import Ints, World, make_world

LEAST = (20, 100, 1)
PICTURES = 32
PATIENCE_SECONDS = 180.0
PEOPLE_FILE, NOTES_FILE, ATTACKS_FILE, README = (
    *("people.parquet", "notes.parquet", "attacks.parquet"),
    "README.json",
)
Step = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Made:
    """What a simulation leaves behind; `password` opens the account `handle`, one of its creators."""

    folder: Path
    people: int
    follows: int
    notes: int
    facts: int
    attacks: int
    handle: str
    password: str


def simulate(*, recipe: Recipe, now: dt.datetime, step: Step) -> Made:
    """Make a world and return once its figures are counted and Hot is ranked.

    `step(what, done, of)` hears how far it is. Raises SimulationRefused, WorldExists, WorldInFuture,
    WorldTooSmall, NotCounted or EngineUnavailable.
    """
    check_recipe(recipe, now=now)
    folder = folder_of(recipe)
    if (folder / README).exists():
        raise WorldExists(folder=str(folder))
    step("world", 0, 1)
    world = make_world(recipe)
    step("world", 1, 1)
    days, follows = live(world, step=step)
    step("people and notes", 0, 1)
    names = settle_world(world, days, step=step)
    facts, attacks = send_facts(world, days, names, now=now, step=step)
    step("counting", 0, 1)
    count_world(world, days, names)
    step("counting", 1, 1)
    rank_hot(now=now)
    star = int(np.argmax(world.people.fame))
    password = secrets.token_urlsafe(9)
    with transaction():
        accounts.set_password(person_id=int(names.people[star]), password=password)
    made = Made(
        folder=folder,
        people=world.people.members,
        follows=follows,
        notes=len(world.notes.author),
        facts=facts,
        attacks=attacks.num_rows,
        handle=make_handles(world)[star],
        password=password,
    )
    write_truth(world, names, attacks, made=made, now=now)
    return made


def check_recipe(recipe: Recipe, *, now: dt.datetime) -> None:
    """Raise SimulationRefused, WorldTooSmall or WorldInFuture."""
    if settings.ENVIRONMENT.production:
        raise SimulationRefused
    sizes = (recipe.creators, recipe.fans, recipe.days)
    if any(size < least for size, least in zip(sizes, LEAST, strict=True)):
        raise WorldTooSmall(creators=LEAST[0], fans=LEAST[1], days=LEAST[2])
    end = recipe.start + dt.timedelta(days=recipe.days)
    if end > now.date():
        raise WorldInFuture(end=end.isoformat())


def folder_of(recipe: Recipe) -> Path:
    """Return where the truth of a world is written."""
    return Path(settings.HOME) / "simulations" / recipe.name


def live(world: World, *, step: Step) -> tuple[list[Events], int]:
    """Return what happens on each day, attacks included, and how many follows there are then."""
    memory, shelf, recipe = new_memory(world), Shelf.of(world), world.recipe
    attacks = split_days(recipe, plant_attacks(world, memory))
    days = []
    for day in range(recipe.days):
        days.append(join([live_day(world, shelf, memory, day), attacks[day]]))
        step("days", day + 1, recipe.days)
    return days, len(world.follows.follower) + sum(
        int((events.kind == CODES["follow"]).sum()) for events in days
    )


def settle_world(world: World, days: list[Events], *, step: Step) -> Names:
    """Add the people, notes and acts of a world, all or none; returns the ids they got."""
    people_ids, note_ids = public_ids(world)
    known = accounts.find_people(people_ids)
    if known:
        found = notes.find_ids(note_ids)
        return Names(
            people=np.array([known[one] for one in people_ids], dtype=np.int64),
            notes=np.array([found[one] for one in note_ids], dtype=np.int64),
        )
    pictures = [media.render_shared(draw_picture(number)) for number in range(PICTURES)]
    acts = {
        kind: join([events.take(events.kind == CODES[kind]) for events in days])
        for kind in ("like", "save", "comment", "follow")
    }
    with transaction():
        people = accounts.add_people(people=make_people(world, people_ids))
        step("people and notes", 1, 5)
        before, since = world.follows, acts["follow"]
        accounts.add_follows(
            followers=people[np.concatenate([before.follower, since.person])],
            followed=people[np.concatenate([before.followed, since.author])],
            at=utc(np.concatenate([before.at_ms, since.at_ms])),
        )
        step("people and notes", 2, 5)
        ids = add_notes(world, people, note_ids, pictures)
        step("people and notes", 4, 5)
        for kind in ("like", "save"):
            done = acts[kind]
            notes.add_reactions(
                kind=kind,
                notes=ids[done.note],
                people=people[done.person],
                at=utc(done.at_ms),
            )
        said = acts["comment"]
        picks = world.recipe.rng(WORDS, 2).integers(0, len(words.COMMENTS), len(said))
        notes.add_comments(
            notes=ids[said.note],
            people=people[said.person],
            bodies=[words.COMMENTS[pick] for pick in picks.tolist()],
            at=utc(said.at_ms),
        )
    step("people and notes", 5, 5)
    return Names(people=people, notes=ids)


def public_ids(world: World) -> tuple[list[str], list[str]]:
    """Return the public ids of members and notes, always the same for a world."""
    name = world.recipe.name
    return (
        [derived_id("p", f"simulated {name} {row}") for row in range(world.people.members)],
        [derived_id("n", f"simulated {name} {row}") for row in range(len(world.notes.author))],
    )


def make_handles(world: World) -> list[str]:
    """Return a handle for each member: none is in two worlds."""
    names = words.make_names(world.people.members, world.recipe.rng(WORDS))
    mark = world.recipe.mark[:6]
    return [f"{name.split()[0].lower()}_{mark}_{row}" for row, name in enumerate(names)]


def make_people(world: World, ids: list[str]) -> Any:
    """Return the rows of members."""
    people = world.people
    roles = np.repeat(["creator", "fan", "bought"], [people.creators, people.fans, people.bought])
    return pa.table(
        {
            "public_id": pa.array(ids),
            "handle": pa.array(make_handles(world)),
            "name": pa.array(words.make_names(people.members, world.recipe.rng(WORDS))),
            "bio": pa.array([words.BIOS[role] for role in roles.tolist()]),
            "language": pa.array(languages(world)),
            "pseudonym": make_pseudonyms(world.recipe, people.members),
            "joined_at": utc(people.joined_ms[: people.members]),
        }
    )


def languages(world: World) -> list[str]:
    """Return the language of each member: two in three write Chinese."""
    draws = world.recipe.rng(WORDS, 3).random(world.people.members)
    return ["zh-hans" if draw < 2 / 3 else "en" for draw in draws.tolist()]


def add_notes(
    world: World, people: Ints, ids: list[str], pictures: list[media.SharedPicture]
) -> Ints:
    """Add the notes with their photos and return their ids."""
    rows, rng = world.notes, world.recipe.rng(WORDS, 1)
    spoken = languages(world)
    language = [spoken[author] for author in rows.author.tolist()]
    titles, bodies = words.make_titles(
        rows.topic.tolist(), rows.second.tolist(), [one[:2] for one in language], rng
    )
    published = utc(rows.at_ms)
    uploads = media.add_shared_uploads(
        owners=people[rows.author],
        pictures=pictures,
        which=rng.integers(0, len(pictures), len(rows.author)),
        created_at=published,
    )
    table = pa.table(
        {
            "public_id": pa.array(ids, pa.string()),
            "author_id": pa.array(people[rows.author]),
            "title": pa.array(titles, pa.string()),
            "body": pa.array(bodies, pa.string()),
            "language": pa.array(language, pa.string()),
            "published_at": published,
        }
    )
    return notes.add_notes(notes=table, uploads=uploads, description="Hills under a drawn sky")


def send_facts(
    world: World, days: list[Events], names: Names, *, now: dt.datetime, step: Step
) -> tuple[int, Any]:
    """Import what happened, and return how many facts there are and which were planted."""
    courier, sent, planted = Courier(SUBJECT_IMPORT), 0, []
    for day, table in enumerate(make_tables(world, days, names)):
        planted.append(attack_rows(table))
        sent += import_facts(
            source=source_of(world.recipe),
            table=table.drop_columns(["attack"]),
            now=now,
            courier=courier,
        )
        step("facts", day + 1, len(days))
    last = courier.finish()
    if not wait_until_stored(sequence=last, patience=PATIENCE_SECONDS):
        raise NotCounted(seconds=int(PATIENCE_SECONDS))
    return sent, pa.concat_tables(planted)


def source_of(recipe: Recipe) -> str:
    """Return the name under which a world's facts are imported."""
    return f"simulation.{recipe.name}"


def attack_rows(table: Any) -> Any:
    """Return the planted facts of a day: what to find, and what it is."""
    planted = table.filter(pc.not_equal(table["attack"], ""))
    columns = ["attack", "id", "kind", "person", "note_id", "author_id", "at"]
    return planted.select(columns).rename_columns(
        ["attack", "fact_id", "kind", "person", "note_id", "author_id", "at"]
    )


def count_world(world: World, days: list[Events], names: Names) -> None:
    """Return once every read of the world is in PostgreSQL. Raises NotCounted."""
    reads = sum(int((events.kind == CODES["read"]).sum()) for events in days)
    authors = names.people[: world.people.creators].tolist()
    if not wait_until_projected(author_ids=authors, reads=reads, patience=PATIENCE_SECONDS):
        raise NotCounted(seconds=int(PATIENCE_SECONDS))


def write_truth(world: World, names: Names, attacks: Any, *, made: Made, now: dt.datetime) -> None:
    """Write what is true beside the world; the README comes last and says that the rest is whole."""
    folder = made.folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    people_ids, note_ids = public_ids(world)
    pq.write_table(people_table(world, names, people_ids), folder / PEOPLE_FILE)
    pq.write_table(notes_table(world, names, note_ids), folder / NOTES_FILE)
    pq.write_table(attacks, folder / ATTACKS_FILE)
    (folder / README).write_text(
        json.dumps(
            {
                "world": world.recipe.described(),
                "source": source_of(world.recipe),
                "made_at": now.isoformat(),
                "people": made.people,
                "follows": made.follows,
                "notes": made.notes,
                "facts": made.facts,
                "files": {
                    PEOPLE_FILE: "true tastes: a share for each topic, in the order of `topics`",
                    NOTES_FILE: "true topics (places in `topics`), quality, reading time",
                    ATTACKS_FILE: "planted facts, one a row; every other fact is genuine",
                },
                "topics": words.TOPIC_NAMES,
                "attacks": DESCRIPTIONS,
            },
            ensure_ascii=False,
            indent=2,
        )
        + "\n"
    )
