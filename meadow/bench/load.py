"""A light HTTP load client: keep-alive connections over raw asyncio, in a process of its own.

Closed loop (`rate` 0): every connection asks again as soon as it has an answer; measures capacity.
Open loop: requests fall due by a Poisson process at `rate` a second whether or not answers come, and
latency counts from when a request was due, so that a stall is not hidden (coordinated omission).
"""

import asyncio
import json
import math
import random
import resource
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


@dataclass(frozen=True)
class LoadPlan:
    """What to ask and how: `requests` are raw HTTP requests taken in turn; times in seconds.

    Every answer must be a 200 that contains `marker`, where one is given, exactly `marker_count` times.
    """

    port: int
    requests: list[str]
    seconds: float
    connections: int
    rate: float = 0.0
    warm_up: float = 0.0
    marker: str = ""
    marker_count: int = 0
    seed: int = 1


@dataclass(frozen=True)
class LoadResult:
    """What came of it: latencies in milliseconds, `client_cpu` as a share of one core."""

    answers: int
    failures: int
    per_second: float
    p50_ms: float
    p99_ms: float
    client_cpu: float
    first_failure: str = ""
    bytes_per_answer: int = 0
    # Also what was asked while warming up.
    asked: int = 0


class LoadFailed(RuntimeError):
    """The load client could not finish."""


def run_load(plan: LoadPlan) -> LoadResult:
    """Run a plan in a separate process and return its result. Raises LoadFailed."""
    done = subprocess.run(
        [sys.executable, "-m", "meadow.bench.load"],
        input=json.dumps(asdict(plan)),
        capture_output=True,
        text=True,
        timeout=plan.seconds + plan.warm_up + 60,
        check=False,
    )
    if done.returncode != 0:
        raise LoadFailed(done.stderr[-2000:])
    return LoadResult(**json.loads(done.stdout))


@dataclass
class _Tally:
    plan: LoadPlan
    wire: list[bytes]
    marker: bytes
    started: float
    latencies: list[float] = field(default_factory=list)
    failures: int = 0
    first_failure: str = ""
    bytes_read: int = 0
    turn: int = 0

    def next_request(self) -> bytes:
        self.turn += 1
        return self.wire[(self.turn - 1) % len(self.wire)]

    def note(self, due: float, head: bytes, body: bytes) -> None:
        now = time.perf_counter()
        good = head.startswith(b"HTTP/1.1 200")
        if good and self.marker:
            good = body.count(self.marker) == self.plan.marker_count
        if not good:
            self.failures += 1
            if not self.first_failure:
                self.first_failure = (head + HEAD_END + body)[:500].decode(errors="replace")
        elif due >= self.started:
            self.latencies.append((now - due) * 1000)
            self.bytes_read += len(head) + len(body)


