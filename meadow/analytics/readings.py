"""Figures: every page, file, chart and answer reads them here, so that they are the same number.

Days are UTC, and `since` and `until` both count. Every function raises EngineUnavailable while the
warehouse is away, PeriodInvalid for more than 400 days, MetricUnknown for an unknown key.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from meadow.analytics.errors import MetricNotSplit
from meadow.analytics.fact_lists import FactLine, FactsPage, list_facts
from meadow.analytics.facts import PROVENANCES
from meadow.analytics.metrics import (
    By,
    Cells,
    Credited,
    Difference,
    Label,
    Metric,
    People,
    Question,
    Source,
    Value,
    combine,
    get_metric,
    parts_of,
)
from meadow.analytics.questions import (
    Bindings,
    Scope,
    ask,
    ask_as_of,
    ask_columns,
    cell_label,
    check_period,
    credited_facts,
    fact_label,
    grouped,
    people_condition,
    read_moment,
    sum_of,
)

__all__ = [
    "Comparison",
    "FactLine",
    "FactsPage",
    "Series",
    "Subjects",
    "Totals",
    "list_facts",
    "read_comparison",
    "read_series",
    "read_subjects",
    "read_totals",
]

Figures = dict[Label, dict[str, Value]]
# Fewer than this many ids travel with the question; more are picked out of everybody's answer.
MOST_IDS_SENT = 2000


@dataclass(frozen=True, slots=True)
class Totals:
    """Figures of some days together; complete up to `as_of` (None while nothing was counted)."""

    values: dict[str, Value]
    as_of: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Series:
    """Figures by day, hour, surface, provenance or note: `(label, {metric: value})`, in order.

    Days, hours and provenances are all there, with zeros; surfaces and notes only where there are facts.
    """

    rows: list[tuple[Label, dict[str, Value]]]
    as_of: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Figures of some days, and of as many days just before them."""

    now: dict[str, Value]
    before: dict[str, Value]
    as_of: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Subjects:
    """One metric of many notes or authors: ids (int64) and values (int64, or float64 with NaN)."""

    ids: Any
    values: Any
    as_of: dt.datetime | None


def read_totals(
    *,
    metrics: Sequence[str],
    author_id: int,
    note_id: int | None = None,
    since: dt.date,
    until: dt.date,
) -> Totals:
    """Return the figures of an author, or of one of their notes, over some days."""
    check_period(since, until)
    scope = Scope(author_id, since, until, note_id)
    figures, as_of = _read(metrics, scope)
    return Totals(values=_finish(metrics, figures.get(0, {})), as_of=as_of)


def read_comparison(
    *,
    metrics: Sequence[str],
    author_id: int,
    note_id: int | None = None,
    since: dt.date,
    until: dt.date,
) -> Comparison:
    """Return the figures of some days beside those of as many days before, asked together."""
    check_period(since, until)
    days = (until - since).days + 1
    scope = Scope(author_id, since - dt.timedelta(days=days), until, note_id)
    figures, as_of = _read(metrics, scope, split_at=since)
    return Comparison(
        now=_finish(metrics, figures.get(1, {})),
        before=_finish(metrics, figures.get(0, {})),
        as_of=as_of,
    )


def read_series(
    *,
    metrics: Sequence[str],
    author_id: int,
    note_id: int | None = None,
    since: dt.date,
    until: dt.date,
    by: By,
) -> Series:
    """Return the figures of an author or note, split. Raises MetricNotSplit."""
    check_period(since, until)
    scope = Scope(author_id, since, until, note_id)
    figures, as_of = _read(metrics, scope, by=by)
    labels = _labels(by, scope, figures)
    return Series(
        rows=[(label, _finish(metrics, figures.get(label, {}))) for label in labels], as_of=as_of
    )


