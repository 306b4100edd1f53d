"""Whether the engines answer: packages register checks, /readyz and `meadow doctor` run them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass

from django.db import Error as DatabaseError
from django.db import connection

from meadow.core.errors import MeadowError

PATIENCE = 3.0


@dataclass(frozen=True)
class Check:
    """What one engine answered."""

    name: str
    ok: bool
    detail: str = ""
    version: str = ""


class Worrying(Exception):
    """What a check raises about something that runs and should be looked at: the site stays ready."""


CheckFunction = Callable[[], str]
_checks: dict[str, CheckFunction] = {}
_pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="health")


def register_check(name: str, check: CheckFunction) -> None:
    """Add an engine; `check` returns its version, or raises to say that it is away, or Worrying."""
    _checks[name] = check


def run_checks() -> list[Check]:
    """Ask every engine at once; one that stays silent for 3 s is away."""
    asked = {name: _pool.submit(_ask, name, check) for name, check in sorted(_checks.items())}
    answers = []
    for name, future in asked.items():
        try:
            answers.append(future.result(timeout=PATIENCE))
        except TooSlow:
            answers.append(Check(name=name, ok=False, detail=f"no answer within {PATIENCE:.0f} s"))
    return answers


def _ask(name: str, check: CheckFunction) -> Check:
    try:
        return Check(name=name, ok=True, version=check())
    except Worrying as worry:
        return Check(name=name, ok=True, detail=str(worry))
    except (MeadowError, DatabaseError, OSError, RuntimeError) as away:
        return Check(name=name, ok=False, detail=str(away).strip().splitlines()[0][:200])
    finally:
        connection.close()


def postgres_version() -> str:
    """Ask PostgreSQL for its version."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])
