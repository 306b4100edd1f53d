"""The registry of metrics that rules may use: unit, definition, source, provenance, parameters.

A package above registers its own in `AppConfig.ready()`; programs registers those of the packages
below it (`sources.py`).
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from meadow.programs.errors import MetricUnknown, RuleInvalid
from meadow.programs.evidence import Evidence, Json

Word = str | Promise
Unit = Literal["people", "notes", "days", "years", "violations", "flag", "points"]
Params = Mapping[str, Json]
Ids = NDArray[np.int64]
LONGEST_TEXT: Final = 80
LONGEST_LIST: Final = 300


@dataclass(frozen=True, slots=True)
class ParamSpec:
    """What one parameter of a metric may be, and what it is where a rule does not say.

    A "number" lies between `least` and `most`; a "text" may be empty where `default` is; each of a
    "list" is unique and one that `is_known`. `default` None: a rule must say it. A text with
    `choices` is one of them, with its words; of those in `only_below` more can never help anybody:
    they stand only in criteria that ask for fewer than or at most so many.
    """

    kind: Literal["number", "text", "list"]
    name: Word
    default: Json = None
    least: int = 0
    most: int = 10**9
    is_known: Callable[[str], bool] | None = None
    choices: Mapping[str, Word] = field(default_factory=dict)
    only_below: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of a person. `phrase(count, params)` says so many of it: "10 notes of …".

    `phrase` of 0 says that there is none ("no open violations"); of a flag, 1 says that it is so.
    A figure that `grows_daily` gains one every 24 hours and does nothing else.
    """

    key: str
    unit: Unit
    name: Word
    definition: Word
    source: Word
    provenance: Word
    phrase: Callable[[int, Params], str]
    params: Mapping[str, ParamSpec] = field(default_factory=dict)
    grows_daily: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A figure of the whole population: ascending ids and their values; who is missing has 0."""

    ids: Ids
    values: Ids

    def at(self, wanted: Ids) -> Ids:
        """Return the values of `wanted` ids, 0 for those that are missing."""
        if len(self.ids) == len(wanted) and np.array_equal(self.ids, wanted):
            return self.values
        found = np.zeros(len(wanted), dtype=np.int64)
        if len(self.ids):
            places = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
            known = self.ids[places] == wanted
            found[known] = self.values[places[known]]
        return found


class Source(Protocol):
    """Where the figures of one metric come from. Three readings, one answer."""

    def values(
        self, *, person_ids: Sequence[int], params: Params, now: dt.datetime
    ) -> dict[int, int]:
        """Return the figures of a few people; who is missing has 0."""
        ...

    def column(self, *, params: Params, now: dt.datetime) -> Column:
        """Return the figures of everybody."""
        ...

    def evidence(self, *, person_id: int, params: Params, now: dt.datetime) -> Evidence:
        """Return what makes up one person's figure."""
        ...

    def changes(
        self, *, person_ids: Collection[int] | None, params: Params, now: dt.datetime
    ) -> Column:
        """Return when figures next change by time alone, in µs since 1970, None: of everybody.

        Whose figure time alone does not change is missing.
        """
        ...


_metrics: dict[str, Metric] = {}
_sources: dict[str, Source] = {}


def register_metric(metric: Metric, source: Source) -> None:
    """Let rules use a metric. Raises ValueError when another one has its key."""
    known = _metrics.get(metric.key)
    if known is not None and known is not metric:
        raise ValueError(f"the metric {metric.key!r} is registered already")
    _metrics[metric.key] = metric
    _sources[metric.key] = source


def get_metric(key: str) -> Metric:
    """Return the metric with this key. Raises MetricUnknown."""
    try:
        return _metrics[key]
    except KeyError:
        raise MetricUnknown(metric=str(key)[:40]) from None


def get_source(key: str) -> Source:
    """Return where a metric is read. Raises MetricUnknown."""
    get_metric(key)
    return _sources[key]


def list_metrics() -> list[Metric]:
    """Return all metrics by key."""
    return [_metrics[key] for key in sorted(_metrics)]


def check_params(metric: Metric, given: Any, *, place: str) -> dict[str, Json]:
    """Return every parameter of a metric, in order, defaults filled in. Raises RuleInvalid."""
    if not isinstance(given, Mapping):
        raise RuleInvalid(place=place, problem=_("the parameters must be an object"))
    for name in given:
        if name not in metric.params:
            raise RuleInvalid(
                place=f"{place}.{str(name)[:40]}", problem=_("this metric has no such parameter")
            )
    return {
        name: _check_param(spec, given.get(name, spec.default), place=f"{place}.{name}")
        for name, spec in metric.params.items()
    }


def _check_param(spec: ParamSpec, value: Any, *, place: str) -> Json:
    if spec.kind == "number":
        if type(value) is not int or not spec.least <= value <= spec.most:
            problem = _("give a whole number from %(least)s to %(most)s")
            raise RuleInvalid(
                place=place,
                problem=str(problem) % {"least": f"{spec.least:,}", "most": f"{spec.most:,}"},
            )
        return value
    if spec.kind == "text":
        if (
            not isinstance(value, str)
            or len(value) > LONGEST_TEXT
            or (not value and spec.default is None)
        ):
            problem = _("give a text of up to %(most)s characters")
            raise RuleInvalid(place=place, problem=str(problem) % {"most": LONGEST_TEXT})
        if spec.choices and value not in spec.choices:
            problem = _("choose one of: %(choices)s")
            raise RuleInvalid(
                place=place, problem=str(problem) % {"choices": ", ".join(spec.choices)}
            )
        if value and spec.is_known is not None and not spec.is_known(value):
            raise RuleInvalid(place=place, problem=str(_("“%s” is not known")) % value)
        return value
    if (
        not isinstance(value, list)
        or not 1 <= len(value) <= LONGEST_LIST
        or not all(isinstance(one, str) for one in value)
        or len(set(value)) != len(value)
    ):
        raise RuleInvalid(place=place, problem=_("give a list of different texts"))
    for one in value:
        if spec.is_known is not None and not spec.is_known(one):
            raise RuleInvalid(place=place, problem=str(_("“%s” is not known")) % one[:40])
    return list(value)