def read_subjects(
    *,
    metric: str,
    subject: Literal["note", "author"],
    since: dt.date,
    until: dt.date,
    ids: Collection[int] | None = None,
) -> Subjects:
    """Return one metric of every note or author with facts, by id; or of `ids`, in their order.

    A count or time is 0 for a subject without facts, a ratio NaN. Raises MetricNotSplit for a
    metric that another package keeps.
    """
    check_period(since, until)
    asked = get_metric(metric)
    found, columns, as_of = _subject_columns(asked, subject, Scope(None, since, until), ids)
    if isinstance(asked.formula, Difference):
        values = columns[0] - columns[1]
    elif parts_of(asked):
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(columns[1] > 0, columns[0] / columns[1], np.nan)
        values = np.round(values, 6 if asked.unit == "ratio" else 0)
    else:
        values = columns[0]
    if ids is None:
        return Subjects(ids=found, values=values, as_of=as_of)
    return _pick(found, values, np.fromiter(ids, np.int64), as_of)


def sum_figures(metrics: Sequence[str], rows: Iterable[Mapping[str, Value]]) -> dict[str, Value]:
    """Add up rows of figures that were read with the parts of every ratio among `metrics`."""
    rows = list(rows)
    leaves = _leaves(metrics)
    return _finish(metrics, {leaf: sum(row[leaf] or 0 for row in rows) for leaf in leaves})


def with_parts(metrics: Sequence[str]) -> list[str]:
    """Return metrics together with all that they are made of, for `sum_figures`."""
    return list(dict.fromkeys([*metrics, *_leaves(metrics)]))


def _leaves(metrics: Sequence[str]) -> list[str]:
    parts = [part for key in metrics for part in (parts_of(get_metric(key)) or (key,))]
    return list(dict.fromkeys(parts))


def _finish(metrics: Sequence[str], leaves: Mapping[str, Value]) -> dict[str, Value]:
    known = {key: leaves.get(key, 0) for key in _leaves(metrics)}
    return {key: combine(get_metric(key), known) for key in metrics}


def _read(
    metrics: Sequence[str],
    scope: Scope,
    *,
    by: By | None = None,
    split_at: dt.date | None = None,
) -> tuple[Figures, dt.datetime | None]:
    """Return the leaves of these metrics by label: one question for all cells, one a harder leaf."""
    figures: Figures = {}
    moments: list[int] = []
    cells, harder, sources = _sort_leaves(metrics, of_notes=by == "note" or bool(scope.note_id))
    questions = [_cells_question(cells, scope, by, split_at)] if cells else []
    questions += [_harder_question(leaf, scope, by, split_at) for leaf in harder]
    for keys, sql, bind in questions:
        for label, *values, as_of in ask(sql, bind):
            # Before anything is compared: a boolean label is a number to Python.
            found = figures.setdefault(int(label) if isinstance(label, bool) else label, {})
            found |= {key: int(value) for key, value in zip(keys, values, strict=True)}
            moments.append(int(as_of))
    for leaf in sources:
        _add_source(figures, leaf, scope, by, split_at)
    if moments:
        return figures, read_moment(min(moments))
    return figures, ask_as_of()


def _sort_leaves(
    metrics: Sequence[str], *, of_notes: bool
) -> tuple[dict[str, Cells], list[Metric], list[Metric]]:
    cells: dict[str, Cells] = {}
    harder: list[Metric] = []
    sources: list[Metric] = []
    for key in _leaves(metrics):
        metric = get_metric(key)
        match metric.formula:
            case Cells() as formula:
                cells[key] = formula
            case Credited() as formula if not of_notes:
                cells[key] = formula.cells
            case Source():
                sources.append(metric)
            case _:
                harder.append(metric)
    return cells, harder, sources


def _cells_question(
    cells: Mapping[str, Cells], scope: Scope, by: By | None, split_at: dt.date | None
) -> tuple[list[str], str, Bindings]:
    bind = Bindings()
    kinds = sorted({kind for formula in cells.values() for kind in formula.kinds})
    condition = f"{scope.cells(bind)} AND kind IN {bind.words(kinds)}"
    sql = grouped(
        label=cell_label(by, bind, split_at=split_at),
        columns=[sum_of(formula, bind) for formula in cells.values()],
        source="rollup FINAL",
        condition=condition + (" AND note_id != 0" if by == "note" else ""),
    )
    return list(cells), sql, bind


