"""Setting a new signing key: the old one signs nothing more, and what it signed stays verifiable."""

import datetime as dt
import secrets

from django.conf import settings

from meadow.core.transactions import transaction
from meadow.decisions.errors import KeySetOutside
from meadow.decisions.keys import SECRET_NAME, Signer, current_signer
from meadow.decisions.models import SigningKey
from meadow.runtime.environment import secrets_folder, write_private


def rotate_key(*, now: dt.datetime) -> Signer:
    """Replace the secret in the data folder and publish the new public key; returns the new key.

    Every process of this machine signs with it from its next batch on. The old secret is gone,
    because nothing needs it. Raises KeySetOutside where MEADOW_DECISION_KEY is the secret.
    """
    environment = settings.ENVIRONMENT
    if environment.decision_key:
        raise KeySetOutside
    write_private(secrets_folder(environment.home) / SECRET_NAME, secrets.token_urlsafe(50))
    fresh = current_signer()
    with transaction():
        SigningKey.objects.create(
            key_id=fresh.key_id, public_key=fresh.public_key, first_used_at=now
        )
    return fresh
