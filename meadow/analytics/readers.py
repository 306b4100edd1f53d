"""Who a request comes from, as far as facts may know: a pseudonym, never a name or an address."""

import datetime as dt
import hmac
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from meadow.analytics.classifiers import Visit


def describe_visit(request: HttpRequest, *, now: dt.datetime) -> Visit:
    """Return who hands facts in.

    Somebody who asks not to be tracked is counted without a pseudonym; a signed-out reader gets one
    that changes with the day and cannot be traced back without the installation's secret.
    """
    headers = request.headers
    purpose = headers.get("Sec-Purpose") or headers.get("Purpose") or headers.get("X-Moz") or ""
    user_agent = headers.get("User-Agent", "")
    do_not_track = asks_not_to_be_tracked(request)
    person: Any = request.user
    signed_in = bool(person.is_authenticated)
    if do_not_track:
        pseudonym = ""
    elif signed_in:
        pseudonym = str(person.pseudonym)
    else:
        address = str(request.META.get("REMOTE_ADDR", ""))
        pseudonym = daily_pseudonym(address=address, user_agent=user_agent, day=now.date())
    return Visit(
        person=pseudonym,
        person_id=int(person.pk) if signed_in else 0,
        signed_in=signed_in,
        user_agent=user_agent,
        prefetch="prefetch" in purpose or "prerender" in purpose or "preview" in purpose,
        do_not_track=do_not_track,
    )


def asks_not_to_be_tracked(request: HttpRequest) -> bool:
    """Whether the browser says so, in either of the two ways there are."""
    return request.headers.get("DNT") == "1" or request.headers.get("Sec-GPC") == "1"


def daily_pseudonym(*, address: str, user_agent: str, day: dt.date) -> str:
    """Return 32 hex characters that stand for a signed-out browser on one day, without a cookie."""
    key = hmac.digest(settings.SECRET_KEY.encode(), f"signed-out {day}".encode(), sha256)
    return hmac.digest(key, f"{address}\n{user_agent}".encode(), sha256).hex()[:32]
