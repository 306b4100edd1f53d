"""`meadow bench ledger`: transfers one by one and in batches, beside pgbench and django-hordak; balances."""

import json
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from meadow.bench.framework import AT_LEAST, AT_MOST, Bench, Bound, Row, Steps, middle
from meadow.bench.ledger_limit import limit
from meadow.bench.place import call, own_folder
from meadow.runtime import processes
from meadow.runtime.environment import make_home
from meadow.runtime.postgres import Postgres

# Fewer for a look at the bench itself; the budget is about ten million.
ENTRIES: Final = int(os.environ.get("MEADOW_BENCH_LEDGER_ENTRIES", "10000000"))
ROUNDS: Final = int(os.environ.get("MEADOW_BENCH_LEDGER_ROUNDS", "2"))
SECONDS: Final = 2
CLIENTS: Final = 8
BATCH_CLIENTS: Final = 2
BATCH: Final = 1_000
STEPS: Final = 6 + ROUNDS * 4
PEER, LIMIT, FOLD = "django-hordak", "pgbench, one call", "sum of its entries"
# One person pays another, a shop, or the platform, whose account is kept in 16 rows.
KINDS: Final = ("spread", "shop", "fees")


@dataclass
class Figures:
    """What the rounds told: transfers a second by who posted what, and the balances."""

    rates: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    balances: dict[str, Any] = field(default_factory=dict)
    load: dict[str, Any] = field(default_factory=dict)

    def add(self, who: str, what: str, rate: float) -> None:
        """Note a round."""
        self.rates.setdefault((who, what), []).append(rate)

    def of(self, who: str, what: str) -> float:
        """Return the middle of the rounds."""
        return middle(self.rates[who, what])

    def ratio(self, what: str, who: str, beside: str) -> float:
        """Return the middle of the rounds' own ratios of ours to somebody's `beside`."""
        pairs = zip(self.rates["ours", what], self.rates[who, beside], strict=True)
        return float(f"{median(ours / theirs for ours, theirs in pairs):.3g}")


def bench() -> Bench:
    """Return the bench."""
    about = f"double entry, up to {ENTRIES:,} entries; {CLIENTS} clients"
    return Bench("ledger", about, steps=STEPS, run=run)


def run(steps: Steps) -> Sequence[Row]:
    """Run on a PostgreSQL of its own and return the rows."""
    with synced_postgres(steps) as env:
        return rows_of(measure(env, steps))


@contextmanager
def synced_postgres(steps: Steps) -> Iterator[dict[str, str]]:
    """Yield the environment of a PostgreSQL that keeps what it has acknowledged, as a deployed one."""
    with own_folder() as folder:
        steps.start("starting PostgreSQL")
        make_home(folder / "home")
        server = Postgres(folder / "postgres")
        process = server.start(log=folder / "postgres.log")
        try:
            here = {"DATABASE_URL": server.url, "MEADOW_HOME": str(folder / "home")}
            peer = {"HORDAK_DATABASE_URL": server.url.replace("/meadow?", "/hordak?")}
            django = {"MEADOW_ENV": "development", "DJANGO_SETTINGS_MODULE": "meadow.web.settings"}
            yield os.environ | here | peer | django
        finally:
            processes.stop(process, sig=signal.SIGINT)


def measure(env: dict[str, str], steps: Steps) -> Figures:
    """Measure on small books, let them grow, and measure again."""
    figures = Figures()
    steps.start("making both schemas")
    call(["meadow.cli.main", "manage", "migrate", "ledger"], env)
    _query(env, "CREATE DATABASE hordak")
    call(["meadow.bench.hordak_peer.parts", "prepare"], env)
    accounts = _part("open", 0, 0, env)
    small = ENTRIES // 10
    steps.start(f"posting {small:,} entries")
    _part("load", 0, small, env)
    for number in range(1, ROUNDS + 1):
        steps.start(f"single transfers, round {number} of {ROUNDS}")
        for kind in KINDS:
            _both(figures, kind, kind, accounts, env)
        figures.add(PEER, "spread", _hordak("spread", CLIENTS, env))
        steps.start(f"batches, round {number} of {ROUNDS}")
        _both(figures, "batch", "batch", accounts, env)
        figures.add(PEER, "batch", _hordak("batch", BATCH_CLIENTS, env))
    steps.start(f"posting {ENTRIES - small:,} more")
    figures.load = _part("load", small, ENTRIES, env)
    for number in range(1, ROUNDS + 1):
        steps.start(f"single transfers on large books, round {number} of {ROUNDS}")
        _both(figures, "spread", "large", accounts, env)
    steps.start("balances")
    figures.balances = _part("balances", 0, 0, env)
    return figures


