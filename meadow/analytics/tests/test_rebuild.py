"""The archive is enough: everything else may be wiped, and every difference is found and named."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from meadow.analytics.facts import Verdict, encode_verdicts
from meadow.analytics.models import NoteReads
from meadow.analytics.testing import LiveWarehouse, make_fact, wait_for
from meadow.analytics.tests.conftest import Stream
from meadow.analytics.tests.test_ingest import EVERYTHING
from meadow.analytics.tests.test_owner import projected, raw_total

pytestmark = pytest.mark.slow

CELLS = (
    "SELECT author_id, note_id, day, kind, provenance, surface, hour, facts, ms, counted"
    " FROM rollup FINAL WHERE facts > 0 ORDER BY ALL"
)


def command(live: LiveWarehouse, *words: str) -> "subprocess.CompletedProcess[str]":
    env = os.environ | live.env
    env |= {"MEADOW_HOME": str(live.folder), "CLICKHOUSE_URL": live.url, "MEADOW_ENV": "test"}
    return subprocess.run(
        [sys.executable, "-m", "meadow.cli.main", *words],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def waiting_in(stream: Stream) -> int:
    async def count(jetstream: Any) -> int:
        return int((await jetstream.stream_info("FACTS")).state.messages)

    return int(stream.run(count))


@pytest.fixture
def filled(live: LiveWarehouse, stream: Stream) -> LiveWarehouse:
    """A warehouse with facts of three notes, one judged late, all archived, the stream empty."""
    judged = make_fact(note_id=2, person="d" * 32)
    stream.publish(
        [make_fact(note_id=n % 3 + 1, person=f"{n % 4:032d}") for n in range(60)], [judged]
    )
    verdict = Verdict("v1", judged.id, 100, 2, "invalid", "clockwork", "case", 1)
    stream.run(lambda jet: jet.publish("facts.verdict", encode_verdicts([verdict])))
    assert wait_for(lambda: projected()[1:2] == [(2, 100, 21, 4, 0, 0)])
    assert wait_for(lambda: waiting_in(stream) == 0)
    return live


def test_the_stream_forgets_what_is_archived_and_the_archive_rebuilds_everything(
    filled: LiveWarehouse, stream: Stream
) -> None:
    facts, cells, figures = filled.ask(EVERYTHING), filled.ask(CELLS), projected()

    filled.kill()
    shutil.rmtree(filled.folder / "warehouse")
    stream.forget()
    NoteReads.objects.update(reads_valid=0, reads_raw=1)
    filled.start()

    assert wait_for(lambda: projected() == figures)
    assert filled.ask(EVERYTHING) == facts
    assert filled.ask(CELLS) == cells
    assert len(facts) == 61
    # And the new life of the stream goes on from there.
    stream.publish([make_fact(note_id=1, person="e" * 32)])
    assert wait_for(lambda: raw_total() == 62)


def test_rebuild_gives_the_same_figures_and_verify_is_clean(filled: LiveWarehouse) -> None:
    facts, cells, figures = filled.ask(EVERYTHING), filled.ask(CELLS), projected()

    rebuilt = command(filled, "warehouse", "rebuild", "--yes")
    verified = command(filled, "facts", "verify")

    assert rebuilt.returncode == 0, rebuilt.stderr
    assert "rebuilt in" in rebuilt.stdout
    assert filled.ask(EVERYTHING) == facts
    assert filled.ask(CELLS) == cells
    assert projected() == figures
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "61 facts" in verified.stdout
    assert "1 verdicts" in verified.stdout
    assert "all figures agree" in verified.stdout


def test_a_damaged_archive_is_not_rebuilt_from(filled: LiveWarehouse) -> None:
    facts, cells, figures = filled.ask(EVERYTHING), filled.ask(CELLS), projected()
    sentence = change_the_archive(filled)

    rebuilt = command(filled, "warehouse", "rebuild", "--yes")

    assert rebuilt.returncode == 1
    assert sentence in " ".join(rebuilt.stderr.split())
    assert "Traceback" not in rebuilt.stderr
    assert filled.ask(EVERYTHING) == facts
    assert filled.ask(CELLS) == cells
    assert projected() == figures


def lose_a_row(live: LiveWarehouse) -> str:
    lost = str(live.ask("SELECT min(id) FROM facts")[0][0])
    with_sync = "SETTINGS mutations_sync = 2"
    live.client().command(f"ALTER TABLE facts DELETE WHERE id = '{lost}' {with_sync}")
    return f"{lost} is in the archive and not in the warehouse"


def change_a_row(live: LiveWarehouse) -> str:
    changed = str(live.ask("SELECT min(id) FROM facts")[0][0])
    live.client().command(
        f"ALTER TABLE facts UPDATE ms = 7 WHERE id = '{changed}' SETTINGS mutations_sync = 2"
    )
    return f"{changed} has ms 7 in the warehouse, 1500 archived"


def change_a_cell(live: LiveWarehouse) -> str:
    live.client().command(
        "INSERT INTO rollup SELECT * REPLACE (facts + 1 AS facts, version + 1 AS version)"
        " FROM rollup FINAL WHERE note_id = 3 AND facts > 0 LIMIT 1"
    )
    return "says 21 facts, 30000 ms; a recount says 20, 30000 ms"


def change_postgresql(live: LiveWarehouse) -> str:
    NoteReads.objects.filter(note_id=2).update(reads_raw=99)
    return "PostgreSQL: note 2 has (99, 4, 0, 0)"


def change_the_archive(live: LiveWarehouse) -> str:
    path = next(Path(live.folder).glob("archive/facts/*/0000000001.parquet"))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    return "0000000001.parquet has another checksum"


@pytest.mark.parametrize(
    "spoil", [lose_a_row, change_a_row, change_a_cell, change_postgresql, change_the_archive]
)
def test_verify_names_the_first_difference(filled: LiveWarehouse, spoil: Any) -> None:
    sentence = spoil(filled)

    verified = command(filled, "facts", "verify")

    assert verified.returncode == 1
    assert sentence in " ".join(verified.stdout.split())
    assert "Traceback" not in verified.stderr
