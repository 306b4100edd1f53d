"""Where browsers hand facts in, and the live figures on an author's own note."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from meadow.analytics.access import require_figures_of
from meadow.analytics.beacon import check_size, parse_beacon
from meadow.analytics.errors import ForeignOrigin
from meadow.analytics.queries import get_note_reads
from meadow.analytics.readers import describe_visit
from meadow.analytics.services import collect_facts
from meadow.core import clock


@csrf_exempt
@require_POST
def collect(request: HttpRequest) -> HttpResponse:
    """Take a batch of events: 204 once the stream has it on disk, 503 while the stream is away.

    A beacon cannot carry a CSRF token, so the origin is checked instead.
    """
    require_own_page(request)
    # Before the body is read: a length that is too large is refused unseen.
    check_size(int(request.META.get("CONTENT_LENGTH") or 0))
    now = clock.now()
    events = parse_beacon(request.body)
    collect_facts(events=events, visit=describe_visit(request, now=now), now=now)
    return HttpResponse(status=204)


def require_own_page(request: HttpRequest) -> None:
    """Raise ForeignOrigin when a browser says that another site's page sent this."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        raise ForeignOrigin
    origin = request.headers.get("Origin")
    if origin is not None:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or parts.netloc != request.get_host():
            raise ForeignOrigin


@never_cache
@require_GET
def note_reads(request: HttpRequest, public_id: str) -> HttpResponse:
    """Return the figures of a note as a fragment, for its author and for operators."""
    reader: Any = request.user
    note = require_figures_of(public_id=public_id, reader=reader)
    reads = get_note_reads([note.note_id])[note.note_id]
    return render(request, "analytics/_reads.html", {"public_id": public_id, "reads": reads})
