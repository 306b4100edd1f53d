"""One measurement of eligibility, run as a program: `eligibility_parts.py PART NUMBER`, prints JSON.

`compute`, `engine` and `chdb` hold the same columns against the same rule of eight criteria; `explain`
answers for one person in words; the others need the database of this process.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from meadow.bench.eligibility_world import NOW

SEED: Final = 11
ROUNDS: Final = 5
# Eight criteria as a strict program may have them; the first two are the default rule's.
EIGHT: Final[dict[str, Any]] = {
    "all": [
        {"key": "followers", "metric": "followers", "operator": ">", "threshold": 5000},
        {
            "key": "notes",
            "metric": "notes_with_reads",
            "operator": ">",
            "threshold": 10,
            "params": {"within_days": 180, "reads_at_least": 2000},
        },
        {"key": "age", "metric": "account_age_days", "operator": ">=", "threshold": 30},
        {"key": "years", "metric": "age_years", "operator": ">=", "threshold": 18},
        {"key": "email", "metric": "email_verified", "operator": "==", "threshold": 1},
        {
            "at_least": 2,
            "of": [
                {"key": "photo", "metric": "has_photo", "operator": "==", "threshold": 1},
                {"key": "bio", "metric": "has_bio", "operator": "==", "threshold": 1},
                {"key": "following", "metric": "following", "operator": "<=", "threshold": 1000},
            ],
        },
    ]
}
IN_WORDS: Final = (
    "followers > 5000 and notes > 10 and age >= 30 and years >= 18 and email == 1"
    " and ((photo == 1 and bio == 1) or (photo == 1 and following <= 1000)"
    " or (bio == 1 and following <= 1000))"
)
DEFAULT: Final[dict[str, Any]] = {"all": EIGHT["all"][:2]}


def main(words: list[str]) -> None:
    """Measure one part."""
    import django

    django.setup()
    print(json.dumps(PARTS[words[0]](int(words[1]))), flush=True)


def make_columns(count: int) -> dict[str, NDArray[np.int64]]:
    """Return figures of `count` people: heavy tails where people have them, the same every time."""
    random = np.random.default_rng(SEED)
    columns = {
        "followers": 60 / random.random(count),
        "notes": 3 * random.pareto(1.2, count),
        "age": random.integers(0, 1000, count),
        "years": random.integers(10, 70, count),
        "email": random.random(count) < 0.8,
        "photo": random.random(count) < 0.6,
        "bio": random.random(count) < 0.5,
        "following": 30 * random.pareto(1.0, count),
    }
    return {key: np.minimum(values, 5e6).astype(np.int64) for key, values in columns.items()}


def compute(count: int) -> dict[str, Any]:
    """Return the seconds that outcomes, gaps and blocking criteria of everybody take."""
    from meadow.programs.evaluation import evaluate_many
    from meadow.programs.rules import from_json

    rule, columns = from_json(EIGHT), make_columns(count)
    found = evaluate_many(rule=rule, columns=columns)
    return {
        "seconds": _rounds(lambda: evaluate_many(rule=rule, columns=columns)),
        "met": int(found.met.sum()),
    }


def engine(count: int) -> dict[str, Any]:
    """Return the seconds that rule-engine takes for outcomes, and for each criterion besides.

    The rule is parsed once, and each person is a plain dict that exists beforehand.
    """
    import rule_engine

    columns = make_columns(1_000_000)
    people = [
        dict(zip(columns, values, strict=True))
        for values in np.array([column[:count] for column in columns.values()]).T.tolist()
    ]
    whole = rule_engine.Rule(IN_WORDS)
    parts = [
        rule_engine.Rule(f"{one['key']} {one['operator']} {one['threshold']}") for one in _flat()
    ]
    met = sum(whole.matches(person) for person in people)

    def reasons() -> None:
        for person in people:
            for part in parts:
                part.matches(person)

    return {
        "seconds": _rounds(lambda: [whole.matches(person) for person in people], rounds=3),
        "reasons_seconds": _rounds(reasons, rounds=3),
        "met": met,
    }


def chdb(count: int) -> dict[str, Any]:
    """Return the seconds of one chDB pass: outcomes, gaps and unmet criteria, summed up and forgotten.

    The columns lie in its own table in memory; its answer is one row, so that nothing is written out.
    """
    import pyarrow as pa

    from meadow.analytics.columns import to_ipc
    from meadow.analytics.warehouse.store import Store

    columns = make_columns(count)
    with tempfile.TemporaryDirectory(prefix="meadow-bench-") as folder:
        store = Store(folder=Path(folder) / "raw")
        names = ", ".join(f"{key} Int64" for key in columns)
        store.execute(f"CREATE TABLE people ({names}) ENGINE = Memory")
        store.insert(table="people", columns=list(columns), arrow=to_ipc(pa.table(dict(columns))))
        tests = {one["key"]: f"{one['key']} {_sql(one)} {one['threshold']}" for one in _flat()}
        sums = []
        for one in _flat():
            key, nearest = one["key"], one["threshold"] + (one["operator"] == ">")
            sums += [f"sum({tests[key]})", f"sum(if({tests[key]}, 0, {nearest} - {key}))"]
            sums.append(f"sum(not met and not ({tests[key]}))")
        sql = (
            f"SELECT sum(met), {', '.join(sums)}"  # noqa: S608 - fixed parts
            f" FROM (SELECT *, {IN_WORDS.replace('==', '=')} AS met FROM people)"
        )
        met = int(store.query(sql)[0][0])
        seconds = _rounds(lambda: store.query(sql))
        store.close()
    return {"seconds": seconds, "met": met}


def explain(count: int) -> dict[str, Any]:
    """Return the processor seconds (p50, p99) of one answer with every result in words."""
    from meadow.programs.evaluation import evaluate
    from meadow.programs.rules import from_json
    from meadow.programs.wording import describe, describe_result

    columns = make_columns(count)
    took = []
    for place in range(count):
        values = {key: int(column[place]) for key, column in columns.items()}
        began = time.process_time()
        rule = from_json(EIGHT)
        outcome = evaluate(rule=rule, values=values)
        words = [describe(rule), *(describe_result(one) for one in outcome.results)]
        took.append(time.process_time() - began)
        if len(words) != 9:
            raise AssertionError(words)
    return {"p50": float(np.percentile(took, 50)), "p99": float(np.percentile(took, 99))}


def population(_number: int) -> dict[str, Any]:
    """Return the seconds of reading everybody's figures and of a dry run of the default rule.

    A dry run reads everybody, holds the rule that is in force and a draft against them, and tells
    who comes in, who drops out, and who is near.
    """
    from meadow.programs.evaluation import evaluate_many, read_columns
    from meadow.programs.rules import from_json

    rule = from_json(DEFAULT)
    draft = from_json({"all": [DEFAULT["all"][0], DEFAULT["all"][1] | {"threshold": 8}]})
    seconds, dry_seconds = [], []
    for _round in range(3):
        began = time.perf_counter()
        everybody = read_columns(rule=rule, now=NOW)
        before = evaluate_many(rule=rule, columns=everybody.columns)
        seconds.append(time.perf_counter() - began)
        began = time.perf_counter()
        everybody = read_columns(rule=draft, now=NOW)
        before = evaluate_many(rule=rule, columns=everybody.columns)
        after = evaluate_many(rule=draft, columns=everybody.columns)
        came, went = after.met & ~before.met, before.met & ~after.met
        near = ~after.met & (sum(flags.astype(np.int8) for flags in after.blocking.values()) == 1)
        counts = [int(flags.sum()) for flags in (came, went, near)]
        dry_seconds.append(time.perf_counter() - began)
    return {
        "seconds": seconds,
        "dry_seconds": dry_seconds,
        "people": len(everybody.ids),
        "met": int(before.met.sum()),
        "changed": counts,
    }


def full_pass(people: int) -> dict[str, Any]:
    """Return the seconds in which everybody who meets the default rule comes in, committed.

    Besides: how many changed, how many decisions there are, and how many of their receipts were
    checked, 0 where one of them fails or decisions and changes differ.
    """
    from meadow.decisions.queries import public_keys, receipt
    from meadow.decisions.receipts import verify
    from meadow.programs.queries.gathering import find_program
    from meadow.programs.services.admission import reconcile_everybody

    program = find_program("creator-center")
    began = time.perf_counter()
    done = reconcile_everybody(program_id=program.pk, now=NOW)
    seconds = time.perf_counter() - began
    names = _ask("SELECT public_id FROM decisions_decision ORDER BY id LIMIT %s", people)
    some, keys = names[:: max(1, len(names) // 100)], public_keys()
    holds = len(names) == done.changed and all(
        verify(receipt(name), keys=keys).valid for name in some
    )
    return {
        "seconds": seconds,
        "changed": done.changed,
        "decisions": len(names),
        "receipts": len(some) if holds else 0,
    }


def readers(count: int) -> dict[str, Any]:
    """Return the cookies of people who are signed in: half of them in the program, half anybody."""
    from meadow.bench.data import sign_in

    inside = _ask("SELECT person_id FROM programs_membership ORDER BY 1 LIMIT %s", count // 2)
    anybody = [person for person in _people(count) if person not in set(inside)]
    return {"cookies": [sign_in(one) for one in (inside + anybody)[:count]]}


def persist(count: int) -> dict[str, Any]:
    """Return the seconds that `count` admissions take as signed decisions, committed.

    The rulings are those that programs makes: rule, values, terms, what is known of the person, and a
    reason a criterion. Making them is timed by itself.
    """
    from meadow.core.transactions import transaction
    from meadow.decisions.records import BY_RULE
    from meadow.decisions.services import record_many
    from meadow.programs.evaluation import evaluate
    from meadow.programs.queries.gathering import ActiveRule, find_program
    from meadow.programs.rules import from_json
    from meadow.programs.services.writing import Change, make_rulings
    from meadow.programs.standing import Entrant, Standing

    active = ActiveRule(number=1, rule=from_json(DEFAULT))
    program = find_program("creator-center")
    changes = [
        Change(
            person_id=person,
            before=None,
            after=Standing(state="admitted", reason="rule_met", since=NOW, admitted_at=NOW),
            entrant=Entrant(lot=person % 10_000, region="DE"),
            outcome=evaluate(
                rule=active.rule, values={"followers": 5001 + number, "notes": 11 + number % 7}
            ),
        )
        for number, person in enumerate(_people(count))
    ]
    seconds, making = [], []
    for _round in range(3):
        began = time.perf_counter()
        rulings = make_rulings(changes, program=program, active=active, now=NOW, by=BY_RULE)
        making.append(time.perf_counter() - began)
        began = time.perf_counter()
        with transaction():
            record_many(rulings=rulings, now=NOW)
        seconds.append(time.perf_counter() - began)
    return {"seconds": seconds, "making": making}


def copy(count: int) -> dict[str, Any]:
    """Return the seconds of a plain COPY of rows as wide into a table without keys, committed."""
    import pyarrow as pa
    from django.db import connection

    from meadow.core.bulk import copy_table, repeat
    from meadow.core.transactions import transaction

    with connection.cursor() as cursor:
        cursor.execute("SELECT document FROM decisions_decision LIMIT 1")
        document = cursor.fetchone()[0]
        cursor.execute("CREATE TABLE bench_rows (person_id bigint, public_id text, document text)")
    rows = pa.table(
        {
            "person_id": pa.array(range(count), pa.int64()),
            "public_id": pa.array([f"d{number:014d}" for number in range(count)]),
            "document": repeat(str(document), count),
        }
    )
    seconds = []
    for _round in range(3):
        began = time.perf_counter()
        with transaction():
            copy_table(into="bench_rows", rows=rows)
        seconds.append(time.perf_counter() - began)
    return {"seconds": seconds}


PARTS: Final[dict[str, Callable[[int], dict[str, Any]]]] = {
    "compute": compute,
    "engine": engine,
    "chdb": chdb,
    "explain": explain,
    "population": population,
    "full_pass": full_pass,
    "readers": readers,
    "persist": persist,
    "copy": copy,
}


def _flat() -> list[dict[str, Any]]:
    members: list[dict[str, Any]] = EIGHT["all"]
    return [one for member in members for one in member.get("of", [member])]


def _sql(criterion: dict[str, Any]) -> str:
    return str(criterion["operator"]).replace("==", "=")


def _rounds(work: Callable[[], object], *, rounds: int = ROUNDS) -> list[float]:
    took = []
    for _round in range(rounds):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return took


def _people(count: int) -> list[int]:
    return _ask("SELECT id FROM accounts_person ORDER BY id LIMIT %s", count)


def _ask(question: str, count: int) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(question, [count])
        return [row[0] for row in cursor.fetchall()]


if __name__ == "__main__":
    main(sys.argv[1:])
