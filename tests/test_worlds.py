"""A simulated world: what the Studio says of its creators is what its archive holds, counted apart.

`MEADOW_WORLD=2000,50000,30,1000` makes the same test a large one: creators, fans, days, and how many
creators are compared and, up to 100, notes looked at; `-o log_cli=true --log-cli-level=INFO` shows
what it measured.
"""

import csv
import io
import json
import logging
import os
import random
import re
import statistics
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from meadow.runtime.testing import LiveStack, start_stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

CREATORS, FANS, DAYS, COMPARED = (
    int(part) for part in os.environ.get("MEADOW_WORLD", "40,600,7,40").split(",")
)
SEED = 7
log = logging.getLogger(__name__)
METRICS = ("reads_raw", "reads_valid", "impressions", "opens", "dwell_ms", "likes", "follows")
WORLD = """
import json
from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.bench.data import sign_in
from meadow.notes.models import Note
operator = make_person("world_operator", role="operator")
notes = Note.objects.filter(state="published").values_list("public_id", "author__handle", "author_id")
print(json.dumps({"cookie": sign_in(operator.pk), "notes": list(notes)}))
"""


class Browser:
    """One signed-in operator, and how long each page took."""

    def __init__(self, stack: LiveStack, cookie: str) -> None:
        self.stack, self.cookie = stack, cookie
        self.took: dict[str, list[float]] = defaultdict(list)

    def get(self, path: str, *, kind: str = "") -> str:
        request = urllib.request.Request(
            self.stack.base_url + path, headers={"Cookie": self.cookie, "Accept-Language": "en"}
        )
        began = time.perf_counter()
        with urllib.request.urlopen(request, timeout=60) as answer:
            body = answer.read().decode("utf-8-sig")
        self.took[kind].append(time.perf_counter() - began)
        return str(body)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStack]:
    stack = start_stack(tmp_path_factory.mktemp("world"), MEADOW_ARCHIVE_SECONDS="1")
    try:
        stack.wait_ready(seconds=180)
        began = time.monotonic()
        said = stack.manage(
            "simulate",
            *("--creators", str(CREATORS), "--fans", str(FANS), "--days", str(DAYS)),
            *("--seed", str(SEED)),
        )
        log.info("simulated in %.1f s: %s", time.monotonic() - began, said)
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="module")
def world(stack: LiveStack) -> dict[str, Any]:
    said = stack.manage("manage", "shell", "--no-imports", "-c", WORLD)
    return dict(json.loads(said.strip().splitlines()[-1]))


