"""Clients that write to a database for some seconds: each a process, so that none waits."""

import multiprocessing
import time
from collections.abc import Callable
from typing import Any, Final

START: Final = 0.5  # by then every client has its connection


def drive(
    act: Callable[[int, int], None], *, clients: int, seconds: float, each: int = 1
) -> dict[str, Any]:
    """Let `clients` processes call `act(client, step)` one after another for `seconds`, after a fifth more.

    Returns `rate` (calls times `each`, a second), `p50` and `p99` (milliseconds a call). Raises
    RuntimeError when a client failed.
    """
    processes = multiprocessing.get_context("fork")
    answers: Any = processes.Queue()
    begin = time.monotonic() + START
    started = [
        processes.Process(target=_client, args=(act, number, begin, seconds, answers))
        for number in range(clients)
    ]
    for one in started:
        one.start()
    found: list[tuple[list[float], float, str]] = [answers.get() for _one in started]
    for one in started:
        one.join()
    failed = [said for _times, _rate, said in found if said]
    if failed:
        raise RuntimeError(failed[0])
    if not any(times for times, _rate, _said in found):
        raise RuntimeError(f"no client came to an end within {seconds:g} s")
    times = sorted(took for each_one, _rate, _said in found for took in each_one)
    return {
        "rate": sum(rate for _times, rate, _said in found) * each,
        "p50": times[len(times) // 2] * 1000,
        "p99": times[len(times) * 99 // 100] * 1000,
    }


def _client(
    act: Callable[[int, int], None], number: int, begin: float, seconds: float, answers: Any
) -> None:
    times: list[float] = []
    try:
        act(number, 0)
        time.sleep(max(0.0, begin - time.monotonic()))
        warm, end, step = begin + seconds / 5, begin + seconds * 1.2, 0
        while (now := time.monotonic()) < end:
            step += 1
            act(number, step)
            if now >= warm:
                times.append(time.monotonic() - now)
    except Exception as failure:  # noqa: BLE001 - told to the parent, which raises it
        answers.put((times, 0.0, f"client {number}: {failure!r}"))
        return
    # One that was slower than the whole time has done nothing in it.
    answers.put((times, len(times) / sum(times) if times else 0.0, ""))
