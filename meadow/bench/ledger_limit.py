"""The limit of the ledger bench: PostgreSQL's own pgbench calls the posting function, and nothing else."""

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from meadow.runtime.postgres import binary

_PLACES: Final = "\\set giver random({first}, {last})\n\\set taker random({first}, {last})\n"
_ONE: Final = """
SELECT transfer_id FROM ledger_post(now(),
  ARRAY['t' || substr(gen_random_uuid()::text, 1, 22)], ARRAY[gen_random_uuid()::text],
  ARRAY['\\x00'::bytea], ARRAY['bench.paid'], ARRAY['{{}}'::jsonb], ARRAY[''], ARRAY[''],
  ARRAY[NULL]::bigint[], ARRAY[NULL]::timestamptz[], ARRAY[2], ARRAY[NULL]::bigint[],
  ARRAY[0]::bigint[], ARRAY[false], ARRAY[1, 1], ARRAY[1, 2],
  ARRAY[:giver, {taker}]::bigint[], ARRAY[-1, 1]::bigint[]);
"""
# Hashed places, so that a transaction pays between as many accounts as ours does.
_MANY: Final = """
SELECT count(*) FROM ledger_post(now(),
  ARRAY(SELECT 't' || substr(gen_random_uuid()::text, 1, 22) FROM generate_series(1, {each})),
  ARRAY(SELECT gen_random_uuid()::text FROM generate_series(1, {each})),
  array_fill('\\x00'::bytea, ARRAY[{each}]), array_fill('bench.charged'::text, ARRAY[{each}]),
  array_fill('{{}}'::jsonb, ARRAY[{each}]), array_fill(''::text, ARRAY[{each}]),
  array_fill(''::text, ARRAY[{each}]), array_fill(NULL::bigint, ARRAY[{each}]),
  array_fill(NULL::timestamptz, ARRAY[{each}]), array_fill(2, ARRAY[{each}]),
  array_fill(NULL::bigint, ARRAY[{each}]), array_fill(0::bigint, ARRAY[{each}]),
  array_fill(false, ARRAY[{each}]),
  ARRAY(SELECT 1 + g / 2 FROM generate_series(0, 2 * {each} - 1) g),
  ARRAY(SELECT 1 + g % 2 FROM generate_series(0, 2 * {each} - 1) g),
  ARRAY(SELECT {first} + abs(hashint8(g + :giver)::bigint) % {people}
        FROM generate_series(0, 2 * {each} - 1) g),
  ARRAY(SELECT CASE WHEN g % 2 = 0 THEN -1 ELSE 1 END::bigint
        FROM generate_series(0, 2 * {each} - 1) g));
"""


def limit(
    url: str, kind: str, accounts: dict[str, Any], *, clients: int, seconds: float, each: int
) -> float:
    """Return how many transfers a second pgbench posts by one call each (or `each` a call).

    `kind` is whom they pay: "spread", "batch", or the name of an account. Raises RuntimeError.
    """
    first, last = accounts["people"]
    script = _MANY if kind == "batch" else _ONE
    text = (_PLACES + script).format(
        first=first,
        last=last,
        people=last - first + 1,
        each=each,
        taker=accounts.get(kind, ":taker"),
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.sql"
        file.write_text(re.sub(r"\n(?!\\|SELECT)", " ", text) if kind else text)
        words = [str(binary("pgbench")), "--no-vacuum", "--protocol=prepared", f"--file={file}"]
        words += [f"--client={clients}", f"--jobs={min(clients, 2)}", f"--time={seconds:.0f}", url]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    if done.returncode or not found:
        raise RuntimeError(f"pgbench: {done.stdout[-500:]}{done.stderr[-1500:]}")
    return float(found.group(1)) * each
