"""What the notifications package refuses, and how to mend it."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import NotFound


class NotificationMissing(NotFound):
    """The person has no notification of this id."""

    code = "notifications.missing"
    message = _("There is no such notification.")
    hint = _("It may belong to another account: look which one you are signed in with.")
