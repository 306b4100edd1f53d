"""Merkle trees as in RFC 6962, section 2.1: hashes of leaves and nodes, roots, and the path of one leaf."""

import hashlib
from collections.abc import Sequence
from typing import Final

LEAF, NODE = b"\x00", b"\x01"
# The path of a leaf is worked out from this many leaves and the hashes of the other chunks.
CHUNK: Final = 256


def hash_leaf(document: bytes) -> bytes:
    """Return the hash of a leaf: its first byte keeps it from ever being taken for a node's."""
    return hashlib.sha256(LEAF + document).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node."""
    return hashlib.sha256(NODE + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over at least one hash."""
    level = list(hashes)
    while len(level) > 1:
        level = _next_level(level)
    return level[0]


def chunk_hashes(leaves: Sequence[bytes]) -> list[bytes]:
    """Return the root of each chunk; the root over them is the root of all leaves.

    It is, because RFC 6962 splits at the largest power of two below the number of leaves, which is
    whole chunks as soon as there is more than one.
    """
    return [root_of(leaves[start : start + CHUNK]) for start in range(0, len(leaves), CHUNK)]


def path_of(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return the hashes beside the way from one leaf up to the root, from the bottom."""
    level, path = list(hashes), []
    while len(level) > 1:
        beside = index ^ 1
        if beside < len(level):
            path.append(level[beside])
        level, index = _next_level(level), index >> 1
    return path


def root_by_path(leaf: bytes, *, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a path leads to, or None where it is not as long as the tree is high."""
    if not 0 <= index < size:
        return None
    reached, last, steps = leaf, size - 1, iter(path)
    while last:
        if index % 2 or index < last:
            beside = next(steps, None)
            if beside is None:
                return None
            pair = (beside, reached) if index % 2 else (reached, beside)
            reached = hash_node(*pair)
        index, last = index >> 1, last >> 1
    return reached if next(steps, None) is None else None


def _next_level(level: Sequence[bytes]) -> list[bytes]:
    above = [hash_node(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
    # A hash without a partner goes up as it is.
    return [*above, level[-1]] if len(level) % 2 else above
