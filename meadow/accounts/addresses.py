"""Telling the packages above that the address of an account was confirmed, changed or removed."""

from typing import Any

from allauth.account import signals

from meadow.accounts.events import ProfileChanged
from meadow.core.events import publish
from meadow.core.transactions import in_transaction, transaction


def connect() -> None:
    """Hear of every change that allauth makes to addresses."""
    for signal in (signals.email_confirmed, signals.email_changed, signals.email_removed):
        signal.connect(_tell, dispatch_uid="accounts.addresses")


def _tell(sender: Any, **given: Any) -> None:
    user = given.get("user")
    person_id = user.pk if user is not None else given["email_address"].user_id
    if in_transaction():
        publish(ProfileChanged(person_id=person_id))
        return
    with transaction():
        publish(ProfileChanged(person_id=person_id))
