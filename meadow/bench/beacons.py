"""A program that sends reads to `POST /e` at a steady rate, as so many browsers: `beacons.py SPEC`.

Prints one JSON line: for each note the moments its events were handed to the socket (CLOCK_MONOTONIC,
which all processes of a machine share), and how many were not acknowledged.
"""

import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"


@dataclass(frozen=True)
class Plan:
    """What to send: `rate` events a second for `seconds`, over these (note, author)."""

    url: str
    rate: float
    seconds: float
    notes: list[tuple[int, int]]


def main(words: list[str]) -> None:
    """Send what the plan says; the tokens are sealed here, with the installation's secret."""
    given = json.loads(words[0])
    plan = Plan(
        url=given["url"],
        rate=given["rate"],
        seconds=given["seconds"],
        notes=[(int(note), int(author)) for note, author in given["notes"]],
    )
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meadow.web.settings")
    import django

    django.setup()
    print(json.dumps(asyncio.run(send(plan))), flush=True)


async def send(plan: Plan) -> dict[str, Any]:
    """Send every event at its own moment, late ones at once; returns what became of them."""
    sent: dict[int, list[float]] = {note: [] for note, _author in plan.notes}
    refused: list[str] = []
    waiting: set[asyncio.Task[None]] = set()
    connector = aiohttp.TCPConnector(limit=64)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def post(note: int, body: bytes) -> None:
            moment = time.monotonic()
            try:
                async with session.post(
                    plan.url,
                    data=body,
                    headers={"Content-Type": "application/json", "User-Agent": AGENT},
                    timeout=aiohttp.ClientTimeout(total=10),
                ) as answer:
                    if answer.status == 204:
                        sent[note].append(moment)
                    else:
                        refused.append(str(answer.status))
            except (aiohttp.ClientError, TimeoutError, OSError) as lost:
                refused.append(type(lost).__name__)

        began = time.monotonic()
        for number in range(int(plan.rate * plan.seconds)):
            note, author = plan.notes[number % len(plan.notes)]
            body = make_body(note=note, author=author)
            await asyncio.sleep(max(0.0, began + number / plan.rate - time.monotonic()))
            task = asyncio.ensure_future(post(note, body))
            waiting.add(task)
            task.add_done_callback(waiting.discard)
        await asyncio.gather(*waiting)
        took = time.monotonic() - began
    return {
        "sent": {note: sorted(times) for note, times in sent.items()},
        "refused": refused,
        "seconds": took,
    }


def make_body(*, note: int, author: int) -> bytes:
    """Return one read with a token of its own."""
    from meadow.analytics.tokens import seal_token
    from meadow.core.clock import now
    from meadow.core.ids import new_id

    token = seal_token(note_id=note, author_id=author, surface="hot", now=now())
    event = {"id": new_id("e"), "k": "read", "t": token, "ms": 1500}
    return json.dumps({"v": 1, "events": [event]}).encode()


if __name__ == "__main__":
    main(sys.argv[1:])
