"""What Django itself refuses before any view of ours is asked, in our words."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from meadow.core.errors import MeadowError
from meadow.core.problems import refuse


class StaleForm(MeadowError):
    """A form came without the key that shows where it is from: usually an old tab."""

    status = 403
    code = "stale_form"
    message = _("This page was open too long.")
    hint = _(
        "You have signed in or out since, perhaps in another tab. Go back, reload the page and"
        " send it again."
    )


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose CSRF token is missing or old."""
    return refuse(StaleForm(), request)
