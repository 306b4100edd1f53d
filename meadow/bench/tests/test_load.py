"""The load client against a real server: it counts, checks answers, and does not hide a stall."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from meadow.bench.load import LoadPlan, raw_request, run_load


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stall = stall_until = 0.0
    status = 200

    def do_GET(self) -> None:
        now = time.monotonic()
        if self.stall and not self.stall_until:
            type(self).stall_until = now + self.stall
        time.sleep(max(self.stall_until - now, 0))
        body = b"<article></article>" * 3
        self.send_response(type(self).status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    Handler.stall = Handler.stall_until = 0.0
    Handler.status = 200
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def plan_for(port: int, *, rate: float = 0.0, count: int = 3, seconds: float = 0.5) -> LoadPlan:
    return LoadPlan(
        port=port,
        requests=[raw_request("/", cookie="a=1"), raw_request("/")],
        seconds=seconds,
        connections=4,
        rate=rate,
        marker="<article",
        marker_count=count,
    )


def test_a_closed_loop_counts_answers(port: int) -> None:
    result = run_load(plan_for(port))

    assert result.failures == 0
    assert result.answers > 10
    assert result.per_second == result.answers / 0.5


def test_an_open_loop_keeps_its_rate(port: int) -> None:
    result = run_load(plan_for(port, rate=40, seconds=2))

    assert result.failures == 0
    # A busy machine may fall behind; without a rate it would be thousands.
    assert 20 <= result.answers <= 115


def test_an_answer_with_too_few_cards_is_a_failure(port: int) -> None:
    result = run_load(plan_for(port, count=4))

    assert result.failures > 0
    assert result.first_failure.startswith("HTTP/1.1 200")


def test_an_error_is_a_failure(port: int) -> None:
    Handler.status = 503

    result = run_load(plan_for(port))

    assert (result.answers, result.failures > 0) == (0, True)


@pytest.mark.slow
def test_a_stall_shows_in_every_request_that_was_due_meanwhile(port: int) -> None:
    # From the first request on, however late that comes.
    Handler.stall = 2.5

    result = run_load(plan_for(port, rate=50, seconds=1))

    assert result.answers > 20
    assert result.p50_ms > 500
