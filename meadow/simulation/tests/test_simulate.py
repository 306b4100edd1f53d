"""A world on real engines: rows equal facts, a killed one is finished, the same one comes once."""

import datetime as dt
import json
import secrets
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.db.models import Sum
from django.test import Client
from typer.testing import CliRunner

from meadow.accounts.models import Follow, Person
from meadow.analytics.models import NoteReads
from meadow.analytics.warehouse.client import get_client
from meadow.cli.main import app
from meadow.core.clock import now
from meadow.notes.models import Comment, Like, Note, NoteTopic, Save, Topic
from meadow.runtime.testing import RunningEngines
from meadow.simulation.errors import (
    SimulationRefused,
    WorldExists,
    WorldInFuture,
    WorldTooSmall,
)
from meadow.simulation.recipe import Recipe
from meadow.simulation.services import Made, simulate

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("rules"),
]
START = dt.date(2026, 3, 1)
START_OF_TIME = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def recipe(**given: Any) -> Recipe:
    # Folders of earlier runs stay in the home of the tests, so each test makes worlds of its own.
    size: dict[str, Any] = {"creators": 30, "fans": 300, "days": 4, "start": START}
    return Recipe(**(size | {"seed": secrets.randbelow(1 << 40)} | given))


# The warehouse is shared by all tests of a run, whose numbers of people begin anew: facts count from here.
BEGAN = {"at": START_OF_TIME}


@pytest.fixture(autouse=True)
def begun() -> None:
    BEGAN["at"] = now()


def make(world: Recipe) -> Made:
    return simulate(recipe=world, now=now(), step=lambda *_: None)


def facts_by_kind(made: Made) -> Counter[str]:
    people = pq.read_table(made.folder / "people.parquet")["person_id"].to_pylist()
    rows = get_client().query(
        "SELECT kind, count() FROM facts WHERE author_id IN {ids:Array(Int64)}"
        " AND inserted_at >= fromUnixTimestamp64Micro({began:Int64}, 'UTC') GROUP BY kind",
        parameters={"ids": people, "began": int(BEGAN["at"].timestamp() * 1_000_000)},
    )
    return Counter({kind: int(count) for kind, count in rows.result_rows})


def reads_of(made: Made) -> tuple[int, int]:
    """Raw and valid reads of this world's notes, as PostgreSQL has them."""
    people = pq.read_table(made.folder / "people.parquet")["person_id"].to_pylist()
    own = NoteReads.objects.filter(author_id__in=people)
    sums = own.aggregate(raw=Sum("reads_raw", default=0), valid=Sum("reads_valid", default=0))
    return int(sums["raw"]), int(sums["valid"])


def test_rows_equal_facts_and_everything_is_counted(warehouse: RunningEngines) -> None:
    made = make(recipe())

    facts = facts_by_kind(made)
    assert Like.objects.count() == facts["like"] > 0
    assert Save.objects.count() == facts["save"]
    assert Comment.objects.count() == facts["comment"]
    assert Follow.objects.count() == made.follows > facts["follow"] > 0
    assert Note.objects.filter(state="published").count() == made.notes
    sums = Note.objects.aggregate(likes=Sum("like_count"), saves=Sum("save_count"))
    assert sums == {"likes": facts["like"], "saves": facts["save"]}
    assert Note.objects.aggregate(n=Sum("comment_count"))["n"] == facts["comment"]
    ends = Person.objects.aggregate(a=Sum("follower_count"), b=Sum("following_count"))
    assert ends == {"a": made.follows, "b": made.follows}
    assert Topic.objects.aggregate(n=Sum("note_count"))["n"] == NoteTopic.objects.count()
    raw, valid = reads_of(made)
    assert raw == facts["read"] > valid > 0


def test_the_truth_stands_beside_the_world(warehouse: RunningEngines) -> None:
    world = recipe()

    made = make(world)

    said = json.loads((made.folder / "README.json").read_text())
    assert made.folder == Path(settings.HOME) / "simulations" / world.name
    assert said["world"] == {
        "creators": 30,
        "fans": 300,
        "days": 4,
        "seed": world.seed,
        "start": "2026-03-01",
    }
    assert (said["people"], said["notes"], said["facts"]) == (made.people, made.notes, made.facts)
    people = pq.read_table(made.folder / "people.parquet").to_pylist()
    known = dict(Person.objects.values_list("pk", "pseudonym"))
    assert {row["person_id"]: row["pseudonym"] for row in people} == known
    assert all(abs(sum(row["taste"]) - 1) < 1e-5 for row in people)
    notes = pq.read_table(made.folder / "notes.parquet").to_pylist()
    assert {(row["note_id"], row["public_id"], row["author_id"]) for row in notes} == set(
        Note.objects.values_list("pk", "public_id", "author_id")
    )
    attacks = pq.read_table(made.folder / "attacks.parquet")
    assert attacks.num_rows == made.attacks
    found = get_client().query(
        "SELECT count() FROM facts WHERE id IN {ids:Array(String)}",
        parameters={"ids": attacks["fact_id"].to_pylist()[:200]},
    )
    assert found.result_rows == [(200,)]
    assert set(said["attacks"]) == set(attacks["attack"].to_pylist())


