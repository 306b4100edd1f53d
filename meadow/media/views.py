"""Serving renditions, and how far an upload is."""

from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
)
from django.shortcuts import render
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from meadow.core.errors import NotFound, NotSignedIn
from meadow.media import access, queries

# A rendition never changes: a face may stay where it was fetched to. A note can be taken back, and then
# at once: its photos are kept by nobody but the reader's browser, which asks each time (a 304 without a
# body) whether it may still show them. See docs/decisions/0010.
LASTING_CACHE = "public, max-age=86400, s-maxage=600, immutable"
ASKING_CACHE = "private, no-cache"


@require_safe
def rendition(request: HttpRequest, public_id: str, label: str) -> HttpResponseBase:
    """Send one rendition to whoever may see it; to everybody else there is nothing here."""
    found = queries.find_rendition(public_id=public_id, label=label)
    if found is None:
        raise NotFound
    public = found.upload_id in access.visible_ids(
        purpose=found.purpose, upload_ids=[found.upload_id], viewer_id=None
    )
    if not public and not _may_see(request, found):
        raise NotFound
    kept = LASTING_CACHE if public and access.is_lasting(found.purpose) else ASKING_CACHE
    if found.etag in parse_etags(request.headers.get("If-None-Match", "")):
        return _mark(HttpResponseNotModified(), found, kept=kept)
    try:
        stream = default_storage.open(found.path, "rb")
    except FileNotFoundError as gone:
        raise NotFound from gone
    response = FileResponse(stream, content_type="image/webp")
    response["Content-Length"] = str(found.bytes)
    response["Content-Disposition"] = f'inline; filename="{public_id}-{label}.webp"'
    return _mark(response, found, kept=kept)


@require_safe
def progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """Return the fragment of an own upload: a bar, the picture, or what went wrong."""
    if not request.user.is_authenticated:
        raise NotSignedIn
    upload = queries.get_upload_state(public_id=public_id, owner_id=request.user.pk)
    response = render(request, "media/_progress.html", {"upload": upload})
    response["Cache-Control"] = "no-store"
    return response


def _may_see(request: HttpRequest, found: queries.StoredRendition) -> bool:
    if not request.user.is_authenticated:
        return False
    viewer_id = request.user.pk
    return found.owner_id == viewer_id or found.upload_id in access.visible_ids(
        purpose=found.purpose, upload_ids=[found.upload_id], viewer_id=viewer_id
    )


def _mark(
    response: HttpResponseBase, found: queries.StoredRendition, *, kept: str
) -> HttpResponseBase:
    response["ETag"] = found.etag
    response["Cache-Control"] = kept
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
