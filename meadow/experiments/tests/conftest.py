"""Each test starts without a memory of what ran in the one before."""

from collections.abc import Iterator

import pytest

from meadow.experiments.assignment import forget_running


@pytest.fixture(autouse=True)
def fresh_assignment() -> Iterator[None]:
    forget_running()
    yield
    forget_running()
