"""Who is in which arm: a salted hash, the same answer in every process, and no query a question."""

import hashlib
import threading
import time
from dataclasses import dataclass, field
from typing import Final

from django.db import Error

from meadow.experiments.queries import Running, get_running

BUCKETS: Final = 10_000
# How old a process's knowledge of what runs may be. Somebody asked in these seconds after a start
# or a stop may still be answered as before.
FRESH_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Arm:
    """The arm somebody is in; `index` is its place in the experiment, 0 is the control."""

    experiment: str
    index: int
    key: str


def assign(*, experiment: str, unit: str) -> Arm | None:
    """Return the arm of `unit` (a pseudonym, say), or None: not running, or not taking part.

    The answer for a unit never changes while the experiment runs, except from None to an arm when
    more people are let in.
    """
    running = _known.experiments().get(experiment)
    return place(running, unit=unit) if running else None


def place(running: Running, *, unit: str) -> Arm | None:
    """Return the arm of `unit` in a running experiment.

    One SHA-256 gives two independent buckets: the first says whether somebody takes part (traffic
    that grows extends that range at its end), the second which arm (weights never change).
    """
    digest = hashlib.sha256(f"{running.salt}:{unit}".encode()).digest()
    if int.from_bytes(digest[:8], "big") % BUCKETS >= running.traffic:
        return None
    bucket = int.from_bytes(digest[8:16], "big") % BUCKETS
    end = 0
    for index, (key, weight) in enumerate(zip(running.arms, running.weights, strict=True)):
        end += weight
        if bucket < end:
            return Arm(experiment=running.key, index=index, key=key)
    return None


def forget_running() -> None:
    """Make this process ask again what runs."""
    _known.forget()


@dataclass
class _Known:
    """What this process knows to be running; one thread at a time refreshes, others go on."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    found: dict[str, Running] | None = None
    stale_at: float = 0.0

    def experiments(self) -> dict[str, Running]:
        found = self.found
        if found is not None and time.monotonic() < self.stale_at:
            return found
        if not self.lock.acquire(blocking=found is None):
            return found or {}
        try:
            if self.found is None or time.monotonic() >= self.stale_at:
                self._refresh()
            return self.found or {}
        finally:
            self.lock.release()

    def _refresh(self) -> None:
        # While PostgreSQL is away everybody keeps the arm they had.
        try:
            self.found = get_running()
        except Error:
            if self.found is None:
                raise
        self.stale_at = time.monotonic() + FRESH_SECONDS

    def forget(self) -> None:
        self.found, self.stale_at = None, 0.0


_known = _Known()
