"""Fixtures that every package's tests share; PostgreSQL is meadow/runtime/pytest_plugin.py's."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import hypothesis
import pytest
from pytest_django import DjangoDbBlocker, Settings

from meadow.runtime.build import compile_messages
from meadow.runtime.pytest_plugin import TEMPLATE, engines
from meadow.runtime.testing import LiveStack, RunningEngines, start_stack

if TYPE_CHECKING:
    from meadow.analytics.warehouse.store import Store

FLUSH_TRIES = 5
FIRST_ID = 3_000_000
MORE_ENGINES = frozenset(
    {"nats", "warehouse", "live_stack", "store", "opened_store", "transactional_db"}
)
# How many cases a property is tried with where nothing else is said: other ones every time. Unset,
# it is tried with the same ones each time, for a change is to be judged by what it changed.
FUZZ = "MEADOW_FUZZ"

# No clock says whether a property holds: a busy machine draws slowly.
hypothesis.settings.register_profile(
    "meadow",
    deadline=None,
    derandomize=FUZZ not in os.environ,
    max_examples=int(os.environ.get(FUZZ, "50")),
    suppress_health_check=[
        hypothesis.HealthCheck.too_slow,
        hypothesis.HealthCheck.function_scoped_fixture,
    ],
)
hypothesis.settings.load_profile("meadow")

# Begun first, so that no worker is left with one of them when the others have nothing to do.
LONGEST = (
    *("tests/test_accessibility.py", "tests/test_accessibility_in_chinese.py"),
    *("meadow/runtime/tests/test_supervisor.py", "tests/test_api_fuzz.py", "tests/test_worlds.py"),
    *("meadow/demo/tests/test_live.py", "tests/test_faults.py"),
    *("meadow/simulation/tests/test_simulate.py", "meadow/web/tests/test_permissions.py"),
    *("meadow/analytics/tests/test_rebuild.py", "meadow/analytics/tests/test_readings.py"),
)


def is_long(item: pytest.Item) -> bool:
    """Whether a test is not among the fast ones."""
    return any(item.get_closest_marker(name) for name in ("slow", "browser"))


def is_transactional(item: pytest.Item) -> bool:
    """Whether a test commits, so that its end empties the tables."""
    database = item.get_closest_marker("django_db")
    commits = database is not None and database.kwargs.get("transaction")
    return bool(commits) or "transactional_db" in getattr(item, "fixturenames", ())


def order_of(items: list[pytest.Item]) -> Callable[[pytest.Item], tuple[bool, int]]:
    """Return the key that long tests are sorted by: the longest files first.

    But those that empty the tables come after all others, which may ask for rows of a migration.
    Fast tests keep their order: who shares engines with whom is a matter of it.
    """
    ranks = {path: rank for rank, path in enumerate(LONGEST)}
    emptying = {item.path for item in items if is_long(item) and is_transactional(item)}

    def key(item: pytest.Item) -> tuple[bool, int]:
        if not is_long(item):
            return False, len(ranks)
        rank = ranks.get(item.nodeid.partition("::")[0], len(ranks))
        return item.path in emptying, rank

    return key


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, and mark what needs more than a transaction of PostgreSQL.

    What is so marked `make check` leaves to `make test`.
    """
    for item in items:
        if is_transactional(item) or MORE_ENGINES & set(getattr(item, "fixturenames", ())):
            item.add_marker("engines")
    items.sort(key=order_of(items))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Make the tests' database from one that is migrated already, where there is such a one."""
    from django.db import connection

    if template := os.environ.get(TEMPLATE):
        connection.settings_dict["TEST"]["TEMPLATE"] = template


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Give people and notes ids beyond all that tests make up.

    The session's warehouse writes figures of made-up notes when their test is long over: they must
    never be taken for those of another test's note 1 or author 100.
    """
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in ("accounts_person", "notes_note"):
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, FIRST_ID - 1]
            )


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> Iterator[None]:
    """Empty only the tables that hold rows after a test of transactions, and give way to others.

    To empty all of them takes half a second a test; and the session's warehouse writes figures
    meanwhile, so that one of the two may be told that they wait for each other.
    """
    from django.db import OperationalError
    from django.db.backends.postgresql.operations import DatabaseOperations
    from psycopg.errors import DeadlockDetected

    write, run = DatabaseOperations.sql_flush, DatabaseOperations.execute_sql_flush

    def sql_flush(self: Any, style: Any, tables: list[str], **given: Any) -> list[str]:
        asked = " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT FROM {self.quote_name(table)})"  # noqa: S608
            for table in tables
        )
        with self.connection.cursor() as cursor:
            cursor.execute(asked)
            filled = [row[0] for row in cursor.fetchall()]
        statements = write(self, style, filled, **{**given, "allow_cascade": True})
        # The books let nobody empty them who does not say so.
        return ["SET LOCAL meadow.ledger_emptying = 'on'", *statements] if statements else []

    def execute_sql_flush(self: Any, statements: list[str]) -> None:
        for left in reversed(range(FLUSH_TRIES)):
            try:
                return run(self, statements)
            except OperationalError as refused:
                if not left or not isinstance(refused.__cause__, DeadlockDetected):
                    raise
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
        patch.setattr(DatabaseOperations, "execute_sql_flush", execute_sql_flush)
        yield


# What a process asks again after a second or a few, however often it has just been asked.
KEPT_FOR_SECONDS = (
    "meadow.experiments.assignment.FRESH_SECONDS",
    "meadow.feed.keeper.SECONDS_BETWEEN_LOOKS",
    "meadow.programs.checks.CACHE_SECONDS",
    "meadow.promotion.delivery.keeper.SECONDS_BETWEEN_LOOKS",
)


@pytest.fixture(autouse=True)
def one_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test lasts less than a second for what counts seconds, else a busy machine would ask twice.

    Nor does it begin with what another has just asked.
    """
    from meadow.experiments.assignment import forget_running
    from meadow.programs.checks import forget_programs

    forget_programs()
    forget_running()
    for name in KEPT_FOR_SECONDS:
        monkeypatch.setattr(name, 600.0)


