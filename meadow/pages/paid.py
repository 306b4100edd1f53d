"""A note reached from a place that somebody paid for: the link says so, in the sealed token of the place."""

from django.http import HttpRequest

from meadow.analytics.tokens import ImpressionToken, open_token
from meadow.core.clock import now


def paid_place(request: HttpRequest, *, note_id: int) -> tuple[str, ImpressionToken] | None:
    """Return the token of the paid place that this page was opened from, sealed and open, or None.

    It is good for its day and for its own note; anything else is as if nothing had been said.
    """
    text = request.GET.get("via", "")
    said = open_token(text, now=now()) if text else None
    if said is None or not said.is_paid or said.note_id != note_id:
        return None
    return text, said
