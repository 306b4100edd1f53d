"""Receipts: what an outsider needs to check one decision, and the check itself. Pure, no database.

The format and a short script that checks it elsewhere are in docs/algorithms/receipts.md.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from meadow.decisions import documents, merkle

KIND: Final = "meadow.receipt.v1"
DOMAIN: Final = "meadow decisions batch 1"
LONGEST_PATH: Final = 40
LARGEST_BATCH: Final = 2**31 - 1

PROBLEMS: Final[dict[str, Promise]] = {
    "shape": _("This is no receipt: “%(place)s” is missing, not wanted, or not as it should be."),
    "document": _("The signed text is not a decision's."),
    "key": _("It names a key that this installation never signed with."),
    "signature": _("The signature does not belong to this batch: a byte of either was changed."),
    "path": _("The decision is not in the batch: a byte of it or of its path was changed."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a receipt; `place` names the member of the receipt."""

    code: str
    place: str

    def text(self) -> str:
        """Return it in the active language."""
        return str(PROBLEMS[self.code]) % {"place": self.place}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check came to; `decision` is what the signed text says, empty unless all is well."""

    problems: Sequence[Problem]
    decision: Mapping[str, Any]

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def batch_message(*, batch_id: str, size: int, root: str, signed_at: str) -> bytes:
    """Return what the signature of a batch is over: five lines, the first of which names the use."""
    return "\n".join([DOMAIN, batch_id, str(size), root, signed_at]).encode()


def verify(receipt: object, *, keys: Mapping[str, str]) -> Verdict:
    """Check a receipt against public keys (hexadecimal, by id); says everything that is wrong."""
    misshapen = _misshapen(receipt, _SHAPE, "receipt")
    if misshapen or not isinstance(receipt, dict):
        return Verdict([Problem("shape", place) for place in misshapen], {})
    batch, key, text = receipt["batch"], receipt["key"], receipt["document"]
    decision, problems = _read_decision(text), []
    if not decision:
        problems.append(Problem("document", "document"))
    if keys.get(key["id"]) != key["public"]:
        problems.append(Problem("key", "key"))
    message = batch_message(
        batch_id=batch["id"],
        size=batch["size"],
        root=batch["root"],
        signed_at=batch["signed_at"],
    )
    if not _is_signed(message, signature=receipt["signature"], public_key=key["public"]):
        problems.append(Problem("signature", "signature"))
    reached = merkle.root_by_path(
        merkle.hash_leaf(text.encode("utf-8", "surrogatepass")),
        index=receipt["index"],
        size=batch["size"],
        path=[bytes.fromhex(beside) for beside in receipt["path"]],
    )
    if reached is None or reached.hex() != batch["root"]:
        problems.append(Problem("path", "path"))
    return Verdict(problems, {} if problems else decision)


def _read_decision(text: str) -> dict[str, Any]:
    try:
        content = documents.read_document(text)
    except ValueError:
        return {}
    return content if content.get("kind") == documents.KIND else {}


def _is_signed(message: bytes, *, signature: str, public_key: str) -> bool:
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    try:
        key.verify(bytes.fromhex(signature), message)
    except InvalidSignature:
        return False
    return True


def _fits(pattern: str) -> Callable[[object], bool]:
    wanted = re.compile(pattern, re.ASCII)
    return lambda value: isinstance(value, str) and wanted.fullmatch(value) is not None


def _within(least: int, most: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and least <= value <= most


def _is_path(value: object) -> bool:
    hashed = _fits("[0-9a-f]{64}")
    return isinstance(value, list) and len(value) <= LONGEST_PATH and all(map(hashed, value))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= documents.LONGEST


# Exactly these members, each as it should be; hexadecimal in small letters, so that one hash has
# one spelling.
_SHAPE: Final[dict[str, Any]] = {
    "kind": lambda value: value == KIND,
    "document": _is_text,
    "index": _within(0, LARGEST_BATCH),
    "path": _is_path,
    "batch": {
        "id": _fits("b[1-9A-Za-z]{14}"),
        "size": _within(1, LARGEST_BATCH),
        "root": _fits("[0-9a-f]{64}"),
        "signed_at": _fits(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    },
    "signature": _fits("[0-9a-f]{128}"),
    "key": {"id": _fits("[0-9a-f]{16}"), "public": _fits("[0-9a-f]{64}")},
}


def _misshapen(value: object, shape: Mapping[str, Any], place: str) -> list[str]:
    """Return the places that are missing, not wanted, or not as they should be."""
    if not isinstance(value, dict):
        return [place]
    # What somebody else named is not repeated beyond a length that can be read.
    wrong = sorted(str(name)[:40] for name in value.keys() - shape.keys())
    for name, wanted in shape.items():
        if isinstance(wanted, dict):
            wrong += _misshapen(value.get(name), wanted, name)
        elif name not in value or not wanted(value[name]):
            wrong.append(name if place == "receipt" else f"{place}.{name}")
    return wrong
