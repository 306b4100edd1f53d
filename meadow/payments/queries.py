"""What is read of payments."""

from meadow.payments.errors import PaymentMissing
from meadow.payments.models import SandboxCharge
from meadow.payments.providers import find_provider
from meadow.payments.records import PlayRecord


def find_play(reference: str) -> PlayRecord:
    """Return a charge of play money. Raises ProviderMissing where that is off, PaymentMissing."""
    find_provider("sandbox")
    found = SandboxCharge.objects.filter(reference=reference).first()
    if found is None:
        raise PaymentMissing
    return PlayRecord(
        reference=found.reference,
        amount=found.amount,
        unit=found.unit,
        state=found.state,
        return_url=found.return_url,
    )
