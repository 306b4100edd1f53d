"""Replays on real engines: totals equal the file's, also after a kill and after a second run."""

import os
import re
import subprocess
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from django.conf import settings
from django.db import connection

from meadow.accounts.models import Person
from meadow.analytics.counting import count_projected, read_raw_totals
from meadow.analytics.models import NoteReads
from meadow.analytics.warehouse.client import get_client
from meadow.core.clock import now
from meadow.core.ids import derived_id
from meadow.media.models import Rendition
from meadow.notes.models import Note
from meadow.runtime.stack import MEADOW
from meadow.runtime.testing import RunningEngines
from meadow.simulation.errors import SimulationRefused
from meadow.simulation.replay import Played, read_mark, replay_log

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("rules"),
]


def play(file: Path, source: str) -> Played:
    return replay_log(file=file, source=source, now=now(), step=lambda *_: None)


def author_of(source: str) -> int:
    return Person.objects.get(public_id=derived_id("p", f"replayed {source}")).pk


def totals(source: str) -> dict[str, int]:
    """Raw reads of each item, as the roll-up has them."""
    titles = dict(Note.objects.values_list("pk", "title"))
    found = read_raw_totals(author_ids=[author_of(source)])
    return {titles[note].removeprefix("Item "): count for note, count in found.items()}


def test_a_log_is_counted_exactly_and_again_changes_nothing(
    warehouse: RunningEngines, tmp_path: Path
) -> None:
    file = tmp_path / "log.txt"
    # Person 1 meets item a twice on one day: raw counts both, valid one.
    file.write_text("1 a b a\n2 a\n3 b b b b b b\n")

    first = play(file, "replay.small")
    again = play(file, "replay.small")

    assert (first.people, first.items, first.interactions) == (3, 2, 10)
    assert (first.sent, first.skipped, first.counted, first.differing) == (10, 0, 10, 0)
    assert (again.sent, again.counted, again.differing) == (10, 10, 0)
    assert totals("replay.small") == {"a": 3, "b": 7}
    assert Note.objects.count() == 2
    own = NoteReads.objects.filter(author_id=author_of("replay.small"))
    valid = dict(own.values_list("note_id", "reads_valid"))
    titles = dict(Note.objects.values_list("title", "pk"))
    # Four interactions of a person share a day, so b's seven are of person 1, and of 3 on two days.
    assert valid == {titles["Item a"]: 2, titles["Item b"]: 3}


def test_items_are_notes_with_a_shared_picture(warehouse: RunningEngines, tmp_path: Path) -> None:
    file = tmp_path / "log.txt"
    file.write_text("1 a b c d e f g h i j k l\n")

    play(file, "replay.pictures")

    assert Note.objects.filter(state="published", photos__upload__state="ready").count() == 12
    assert Rendition.objects.count() == 12 * 3
    assert len(set(Rendition.objects.values_list("path", flat=True))) == 8 * 3


def test_a_replay_that_broke_off_goes_on_where_it_was(
    warehouse: RunningEngines, tmp_path: Path
) -> None:
    file = tmp_path / "log.txt"
    write_log(file, people=3000, each=10)

    class Interrupted(Exception):
        """What the test breaks in with."""

    def break_in(what: str, done: int, of: int) -> None:
        if what == "interactions" and done >= 20_000:
            raise Interrupted

    with pytest.raises(Interrupted):
        replay_log(file=file, source="replay.broken", now=now(), step=break_in)
    played = play(file, "replay.broken")

    assert (played.skipped, played.sent) == (20_000, 10_000)
    assert (played.counted, played.differing) == (30_000, 0)


def test_a_replay_killed_in_the_middle_ends_the_same(
    warehouse: RunningEngines, tmp_path: Path
) -> None:
    file = tmp_path / "log.txt"
    wanted = write_log(file, people=12_000, each=10)
    marks = Path(settings.HOME) / "replays"
    name = quote(str(connection.settings_dict["NAME"]), safe="")
    address = os.environ["DATABASE_URL"].replace("@/meadow?", f"@/{name}?")
    env = os.environ | warehouse.env | {"DATABASE_URL": address}
    command = [*MEADOW, "replay", str(file), "--source", "replay.killed"]

    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(command, env=env, stdout=said, stderr=said)
        deadline = time.monotonic() + 60
        while not list(marks.glob("replay.killed-*.json")) and time.monotonic() < deadline:
            time.sleep(0.002)
        process.kill()
        assert process.wait() == -9, (tmp_path / "said").read_text()
    (mark,) = marks.glob("replay.killed-*.json")
    sent = read_mark(mark)
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    assert 10_000 <= sent < 120_000
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{sent:,} had been sent before it was interrupted" in done.stdout
    assert "raw reads: 120,000 counted, 120,000 in the file; note by note: equal" in done.stdout
    assert totals("replay.killed") == wanted
    assert not list(marks.glob("replay.killed-*"))


def test_the_public_log_is_counted_exactly(warehouse: RunningEngines) -> None:
    folder = os.environ.get("MEADOW_BENCH_DATA")
    file = Path(folder or "nowhere") / "beauty" / "sequences.txt"
    if not file.exists():
        pytest.skip("MEADOW_BENCH_DATA names no folder that holds beauty/sequences.txt")

    played = play(file, "replay.beauty")

    assert (played.people, played.items, played.interactions) == (22_363, 12_101, 198_502)
    assert (played.counted, played.differing) == (198_502, 0)
    assert count_projected(author_ids=[author_of("replay.beauty")]) == 198_502


def test_no_replay_is_played_among_real_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "log.txt"
    file.write_text("1 a\n")
    monkeypatch.setattr(type(settings.ENVIRONMENT), "production", True)

    with pytest.raises(SimulationRefused):
        play(file, "replay.real")

    assert not Note.objects.exists()


def test_the_command_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    missing = subprocess.run(
        [*MEADOW, "replay", str(tmp_path / "none")], capture_output=True, text=True, check=False
    )

    assert missing.returncode == 1
    assert re.search(r"none cannot be read: No such file or directory\.", missing.stderr)


def test_facts_of_a_replay_are_organic_and_signed_in(
    warehouse: RunningEngines, tmp_path: Path
) -> None:
    file = tmp_path / "log.txt"
    file.write_text("1 a b\n")

    play(file, "replay.organic")

    rows = get_client().query(
        "SELECT DISTINCT kind, provenance, signed_in, surface FROM facts"
        " WHERE author_id = {author:Int64}",
        parameters={"author": author_of("replay.organic")},
    )
    assert rows.result_rows == [("read", "organic", True, "hot")]


def write_log(file: Path, *, people: int, each: int) -> dict[str, int]:
    """Write a log and return how often each item is in it."""
    items = np.random.Generator(np.random.PCG64(4)).integers(0, 500, (people, each))
    lines = [f"{row} {' '.join(map(str, some))}\n" for row, some in enumerate(items.tolist())]
    file.write_text("".join(lines))
    return dict(Counter(str(item) for item in items.ravel().tolist()))