@pytest.fixture(scope="session")
def nats() -> Iterator[RunningEngines]:
    """NATS with JetStream runs at settings.ENVIRONMENT.nats_url."""
    from meadow.core import nats as core_nats

    engines().start("nats")
    yield engines()
    core_nats.reset()  # else it would complain of the server's end after pytest has closed its log


@pytest.fixture(scope="session")
def warehouse(nats: RunningEngines, django_db_setup: None) -> Iterator[RunningEngines]:
    """`meadow warehouse` runs at settings.ENVIRONMENT.clickhouse_url, on the tests' database."""
    from django.db import connection

    name = quote(str(connection.settings_dict["NAME"]), safe="")
    url = os.environ["DATABASE_URL"]  # an xdist worker inherits the shared server's
    nats.start("warehouse", {"DATABASE_URL": url.replace("@/meadow?", f"@/{name}?")})
    yield nats
    nats.stop_one("warehouse")  # it holds connections to the database that is dropped next


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of our compiled words."""
    folder = tmp_path_factory.mktemp("locale")
    compile_messages(folder)
    return folder


@pytest.fixture
def words(settings: Settings, catalogue: Path) -> None:
    """Chinese is in our own words; other tests do without, and read English throughout."""
    settings.LOCALE_PATHS = [catalogue]


@pytest.fixture(scope="session")
def opened_store(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Store]":
    """A chDB folder; one process can open only one, whichever packages it tests."""
    from meadow.analytics.warehouse.store import Store

    store = Store(folder=tmp_path_factory.mktemp("warehouse"))
    store.create_schema()
    yield store
    store.close()


@pytest.fixture(scope="session")
def live_stack() -> Iterator[LiveStack]:
    """A whole `meadow up` on free ports and a home of its own; yields base_url, home and pids."""
    with tempfile.TemporaryDirectory(prefix="meadow-stack-") as folder:
        stack = start_stack(Path(folder))
        try:
            stack.wait_ready(seconds=120)
            yield stack
        finally:
            stack.stop()
