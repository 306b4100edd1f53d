"""Wiping the warehouse and filling it again from the archive, asked for over HTTP."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["idle", "stopping", "loading", "counting", "current"]


@dataclass
class RebuildDesk:
    """Takes the wish, ends the owner's present round, and says how far the new one is."""

    state: State = "idle"
    wanted: bool = False
    done: int = 0
    segments: int = 0
    rounds: int = 0
    problem: str = ""
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _watch: "asyncio.Task[None] | None" = None

    def begin(self, stopping: asyncio.Event) -> asyncio.Event:
        """Return the event that ends the round which begins now."""
        if self._watch is not None:
            self._watch.cancel()
        self._over = over = asyncio.Event()

        async def pass_on() -> None:
            await stopping.wait()
            over.set()

        self._watch = asyncio.ensure_future(pass_on())
        if self.wanted:
            self.state = "loading"
        return over

    def ask(self) -> None:
        """End the present round; the next begins with an empty warehouse."""
        if not self.wanted:
            self.wanted, self.state = True, "stopping"
            self.done = self.segments = 0
            self.problem = ""
            self._over.set()

    def refuse(self, problem: str) -> None:
        """Leave the warehouse as it is: what would be loaded is not whole."""
        self.wanted, self.state, self.problem = False, "idle", problem

    def note_segments(self, done: int, segments: int) -> None:
        """Note how many segments of the archive are loaded."""
        self.done, self.segments = done, segments

    def note_loaded(self) -> None:
        """Note that the archive is in the warehouse; the rest of the stream and a count follow."""
        if self.wanted:
            self.wanted = False
            self.rounds += 1
        self.state = "counting"

    def note_current(self) -> None:
        """Note that everything read is counted and projected."""
        if self.state == "counting":
            self.state = "current"

    def as_json(self) -> dict[str, Any]:
        """Return how far it is; `rounds` counts rebuilds since the process started."""
        return {
            "state": self.state,
            "segments_done": self.done,
            "segments": self.segments,
            "rounds": self.rounds,
            "problem": self.problem,
        }
