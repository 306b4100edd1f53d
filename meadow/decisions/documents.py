"""The signed text of a decision: canonical JSON, exact to the byte (docs/algorithms/receipts.md)."""

import datetime as dt
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from meadow.decisions.errors import RulingUnreadable
from meadow.decisions.records import JSON, Reason, Ruling, Shared

KIND: Final = "meadow.decision.v1"
LONGEST: Final = 65_536
DEEPEST: Final = 16
WIDEST_INTEGER: Final = 2**53 - 1
_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER | orjson.OPT_PASSTHROUGH_SUBCLASS
_FLAT: Final[frozenset[object]] = frozenset({str, int, bool, type(None)})
_ON_TOP: Final = _FLAT | {Shared}
_CODES: Final = {
    "scope": re.compile(r"[a-z0-9][a-z0-9._/-]{0,79}"),
    "capability": re.compile(r"[a-z0-9][a-z0-9._-]{0,59}"),
    "outcome": re.compile(r"[a-z0-9][a-z0-9._-]{0,39}"),
    "rule_version": re.compile(r"[A-Za-z0-9._-]{1,60}"),
    "decided_by": re.compile(r"rule|operator:[A-Za-z0-9]{1,23}"),
}


def write_document(ruling: Ruling, *, public_id: str, subject: str, decided_at: str) -> bytes:
    """Return the text that is signed. Raises RulingUnreadable, naming the place.

    Keys sorted by code point, no white space, UTF-8, no escapes but the needed ones. Put together
    from what a batch has in common and what is the decision's own, in that order of keys.
    """
    start, inputs, reasons, codes, end = _frame(
        ruling.scope,
        ruling.capability,
        ruling.outcome,
        ruling.rule_version,
        ruling.decided_by,
        decided_at,
        ruling.valid_until,
        ruling.appeal_until,
    )
    said = plain(ruling.inputs, "inputs")
    why = [
        _bare_reason(one.code)
        if not one.params
        else {"code": one.code, "params": plain(one.params, "reasons")}
        for one in ruling.reasons
    ]
    try:
        text = b"".join(
            (
                *(start, public_id.encode(), inputs, orjson.dumps(said, option=_CANONICAL)),
                *(reasons, orjson.dumps(why, option=_CANONICAL), codes, subject.encode(), end),
            )
        )
    except orjson.JSONEncodeError as broken:
        _check(said, "inputs", 0)
        raise RulingUnreadable(place="ruling", why=str(broken)) from broken
    if len(text) > LONGEST:
        raise RulingUnreadable(place="ruling", why=f"is longer than {LONGEST} bytes")
    return text


@lru_cache(maxsize=256)
def _frame(
    scope: str,
    capability: str,
    outcome: str,
    rule_version: str,
    decided_by: str,
    decided_at: str,
    valid_until: dt.datetime | None,
    appeal_until: dt.datetime | None,
) -> tuple[bytes, bytes, bytes, bytes, bytes]:
    """Return the text around id, inputs, reasons and subject. Raises RulingUnreadable."""
    check_codes(scope, capability, outcome, rule_version, decided_by)
    start = {
        "appeal_until": format_moment(appeal_until),
        "capability": capability,
        "decided_at": decided_at,
        "decided_by": decided_by,
        "id": "",
    }
    return (
        orjson.dumps(start)[:-2],
        b'","inputs":',
        b"," + orjson.dumps({"kind": KIND, "outcome": outcome})[1:-1] + b',"reasons":',
        b"," + orjson.dumps({"rule_version": rule_version, "scope": scope, "subject": ""})[1:-2],
        b'",' + orjson.dumps({"valid_until": format_moment(valid_until)})[1:],
    )


@lru_cache(maxsize=256)
def _bare_reason(code: str) -> Shared:
    """Return a reason that has nothing but its code."""
    return Shared(orjson.dumps({"code": code, "params": {}}, option=_CANONICAL))


def share(value: "JSON") -> Shared:
    """Return a value that many rulings have in common, checked and written once for all of them.

    It stands directly in their inputs. Raises RulingUnreadable.
    """
    checked = value if _is_plain(value, DEEPEST - 1) else _check(value, "shared", 1)
    try:
        return Shared(orjson.dumps(checked, option=_CANONICAL))
    except orjson.JSONEncodeError as broken:
        _check(checked, "shared", 1)
        raise RulingUnreadable(place="shared", why=str(broken)) from broken


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
    if type(value) is dict and _is_plain(value, DEEPEST, _ON_TOP):
        return value
    checked: Mapping[str, Any] = _check(value, place, 0)
    return checked


def _is_plain(value: Any, depth: int, flat: frozenset[object] = _FLAT) -> bool:
    """Whether a value is JSON as it is, nested at most this deep; `flat` needs no second look."""
    kind = type(value)
    if kind is dict:
        value = value.values()
    elif kind is not list:
        return kind in flat or (kind is float and math.isfinite(value))
    if not depth:
        return False
    # A loop and not all(…), which takes twice as long: this runs for every value of a batch.
    for one in value:  # noqa: SIM110
        if type(one) not in flat and not _is_plain(one, depth - 1):
            return False
    return True


def _check(value: Any, place: str, depth: int) -> Any:
    kind = type(value)
    if kind is int and abs(value) > WIDEST_INTEGER:
        raise RulingUnreadable(place=place, why="is beyond 2^53, which readers may round")
    if kind is float and not math.isfinite(value):
        raise RulingUnreadable(place=place, why="is not a finite number")
    if kind in _FLAT or kind is float or (kind is Shared and depth == 1):
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