def rows_of(figures: Figures) -> list[Row]:
    """Return the rows of the budget."""
    times = {name: sorted(found) for name, found in figures.balances["times"].items()}
    entries, longest = figures.balances["entries"], figures.balances["longest"]
    whole = entries >= ENTRIES
    peer, each = figures.of(PEER, "spread"), "transfers/s"

    def rate(measure: str, what: str, goal: float, **given: Any) -> Row:
        beside, by = given.pop("beside"), given.pop("by", what)
        shown = {LIMIT: figures.of(LIMIT, what), PEER: figures.of(PEER, by)}
        return Row(
            measure,
            each,
            Bound(AT_LEAST, goal, of_ratio=True),
            ours=figures.of("ours", what),
            beside=shown,
            ratio=figures.ratio(what, beside, by if beside == PEER else what),
            **given,
        )

    rows = [
        rate("single transfers against the peer", "spread", 4, beside=PEER),
        rate("single transfers against the limit", "spread", 0.5, beside=LIMIT),
        rate(
            "one hot account against the peer's spread ones",
            *("shop", 3),
            beside=PEER,
            by="spread",
            note="a shop that everybody pays: one row, which may not fall below zero",
        ),
        rate(
            "the platform's account, against spread ones of the peer",
            *("fees", 3),
            beside=PEER,
            by="spread",
            note="kept in 16 rows, as every account of the outside",
        ),
        rate(
            f"batches of {BATCH:,} against the peer",
            *("batch", 30),
            beside=PEER,
            note="the peer's are 100 in one transaction, which is more than it does singly",
        ),
        rate(
            f"batches of {BATCH:,} against the limit",
            *("batch", 0.5),
            beside=LIMIT,
            stretch=Bound(AT_LEAST, 0.6, of_ratio=True),
        ),
        Row(
            f"single transfers at {ENTRIES:,} entries against {ENTRIES // 10:,}",
            each,
            Bound(AT_LEAST, 0.8, of_ratio=True),
            ours=figures.of("ours", "large") if whole else None,
            beside={"before": figures.of("ours", "spread"), LIMIT: figures.of(LIMIT, "large")},
            ratio=float(f"{figures.of('ours', 'large') / figures.of('ours', 'spread'):.3g}"),
            note="" if whole else f"the books have {entries:,} entries",
        ),
    ]
    said = {
        "now": "what an account holds now, p99",
        "booked": "what it held at a time, as it was known then, p99",
        "effective": "what it held at a time, as it is known now, p99",
    }
    rows += [
        Row(
            f"{words}, {entries:,} entries",
            "ms",
            Bound(AT_MOST, 1),
            ours=_place(times[name], 0.99) if whole else None,
            beside={FOLD: _place(times["fold"], 0.5)},
            note=f"p50 {_place(times[name], 0.5)} ms; every other one has {longest:,} entries",
        )
        for name, words in said.items()
    ]
    rows.append(
        Row(
            "history posted by the same function, 50 entries a transfer",
            "entries/s",
            Bound(AT_LEAST, 20_000),
            ours=middle([figures.load["rate"]]),
            beside={"transfers/s x 2, one peer's client after the other": middle([peer * 2])},
        )
    )
    return rows


def _both(
    figures: Figures, kind: str, name: str, accounts: dict[str, Any], env: dict[str, str]
) -> None:
    """Let ours and pgbench post the same, one after the other."""
    clients, each = (BATCH_CLIENTS, BATCH) if kind == "batch" else (CLIENTS, 1)
    figures.add("ours", name, _part(kind, clients, SECONDS, env)["rate"])
    url = env["DATABASE_URL"]
    found = limit(url, kind, accounts, clients=clients, seconds=SECONDS, each=each)
    figures.add(LIMIT, name, found)


def _part(name: str, first: int, last: int, env: dict[str, str]) -> dict[str, Any]:
    return _told(call(["meadow.bench.ledger_parts", name, str(first), str(last)], env))


def _hordak(name: str, clients: int, env: dict[str, str]) -> float:
    said = call(["meadow.bench.hordak_peer.parts", name, str(clients), str(SECONDS)], env)
    return float(_told(said)["rate"])


def _told(said: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    return found


def _query(env: dict[str, str], statement: str) -> None:
    import psycopg

    with psycopg.connect(env["DATABASE_URL"], autocommit=True) as server:
        server.execute(statement)


def _place(times: list[float], share: float) -> float:
    return float(f"{times[min(int(len(times) * share), len(times) - 1)]:.3g}")
