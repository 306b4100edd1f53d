"""Carrying many messages into the stream of facts: several at a time, never far ahead of the warehouse."""

import time
from collections import deque
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from meadow.analytics.facts import CONSUMER, STREAM
from meadow.core.errors import EngineUnavailable
from meadow.core.nats import is_drained, jetstream_submit, read_floor

IN_FLIGHT: Final = 4
# Messages of ours that the warehouse has not stored yet: at most about 36 MB wait in the stream.
MOST_AHEAD: Final = 12
LOOK_EVERY: Final = 0.05
ANSWER_SECONDS: Final = 15.0
# As long as a restart of NATS or of the warehouse, with a rebuild of a large one, may take.
PATIENCE_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A message on its way, kept until it is acknowledged."""

    data: bytes
    answer: "Future[int] | None"


@dataclass
class Courier:
    """Sends messages to one subject; `last` is the highest sequence that is in the stream for good.

    A message whose acknowledgement was lost is sent again under the same message id, and its facts
    under the same ids: neither stream nor warehouse takes it twice.
    """

    subject: str
    patience: float = PATIENCE_SECONDS
    last: int = 0
    _flying: deque[Sent] = field(default_factory=deque)
    _unread: deque[int] = field(default_factory=deque)

    def send(self, data: bytes) -> None:
        """Hand in one message; waits while enough are under way. Raises EngineUnavailable."""
        while len(self._flying) >= IN_FLIGHT:
            self._land()
        self._keep_near()
        self._flying.append(self._submit(data))

    def finish(self) -> int:
        """Return the highest sequence once everything is acknowledged. Raises EngineUnavailable."""
        while self._flying:
            self._land()
        return self.last

    def _submit(self, data: bytes) -> Sent:
        name = blake2b(data, digest_size=16).hexdigest()
        try:
            answer = jetstream_submit(
                self.subject, data, message_id=name, patience=min(ANSWER_SECONDS, self.patience)
            )
        except EngineUnavailable:
            return Sent(data, None)
        return Sent(data, answer)

    def _land(self) -> None:
        """Wait for the oldest message; one that did not arrive is sent again for a while."""
        deadline = time.monotonic() + self.patience
        while True:
            sent = self._flying[0]
            try:
                if sent.answer is None:
                    raise EngineUnavailable(engine="nats")
                sequence = sent.answer.result(min(ANSWER_SECONDS, self.patience) + 1)
            except (EngineUnavailable, TooSlow) as away:
                if time.monotonic() > deadline:
                    raise EngineUnavailable(engine="nats") from away
                time.sleep(LOOK_EVERY)
                self._flying[0] = self._submit(sent.data)
            else:
                self._flying.popleft()
                self._unread.append(sequence)
                self.last = max(self.last, sequence)
                return

    def _keep_near(self) -> None:
        """Wait while the warehouse is too far behind us. Raises EngineUnavailable."""
        if len(self._unread) < MOST_AHEAD:
            return
        deadline, before = time.monotonic() + self.patience, len(self._unread)
        while True:
            floor = find_floor()
            while self._unread and self._unread[0] <= floor:
                self._unread.popleft()
            if len(self._unread) < MOST_AHEAD:
                return
            if len(self._unread) < before:
                deadline, before = time.monotonic() + self.patience, len(self._unread)
            if time.monotonic() > deadline:
                raise EngineUnavailable(engine="warehouse")
            time.sleep(LOOK_EVERY)


def find_floor() -> int:
    """Return up to which sequence the warehouse has stored the stream; 0 while either is away."""
    try:
        return read_floor(stream=STREAM, consumer=CONSUMER) or 0
    except EngineUnavailable:
        return 0


def is_all_stored() -> bool:
    """Whether the warehouse has stored all that was told by now; False while either is away."""
    try:
        return is_drained(stream=STREAM, consumer=CONSUMER)
    except EngineUnavailable:
        return False
