"""The signed text of a decision: canonical JSON, exact to the byte (docs/algorithms/receipts.md)."""

import datetime as dt
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from meadow.decisions.errors import RulingUnreadable
from meadow.decisions.records import Reason, Ruling

KIND: Final = "meadow.decision.v1"
LONGEST: Final = 65_536
DEEPEST: Final = 16
WIDEST_INTEGER: Final = 2**53 - 1
_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER | orjson.OPT_PASSTHROUGH_SUBCLASS
_FLAT: Final = frozenset({str, int, bool, type(None)})
_CODES: Final = {
    "scope": re.compile(r"[a-z0-9][a-z0-9._/-]{0,79}"),
    "capability": re.compile(r"[a-z0-9][a-z0-9._-]{0,59}"),
    "outcome": re.compile(r"[a-z0-9][a-z0-9._-]{0,39}"),
    "rule_version": re.compile(r"[A-Za-z0-9._-]{1,60}"),
    "decided_by": re.compile(r"rule|operator:[A-Za-z0-9]{1,23}"),
}


def write_document(ruling: Ruling, *, public_id: str, subject: str, decided_at: str) -> bytes:
    """Return the text that is signed. Raises RulingUnreadable, naming the place.

    Keys sorted by code point, no white space, UTF-8, no escapes but the needed ones.
    """
    check_codes(
        ruling.scope, ruling.capability, ruling.outcome, ruling.rule_version, ruling.decided_by
    )
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
        _check(content["inputs"], "inputs", 0)
        raise RulingUnreadable(place="ruling", why=str(broken)) from broken
    if len(text) > LONGEST:
        raise RulingUnreadable(place="ruling", why=f"is longer than {LONGEST} bytes")
    return text


@lru_cache(maxsize=256)
def check_codes(*codes: str) -> None:
    """Check the words that are codes: plain letters, so that they fit a column and an address."""
    for code, (name, pattern) in zip(codes, _CODES.items(), strict=True):
        if not pattern.fullmatch(code):
            raise RulingUnreadable(place=name, why=f"is {code!r}, not {pattern.pattern}")


def read_document(text: str) -> dict[str, Any]:
    """Return what a signed text says. Raises ValueError where it is no JSON object."""
    content = orjson.loads(text)
    if not isinstance(content, dict):
        raise ValueError("not an object")
    return content


def read_reasons(content: Mapping[str, Any]) -> list[Reason]:
    """Return the reasons of a signed text."""
    return [Reason(code=one["code"], params=one["params"]) for one in content["reasons"]]


def plain(value: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    """Return named values as plain JSON. Raises RulingUnreadable for what cannot be said exactly."""
    # Nearly all are plain already; keys and large numbers are the writer's to refuse.
    if type(value) is dict and _is_plain(value, DEEPEST):
        return value
    checked: Mapping[str, Any] = _check(value, place, 0)
    return checked


def _is_plain(value: Any, depth: int) -> bool:
    kind = type(value)
    if kind is dict:
        inside = value.values()
    elif kind is list:
        inside = value
    else:
        return kind is float and math.isfinite(value)
    if not depth:
        return False
    if set(map(type, inside)) <= _FLAT:
        return True
    return all(type(one) in _FLAT or _is_plain(one, depth - 1) for one in inside)


def _check(value: Any, place: str, depth: int) -> Any:
    kind = type(value)
    if kind is int and abs(value) > WIDEST_INTEGER:
        raise RulingUnreadable(place=place, why="is beyond 2^53, which readers may round")
    if kind is float and not math.isfinite(value):
        raise RulingUnreadable(place=place, why="is not a finite number")
    if kind in _FLAT or kind is float:
        return value
    if depth >= DEEPEST:
        raise RulingUnreadable(place=place, why=f"is nested deeper than {DEEPEST}")
    if isinstance(value, Mapping):
        if not set(map(type, value)) <= {str}:
            raise RulingUnreadable(place=place, why="has a key that is no text")
        return {key: _check(one, f"{place}.{key}", depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_check(one, f"{place}[{row}]", depth + 1) for row, one in enumerate(value)]
    raise RulingUnreadable(place=place, why=f"is a {kind.__name__}, which JSON has no word for")


@lru_cache(maxsize=256)
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
