"""Serving videos: playlists, media in ranges, captions; whoever asks is judged at each request."""

import re
from collections.abc import Iterator
from typing import IO

from django.core.files.storage import default_storage
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from meadow.core.errors import MeadowError, NotFound, NotSignedIn
from meadow.media import access
from meadow.media.video import queries

TYPES = {
    "m3u8": "application/vnd.apple.mpegurl",
    "m4s": "video/mp4",
    "mp4": "video/mp4",
}
# A browser keeps what it has been shown, and asks each time whether it may show it again.
KEPT = "private, no-cache"
PART_BYTES = 256 * 1024
_RANGE = re.compile(r"^bytes=(\d{0,15})-(\d{0,15})$")


class RangeNotSatisfiable(MeadowError):
    status = 416
    code = "media.range"

    def __init__(self, *, size: int) -> None:
        self.size = size
        super().__init__(size=size)

    def headers(self) -> dict[str, str]:
        return {"Content-Range": f"bytes */{self.size}"}


@require_safe
def video_file(request: HttpRequest, public_id: str, label: str, ending: str) -> HttpResponseBase:
    """Send a playlist or (a range of) a media file to whoever may see it; else nothing is here."""
    name = f"{label}.{ending}"
    found = queries.find_file(public_id=public_id, name=name)
    if found is None or not may_see(
        request, upload_id=found.upload_id, owner_id=found.owner_id, purpose=found.purpose
    ):
        raise NotFound
    if found.etag in parse_etags(request.headers.get("If-None-Match", "")):
        return _mark(HttpResponseNotModified(), found.etag)
    span = _read_range(request, found)
    try:
        stream = default_storage.open(found.path, "rb")
    except FileNotFoundError as gone:
        raise NotFound from gone
    first, last = span or (0, found.bytes - 1)
    response = StreamingHttpResponse(
        _read(stream, first=first, length=last - first + 1),
        status=206 if span else 200,
        content_type=TYPES[ending],
    )
    response["Content-Length"] = str(last - first + 1)
    response["Accept-Ranges"] = "bytes"
    if span:
        response["Content-Range"] = f"bytes {first}-{last}/{found.bytes}"
    response["Content-Disposition"] = f'inline; filename="{public_id}-{name}"'
    return _mark(response, found.etag)


@require_safe
def captions(request: HttpRequest, public_id: str, language: str) -> HttpResponseBase:
    """Send the captions of a video in one language to whoever may see the video."""
    found = queries.find_caption(public_id=public_id, language=language)
    if found is None or not may_see(
        request, upload_id=found[0], owner_id=found[1], purpose=found[2]
    ):
        raise NotFound
    response = HttpResponse(found[3], content_type="text/vtt; charset=utf-8")
    return _mark(response, None)


@require_safe
def progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """Return the fragment of an own video: how far it is, the player, or what went wrong."""
    if not request.user.is_authenticated:
        raise NotSignedIn
    state = queries.get_video_state(public_id=public_id, owner_id=request.user.pk)
    response = render(request, "media/_video_progress.html", {"video": state})
    response["Cache-Control"] = "no-store"
    return response


def may_see(request: HttpRequest, *, upload_id: int, owner_id: int, purpose: str) -> bool:
    """Whether the registered rule lets this request's person see an upload."""
    viewer_id = request.user.pk if request.user.is_authenticated else None
    if viewer_id is not None and viewer_id == owner_id:
        return True
    return upload_id in access.visible_ids(
        purpose=purpose, upload_ids=[upload_id], viewer_id=viewer_id
    )


def _read_range(request: HttpRequest, found: queries.StoredFile) -> tuple[int, int] | None:
    """Return the first and last byte asked for, or None for all. Raises RangeNotSatisfiable."""
    asked = _RANGE.match(request.headers.get("Range", ""))
    condition = request.headers.get("If-Range")
    # Several ranges at once, or of another version: the whole file is a proper answer.
    if asked is None or asked.groups() == ("", "") or condition not in (None, found.etag):
        return None
    begin, end = asked.groups()
    if not begin:
        first, last = max(0, found.bytes - int(end)), found.bytes - 1
        if int(end) == 0:
            raise RangeNotSatisfiable(size=found.bytes)
        return first, last
    first = int(begin)
    last = min(int(end), found.bytes - 1) if end else found.bytes - 1
    if first >= found.bytes or first > last:
        raise RangeNotSatisfiable(size=found.bytes)
    return first, last


def _read(stream: "IO[bytes]", *, first: int, length: int) -> Iterator[bytes]:
    with stream:
        stream.seek(first)
        while length > 0:
            part = stream.read(min(PART_BYTES, length))
            if not part:
                return
            length -= len(part)
            yield part


def _mark(response: HttpResponseBase, etag: str | None) -> HttpResponseBase:
    if etag:
        response["ETag"] = etag
    response["Cache-Control"] = KEPT
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
