"""How allauth makes and changes people here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import IntegrityError
from django.http import HttpRequest

from meadow.accounts.errors import HandleTaken
from meadow.accounts.models import Person
from meadow.accounts.services import note_joining, note_password_change
from meadow.core import clock
from meadow.core.limits import client_address
from meadow.core.transactions import savepoint, transaction


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Fills in what sign-up does not ask, and silences realtime when a password changes."""

    def save_user(
        self, request: HttpRequest, user: Person, form: Any, commit: bool = True
    ) -> Person:
        """Save a new person from the sign-up form."""
        user.name = form.cleaned_data.get("name", "")
        user.language = getattr(request, "chosen_language", "")
        user.theme = getattr(request, "theme", Person.Theme.AUTO)
        user.joined_at = clock.now()
        with transaction():
            try:
                with savepoint():
                    super().save_user(request, user, form, commit=commit)
            except IntegrityError as taken:
                # Two people chose one handle in the same moment; the form saw it free for both.
                raise HandleTaken(handle=user.handle) from taken
            if commit:
                note_joining(person_id=user.pk)
        return user

    def set_password(self, user: Person, password: str) -> None:
        """Set a new password; credentials handed out under the old one hear nothing more."""
        with transaction():
            super().set_password(user, password)
            note_password_change(person_id=user.pk)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address by which sign-in attempts are counted."""
        return client_address(request)
