"""The facts behind a number: each with what it was, where from, and why it counts or does not."""

import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.conf import settings

from meadow.analytics.errors import MetricHasNoFacts
from meadow.analytics.metrics import (
    Cells,
    Credited,
    Difference,
    People,
    Value,
    get_metric,
    parts_of,
)
from meadow.analytics.questions import (
    AS_OF,
    Bindings,
    Scope,
    ask,
    check_period,
    credited_facts,
    people_condition,
    read_moment,
)
from meadow.core.pagination import InvalidCursor, decode_cursor, encode_cursor

MOST_LINES: Final = 200
SHORT_ID: Final = 10
TAG_LETTERS: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
TAG_LENGTH: Final = 6


@dataclass(frozen=True, slots=True)
class FactLine:
    """One fact as its author may see it; `person` is a tag that is the same for one author only."""

    id: str
    kind: str
    at: dt.datetime
    note_id: int
    surface: str
    provenance: str
    reason: str
    person: str
    ms: int
    judged_later: bool


@dataclass(frozen=True, slots=True)
class FactsPage:
    """Some of the facts behind a number, newest first; `total` is the number, of `count` facts."""

    items: list[FactLine]
    count: int
    total: Value
    next_cursor: str | None
    as_of: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Further limits on a list of facts: an hour of the day (UTC), a surface, a provenance."""

    hour: int | None = None
    surface: str | None = None
    provenance: str | None = None

    def condition(self, bind: Bindings) -> str:
        """Return the condition, beginning with AND, or nothing."""
        parts = []
        if self.hour is not None:
            parts.append(f"toHour(at) = {bind.add(self.hour, 'UInt8')}")
        if self.surface is not None:
            parts.append(f"surface = {bind.add(self.surface, 'String')}")
        if self.provenance is not None:
            parts.append(f"provenance = {bind.add(self.provenance, 'String')}")
        return "".join(f" AND {part}" for part in parts)


def list_facts(
    *,
    author_id: int,
    note_id: int | None = None,
    metric: str,
    since: dt.date,
    until: dt.date,
    hour: int | None = None,
    surface: str | None = None,
    provenance: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> FactsPage:
    """Return a page of the facts that make up one number; together they give it exactly.

    Reach lists each person once, with their first fact. Raises MetricHasNoFacts for a ratio and
    for what another package keeps, PeriodInvalid, InvalidCursor, EngineUnavailable.
    """
    check_period(since, until)
    bind = Bindings()
    scope = Scope(author_id, since, until, note_id)
    narrow = Narrowing(hour, surface, provenance)
    source = _facts_of(metric, scope, narrow, bind)
    value = _value_of(metric, bind)
    after = _after(cursor, bind)
    size = max(1, min(limit, MOST_LINES))
    listed = ask(
        "SELECT id, kind, toUnixTimestamp64Milli(at), note_id, surface, provenance, reason, person,"  # noqa: S608
        f" ms, case_id != '' FROM ({source}) WHERE {after} ORDER BY at DESC, id DESC"
        f" LIMIT {size + 1}",
        bind,
    )
    count, total, as_of = ask(
        f"SELECT count(), toInt64({value}), {AS_OF} FROM ({source})",  # noqa: S608
        bind,
    )[0]
    lines = [_read_line(row, author_id) for row in listed[:size]]
    more = None
    if len(listed) > size:
        more = encode_cursor({"at": int(listed[size - 1][2]), "id": listed[size - 1][0]})
    return FactsPage(
        items=lines,
        count=int(count),
        total=int(total),
        next_cursor=more,
        as_of=read_moment(int(as_of)),
    )


def person_tag(*, author_id: int, person: str) -> str:
    """Return six letters for a person, the same each time and different for each author.

    Nobody can get from it to the pseudonym, and two authors cannot find out that they have the
    same reader. Nothing for a fact without a person.
    """
    if not person:
        return ""
    digest = hmac.digest(_tag_key(), f"{author_id}:{person}".encode(), "sha256")
    number = int.from_bytes(digest[:8], "big")
    letters = ""
    for _place in range(TAG_LENGTH):
        number, letter = divmod(number, len(TAG_LETTERS))
        letters += TAG_LETTERS[letter]
    return letters


@cache
def _tag_key() -> bytes:
    return hashlib.sha256(b"meadow.person-tag:" + settings.SECRET_KEY.encode()).digest()


def _facts_of(metric: str, scope: Scope, narrow: Narrowing, bind: Bindings) -> str:
    """Return the statement that gives exactly the facts that a number is made of."""
    asked = get_metric(metric)
    columns = "id, kind, at, note_id, surface, provenance, reason, person, ms, case_id"
    facts = f"SELECT {columns} FROM facts_judged WHERE {scope.facts(bind)}"  # noqa: S608
    match asked.formula:
        case Cells(column="counted"):
            # Counted at the person's first read of the day, so limits on hour and surface look at that.
            first = (
                f"{facts} AND kind = 'read' AND provenance = 'organic' AND signed_in"
                " ORDER BY at, id, surface LIMIT 1 BY note_id, toDate(at), person"
            )
            return f"SELECT * FROM ({first}) WHERE 1{narrow.condition(bind)}"  # noqa: S608
        case Cells() as cells:
            return f"{facts} AND {_kinds(cells, bind)}{narrow.condition(bind)}"
        case Credited() as credited if scope.note_id:
            note = bind.add(scope.note_id, "Int64")
            source = credited_facts(credited, scope, bind)
            return f"SELECT {columns} FROM {source} WHERE note_id = {note}{narrow.condition(bind)}"  # noqa: S608
        case Credited() as credited:
            return f"{facts} AND {_kinds(credited.cells, bind)}{narrow.condition(bind)}"
        case People() as people:
            condition = people_condition(people, scope, bind) + narrow.condition(bind)
            return (
                f"SELECT {columns} FROM facts_judged WHERE {condition}"  # noqa: S608
                " ORDER BY at, id LIMIT 1 BY person"
            )
        case Difference(plus, minus):
            sides = " UNION ALL ".join(
                _facts_of(part, scope, narrow, bind) for part in (plus, minus)
            )
            return f"SELECT {columns} FROM ({sides})"  # noqa: S608
        case _:
            parts = ", ".join(parts_of(asked)) or "-"
            raise MetricHasNoFacts(metric=asked.key, parts=parts)


def _value_of(metric: str, bind: Bindings) -> str:
    """Return what the listed facts add up to."""
    formula = get_metric(metric).formula
    if isinstance(formula, Cells) and formula.column == "ms":
        return "sum(ms)"
    if isinstance(formula, Difference):
        minus = get_metric(formula.minus).formula
        assert isinstance(minus, Cells | Credited)  # noqa: S101 - `register` lets nothing else in
        return f"count() - 2 * countIf(kind IN {bind.words(minus.kinds)})"
    return "count()"


def _kinds(cells: Cells, bind: Bindings) -> str:
    return f"kind IN {bind.words(cells.kinds)} AND provenance IN {bind.words(cells.provenances)}"


def _after(cursor: str | None, bind: Bindings) -> str:
    if not cursor:
        return "1"
    position = decode_cursor(cursor)
    try:
        at, fact_id = int(position["at"]), str(position["id"])
    except (KeyError, TypeError, ValueError) as other:
        raise InvalidCursor from other
    moment = f"fromUnixTimestamp64Milli({bind.add(at, 'Int64')}, 'UTC')"
    return f"(at, id) < ({moment}, {bind.add(fact_id, 'String')})"


def _read_line(row: Sequence[Any], author_id: int) -> FactLine:
    fact_id, kind, at, note_id, surface, provenance, reason, person, ms, judged = row
    return FactLine(
        id=fact_id[:SHORT_ID],
        kind=kind,
        at=dt.datetime.fromtimestamp(int(at) / 1000, dt.UTC),
        note_id=int(note_id),
        surface=surface,
        provenance=provenance,
        reason=reason,
        person=person_tag(author_id=author_id, person=person),
        ms=int(ms),
        judged_later=bool(judged),
    )