def recount(folder: Path) -> dict[int, dict[str, Counter[str]]]:
    """Count the archive's files in plain Python: author → metric → day → figure."""
    verdicts: dict[str, tuple[int, str, str]] = {}
    for path in sorted(folder.glob("verdicts/*/*.parquet")):
        for row in pq.read_table(path).to_pylist():
            key = (int(row["at"].timestamp() * 1000), row["id"], row["provenance"])
            verdicts[row["fact_id"]] = max(verdicts.get(row["fact_id"], key), key)
    found: dict[int, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    seen: set[tuple[int, int, str, str]] = set()
    columns = [
        "id",
        "kind",
        "author_id",
        "note_id",
        "person",
        "signed_in",
        "at",
        "ms",
        "provenance",
    ]
    for path in sorted(folder.glob("facts/*/*.parquet")):
        table = pq.read_table(path, columns=columns)
        for one, kind, author, note, person, signed_in, at, ms, first in zip(
            *(table[name].to_pylist() for name in columns), strict=True
        ):
            provenance = verdicts[one][2] if one in verdicts else first
            day, figures = at.date().isoformat(), found[author]
            if kind == "read":
                figures["reads_raw"][day] += 1
                reader = (author, note, day, person)
                if provenance == "organic" and signed_in and reader not in seen:
                    seen.add(reader)
                    figures["reads_valid"][day] += 1
            if provenance == "invalid":
                continue
            if kind == "dwell":
                figures["dwell_ms"][day] += ms
            plural = {"impression": "impressions", "open": "opens", "like": "likes"}
            name = plural.get(kind, "follows" if kind == "follow" else "")
            if name:
                figures[name][day] += 1
    return found


def test_the_studio_says_what_the_archive_holds(stack: LiveStack, world: dict[str, Any]) -> None:
    browser = Browser(stack, world["cookie"])
    authors = sorted({(handle, author) for _note, handle, author in world["notes"]})
    authors = random.Random(SEED).sample(authors, min(COMPARED, len(authors)))
    # Verdicts on the planted attacks may come while we compare; then it is done over.
    for _ in range(5):
        wait_until_archived(stack)
        manifests = count_manifests(stack)
        counted = recount(stack.home / "archive")
        days = sorted({day for one in counted.values() for found in one.values() for day in found})
        period = f"since={days[0]}&until={days[-1]}"
        differing = [
            handle
            for handle, author in authors
            if read_file(browser, handle, period)
            != {name: dict(counted[author][name]) for name in METRICS}
        ]
        if not differing or manifests == count_manifests(stack):
            break

    assert differing == []
    log.info("%d creators compared, %d days, %d metrics", len(authors), len(days), len(METRICS))
    # One in ten over the other two roads as well: the page's table, and the API.
    for handle, author in authors[:: max(1, len(authors) // 100)]:
        whose = f"author={handle}&{period}"
        page = browser.get(f"/studio?{whose}")
        table = re.search(r'id="chart-reads-table".*?</table>', page, re.DOTALL)
        assert table is not None
        cells = re.findall(r'<td[^>]*data-value="(\d+)"', table.group(0))
        api = {
            name: json.loads(browser.get(f"/api/v1/metrics/{name}?by=day&{whose}"))
            for name in ("reads_valid", "reads_raw")
        }
        valid = [row["value"] for row in api["reads_valid"]["rows"]]
        assert [str(value) for value in valid] == cells[:: len(cells) // len(valid)]
        for name, answer in api.items():
            rows = {row["label"]: row["value"] for row in answer["rows"] if row["value"]}
            assert rows == dict(counted[author][name])
            assert answer["value"] == sum(counted[author][name].values())


def read_file(browser: Browser, handle: str, period: str) -> dict[str, dict[str, int]]:
    """Return the figures of a creator's chart from its CSV: metric → day → figure, without zeros."""
    asked = f"metrics={','.join(METRICS)}&by=day&author={handle}&{period}"
    lines = list(csv.reader(io.StringIO(browser.get(f"/studio/series.csv?{asked}"))))[1:]
    return {
        name: {line[0]: int(line[place]) for line in lines if line[place] != "0"}
        for place, name in enumerate(METRICS, start=1)
    }


def count_manifests(stack: LiveStack) -> int:
    """Return how many manifests the archive has now."""
    return len(list((stack.home / "archive" / "manifest").glob("*.json")))


def test_pages_of_the_world_answer(stack: LiveStack, world: dict[str, Any]) -> None:
    browser = Browser(stack, world["cookie"])
    chance = random.Random(SEED)
    assert "<article" in browser.get("/", kind="hot")
    looked_at = min(COMPARED, 100, len(world["notes"]))
    for note, handle, _author in chance.sample(world["notes"], looked_at):
        hot = browser.get("/", kind="hot")
        # It shows no note twice in one sitting, and says so once all were seen.
        assert "<article" in hot or 'action="/hot/again"' in hot
        assert note in browser.get(f"/n/{note}", kind="note")
        for path in ("/studio", "/studio/notes", f"/studio/notes/{note}", "/studio/followers"):
            body = browser.get(f"{path}?author={handle}", kind=path.replace(note, "…"))
            assert "data-figure" in body or "<table" in body

    for kind, took in browser.took.items():
        p95 = statistics.quantiles(took, n=20)[-1]
        middle = statistics.median(took)
        log.info("%-18s p50 %5.0f ms, p95 %5.0f ms", kind, middle * 1000, p95 * 1000)


def wait_until_archived(stack: LiveStack) -> None:
    """Return once everything stored stands in the archive."""
    deadline = time.monotonic() + 120
    while "0 rows wait" not in (said := stack.manage("facts", "verify")):
        assert time.monotonic() < deadline, said
        time.sleep(1)
    log.info(said)
