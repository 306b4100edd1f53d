"""`meadow bench NAME… --json FILE`: run benches and print their rows."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from meadow.bench import (
    auction,
    audience,
    eligibility,
    feed,
    forecast,
    ingest,
    ledger,
    pacing,
    ranking,
    search,
)
from meadow.bench.framework import Bench, run_benches, write_results

BENCHES: dict[str, Callable[[], Bench]] = {
    "auction": auction.bench,
    "audience": audience.bench,
    "eligibility": eligibility.bench,
    "feed": feed.bench,
    "forecast": forecast.bench,
    "ingest": ingest.bench,
    "ledger": ledger.bench,
    "pacing": pacing.bench,
    "ranking": ranking.bench,
    "search": search.bench,
}


def main(words: Sequence[str]) -> int:
    """Run the named benches; the exit status is 1 when a row does not hold, 2 for a wrong name."""
    parser = argparse.ArgumentParser(prog="meadow bench", description=__doc__)
    parser.add_argument("names", nargs="+", metavar="NAME", choices=sorted(BENCHES))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results here too")
    options = parser.parse_args(words)
    console = Console()
    results = run_benches([BENCHES[name]() for name in options.names], console=console)
    if options.json:
        write_results(results, options.json)
        console.print(f"results are in {options.json}")
    rows = [row for bench in results["benches"] for row in bench["rows"]]
    return 0 if all(row["holds"] for row in rows) else 1
