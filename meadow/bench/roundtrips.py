"""Counts what a page really asks of PostgreSQL, from PostgreSQL's own log."""

import re
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType

import psycopg
from psycopg.conninfo import make_conninfo

from meadow.runtime.postgres import ADMIN, socket_folder
from meadow.runtime.testing import RunningEngines

STATEMENT = re.compile(r"(?:statement|execute [^:]*): (.*)")
# A page's own statement looks into people as well, and the session's into what comes along with it.
OF_SESSION = re.compile(r'^SELECT .* FROM "?django_session"? |^SELECT "accounts_person"\.')
# Asked by each process, once a second or when there is a new wall or connection, not by a page; and by the
# worker's tick over live orders.
OF_KEEPER = re.compile(
    r'max\(id\) AS id FROM feed_wall|FROM "feed_wall"|set_config\(|SELECT oid, typarray|promotion\.tick'
    # Live orders are looked after, and what was served is reported, in one transaction of its own.
    r"|^(?!WITH before ).*promotion_|^(BEGIN|COMMIT)"
)


@dataclass(frozen=True)
class StatementCount:
    """How many statements ran, how many of them fetched the session or its person, and what each page asked
    beyond these: for pages that came one after the other."""

    statements: int
    of_session: int
    beyond: list[int]
    kinds: dict[str, int]


class StatementLog:
    """While entered, the throwaway server logs every statement."""

    def __init__(self, engines: RunningEngines) -> None:
        self._path = engines.folder / "logs" / "postgres.log"
        self._address = make_conninfo(
            host=str(socket_folder(engines.folder / "postgres")), user=ADMIN, dbname="postgres"
        )
        self._from = 0

    def __enter__(self) -> "StatementLog":
        self._set("all")
        self._from = self._path.stat().st_size
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._set("none")

    def count(self) -> StatementCount:
        """Return what was logged since entering."""
        time.sleep(0.3)
        with self._path.open(errors="replace") as log:
            log.seek(self._from)
            lines = _statements(log.read())
        asked = [line for line in lines if not OF_KEEPER.search(line)]
        kinds = Counter(re.sub(r"\d+|'[^']*'", "?", line)[:120] for line in asked)
        return StatementCount(
            statements=len(asked),
            of_session=sum(bool(OF_SESSION.search(line)) for line in asked),
            beyond=beyond_session(asked),
            kinds=dict(kinds),
        )

    def _set(self, value: str) -> None:
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET log_statement = '{value}'")
            connection.execute("SELECT pg_reload_conf()")
        time.sleep(0.3)


def beyond_session(asked: Iterable[str]) -> list[int]:
    """Return how many statements followed each that fetched a session: a page begins with it."""
    pages: list[int] = []
    for line in asked:
        if OF_SESSION.search(line):
            pages.append(0)
        elif pages:
            pages[-1] += 1
    return pages


def _statements(log: str) -> list[str]:
    """Return the statements of a log, each on one line: continuation lines begin with a tab.

    A statement written over several lines in the source begins with an empty one.
    """
    joined = log.replace("\n\t", " ")
    found = map(STATEMENT.search, joined.splitlines())
    return [each.group(1).strip() for each in found if each]
