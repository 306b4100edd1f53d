"""Play money is on."""

from typing import Any

import pytest

from meadow.runtime.payment_keys import PaymentKeys


@pytest.fixture(autouse=True)
def _sandbox(settings: Any) -> None:
    settings.PAYMENTS = PaymentKeys(sandbox=True)
