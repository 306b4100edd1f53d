"""`meadow bench search`: a million notes in Chinese and English, beside tantivy in process."""

import hashlib
import json
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from meadow.bench.framework import AT_LEAST, AT_MOST, Bench, Bound, Row, Steps
from meadow.bench.place import KeptPlace, call, kept_postgres
from meadow.runtime.environment import SOURCE

# Fewer for a look at the bench itself; the budget is about a million.
NOTES: Final = int(os.environ.get("MEADOW_BENCH_SEARCH_NOTES", "1000000"))
ROUNDS: Final = 2
PEER: Final = "tantivy"
# What the built data depend on: another version of any of these builds them anew.
_MADE_BY: Final = (
    *("meadow/bench/search_world.py", "meadow/bench/search_parts.py", "meadow/search/text.py"),
    *("meadow/search/chinese.py", "meadow/search/stems.py", "meadow/search/services"),
    *("meadow/search/migrations", "meadow/notes/migrations", "meadow/accounts/migrations"),
)


def bench() -> Bench:
    """Return the bench."""
    return Bench("search", f"{NOTES:,} notes in Chinese and English", steps=6 + ROUNDS, run=run)


def run(steps: Steps) -> list[Row]:
    """Fill a database and an index beside it, unless an earlier run did; ask both the same questions."""
    with kept_postgres(steps, name="search", mark=mark_of(SOURCE)) as place:
        steps.start(f"writing {NOTES:,} notes")
        made = place.once(lambda: _build(place, steps))
        steps.start("asking tantivy")
        peer = _part("peer", place)
        found = []
        for number in range(1, ROUNDS + 1):
            steps.start(f"asking ours, round {number} of {ROUNDS}")
            found.append(_part("ours" if number == 1 else "ours_again", place))
    return rows_of(made, peer, found)


def rows_of(made: dict[str, Any], peer: dict[str, Any], found: list[dict[str, Any]]) -> list[Row]:
    """Return the rows of the budget, each class of questions, and how much of what was planted is found."""
    whole = made["notes"] == NOTES
    theirs = peer["times"]
    ours = {
        name: [one for each in found for one in each["times"][name]] for name in found[0]["times"]
    }
    middle = _place(_all(theirs, theirs), 0.5)
    said = f"{PEER} p50 {middle:.2f} ms; it checks no access and weighs no quality or age"
    if not whole:
        said = f"{made['notes']:,} of {NOTES:,} notes are in the index"
    rows = [
        _speed(
            f"a question to {NOTES:,} notes, all kinds, p95",
            _all(ours, theirs),
            _all(theirs, theirs),
            whole=whole,
            more=said,
        )
    ]
    rows += [
        _speed(f"{name}, p95", times, theirs.get(name, []), whole=whole)
        for name, times in ours.items()
    ]
    rows.append(
        Row(
            "notes indexed by a rebuild",
            "notes/s",
            Bound(AT_LEAST, 2_000),
            ours=_short(made["notes"] / made["seconds"]),
            beside={PEER: _short(NOTES / made["peer_seconds"])},
            note="words, dictionary with its keys and all indexes; both at once, one process each",
        )
    )
    for kind, said, goal in (
        ("exact_zh", "planted notes in the first 20, Chinese, as written", 0.98),
        ("exact_en", "planted notes in the first 20, English, as written", 0.98),
        ("slip_zh", "planted notes in the first 20, Chinese, with a wrong homophone", 0.8),
        ("slip_en", "planted notes in the first 20, English, with a slip", 0.9),
    ):
        rows.append(
            Row(
                said,
                "share",
                Bound(AT_LEAST, goal),
                ours=_short(found[0]["recall"][kind]),
                beside={PEER: _short(peer["recall"][kind])},
            )
        )
    return rows


def mark_of(source: Path) -> str:
    """Return a name for data built by this code: another one where any of it changed."""
    seen = hashlib.sha256(str(NOTES).encode())
    for part in _MADE_BY:
        path = source / part
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            seen.update(file.read_bytes())
    return seen.hexdigest()[:12]


def _build(place: KeptPlace, steps: Steps) -> dict[str, Any]:
    """Fill the place. Both indexes are made at once: each keeps one core busy."""
    call(["meadow.cli.main", "manage", "migrate"], place.env)
    _part("world", place)
    steps.start("making both indexes")
    with ThreadPoolExecutor(2) as both:
        theirs = both.submit(_part, "peer_index", place)
        made = _part("index", place)
        return made | {"peer_seconds": theirs.result()["seconds"]}


def _speed(
    said: str, ours: list[float], theirs: list[float], *, whole: bool, more: str = ""
) -> Row:
    p50, p95, p99 = (_place(ours, share) for share in (0.5, 0.95, 0.99))
    beside = _place(theirs, 0.95) if theirs else None
    return Row(
        said,
        "ms",
        Bound(AT_MOST, 80),
        Bound(AT_MOST, 30),
        ours=_short(p95) if whole else None,
        beside={f"{PEER} p95": _short(beside)} if beside else {},
        ratio=_short(p95 / beside) if beside else None,
        note="; ".join(filter(None, (f"p50 {p50:.1f} ms, p99 {p99:.1f} ms", more))),
    )


def _all(times: dict[str, list[float]], names: Iterable[str]) -> list[float]:
    """Return the times of what both were asked."""
    return [one for name in names for one in times[name]]


def _place(times: list[float], share: float) -> float:
    return sorted(times)[min(int(len(times) * share), len(times) - 1)]


def _part(name: str, place: KeptPlace) -> dict[str, Any]:
    folder = str(place.folder / PEER)
    said = call(["meadow.bench.search_parts", name, str(NOTES), folder], place.env)
    found: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    return found


def _short(value: float) -> float:
    return float(f"{value:.3g}")
