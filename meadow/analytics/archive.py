"""The archive: checksummed Parquet segments of facts and verdicts, the truth of every figure.

A segment is what the stream held between two messages, without duplicates and with the verdicts of
its time. A numbered manifest names its files with their rows and SHA-256, and the SHA-256 of the
manifest before it: nobody can change, drop or slip in a segment unseen. A segment exists once its
manifest does; files without one are left-overs of a crash, and the next segment overwrites them.

What is over its retention leaves in two steps that a crash cannot part: a manifest with the cells
counted of it (`frozen`, which count instead of the facts from then on), then, segment by segment, a
manifest that `replaces` another with files in which those facts are missing.
"""

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Any, Final

import orjson
import pyarrow.parquet as pq
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from meadow.analytics.columns import FROZEN_SCHEMA, STORED_SCHEMAS, with_later_columns

MANIFESTS: Final = "manifest"
FROZEN: Final = "frozen"
SCHEMAS: Final = STORED_SCHEMAS | {FROZEN: FROZEN_SCHEMA}


class ArchiveBroken(Exception):
    """The archive is not what its manifests say; the sentence names the first difference."""


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """One Parquet file of a segment; `table` is `facts` or `verdicts`."""

    table: str
    path: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One manifest: messages `first` to `last` of one life of the stream.

    `replaces` is the number of the segment whose files these stand for, 0 when it is a new one;
    `retired` names what a `frozen` file was counted of: kind to first day kept (ISO).
    """

    number: int
    previous: str
    life: int
    first: int
    last: int
    written_at: str
    files: tuple[SegmentFile, ...]
    replaces: int = 0
    retired: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many facts and verdicts it holds."""
        return sum(file.rows for file in self.files)


