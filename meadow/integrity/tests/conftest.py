"""What tests of cases need: the stream, the warehouse, the rules, and no job of another test."""

from collections.abc import Iterator
from typing import Any

import pytest

from meadow.analytics.testing import stream_of_facts
from meadow.core.testing import forget_jobs
from meadow.integrity.testing import ensure_rules


@pytest.fixture
def engines_and_rules(warehouse: Any, transactional_db: None) -> Iterator[None]:
    """The warehouse reads the stream of facts, version 1 of each detector's rule stands."""
    forget_jobs()
    ensure_rules()
    stream_of_facts(nothing)
    yield
    forget_jobs()


async def nothing(stream: Any) -> None:
    """Only make sure of the stream."""