class _Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way."""

    def __init__(self, tally: _Tally, idle: "_Dispatcher") -> None:
        self.tally = tally
        self.dispatcher = idle
        self.transport: asyncio.Transport | None = None
        self.parts: list[bytes] = []
        self.head: bytes | None = None
        self.missing = 0
        self.due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP always is
        self.transport = transport
        self.dispatcher.became_idle(self)

    def send(self, due: float) -> None:
        self.due = due
        self.parts, self.head, self.missing = [], None, 0
        if self.transport is not None:
            self.transport.write(self.tally.next_request())

    def data_received(self, data: bytes) -> None:
        self.parts.append(data)
        if self.head is None:
            joined = b"".join(self.parts)
            end = joined.find(HEAD_END)
            if end < 0:
                return
            self.head = joined[:end]
            self.parts = [joined[end + 4 :]]
            lowered = self.head.lower()
            at = lowered.find(LENGTH)
            if at < 0:
                raise LoadFailed(f"an answer without a length: {self.head!r}")
            stop = lowered.find(b"\r\n", at)
            value = lowered[at + len(LENGTH) : stop if stop >= 0 else None]
            self.missing = int(value) - len(self.parts[0])
        else:
            self.missing -= len(data)
        if self.missing <= 0:
            self.tally.note(self.due, self.head, b"".join(self.parts))
            self.dispatcher.became_idle(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.dispatcher.lost(self)


class _Dispatcher:
    """Hands requests to idle connections: at once, or as they fall due."""

    def __init__(self, *, open_loop: bool) -> None:
        self.open_loop = open_loop
        self.idle: deque[_Connection] = deque()
        self.waiting: deque[float] = deque()
        self.over = False
        self.lost_connections = 0

    def became_idle(self, connection: _Connection) -> None:
        if self.waiting:
            connection.send(self.waiting.popleft())
        elif self.open_loop or self.over:
            self.idle.append(connection)
        else:
            connection.send(time.perf_counter())

    def due(self, when: float) -> None:
        if self.idle:
            self.idle.popleft().send(when)
        else:
            self.waiting.append(when)

    def lost(self, connection: _Connection) -> None:
        self.lost_connections += 0 if self.over else 1


async def measure(plan: LoadPlan) -> LoadResult:
    """Carry out a plan in this process."""
    loop = asyncio.get_running_loop()
    begin = time.perf_counter()
    tally = _Tally(
        plan=plan,
        wire=[request.encode() for request in plan.requests],
        marker=plan.marker.encode(),
        started=begin + plan.warm_up,
    )
    dispatcher = _Dispatcher(open_loop=plan.rate > 0)
    transports = []
    for _ in range(plan.connections):
        transport, _protocol = await loop.create_connection(
            lambda: _Connection(tally, dispatcher), "127.0.0.1", plan.port
        )
        transports.append(transport)
    end = tally.started + plan.seconds
    if plan.rate:
        await _follow_schedule(plan, dispatcher, begin=begin, end=end)
    else:
        await asyncio.sleep(end - time.perf_counter())
    counted, cpu = list(tally.latencies), resource.getrusage(resource.RUSAGE_SELF)
    if plan.rate:
        # What was due counts, however late it comes; what never comes is a failure.
        await _drain(dispatcher, plan.connections)
        counted = list(tally.latencies)
        tally.failures += len(dispatcher.waiting)
    dispatcher.over = True
    for transport in transports:
        transport.abort()
    if dispatcher.lost_connections:
        raise LoadFailed(f"{dispatcher.lost_connections} connections were cut")
    counted.sort()
    return LoadResult(
        answers=len(counted),
        failures=tally.failures,
        per_second=len(counted) / plan.seconds,
        p50_ms=quantile(counted, 0.50),
        p99_ms=quantile(counted, 0.99),
        client_cpu=(cpu.ru_utime + cpu.ru_stime) / (plan.seconds + plan.warm_up),
        first_failure=tally.first_failure,
        bytes_per_answer=tally.bytes_read // max(len(tally.latencies), 1),
        asked=tally.turn,
    )


async def _follow_schedule(
    plan: LoadPlan, dispatcher: _Dispatcher, *, begin: float, end: float
) -> None:
    chance = random.Random(plan.seed)
    due = begin
    while True:
        due += chance.expovariate(plan.rate)
        if due >= end:
            return
        wait = due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        dispatcher.due(due)


async def _drain(dispatcher: _Dispatcher, connections: int) -> None:
    for _ in range(500):
        if not dispatcher.waiting and len(dispatcher.idle) == connections:
            return
        await asyncio.sleep(0.01)


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value that `share` of the sorted values do not exceed (nearest rank)."""
    if not ordered:
        return float("nan")
    rank = math.ceil(len(ordered) * share) - 1
    return round(ordered[max(rank, 0)], 3)


def raw_request(path: str, *, cookie: str = "", language: str = "en") -> str:
    """Return a browser-like GET as it goes over the wire."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Accept: text/html",
        f"Accept-Language: {language}",
        "User-Agent: meadow-bench",
    ]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    return "\r\n".join(lines) + "\r\n\r\n"


if __name__ == "__main__":
    plan = LoadPlan(**json.load(sys.stdin))
    json.dump(asdict(asyncio.run(measure(plan))), sys.stdout)
