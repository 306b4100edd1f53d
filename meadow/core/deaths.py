"""For tests: a use case that is killed, as by `kill -9`, at each of its moments in turn.

A moment is before or after a commit, or before or after a word to somebody outside. Each death is
that of a process of its own: one is prepared and forks for each.
"""

import functools
import importlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection

PREPARED: Final = "meadow.core.deaths_prepared"
PATIENCE: Final = 60.0


@dataclass(frozen=True)
class Mortal:
    """What shall be killed: `act(**given)`, a function of a module.

    `words` are what it says to somebody outside, as "module:Class.method"; `settings` are Django's
    own that the test has changed.
    """

    act: Callable[..., object]
    given: Mapping[str, object]
    words: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)


def live(mortal: Mortal) -> list[str]:
    """Let it live to its end in a process of its own; returns the moments that it passed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PREPARED])
    ours, theirs = context.Pipe(duplex=False)
    with ours:
        _run(mortal, 0, theirs, ends=0)
        moments: list[str] = ours.recv()
    return moments


def die(mortal: Mortal, *, moment: int) -> None:
    """Kill it at its moment of this number, from 1."""
    _run(mortal, moment, None, ends=-signal.SIGKILL)


def _run(mortal: Mortal, moment: int, told: Any, *, ends: int) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PREPARED])
    name = str(connection.settings_dict["NAME"])
    process = context.Process(target=_life, args=(mortal, name, moment, told))
    process.start()
    process.join(PATIENCE)
    if process.exitcode != ends:
        raise AssertionError(f"it ended with {process.exitcode}, and not with {ends}")


def _life(mortal: Mortal, database: str, moment: int, told: Any) -> None:
    """Act on the tests' database, and die at the moment of this number; 0 is never."""
    from django.conf import settings

    connection.settings_dict["NAME"] = database
    for name, value in mortal.settings.items():
        setattr(settings, name, value)
    passed: list[str] = []

    def pass_by(name: str) -> None:
        passed.append(name)
        if len(passed) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    for word in ("django.db.backends.base.base:BaseDatabaseWrapper._commit", *mortal.words):
        _mark(word, pass_by)
    mortal.act(**mortal.given)
    if told is not None:
        told.send(passed)


def _mark(word: str, pass_by: Callable[[str], None]) -> None:
    module, _colon, path = word.partition(":")
    holder, _dot, name = path.rpartition(".")
    owner = functools.reduce(getattr, holder.split("."), importlib.import_module(module))
    call: Callable[..., object] = getattr(owner, name)
    label = name.strip("_")

    @functools.wraps(call)
    def marked(*given: Any, **options: Any) -> object:
        pass_by(f"before {label}")
        said = call(*given, **options)
        pass_by(f"after {label}")
        return said

    setattr(owner, name, marked)


def deaths(mortal_of: Callable[[int], Mortal], *, moments: int) -> Iterator[int]:
    """Kill one after another at each of so many moments, and yield the number of each that is dead."""
    for moment in range(1, moments + 1):
        die(mortal_of(moment), moment=moment)
        yield moment
