"""No test of the feed sees what another left in this process."""

import pytest

from meadow.feed.testing import forget_feed


@pytest.fixture(autouse=True)
def fresh_feed() -> None:
    """Begin with an empty memory."""
    forget_feed()
