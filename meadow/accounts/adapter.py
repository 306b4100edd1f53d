"""How allauth makes and changes people here."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import filter_users_by_email
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meadow.accounts.errors import HandleTaken
from meadow.accounts.models import Person
from meadow.accounts.services import note_joining, note_password_change
from meadow.accounts.wording import validate_words
from meadow.core import clock
from meadow.core.errors import Message
from meadow.core.limits import client_address
from meadow.core.transactions import savepoint, transaction

# Says the same for a wrong handle, address or password: which one it was is nobody's business.
_WRONG_SIGN_IN = _(
    "The handle or e-mail and the password do not go together. Check both, or choose a new password."
)
_DEAD_LINK = _("This link no longer works. Ask for a new one.")


def _language_of(person: Person | AnonymousUser | None) -> translation.override:
    """Speak the person's language; without one, go on in the page's."""
    return translation.override(getattr(person, "language", "") or translation.get_language())


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Fills in what sign-up does not ask, speaks as we do, in forms and mail, and silences
    realtime when a password changes.
    """

    error_messages: ClassVar[dict[str, Message]] = DefaultAccountAdapter.error_messages | {
        "account_inactive": _(
            "This account is switched off. Ask the people who run this community about it."
        ),
        "cannot_remove_primary_email": _(
            "This is your primary address, so it stays. Make another one primary first."
        ),
        "duplicate_email": _("You have added this address already."),
        "email_password_mismatch": _WRONG_SIGN_IN,
        "username_password_mismatch": _WRONG_SIGN_IN,
        "email_taken": _(
            "This address belongs to an account already. Use another one, or sign in to that"
            " account."
        ),
        "enter_current_password": _(
            "This is not your current password. Enter the one that you sign in with now."
        ),
        "incorrect_code": _("This code is not right. Check it, or ask for a new one."),
        "incorrect_password": _("This is not your password. Check it, then try again."),
        "invalid_login": _("Enter your handle, or the e-mail address of your account."),
        "invalid_or_expired_key": _DEAD_LINK,
        "invalid_password_reset": _DEAD_LINK,
        "too_many_login_attempts": _(
            "Too many wrong tries. Wait five minutes, or choose a new password."
        ),
        "unverified_primary_email": _(
            "This address is not confirmed yet. Open the link that we sent to it, then make it"
            " primary."
        ),
        "username_taken": _("This handle is taken. Choose another one."),
        "rate_limited": _("That was a lot in a short time. Wait a minute, then try again."),
    }

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Take a handle that is free, well formed and without a blocked word."""
        handle = str(super().clean_username(username, shallow=shallow))
        validate_words("handle", handle)
        return handle

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

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail in its recipient's language; in the page's where none was chosen."""
        people = [context["user"]] if "user" in context else filter_users_by_email(email)
        with _language_of(people[0] if people else None):
            super().send_mail(template_prefix, email, context)

    def add_message(self, request: HttpRequest, *args: Any, **options: Any) -> None:
        """Say it in the language of the next page: signing in may have just changed it."""
        with _language_of(request.user):
            super().add_message(request, *args, **options)

    def format_email_subject(self, subject: str) -> str:
        """Open each subject with who writes."""
        return gettext("Meadow: %(subject)s") % {"subject": subject}

    def set_password(self, user: Person, password: str) -> None:
        """Set a new password; credentials handed out under the old one hear nothing more."""
        with transaction():
            super().set_password(user, password)
            note_password_change(person_id=user.pk)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address by which sign-in attempts are counted."""
        return client_address(request)


class SecondStepAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Says in our voice what is wrong with a second step."""

    error_messages: ClassVar[dict[str, Message]] = DefaultMFAAdapter.error_messages | {
        "add_email_blocked": _("Turn off two-step sign-in before you add an e-mail address."),
        "cannot_delete_authenticator": _("Two-step sign-in cannot be turned off now."),
        "cannot_generate_recovery_codes": _(
            "Recovery codes are for two-step sign-in. Turn that on first."
        ),
        "incorrect_code": _(
            "This code is not right. Enter the one that your app shows now; a recovery code works"
            " only once."
        ),
        "unverified_email": _("Confirm your e-mail address first, then turn on two-step sign-in."),
    }
