"""Our parts of the ledger bench, each a program: `ledger_parts PART A B`, JSON on the last line."""

import datetime as dt
import json
import random
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any, Final

from meadow.bench.clients import drive

ACCOUNTS: Final = 4_000
BATCH: Final = 1_000  # transfers a transaction
SETTLED: Final = 49  # takers of one transfer of the history
AT_ONCE: Final = 60  # transfers of the history a transaction
ASKED: Final = 1_000
# The history is a year old: each transfer of it a little later than the one before.
BEGAN: Final = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
YEAR: Final = dt.timedelta(days=365)


def open_accounts(_first: int, _last: int) -> dict[str, Any]:
    """Open a bank and fees (striped), a shop that everybody buys from, and people with something to spend."""
    from meadow.core.transactions import transaction
    from meadow.ledger.records import Draft, Leg
    from meadow.ledger.services import open_account, post_transfers

    with transaction():
        bank = open_account(kind="provider", purpose="bank", unit="CNY", now=BEGAN)
        fees = open_account(kind="platform", purpose="fees", unit="CNY", now=BEGAN)
        shop = open_account(kind="merchant", owner="m", purpose="sales", unit="CNY", now=BEGAN)
        people = [
            open_account(kind="person", owner=f"p{number}", purpose="wallet", unit="CNY", now=BEGAN)
            for number in range(ACCOUNTS)
        ]
    with transaction():
        rich = 10**9
        post_transfers(
            drafts=[
                Draft(f"opened {one}", "bench", (Leg(bank, -rich), Leg(one, rich)))
                for one in (shop, *people)
            ],
            now=BEGAN,
        )
    return {"bank": bank, "fees": fees, "shop": shop, "people": [people[0], people[-1]]}


def load(first: int, last: int) -> dict[str, Any]:
    """Post a history by the real function, until the books have `last` entries.

    Two post at once: a shop pays one half of the people, and the platform, kept in many rows, the other.
    """
    size = (SETTLED + 1) * AT_ONCE
    chunks = range(first // size, last // size)
    began = time.perf_counter()
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as both:
        halves = [both.submit(_settle, chunks[half::2], half) for half in (0, 1)]
        for one in halves:
            one.result()
    took = time.perf_counter() - began
    _tidy()
    return {"rate": len(chunks) * size / took}


def _settle(chunks: range, half: int) -> None:
    """Post a part of the history: each transfer pays many people."""
    from meadow.ledger.records import Draft, Leg
    from meadow.ledger.services import post_alone

    told = _accounts()
    people = range(told["first"] + half * ACCOUNTS // 2, told["first"] + (half + 1) * ACCOUNTS // 2)
    payer = told["fees"] if half else told["shop"]
    for chunk in chunks:
        lots = random.Random(chunk)
        drafts = []
        for number in range(AT_ONCE):
            takers = lots.sample(people, SETTLED)
            legs = (Leg(payer, -SETTLED), *(Leg(taker, 1) for taker in takers))
            drafts.append(Draft(f"settled {chunk} {number}", "bench.settled", legs))
        post_alone(drafts=drafts, now=BEGAN + YEAR * (chunk / 4_000))


def _tidy() -> None:
    """Do what autovacuum does after a while."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) ledger_entry, ledger_transfer, ledger_balance")
    _leave()


def single(kind: str) -> Callable[[int, int], None]:
    """Return the use case that a client repeats: one transfer, and nothing else."""
    from meadow.core.clock import now
    from meadow.ledger.records import Draft, Leg
    from meadow.ledger.services import post_alone

    told = _accounts()
    run = str(time.time_ns())

    def act(client: int, step: int) -> None:
        giver, taker = _two(told)
        taker = told.get(kind, taker)
        legs = (Leg(giver, -1), Leg(taker, 1))
        draft = Draft(f"{kind} {run} {client} {step}", "bench.paid", legs, {"n": step})
        post_alone(drafts=[draft], now=now())

    return act


def _two(told: dict[str, int]) -> tuple[int, int]:
    """Return two people, drawn by lot."""
    people = told["last"] + 1 - told["first"]
    one = random.randrange(people)
    other = (one + random.randrange(1, people)) % people
    return told["first"] + one, told["first"] + other


def batch() -> Callable[[int, int], None]:
    """Return the use case that a client repeats: BATCH transfers in a transaction."""
    from meadow.core.clock import now
    from meadow.ledger.records import Draft, Leg
    from meadow.ledger.services import post_alone

    told = _accounts()
    run = str(time.time_ns())

    def act(client: int, step: int) -> None:
        drafts = []
        for number in range(BATCH):
            giver, taker = _two(told)
            legs = (Leg(giver, -1), Leg(taker, 1))
            drafts.append(Draft(f"{run} {client} {step} {number}", "bench.charged", legs))
        post_alone(drafts=drafts, now=now())

    return act


def balances(_clients: int, _seconds: int) -> dict[str, Any]:
    """Ask what accounts hold now and held then, and what a fold of the same entries takes."""
    from django.db import connection

    from meadow.ledger.queries import balance_at, effective_balance_at, read_funds

    told = _accounts()
    lots = random.Random(7)
    times: dict[str, list[float]] = {"now": [], "booked": [], "effective": [], "fold": []}
    for number in range(ASKED):
        account = told["shop"] if number % 2 else lots.randint(told["first"], told["last"])
        at = BEGAN + YEAR * lots.random()
        times["now"].append(_timed(partial(read_funds, account)))
        times["booked"].append(_timed(partial(balance_at, account, at=at)))
        times["effective"].append(_timed(partial(effective_balance_at, account, at=at)))
    with connection.cursor() as cursor:
        said = "SELECT sum(amount) FROM ledger_entry WHERE account_id = %s"
        for _number in range(5):
            times["fold"].append(_timed(partial(cursor.execute, said, [told["shop"]])))
        cursor.execute("SELECT count(*) FROM ledger_entry")
        entries = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM ledger_entry WHERE account_id = %s", [told["shop"]])
        longest = cursor.fetchone()[0]
    return {"times": times, "entries": entries, "longest": longest}


def _timed(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def _accounts() -> dict[str, int]:
    """Return the accounts that `open_accounts` opened, and forget the connection: clients fork."""
    global _known
    if _known is None:
        from meadow.ledger.queries import find_account

        def find(kind: str, purpose: str, owner: str = "") -> int:
            found = find_account(kind=kind, purpose=purpose, unit="CNY", owner=owner)
            if found is None:
                raise RuntimeError(f"{kind} {purpose} was never opened")
            return found

        _known = {
            "fees": find("platform", "fees"),
            "shop": find("merchant", "sales", "m"),
            "first": find("person", "wallet", "p0"),
            "last": find("person", "wallet", f"p{ACCOUNTS - 1}"),
        }
        _leave()
    return _known


_known: dict[str, int] | None = None


def _leave() -> None:
    from django.db import connection

    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


def main(words: list[str]) -> None:
    """Run one part."""
    import django

    django.setup()
    name, first, last = words[0], int(words[1]), int(words[2])
    parts: dict[str, Callable[[int, int], dict[str, Any]]] = {
        "open": open_accounts,
        "load": load,
        "balances": balances,
    }
    if name in parts:
        found = parts[name](first, last)
    else:
        act, each = (batch(), BATCH) if name == "batch" else (single(name), 1)
        found = drive(act, clients=first, seconds=last, each=each)
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
