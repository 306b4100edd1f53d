"""An index as bytes and back: kind, version, length and a checksum, then every set in roaring's own format.

The format is that of the roaring specification, so that any of its libraries reads the sets.
"""

import hashlib
import struct
from typing import Any, Final, cast

import orjson
from pyroaring import BitMap

from meadow.promotion.audiences.definition import DIMENSIONS, Dimension, is_value
from meadow.promotion.audiences.errors import SnapshotDamaged, SnapshotOfAnotherVersion
from meadow.promotion.audiences.index import AudienceIndex

KIND: Final = b"meadowAI"
VERSION: Final = 1
# Kind, version, length of the list of sets, length of everything after the head; then the SHA-256 of
# these and of what follows.
_FIELDS: Final = struct.Struct(">8sIIQ")
_CHECKSUM: Final = 32


def to_bytes(index: AudienceIndex, *, watermark: int) -> bytes:
    """Return the whole index; `watermark` says up to where it had followed what happens."""
    segments = sorted(index.segments)
    sets = [index.present, index.may_be_targeted, *(index.segments[one] for one in segments)]
    packed = [one.serialize() for one in sets]
    told = orjson.dumps(
        {
            "watermark": watermark,
            "segments": [list(one) for one in segments],
            "lengths": [len(one) for one in packed],
        }
    )
    body = b"".join([told, *packed])
    head = _FIELDS.pack(KIND, VERSION, len(told), len(body))
    return head + hashlib.sha256(head + body).digest() + body


def from_bytes(data: bytes) -> tuple[AudienceIndex, int]:
    """Return the index and its watermark. Raises SnapshotDamaged, SnapshotOfAnotherVersion."""
    start = _FIELDS.size + _CHECKSUM
    if len(data) < start:
        raise SnapshotDamaged("too short")
    kind, version, told_length, length = _FIELDS.unpack_from(data)
    if kind != KIND:
        raise SnapshotDamaged("of another kind")
    if version != VERSION:
        raise SnapshotOfAnotherVersion(f"version {version}, not {VERSION}")
    body = memoryview(data)[start:]
    checksum = hashlib.sha256(data[: _FIELDS.size])
    checksum.update(body)
    # Before anything is parsed.
    if len(body) != length or checksum.digest() != data[_FIELDS.size : start]:
        raise SnapshotDamaged("cut short or changed")
    return _read(body, orjson.loads(body[:told_length]), at=told_length)


def _read(body: memoryview, told: dict[str, Any], *, at: int) -> tuple[AudienceIndex, int]:
    sets: list[BitMap] = []
    for length in told["lengths"]:
        sets.append(BitMap.deserialize(bytes(body[at : at + length])))
        at += length
    present, may_be_targeted, *rest = sets
    index = AudienceIndex(present=present, may_be_targeted=may_be_targeted)
    for (dimension, value), people in zip(told["segments"], rest, strict=True):
        name = cast("Dimension", dimension)
        # A value that a definition could no longer name is let go.
        if name in DIMENSIONS and is_value(name, value):
            index.segments[name, value] = people
    return index, int(told["watermark"])