def test_a_token_sent_again_is_caught(warehouse: RunningEngines) -> None:
    made = make(recipe())

    attacks = pq.read_table(made.folder / "attacks.parquet").to_pylist()
    reused = {row["fact_id"] for row in attacks if row["attack"] == "token_reuse"}
    people = pq.read_table(made.folder / "people.parquet")["person_id"].to_pylist()
    rows = get_client().query(
        "SELECT id FROM facts WHERE author_id IN {ids:Array(Int64)} AND reason = 'token_reused'",
        parameters={"ids": people},
    )
    assert {row[0] for row in rows.result_rows} == reused != set()


def test_the_same_world_comes_once(warehouse: RunningEngines) -> None:
    world = recipe()
    made = make(world)

    with pytest.raises(WorldExists) as refused:
        make(world)

    assert refused.value.text() == f"This world is here already: {made.folder}."
    assert Note.objects.count() == made.notes


def test_a_world_whose_making_was_killed_is_finished(
    warehouse: RunningEngines, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = recipe()

    class Killed(Exception):
        """What the test breaks in with."""

    def die(what: str, done: int, of: int) -> None:
        if what == "facts" and done == 2:
            raise Killed

    with pytest.raises(Killed):
        simulate(recipe=world, now=now(), step=die)
    likes = Like.objects.count()
    made = make(world)

    assert Like.objects.count() == likes == facts_by_kind(made)["like"]
    assert reads_of(made)[0] == facts_by_kind(made)["read"]


def test_a_world_killed_before_its_people_stand_leaves_nothing(
    warehouse: RunningEngines, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Exception):
        """What the test breaks in with."""

    def die(what: str, done: int, of: int) -> None:
        if what == "people and notes" and done == 4:
            raise Killed

    with pytest.raises(Killed):
        simulate(recipe=recipe(), now=now(), step=die)

    assert (Person.objects.count(), Note.objects.count(), Topic.objects.count()) == (0, 0, 0)


def test_two_worlds_live_beside_each_other(warehouse: RunningEngines) -> None:
    first, second = make(recipe()), make(recipe())

    assert Person.objects.count() == first.people + second.people
    assert Note.objects.count() == first.notes + second.notes


def test_its_pages_open_and_one_creator_can_sign_in(warehouse: RunningEngines) -> None:
    made = make(recipe())
    note = Note.objects.order_by("-like_count").first()
    assert note is not None

    signed_in, client = Client(), Client()
    answer = signed_in.post("/accounts/login/", {"login": made.handle, "password": made.password})

    assert answer.status_code == 302
    assert signed_in.get("/api/v1/me").json()["handle"] == made.handle
    star = Person.objects.order_by("-follower_count").first()
    assert star is not None
    assert star.handle == made.handle
    hot = client.get("/")
    assert hot.status_code == 200
    assert b"/n/n" in hot.content
    assert client.get(f"/n/{note.public_id}").status_code == 200
    assert client.get(f"/@{made.handle}").status_code == 200
    photo = note.photos.get().upload.public_id
    assert client.get(f"/media/{photo}/w320.webp").status_code == 200
    others = Person.objects.exclude(handle=made.handle)
    assert not any(person.has_usable_password() for person in others)


def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WorldTooSmall):
        make(recipe(creators=2))
    with pytest.raises(WorldInFuture):
        make(recipe(start=now().date()))
    monkeypatch.setattr(type(settings.ENVIRONMENT), "production", True)
    with pytest.raises(SimulationRefused):
        make(recipe())

    assert not Person.objects.exists()


def test_the_command_says_what_it_made(warehouse: RunningEngines) -> None:
    seed = str(secrets.randbelow(1 << 40))
    words = ["simulate", "--creators", "20", "--fans", "100", "--days", "2", "--seed", seed]

    done = CliRunner().invoke(app, words)
    again = CliRunner().invoke(app, words)

    assert done.exit_code == 0, done.output
    assert "Sign in as " in done.output
    assert f"{Person.objects.count()} people" in done.output
    assert again.exit_code == 1
    assert "This world is here already" in again.output
