"""An author's open page without the pixels: listens as its script does, fetches what it fetches."""

import asyncio
import re
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg

RAW = re.compile(rb'data-reads-raw="(\d+)"')


@dataclass
class OpenPage:
    """Figures as the page showed them: for each note (moment, raw reads), CLOCK_MONOTONIC."""

    base_url: str
    cookie: str
    credentials: dict[str, Any]  # url, jwt, subjects
    shown: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    async def watch(self, over: asyncio.Event, *, ready: asyncio.Event) -> None:
        """Listen until `over`; every word about a note is followed by one fetch of its figures."""
        client = Client()
        fetching: dict[str, asyncio.Task[None]] = {}
        again: set[str] = set()
        headers = {"Cookie": self.cookie, "HX-Request": "true"}
        async with aiohttp.ClientSession(headers=headers) as session:

            async def fetch(note: str) -> None:
                while True:
                    again.discard(note)
                    async with session.get(f"{self.base_url}/n/{note}/reads") as answer:
                        body = await answer.read()
                        found = RAW.search(body)
                        if answer.status != 200 or found is None:
                            self.errors.append(f"{answer.status} {body[:120]!r}")
                            return
                    moment = time.monotonic()
                    self.shown.setdefault(note, []).append((moment, int(found.group(1))))
                    if note not in again:
                        return

            async def hear(message: Msg) -> None:
                note = orjson.loads(message.data).get("note_id")
                if note is None:
                    return
                running = fetching.get(note)
                if running is None or running.done():
                    fetching[note] = asyncio.ensure_future(fetch(note))
                else:
                    again.add(note)

            await client.connect(
                self.credentials["url"],
                user_jwt_cb=lambda: bytearray(self.credentials["jwt"].encode()),
                signature_cb=lambda nonce: b"",
                connect_timeout=5,
            )
            for subject in self.credentials["subjects"]:
                await client.subscribe(subject, cb=hear)
            await client.flush()
            ready.set()
            await over.wait()
            await asyncio.gather(*fetching.values())
            await client.close()
