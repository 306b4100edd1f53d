"""The real process over real engines: killed, wiped, left alone by its neighbours."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from meadow.analytics.facts import Fact
from meadow.analytics.models import NoteReads
from meadow.analytics.testing import LiveWarehouse, make_fact, wait_for
from meadow.analytics.tests.conftest import Stream
from meadow.analytics.tests.test_ingest import EVERYTHING

pytestmark = pytest.mark.slow

FIGURES = ("note_id", "author_id", "reads_raw", "reads_valid", "impressions", "opens")


def projected() -> list[tuple[int, ...]]:
    return list(NoteReads.objects.order_by("note_id").values_list(*FIGURES))


def raw_total() -> int:
    return sum(NoteReads.objects.values_list("reads_raw", flat=True))


def test_facts_in_the_stream_reach_postgresql(live: LiveWarehouse, stream: Stream) -> None:
    twice = make_fact(note_id=5)
    stream.publish(
        [twice, make_fact(note_id=5), make_fact(note_id=5, person="b" * 32)],
        [twice, make_fact(note_id=6, kind="impression"), make_fact(note_id=6, signed_in=False)],
    )

    assert wait_for(lambda: len(projected()) == 2)
    assert projected() == [(5, 100, 3, 2, 0, 0), (6, 100, 1, 0, 1, 0)]


def test_every_acknowledged_fact_counts_once_whatever_the_moment_of_death(
    live: LiveWarehouse, stream: Stream
) -> None:
    """Three kills -9 while facts keep coming, a tenth of them sent twice."""
    acknowledged: list[Fact] = []
    done = threading.Event()

    def keep_sending() -> None:
        number = 0
        while not done.is_set():
            batch = [
                make_fact(note_id=1 + (number + i) % 7, person=f"{(number + i) % 50:032d}")
                for i in range(10)
            ]
            stream.publish(batch, batch[:1])
            acknowledged.extend(batch)
            number += 10

    sender = threading.Thread(target=keep_sending)
    sender.start()
    try:
        for pause in (0.7, 0.25, 0.43):
            count = len(acknowledged)
            assert wait_for(lambda count=count: len(acknowledged) > count)  # type: ignore[misc]
            time.sleep(pause)
            live.kill()
            live.start()
    finally:
        done.set()
        sender.join()

    assert wait_for(lambda: raw_total() == len(acknowledged), seconds=40)
    assert live.ask("SELECT count(), uniqExact(id) FROM facts") == [
        (len(acknowledged), len(acknowledged))
    ]
    by_note = live.ask("SELECT note_id, count() FROM facts GROUP BY note_id ORDER BY note_id")
    assert [row[:1] + row[2:3] for row in projected()] == list(by_note)


def test_a_wiped_warehouse_is_rebuilt_from_the_stream(live: LiveWarehouse, stream: Stream) -> None:
    nonce = "f" * 24
    stream.publish(
        [make_fact(note_id=n % 3 + 1, person=f"{n % 4:032d}") for n in range(60)],
        [make_fact(note_id=2, nonce=nonce), make_fact(note_id=2, nonce=nonce, person="c" * 32)],
        [make_fact(note_id=0, nonce="", provenance="invalid", reason="token_forged")],
    )
    assert wait_for(lambda: raw_total() == 62)
    facts, figures = live.ask(EVERYTHING), projected()

    live.kill()
    shutil.rmtree(live.folder / "warehouse")
    NoteReads.objects.update(reads_valid=0, reads_raw=1)
    live.start()

    assert wait_for(lambda: projected() == figures)
    assert live.ask(EVERYTHING) == facts
    assert len(facts) == 63


def test_what_a_crash_left_unprojected_is_projected_at_the_next_start(
    live: LiveWarehouse, stream: Stream
) -> None:
    stream.publish([make_fact(note_id=9)])
    assert wait_for(lambda: projected() == [(9, 100, 1, 1, 0, 0)])
    live.kill()

    NoteReads.objects.all().delete()
    live.start()

    assert wait_for(lambda: projected() == [(9, 100, 1, 1, 0, 0)])


def test_a_stream_begun_anew_is_read_from_its_beginning(
    live: LiveWarehouse, stream: Stream
) -> None:
    stream.publish(*[[make_fact(note_id=3)] for _ in range(5)])
    assert wait_for(lambda: raw_total() == 5)

    stream.forget()
    stream.publish([make_fact(note_id=3)], [make_fact(note_id=4)])

    assert wait_for(lambda: raw_total() == 7)


def test_a_second_owner_is_refused_with_a_sentence(live: LiveWarehouse) -> None:
    env = os.environ | live.env | {"MEADOW_HOME": str(live.folder), "CLICKHOUSE_URL": live.url}

    second = subprocess.run(
        [sys.executable, "-m", "meadow.cli.main", "warehouse"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert second.returncode == 1
    assert "meadow warehouse:" in second.stderr
    assert "open elsewhere" in second.stderr
    assert "Traceback" not in second.stderr
    assert live.answers()


def test_a_polite_stop_comes_to_an_end_and_loses_nothing(
    live: LiveWarehouse, stream: Stream
) -> None:
    stream.publish([make_fact(note_id=8)])
    assert wait_for(lambda: raw_total() == 1)
    assert live.process is not None

    live.process.send_signal(signal.SIGTERM)

    assert live.process.wait(60) == 0
