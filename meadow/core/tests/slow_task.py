"""A task that says when it begins and ends, for the tests of the worker process."""

import time
from pathlib import Path

from meadow.core.jobs import task

QUEUE = "core-worker-tests"


@task(name="core.tests.write_slowly", queue=QUEUE, retry=False)
def write_slowly(path: str, word: str, seconds: float) -> None:
    with Path(path).open("a") as file:
        file.write(f"begin-{word}\n")
    time.sleep(seconds)
    with Path(path).open("a") as file:
        file.write(f"end-{word}\n")
