"""Facts go when their time is over; the figures made of them stay, through crashes and rebuilds."""

import datetime as dt
from typing import Any

import pytest

from meadow.analytics.archive import Archive
from meadow.analytics.facts import Fact, encode_facts
from meadow.analytics.testing import NOON, make_fact
from meadow.analytics.tests.conftest import empty, roll_up
from meadow.analytics.tests.test_rollups import kept as cells
from meadow.analytics.warehouse import retention
from meadow.analytics.warehouse.archiving import load_missing, recover, write_segment
from meadow.analytics.warehouse.retention import retire
from meadow.analytics.warehouse.rollups import Mark, read_mark, recount, write_mark
from meadow.analytics.warehouse.store import Store
from meadow.analytics.warehouse.storing import StreamMessage, store_batch

DAY_MS = 24 * 3600 * 1000
RULES = {"read": 10, "search": 90, "like": None}


def days_ago(days: int, **given: Any) -> Fact:
    return make_fact(at=int(NOON.timestamp() * 1000) - days * DAY_MS, **given)


def take_in(store: Store, archive: Archive, *batches: list[Fact], first: int = 1) -> None:
    """Store, count and archive each batch as a segment of its own."""
    for seq, batch in enumerate(batches, start=first):
        at = NOON + dt.timedelta(seconds=seq)
        store_batch(store, [StreamMessage(seq, encode_facts(batch))], life=1, inserted_at=at)
        pending = recover(store, archive, 1, seq + 1, NOON)
        write_segment(store, archive, life=1, covered=seq, taken=pending.take(), now=NOON)
    roll_up(store)


def archived(archive: Archive) -> list[str]:
    """Return the ids of all facts in the archive."""
    files = [file for one in archive.segments() for file in one.files if file.table == "facts"]
    return sorted(one for file in files for one in archive.read(file)["id"].to_pylist())


def stored(store: Store) -> list[str]:
    return [row[0] for row in store.query("SELECT id FROM facts ORDER BY id")]


def test_a_damaged_segment_stops_nothing_but_its_own_rewriting(
    store: Store, archive: Archive, caplog: pytest.LogCaptureFixture
) -> None:
    damaged, whole = days_ago(11, person="a" * 32), days_ago(12, person="b" * 32)
    take_in(store, archive, [damaged], [whole])
    file = archive.segments()[0].files[0]
    archive._storage.delete(file.path)

    changed = retire(store, archive, kept=RULES, now=NOON)

    assert changed is not None
    assert len(changed) == 2
    assert f"{file.path} is missing" in caplog.text
    # Nothing was left to keep of the whole one.
    assert [one.files for one in archive.segments()] == [(file,), ()]


def test_old_facts_leave_warehouse_and_archive_and_the_figures_stay(
    store: Store, archive: Archive
) -> None:
    old = [days_ago(11, person="a" * 32), days_ago(11, person="a" * 32), days_ago(30)]
    liked = days_ago(400, kind="like")
    fresh = [days_ago(10), days_ago(0)]
    take_in(store, archive, [*old, liked], fresh)
    before = cells(store)

    changed = retire(store, archive, kept=RULES, now=NOON)
    roll_up_again(store)

    remaining = sorted(fact.id for fact in [liked, *fresh])
    assert stored(store) == remaining
    assert archived(archive) == remaining
    assert cells(store) == before
    assert sum(figures[2] for figures in before.values()) == 4
    assert len(changed or ()) == 2
    assert list(archive.stray_files()) == []


def test_a_rebuild_after_it_gives_the_same_figures(store: Store, archive: Archive) -> None:
    take_in(store, archive, [days_ago(11), days_ago(12)], [days_ago(1)])
    retire(store, archive, kept=RULES, now=NOON)
    roll_up_again(store)
    before, facts = cells(store), stored(store)

    empty(store)
    load_missing(store, Archive(archive._storage))
    roll_up(store)
    roll_up_again(store)

    assert stored(store) == facts
    assert cells(store) == before


def test_what_comes_late_for_a_retired_day_is_added_and_retired_in_its_turn(
    store: Store, archive: Archive
) -> None:
    take_in(store, archive, [days_ago(11, person="a" * 32)])
    retire(store, archive, kept=RULES, now=NOON)
    roll_up_again(store)

    take_in(store, archive, [days_ago(11, person="b" * 32)], first=2)
    with_late = cells(store)
    retire(store, archive, kept=RULES, now=NOON)
    roll_up_again(store)

    assert list(with_late.values()) == [(2, 3000, 2)]
    assert cells(store) == with_late
    assert stored(store) == archived(archive) == []


@pytest.mark.parametrize("moment", ["load_frozen", "_rewrite_segments"])
def test_a_crash_on_the_way_is_made_good(
    store: Store, archive: Archive, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    take_in(store, archive, [days_ago(11), days_ago(1)])
    before = cells(store)

    def die(*_words: Any, **_options: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(retention, moment, die)
        with pytest.raises(KeyboardInterrupt):
            retire(store, archive, kept=RULES, now=NOON)
    load_missing(store, archive)
    roll_up(store)
    roll_up_again(store)
    retire(store, archive, kept=RULES, now=NOON, resume=True)
    roll_up_again(store)

    assert cells(store) == before
    assert stored(store) == archived(archive)
    assert len(stored(store)) == 1


def test_nothing_goes_while_the_rollup_lacks_facts(store: Store, archive: Archive) -> None:
    message = StreamMessage(1, encode_facts([days_ago(11)]))
    store_batch(store, [message], life=1, inserted_at=NOON)

    assert retire(store, archive, kept=RULES, now=NOON) is None
    assert len(stored(store)) == 1


def roll_up_again(store: Store) -> None:
    """Count every day anew."""
    rows = store.query(
        "SELECT DISTINCT author_id, note_id, toInt32(day) FROM ("
        "SELECT author_id, note_id, day FROM rollup UNION ALL"
        " SELECT author_id, note_id, day FROM frozen)"
    )
    changed = {(int(author), int(note), int(day)) for author, note, day in rows}
    mark = read_mark(store)
    recount(store, changed, version=mark.version + 1)
    write_mark(store, Mark(watermark=mark.watermark, version=mark.version + 1))
