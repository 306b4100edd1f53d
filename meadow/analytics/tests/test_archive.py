"""The archive: whole or not at all, a chain that nobody can change unseen."""

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest

from meadow.analytics.archive import SCHEMAS, Archive, ArchiveBroken
from meadow.analytics.columns import FACT_SCHEMA, STORED_VERDICT_SCHEMA, rows_to_table
from meadow.analytics.testing import NOON, make_fact
from meadow.analytics.tests.test_ingest import members
from meadow.analytics.warehouse.storing import Place, with_place, with_seq
from meadow.core.durable_files import DurableFiles

NO_VERDICTS = STORED_VERDICT_SCHEMA.empty_table()


def facts(many: int, *, seq: int) -> Any:
    table = rows_to_table([members(make_fact()) for _ in range(many)], FACT_SCHEMA)
    return with_place(with_seq(table, seq), Place(life=1, batch=seq, inserted_at=NOON))


def reopened(folder: Path) -> Archive:
    return Archive(DurableFiles(location=folder))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive of three segments, the second without facts."""
    archive = reopened(tmp_path)
    for number, many in ((1, 5), (2, 0), (3, 7)):
        archive.append(
            life=1,
            first=number * 10,
            last=number * 10 + 9,
            facts=facts(many, seq=number * 10),
            verdicts=NO_VERDICTS,
            now=NOON + dt.timedelta(minutes=number),
        )
    return tmp_path


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    written = facts(5, seq=4)
    archive = reopened(tmp_path)
    archive.append(life=1, first=1, last=4, facts=written, verdicts=NO_VERDICTS, now=NOON)

    (segment,) = reopened(tmp_path).segments()

    assert (segment.number, segment.first, segment.last, segment.rows) == (1, 1, 4, 5)
    assert reopened(tmp_path).read(segment.files[0]).equals(written)


@pytest.mark.parametrize("missing", [["match_class"], ["price", "match_class"]])
def test_facts_of_before_there_were_prices_and_matches_have_none(
    missing: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = facts(5, seq=4)
    before = written.drop_columns(missing)
    with monkeypatch.context() as then:
        then.setitem(SCHEMAS, "facts", before.schema)
        reopened(tmp_path).append(
            life=1, first=1, last=4, facts=before, verdicts=NO_VERDICTS, now=NOON
        )

    (segment,) = reopened(tmp_path).segments()

    assert reopened(tmp_path).read(segment.files[0]).equals(written)


def test_segments_follow_each_other(folder: Path) -> None:
    archive = reopened(folder)

    assert [(one.number, one.rows) for one in archive.segments()] == [(1, 5), (2, 0), (3, 7)]
    assert (archive.last_message(1), archive.last_message(2)) == (39, 0)


def test_nobody_but_the_owner_reads_the_files(folder: Path) -> None:
    modes = {path.stat().st_mode & 0o077 for path in folder.rglob("*") if path.is_file()}

    assert modes == {0}


def test_a_changed_file_is_named(folder: Path) -> None:
    path = next(folder.glob("facts/*/0000000003.parquet"))
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    archive = reopened(folder)

    with pytest.raises(ArchiveBroken, match=r"0000000003\.parquet has another checksum"):
        archive.read(archive.segments()[2].files[0])


def test_a_missing_file_is_named(folder: Path) -> None:
    next(folder.glob("facts/*/0000000001.parquet")).unlink()
    archive = reopened(folder)

    with pytest.raises(ArchiveBroken, match=r"0000000001\.parquet is missing"):
        archive.read(archive.segments()[0].files[0])


def test_a_rewritten_manifest_breaks_the_chain(folder: Path) -> None:
    manifest = folder / "manifest" / "0000000002.json"
    manifest.write_text(manifest.read_text().replace('"last": 29', '"last": 28'))

    with pytest.raises(ArchiveBroken, match=r"0000000003\.json does not follow"):
        reopened(folder).segments()


def test_a_segment_slipped_in_breaks_the_chain(folder: Path) -> None:
    manifest = folder / "manifest"
    (manifest / "0000000004.json").write_text((manifest / "0000000003.json").read_text())

    with pytest.raises(ArchiveBroken, match=r"0000000004\.json does not follow"):
        reopened(folder).segments()


def test_a_later_release_is_not_misread(folder: Path) -> None:
    manifest = folder / "manifest" / "0000000001.json"
    manifest.write_text(manifest.read_text().replace('"v": 1', '"v": 2'))

    with pytest.raises(ArchiveBroken, match="upgrade this one"):
        reopened(folder).segments()


def test_a_crash_before_the_manifest_leaves_no_segment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = reopened(folder)
    real = DurableFiles._save

    def die_at_the_manifest(self: DurableFiles, name: str, content: Any) -> str:
        if name.startswith("manifest/"):
            raise KeyboardInterrupt
        return real(self, name, content)

    with monkeypatch.context() as patched:
        patched.setattr(DurableFiles, "_save", die_at_the_manifest)
        with pytest.raises(KeyboardInterrupt):
            archive.append(
                life=1, first=40, last=41, facts=facts(2, seq=40), verdicts=NO_VERDICTS, now=NOON
            )

    after = reopened(folder)
    assert len(after.segments()) == 3
    assert list(after.stray_files()) == ["facts/2026-03/0000000004.parquet"]
    # The next segment takes the number, and the place of what was left over.
    after.append(life=1, first=40, last=42, facts=facts(3, seq=40), verdicts=NO_VERDICTS, now=NOON)
    again = reopened(folder)
    assert again.read(again.segments()[3].files[0]).num_rows == 3
    assert list(again.stray_files()) == []


def test_a_full_disk_leaves_nothing_half_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    before = sorted(path for path in folder.rglob("*") if path.is_file())
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        with pytest.raises(OSError, match="No space left"):
            reopened(folder).append(
                life=1, first=40, last=41, facts=facts(2, seq=40), verdicts=NO_VERDICTS, now=NOON
            )

    assert sorted(path for path in folder.rglob("*") if path.is_file()) == before
