"""The signed text of a decision: canonical JSON, exact to the byte (docs/algorithms/receipts.md)."""

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any, Final

import orjson

from meadow.decisions.errors import RulingUnreadable
from meadow.decisions.records import Reason, Ruling

KIND: Final = "meadow.decision.v1"
LONGEST: Final = 65_536
DEEPEST: Final = 8
WIDEST_INTEGER: Final = 2**53 - 1
_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS
_PLAIN = (str, bool, type(None))
_LIMITS = {"scope": 80, "capability": 60, "outcome": 40, "rule_version": 60, "decided_by": 40}


def write_document(ruling: Ruling, *, public_id: str, subject: str, decided_at: str) -> bytes:
    """Return the text that is signed. Raises RulingUnreadable, naming the place.

    Keys sorted by code point, no white space, UTF-8, no escapes but the needed ones.
    """
    for name, most in _LIMITS.items():
        if not 0 < len(getattr(ruling, name)) <= most:
            raise RulingUnreadable(place=name, why=f"needs 1 to {most} characters")
    content = {
        "kind": KIND,
        "id": public_id,
        "subject": subject,
        "scope": ruling.scope,
        "capability": ruling.capability,
        "outcome": ruling.outcome,
        "rule_version": ruling.rule_version,
        "inputs": plain(ruling.inputs, "inputs"),
        "reasons": [
            {"code": one.code, "params": plain(one.params, "reasons")} for one in ruling.reasons
        ],
        "decided_at": decided_at,
        "valid_until": format_moment(ruling.valid_until),
        "appeal_until": format_moment(ruling.appeal_until),
        "decided_by": ruling.decided_by,
    }
    try:
        text = orjson.dumps(content, option=_CANONICAL)
    except orjson.JSONEncodeError as broken:
        raise RulingUnreadable(place="ruling", why=str(broken)) from broken
    if len(text) > LONGEST:
        raise RulingUnreadable(place="ruling", why=f"is longer than {LONGEST} bytes")
    return text


def read_document(text: str) -> dict[str, Any]:
    """Return what a signed text says. Raises ValueError where it is no JSON object."""
    content = orjson.loads(text)
    if not isinstance(content, dict):
        raise ValueError("not an object")
    return content


def read_reasons(content: Mapping[str, Any]) -> list[Reason]:
    """Return the reasons of a signed text."""
    return [Reason(code=one["code"], params=one["params"]) for one in content["reasons"]]


def plain(value: Any, place: str, depth: int = 0) -> Any:
    """Return a value as plain JSON. Raises RulingUnreadable for what JSON cannot say exactly."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is int:
        if -WIDEST_INTEGER <= value <= WIDEST_INTEGER:
            return value
        raise RulingUnreadable(place=place, why="is beyond 2^53, which readers may round")
    if kind is float:
        if math.isfinite(value):
            return value
        raise RulingUnreadable(place=place, why="is not a finite number")
    if depth >= DEEPEST:
        raise RulingUnreadable(place=place, why=f"is nested deeper than {DEEPEST}")
    if isinstance(value, Mapping):
        if not all(type(key) is str for key in value):
            raise RulingUnreadable(place=place, why="has a key that is no text")
        return {key: plain(one, f"{place}.{key}", depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one, f"{place}[{row}]", depth + 1) for row, one in enumerate(value)]
    raise RulingUnreadable(place=place, why=f"is a {kind.__name__}, which JSON has no word for")


def format_moment(moment: dt.datetime | None) -> str | None:
    """Return a moment in UTC with six decimals and Z, such as 2026-05-01T12:00:00.000000Z."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise RulingUnreadable(place="moment", why="has no time zone")
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_moment(text: str | None) -> dt.datetime | None:
    """Return the moment that a signed text names."""
    return dt.datetime.fromisoformat(text) if text else None