class Archive:
    """Reads and extends the archive; only the owner of the warehouse extends it."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._segments: list[Segment] = []
        self._last_digest = ""

    def segments(self) -> Sequence[Segment]:
        """Return the segments that hold messages, in order, each with the files it has today.

        Raises ArchiveBroken when the chain is.
        """
        today: dict[int, Segment] = {}
        for one in self.manifests():
            if one.replaces:
                today[one.replaces] = replace(today[one.replaces], files=one.files)
            elif not one.retired:
                today[one.number] = one
        return list(today.values())

    def retirements(self) -> Sequence[Segment]:
        """Return the manifests with cells counted of facts that are over their retention."""
        return [one for one in self.manifests() if one.retired]

    def manifests(self) -> Sequence[Segment]:
        """Return everything the chain holds, in order. Raises ArchiveBroken when it is broken."""
        while True:
            name = manifest_name(len(self._segments) + 1)
            if not self._storage.exists(name):
                return self._segments
            raw = self._read(name)
            segment = parse_manifest(name, raw)
            if segment.number != len(self._segments) + 1 or segment.previous != self._last_digest:
                raise ArchiveBroken(f"{name} does not follow the manifest before it")
            self._segments.append(segment)
            self._last_digest = sha256(raw).hexdigest()

    def last_message(self, life: int) -> int:
        """Return the last message of a life of the stream that is archived, 0 when none is."""
        return max((one.last for one in self.segments() if one.life == life), default=0)

    def append(
        self, *, life: int, first: int, last: int, facts: Any, verdicts: Any, now: dt.datetime
    ) -> Segment:
        """Write one segment; on return it is durable. Tables may be empty."""
        number = len(self.manifests()) + 1
        files = [
            self._write(table, content, number=number, now=now)
            for table, content in (("facts", facts), ("verdicts", verdicts))
            if content.num_rows
        ]
        return self._seal(
            Segment(
                number=number,
                previous=self._last_digest,
                life=life,
                first=first,
                last=last,
                written_at=now.isoformat(),
                files=tuple(files),
            )
        )

    def retire(self, cells: Any, *, retired: dict[str, dt.date], now: dt.datetime) -> Segment:
        """Write the cells counted of facts before the first day kept; they count from now on."""
        number = len(self.manifests()) + 1
        file = self._write(FROZEN, cells, number=number, now=now)
        return self._seal(
            Segment(
                number=number,
                previous=self._last_digest,
                life=0,
                first=0,
                last=0,
                written_at=now.isoformat(),
                files=(file,),
                retired={kind: day.isoformat() for kind, day in retired.items()},
            )
        )

    def rewrite(self, segment: Segment, facts: Any, *, now: dt.datetime) -> None:
        """Put fewer facts in the place of a segment's, and delete the file that held them all."""
        number = len(self.manifests()) + 1
        kept = [file for file in segment.files if file.table != "facts"]
        if facts.num_rows:
            kept.append(self._write("facts", facts, number=number, now=now))
        self._seal(
            replace(
                segment,
                number=number,
                previous=self._last_digest,
                written_at=now.isoformat(),
                files=tuple(kept),
                replaces=segment.number,
            )
        )
        for file in segment.files:
            if file.table == "facts":
                self._storage.delete(file.path)

    def _seal(self, segment: Segment) -> Segment:
        """Write a manifest: from here on the segment exists."""
        raw = orjson.dumps({"v": 1} | asdict(segment), option=orjson.OPT_INDENT_2)
        self._storage.save(manifest_name(segment.number), ContentFile(raw))
        self._segments.append(segment)
        self._last_digest = sha256(raw).hexdigest()
        return segment

    def read(self, file: SegmentFile) -> Any:
        """Return the rows of one file. Raises ArchiveBroken unless it is what was written."""
        table = pq.read_table(io.BytesIO(self.check(file)))
        table = with_later_columns(table, SCHEMAS[file.table])
        if table.num_rows != file.rows or not table.schema.equals(SCHEMAS[file.table]):
            raise ArchiveBroken(f"{file.path} holds other rows or columns than its manifest says")
        return table

    def check(self, file: SegmentFile) -> bytes:
        """Return the bytes of one file. Raises ArchiveBroken unless it is what was written."""
        if not self._storage.exists(file.path):
            raise ArchiveBroken(f"{file.path} is missing")
        raw = self._read(file.path)
        if sha256(raw).hexdigest() != file.sha256:
            raise ArchiveBroken(f"{file.path} has another checksum than its manifest says")
        return raw

    def check_all(self) -> None:
        """Check every file of the chain. Raises ArchiveBroken for the first that is not whole."""
        for one in [*self.segments(), *self.retirements()]:
            for file in one.files:
                self.check(file)

    def stray_files(self) -> Iterator[str]:
        """Yield files of numbers that no manifest has: left over by a crash, harmless."""
        known = {file.path for one in self.manifests() for file in one.files}
        for table in SCHEMAS:
            for month in _folders(self._storage, table):
                _folders_in, names = self._storage.listdir(f"{table}/{month}")
                yield from (
                    path for name in names if (path := f"{table}/{month}/{name}") not in known
                )

    def _write(self, table: str, content: Any, *, number: int, now: dt.datetime) -> SegmentFile:
        sink = io.BytesIO()
        plain = content.cast(SCHEMAS[table])
        pq.write_table(plain, sink, compression="zstd")
        raw = sink.getvalue()
        path = f"{table}/{now:%Y-%m}/{number:010}.parquet"
        self._storage.save(path, ContentFile(raw))
        return SegmentFile(
            table=table,
            path=path,
            rows=content.num_rows,
            bytes=len(raw),
            sha256=sha256(raw).hexdigest(),
        )

    def _read(self, name: str) -> bytes:
        with self._storage.open(name, "rb") as file:
            content: bytes = file.read()
        return content


def open_archive() -> Archive:
    """Return the archive of this installation."""
    return Archive(storages["archive"])


def manifest_name(number: int) -> str:
    """Return the path of a manifest."""
    return f"{MANIFESTS}/{number:010}.json"


def parse_manifest(name: str, raw: bytes) -> Segment:
    """Return one manifest. Raises ArchiveBroken for one that is not ours."""
    try:
        document = orjson.loads(raw)
        if document.pop("v") != 1:
            raise ArchiveBroken(f"{name} was written by a later release; upgrade this one")
        files = tuple(SegmentFile(**file) for file in document.pop("files"))
        return Segment(files=files, **document)
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError) as broken:
        raise ArchiveBroken(f"{name} is not a manifest: {broken}") from broken


def _folders(storage: Storage, table: str) -> list[str]:
    try:
        folders, _files = storage.listdir(table)
    except FileNotFoundError:
        return []
    return sorted(folders)
