"""pytest's own door: PostgreSQL is up before Django reads its settings, and gone at the end.

Loaded with `-p` in pyproject.toml: pytest-django reads the settings before any conftest.py.
"""

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pytest

from meadow.runtime import prepared
from meadow.runtime.postgres import DATABASE
from meadow.runtime.testing import RunningEngines, plan_engines, start_engines

# The migrated database that tests' own are made from.
TEMPLATE = "MEADOW_TEST_TEMPLATE"

_running: list[RunningEngines] = []


def engines() -> RunningEngines:
    """Return the engines of this test process."""
    return _running[0]


def share_prepared(spare: Path) -> None:
    """Name the folder that runs after one another share; in `spare` where the code may not be written."""
    if prepared.FOLDER in os.environ:
        return
    for folder in (prepared.KEPT, spare / "prepared"):
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
            (folder / "lock").touch()
            os.environ[prepared.FOLDER] = str(folder)
            return


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    """Start PostgreSQL once; xdist's workers share it, with a NATS and warehouse of their own."""
    gc.disable()  # what is loaded stays: to look for garbage in it takes a fifth of the time
    # Tests start Meadow a hundred times: compiling two thousand modules anew takes 3 s each time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if not _running:
        folder = Path(tempfile.mkdtemp(prefix="meadow-test-")) / "home"
        if "PYTEST_XDIST_WORKER" in os.environ:
            running = plan_engines(folder)
        else:
            share_prepared(folder.parent)
            os.environ[TEMPLATE] = DATABASE
            running = start_engines(folder, which=["postgres"])
        _running.append(running)
        os.environ.update(running.env)
    try:
        return (yield)
    except BaseException:
        # Settings that do not load end pytest before it would call pytest_unconfigure.
        pytest_unconfigure()
        raise


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for garbage again once the tests are read, but not in what is loaded by then."""
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stop what we started, also after Ctrl-C."""
    while _running:
        running = _running.pop()
        running.stop()
        shutil.rmtree(running.folder.parent, ignore_errors=True)
