"""From `POST /e` to the author's open page, and how fast facts become durable, beside raw engines."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from meadow.bench.framework import AT_LEAST, AT_MOST, Bench, Bound, Row, Steps, middle
from meadow.bench.open_page import OpenPage
from meadow.bench.place import own_folder
from meadow.runtime.testing import LiveStack, start_stack

RATE = 200.0
SECONDS = 20.0
SENDERS = 2
NOTES = 20
ROUNDS = 3
SETTLE_SECONDS = 20.0
TABLE_FACTS = 600_000
JSON_FACTS = 300_000
KILL_SECONDS = 10.0
KILL_AFTER = 4.0
STEPS = 3 + ROUNDS + 2 * ROUNDS
CHDB, ROW, COPY = "raw chDB insert", "PostgreSQL row insert", "PostgreSQL COPY"
WORLD = f"""
import json
from meadow.accounts.testing import make_person
from meadow.bench.data import sign_in
from meadow.core.clock import now
from meadow.core.realtime import mint_credentials
from meadow.notes.testing import make_note
author = make_person("bench_author")
notes = [make_note(author.pk, title=f"Note {{n}}") for n in range({NOTES})]
given = mint_credentials(person_id=author.pk, now=now())
print(json.dumps({{
    "author": author.pk, "cookie": sign_in(author.pk),
    "notes": [[note.pk, note.public_id] for note in notes],
    "credentials": {{"url": given.url, "jwt": given.jwt, "subjects": given.subjects}},
}}))
"""


@dataclass
class Figures:
    """Results of the rounds."""

    p50: list[float] = field(default_factory=list)  # seconds
    p99: list[float] = field(default_factory=list)
    unseen: int = 0
    events: int = 0
    table: list[dict[str, float]] = field(default_factory=list)
    batches: list[dict[str, float]] = field(default_factory=list)
    raw_table: list[dict[str, float]] = field(default_factory=list)
    raw_batches: list[dict[str, float]] = field(default_factory=list)
    off_after_kill: int | None = None
    killed_events: int = 0


def bench() -> Bench:
    """Return the bench."""
    about = f"reads by POST /e at {RATE:.0f}/s to the open page; durable facts a second"
    return Bench(name="ingest", about=about, steps=STEPS, run=run)


def run(steps: Steps) -> Sequence[Row]:
    """Run a whole installation of its own and measure it in rounds."""
    with own_folder() as folder:
        steps.start("starting an installation")
        stack = start_stack(folder, MEADOW_ENV="development")
        try:
            stack.wait_ready(seconds=120)
            return rows_of(measure(stack, steps))
        finally:
            stack.stop()


def measure(stack: LiveStack, steps: Steps) -> Figures:
    """Measure against an installation that is up."""
    steps.start("writing notes")
    world = json.loads(
        stack.manage("manage", "shell", "--no-imports", "-c", WORLD).strip().splitlines()[-1]
    )
    figures = Figures()
    counted = dict.fromkeys((public for _note, public in world["notes"]), 0)
    watch(stack, world, counted, seconds=4.0)  # so that every process has met every path
    for number in range(1, ROUNDS + 1):
        steps.start(f"reads to the open page, round {number} of {ROUNDS}")
        late, unseen = watch(stack, world, counted, seconds=SECONDS)
        figures.p50.append(float(np.percentile(late, 50)))
        figures.p99.append(float(np.percentile(late, 99)))
        figures.unseen += unseen
        figures.events += len(late) + unseen
    first = 0
    for number in range(1, ROUNDS + 1):
        for form, count, ours, raw in (
            ("table", TABLE_FACTS, figures.table, figures.raw_table),
            ("json", JSON_FACTS, figures.batches, figures.raw_batches),
        ):
            steps.start(f"durable facts ({form}), round {number} of {ROUNDS}")
            spec = {"form": form, "count": count, "first": first}
            ours.append(program(stack, "publish_facts", spec))
            rows = max(1, round(ours[-1]["batch"]))
            spec = {"rows": rows, "batches": max(1, min(10, count // rows))}
            raw.append(program(stack, "raw_insert", spec))
            first += count
    steps.start("kill -9 of the warehouse under load")
    figures.killed_events, figures.off_after_kill = kill_and_count(stack, world, counted)
    return figures


def watch(
    stack: LiveStack, world: dict[str, Any], counted: dict[str, int], *, seconds: float
) -> tuple[list[float], int]:
    """Send reads while a page watches; returns the latencies (s) and how many were never seen.

    `counted` holds the raw reads before, by public id, and is brought up to date.
    """
    page, sent = asyncio.run(_watch(stack, world, seconds=seconds))
    if page.errors:
        raise RuntimeError(f"the open page could not be read: {page.errors[0]}")
    latencies: list[float] = []
    unseen = 0
    for note, public in world["notes"]:
        moments = sorted(moment for one in sent for moment in one["sent"][str(note)])
        shown = sorted(page.shown.get(public, []))
        reached = list(np.maximum.accumulate([count for _moment, count in shown] or [0]))
        for place, moment in enumerate(moments, start=1):
            at = bisect_left(reached, counted[public] + place)
            if at < len(shown):
                latencies.append(shown[at][0] - moment)
            else:
                unseen += 1
        counted[public] += len(moments)
    return latencies, unseen


async def _watch(
    stack: LiveStack, world: dict[str, Any], *, seconds: float
) -> tuple[OpenPage, list[dict[str, Any]]]:
    page = OpenPage(
        base_url=stack.base_url, cookie=world["cookie"], credentials=world["credentials"]
    )
    over, ready = asyncio.Event(), asyncio.Event()
    watching = asyncio.ensure_future(page.watch(over, ready=ready))
    await asyncio.wait(
        {asyncio.ensure_future(ready.wait()), watching}, return_when="FIRST_COMPLETED"
    )
    spec = json.dumps(
        {
            "url": f"{stack.base_url}/e",
            "rate": RATE / SENDERS,
            "seconds": seconds,
            "notes": [[note, world["author"]] for note, _public in world["notes"]],
        }
    )
    senders = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "meadow.bench.beacons",
            spec,
            env=stack.env,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(SENDERS)
    ]
    said = await asyncio.gather(*(sender.communicate() for sender in senders))
    sent = [json.loads(out) for out, _err in said]
    await asyncio.sleep(2.0)
    over.set()
    await watching
    return page, sent


def kill_and_count(
    stack: LiveStack, world: dict[str, Any], counted: dict[str, int]
) -> tuple[int, int]:
    """Kill the warehouse while reads arrive; returns the reads sent and by how many it is off."""

    async def killed() -> list[dict[str, Any]]:
        async def kill() -> None:
            await asyncio.sleep(KILL_AFTER)
            os.kill(stack.pids["warehouse"], signal.SIGKILL)

        ending = asyncio.ensure_future(kill())
        _page, sent = await _watch(stack, world, seconds=KILL_SECONDS)
        await ending
        return sent

    sent = asyncio.run(killed())
    expected = {
        public: counted[public] + sum(len(one["sent"][str(note)]) for one in sent)
        for note, public in world["notes"]
    }
    total = sum(expected.values()) - sum(counted.values())
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        found = read_counts(stack, world)
        off = sum(abs(found[public] - expected[public]) for public in expected)
        if off == 0 or time.monotonic() > deadline:
            return total, off
        time.sleep(0.5)


def read_counts(stack: LiveStack, world: dict[str, Any]) -> dict[str, int]:
    """Return the raw reads of each note as PostgreSQL has them now."""
    notes = [note for note, _public in world["notes"]]
    code = (
        "import json; from meadow.analytics.queries import get_note_reads;"
        f"found = get_note_reads({notes});"
        "print(json.dumps({note: reads.raw for note, reads in found.items()}))"
    )
    said = stack.manage("manage", "shell", "--no-imports", "-c", code)
    found = json.loads(said.strip().splitlines()[-1])
    return {public: int(found[str(note)]) for note, public in world["notes"]}


def program(stack: LiveStack, name: str, spec: dict[str, Any]) -> dict[str, float]:
    """Run one of our measuring programs against the installation."""
    done = subprocess.run(
        [sys.executable, "-m", f"meadow.bench.{name}", json.dumps(spec)],
        env=stack.env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"meadow.bench.{name}:\n{done.stderr[-1500:]}")
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def rows_of(figures: Figures) -> list[Row]:
    """Turn results into the rows that the budgets name."""
    late = Row(
        f"event to the author's open page at {RATE:.0f} events/s, p99",
        "s",
        Bound(AT_MOST, 1.0),
        Bound(AT_MOST, 0.3),
        ours=None if figures.unseen else middle(figures.p99),
        note=f"{figures.unseen} of {figures.events} events never reached the page"
        if figures.unseen
        else f"p50 {middle(figures.p50):g} s; {figures.events:,} events from {SENDERS} processes",
    )
    rows = [late]
    for name, ours, raw in (
        ("durable facts, imported tables of 20,000", figures.table, figures.raw_table),
        ("durable facts, browsers' batches of 200", figures.batches, figures.raw_batches),
    ):
        ratios = [a["per_second"] / b["chdb"] for a, b in zip(ours, raw, strict=True)]
        rows.append(
            Row(
                name,
                "facts/s",
                Bound(AT_LEAST, 0.25, of_ratio=True),
                ours=middle([one["per_second"] for one in ours]),
                beside={
                    CHDB: middle([one["chdb"] for one in raw]),
                    ROW: middle([one["postgresql_row"] for one in raw]),
                    COPY: middle([one["postgresql_copy"] for one in raw]),
                },
                ratio=middle(ratios),
                note=f"stored in batches of {middle([one['batch'] for one in ours]):,.0f}, as chDB's;"
                " same table, projections and synced parts; from the first publish until stored",
            )
        )
    rows.append(
        Row(
            "facts lost or doubled after kill -9 of the warehouse",
            "facts",
            Bound(AT_MOST, 0),
            ours=figures.off_after_kill,
            note=f"{figures.killed_events:,} acknowledged while it was killed",
        )
    )
    return rows
