"""No test of delivery sees what another left in this process."""

import pytest

from meadow.promotion.delivery.keeper import keeper


@pytest.fixture(autouse=True)
def fresh_keeper() -> None:
    """Begin with an empty memory."""
    keeper.forget()
