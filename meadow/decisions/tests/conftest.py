"""Decisions of an example scope can be said in words and appealed against in every test."""

import pytest

from meadow.decisions.testing import register_example


@pytest.fixture(autouse=True)
def example() -> None:
    register_example()
