"""A program that puts made facts into the stream and waits until they are stored: prints JSON.

`publish_facts.py SPEC`: `form` is `table` (Arrow, as the import sends) or `json` (as browsers' batches
of 200 arrive). The clock runs from the first message to the moment the warehouse answers with all.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any

from meadow.analytics.columns import encode_table
from meadow.analytics.facts import SUBJECT_IMPORT, SUBJECT_WEB, Fact, encode_facts
from meadow.bench.facts_made import make_facts

IN_FLIGHT = 32
PATIENCE_SECONDS = 240.0


def main(words: list[str]) -> None:
    """Publish, wait, print facts a second and how large the warehouse's batches were."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meadow.web.settings")
    import django

    django.setup()
    given = json.loads(words[0])
    messages = make_messages(given["form"], count=given["count"], first=given["first"])
    print(json.dumps(asyncio.run(publish(messages, first=given["first"], count=given["count"]))))


def make_messages(form: str, *, count: int, first: int) -> list[tuple[str, bytes]]:
    """Return subject and bytes of each message, made before the clock starts."""
    if form == "table":
        size = 20_000
        return [
            (SUBJECT_IMPORT, encode_table(make_facts(size, first=start), fresh_tokens=True))
            for start in range(first, first + count, size)
        ]
    size = 200
    return [
        (SUBJECT_WEB, as_json(make_facts(size, first=start)))
        for start in range(first, first + count, size)
    ]


def as_json(table: Any) -> bytes:
    """Return a table in the form that the web process sends."""
    import pyarrow as pa

    for name in ("at", "received_at"):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, table[name].cast(pa.int64()))
    return encode_facts([Fact(**row) for row in table.to_pylist()])


async def publish(messages: list[tuple[str, bytes]], *, first: int, count: int) -> dict[str, float]:
    """Publish with several in flight; returns once every fact is stored."""
    import nats
    from django.conf import settings

    from meadow.analytics.warehouse.client import get_client

    environment = settings.ENVIRONMENT
    client = await nats.connect(environment.nats_url, user_credentials=environment.nats_creds)
    stream = client.jetstream(timeout=60)
    gate = asyncio.Semaphore(IN_FLIGHT)

    async def send(subject: str, data: bytes) -> None:
        async with gate:
            await stream.publish(subject, data)

    warehouse = get_client()
    # The number of rows is known without reading any: asking must not cost what is measured.
    total = "SELECT count() FROM facts"
    before = int(warehouse.command(total))
    began = time.perf_counter()
    await asyncio.gather(*(send(subject, data) for subject, data in messages))
    acknowledged = time.perf_counter() - began
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while True:
        stored = int(warehouse.command(total)) - before
        if stored >= count:
            break
        if time.perf_counter() > deadline:
            raise SystemExit(f"only {stored} of {count} facts were stored in {PATIENCE_SECONDS} s")
        await asyncio.sleep(0.05)
    took = time.perf_counter() - began
    await client.close()
    batches = warehouse.query(
        "SELECT uniqExact(batch) FROM facts WHERE id BETWEEN {first:String} AND {last:String}",
        parameters={"first": f"i{first:015d}", "last": f"i{first + count - 1:015d}"},
    ).result_rows[0][0]
    return {
        "per_second": count / took,
        "acknowledged_per_second": count / acknowledged,
        "batch": count / max(1, batches),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
