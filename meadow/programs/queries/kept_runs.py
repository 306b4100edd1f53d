"""Dry runs that were worked out already: a page, its files and the API show one and the same.

A run is kept in this process under everything that an operator decides: the versions' text, the
program's terms and seats, the rule in force. Change one of them and the old run is not found any
more. What people do meanwhile does not show until a run is asked for again or KEPT_FOR is over, and
every page says as of when its figures are.
"""

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Final

import numpy as np
from django.db import connections

from meadow.accounts.census import count_active
from meadow.programs import rules
from meadow.programs.errors import VersionMissing
from meadow.programs.models import RuleVersion
from meadow.programs.queries.dry_runs import DryRun, dry_runs
from meadow.programs.queries.gathering import find_program, terms_of
from meadow.programs.standing import Terms

KEPT_FOR: Final = dt.timedelta(minutes=15)
# The newest is kept whatever its size, the others while all together take no more than this.
MOST_BYTES: Final = 200_000_000
# Up to so many people are held against a rule within a fraction of a second.
FEW_PEOPLE: Final = 20_000
PATIENCE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Key:
    """Everything that an operator decides and a run depends on."""

    slug: str
    versions: tuple[tuple[int, str], ...]
    in_force: tuple[int, ...]
    terms: Terms
    capacity: int | None
    updated_at: dt.datetime


@dataclass(slots=True)
class _Work:
    """A run that is being worked out in a thread of its own."""

    done: threading.Event = field(default_factory=threading.Event)
    failure: BaseException | None = None
    runs: list[DryRun] | None = None


_lock = threading.Lock()
_kept: OrderedDict[Key, list[DryRun]] = OrderedDict()
_under_way: dict[Key, _Work] = {}


def find_runs(*, slug: str, numbers: Sequence[int], now: dt.datetime) -> list[DryRun]:
    """Return dry runs of versions against the same people, worked out now where none is kept.

    Raises ProgramMissing, VersionMissing.
    """
    key = _key(slug, numbers)
    return _find_kept(key, now) or _work_out(key, numbers, now=now)


def find_run(*, slug: str, number: int, now: dt.datetime) -> DryRun:
    """Return the dry run of one version. Raises ProgramMissing, VersionMissing."""
    return find_runs(slug=slug, numbers=[number], now=now)[0]


def begin_runs(*, slug: str, numbers: Sequence[int], now: dt.datetime) -> list[DryRun] | None:
    """Return dry runs that are there within PATIENCE seconds; None while they are worked out.

    Ask again until they are there: however many ask, they are worked out once. Raises
    ProgramMissing, VersionMissing.
    """
    key = _key(slug, numbers)
    found = _find_kept(key, now)
    if found is not None:
        return found
    if count_active() <= FEW_PEOPLE:
        return _work_out(key, numbers, now=now)
    with _lock:
        work = _under_way.get(key)
        if work is None:
            work = _under_way[key] = _Work()
            thread = threading.Thread(
                target=_work_aside, args=(work, key, numbers, now), daemon=True
            )
            thread.start()
    if not work.done.wait(PATIENCE):
        return None
    with _lock:
        _under_way.pop(key, None)
    if work.failure is not None:
        raise work.failure
    return work.runs


def forget_runs(*, slug: str, numbers: Sequence[int]) -> None:
    """Have versions held against everybody again when they are asked for next."""
    key = _key(slug, numbers)
    with _lock:
        _kept.pop(key, None)


def forget_all_runs() -> None:
    """Drop every run that this process keeps."""
    with _lock:
        _kept.clear()


def _key(slug: str, numbers: Sequence[int]) -> Key:
    program = find_program(slug)
    rows = RuleVersion.objects.filter(program=program).values_list("number", "state", "rule")
    known = {number: (state, rule) for number, state, rule in rows}
    if any(number not in known for number in numbers):
        raise VersionMissing
    return Key(
        slug=slug,
        versions=tuple((number, _text(rules.from_json(known[number][1]))) for number in numbers),
        in_force=tuple(number for number, (state, _rule) in known.items() if state == "active"),
        terms=terms_of(program),
        capacity=program.capacity,
        updated_at=program.updated_at,
    )


def _text(rule: rules.Rule) -> str:
    return repr(rules.to_json(rule))


def _find_kept(key: Key, now: dt.datetime) -> list[DryRun] | None:
    with _lock:
        found = _kept.get(key)
        if found is None or not dt.timedelta() <= now - found[0].crowd.now < KEPT_FOR:
            return None
        _kept.move_to_end(key)
        return found


def _work_out(key: Key, numbers: Sequence[int], *, now: dt.datetime) -> list[DryRun]:
    runs = dry_runs(slug=key.slug, numbers=numbers, now=now)
    # A draft that was changed meanwhile is not kept under what it said before.
    if tuple((run.number, _text(run.rule)) for run in runs) == key.versions:
        with _lock:
            _kept[key] = runs
            _kept.move_to_end(key)
            while len(_kept) > 1 and sum(map(_size, _kept.values())) > MOST_BYTES:
                _kept.popitem(last=False)
    return runs


def _work_aside(work: _Work, key: Key, numbers: Sequence[int], now: dt.datetime) -> None:
    """Work runs out in a thread; what goes wrong is raised to whoever asks next."""
    try:
        work.runs = _work_out(key, numbers, now=now)
    except Exception as failure:  # noqa: BLE001 - handed on, never swallowed
        work.failure = failure
    finally:
        connections.close_all()
        work.done.set()


def _size(thing: Any) -> int:
    """Return the bytes of all columns in a record, in a mapping or in a list of them."""
    if isinstance(thing, np.ndarray):
        return int(thing.nbytes)
    if is_dataclass(thing):
        return sum(_size(getattr(thing, one.name)) for one in fields(thing))
    if isinstance(thing, dict):
        return sum(map(_size, thing.values()))
    return sum(map(_size, thing)) if isinstance(thing, list) else 0