def _harder_question(
    metric: Metric, scope: Scope, by: By | None, split_at: dt.date | None
) -> tuple[list[str], str, Bindings]:
    bind = Bindings()
    label = fact_label(by, bind, split_at=split_at)
    if isinstance(metric.formula, People):
        source, column = "facts_judged", "uniqExact(person)"
        condition = people_condition(metric.formula, scope, bind)
    else:
        assert isinstance(metric.formula, Credited)  # noqa: S101 - the only other one there is
        source, column = credited_facts(metric.formula, scope, bind), "count()"
        condition = f"note_id = {bind.add(scope.note_id, 'Int64')}" if scope.note_id else "1"
    if by == "note":
        condition += " AND note_id != 0"
    sql = grouped(label=label, columns=[column], source=source, condition=condition)
    return [metric.key], sql, bind


def _add_source(
    figures: Figures, metric: Metric, scope: Scope, by: By | None, split_at: dt.date | None
) -> None:
    assert isinstance(metric.formula, Source)  # noqa: S101 - sorted out above
    assert scope.author_id is not None  # noqa: S101 - subjects are not read from sources
    halves = (
        {0: (scope.since, scope.until)}
        if split_at is None
        else {0: (scope.since, split_at - dt.timedelta(days=1)), 1: (split_at, scope.until)}
    )
    for half, (since, until) in halves.items():
        question = Question(scope.author_id, scope.note_id, since, until, by)
        for label, value in metric.formula.read(question).items():
            figures.setdefault(half if by is None else label, {})[metric.key] = value


def _labels(by: By, scope: Scope, figures: Figures) -> list[Label]:
    if by == "day":
        days = (scope.until - scope.since).days + 1
        return [scope.since + dt.timedelta(days=day) for day in range(days)]
    if by == "hour":
        return list(range(24))
    if by == "provenance":
        return list(PROVENANCES)
    return sorted(figures, key=str) if by == "surface" else sorted(figures)


def _subject_columns(
    metric: Metric,
    subject: Literal["note", "author"],
    scope: Scope,
    ids: Collection[int] | None,
) -> tuple[Any, list[Any], dt.datetime | None]:
    """Return the ids with facts and, for each leaf, its values beside them."""
    keys = parts_of(metric) or (metric.key,)
    as_of = ask_as_of()
    answers = []
    for key in keys:
        formula = get_metric(key).formula
        bind = Bindings()
        column = f"{subject}_id"
        chosen = f"{column} != 0"
        if ids is not None and len(ids) <= MOST_IDS_SENT:
            chosen = f"{column} IN {bind.add(sorted(ids), 'Array(Int64)')}"
        if isinstance(formula, Credited) and subject == "author":
            formula = formula.cells
        if isinstance(formula, Cells):
            source = "rollup FINAL"
            condition = f"{scope.cells(bind)} AND kind IN {bind.words(formula.kinds)} AND {chosen}"
            value = sum_of(formula, bind)
        elif isinstance(formula, People):
            source, value = "facts_judged", "uniqExact(person)"
            condition = f"{people_condition(formula, scope, bind)} AND {chosen}"
        else:
            raise MetricNotSplit(metric=metric.name, by=subject)
        sql = (
            f"SELECT {column} AS subject, toInt64({value}) AS value FROM {source}"  # noqa: S608
            f" WHERE {condition} GROUP BY subject ORDER BY subject"
        )
        answers.append(ask_columns(sql, bind))
    everyone = answers[0][0]
    for ids_found, _values in answers[1:]:
        everyone = np.union1d(everyone, ids_found)
    columns = [_pick(found, values, everyone, None).values for found, values in answers]
    return everyone, columns, as_of


def _pick(found: Any, values: Any, wanted: Any, as_of: dt.datetime | None) -> Subjects:
    """Return the values of `wanted` out of sorted `found`; 0 or NaN for those not among them."""
    missing = np.nan if values.dtype.kind == "f" else 0
    picked = np.full(len(wanted), missing, dtype=values.dtype)
    if len(found):
        places = np.minimum(np.searchsorted(found, wanted), len(found) - 1)
        known = found[places] == wanted
        picked[known] = values[places[known]]
    return Subjects(ids=wanted, values=picked, as_of=as_of)
