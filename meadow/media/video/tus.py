"""Uploads in pieces over the tus protocol 1.0.0: creation, checksum, expiration, termination.

https://tus.io/protocols/resumable-upload. A piece whose connection breaks is kept as far as it
came, unless it was sent with a checksum, which then cannot match.
"""

import base64
import binascii
import tempfile
from typing import IO

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from ninja import Router

from meadow.core.clock import now
from meadow.core.errors import NotSignedIn
from meadow.media.video import arrivals, queries
from meadow.media.video.errors import (
    BadTusRequest,
    PieceTooLarge,
    WrongPieceType,
    WrongTusVersion,
)
from meadow.media.video.limits import limits

router = Router(tags=["media"])
VERSION = "1.0.0"
PIECE_TYPE = "application/offset+octet-stream"
LARGEST_NUMBER = 15
IN_MEMORY = 1024 * 1024
SCOPE = {"x-scope": "notes:write"}


@router.post("/videos", response={201: None}, summary="Begin a video", openapi_extra=SCOPE)
def begin_video(request: HttpRequest) -> HttpResponse:
    """Begin the upload of a video (tus creation): MP4, MOV or WebM.

    Send `Tus-Resumable: 1.0.0`, `Upload-Length` and, if you like, `Upload-Metadata` with a
    `filename`. The answer's `Location` takes the pieces. At most three uploads may be unfinished.
    """
    person_id = _person_id(request)
    _check_version(request)
    upload = arrivals.begin_video(
        owner_id=person_id,
        total_bytes=_read_number(request, "Upload-Length"),
        name=_read_name(request),
        now=now(),
    )
    response = _answer(201)
    response["Location"] = f"/api/v1/videos/{upload.public_id}"
    response["Upload-Expires"] = http_date((now() + limits().unfinished_for).timestamp())
    return response


@router.api_operation(
    ["HEAD"],
    "/videos/{video_id}",
    response={200: None},
    summary="Ask how much has arrived",
    openapi_extra=SCOPE,
)
def read_offset(request: HttpRequest, video_id: str) -> HttpResponse:
    """Say in `Upload-Offset` how many bytes of an own video are here."""
    state = queries.get_video_state(public_id=video_id, owner_id=_person_id(request))
    response = _answer(200)
    response["Upload-Offset"] = str(state.arrived)
    response["Upload-Length"] = str(state.total)
    response["Cache-Control"] = "no-store"
    return response


@router.patch(
    "/videos/{video_id}", response={204: None}, summary="Send a piece", openapi_extra=SCOPE
)
def send_piece(request: HttpRequest, video_id: str) -> HttpResponse:
    """Add a piece of at most 16 MiB that begins at `Upload-Offset`.

    Its type is `application/offset+octet-stream`; `Upload-Checksum: sha256 <base64>` is compared.
    After the last piece the video is prepared in a job: read it until it is `ready` or `failed`.
    """
    person_id = _person_id(request)
    _check_version(request)
    if request.content_type != PIECE_TYPE:
        raise WrongPieceType
    offset = _read_number(request, "Upload-Offset")
    checksum = _read_checksum(request)
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as piece:
        length = _receive(request, piece)
        arrived = arrivals.append_piece(
            public_id=video_id,
            owner_id=person_id,
            offset=offset,
            piece=piece,
            length=length,
            sha256=checksum,
            now=now(),
        )
    response = _answer(204)
    response["Upload-Offset"] = str(arrived)
    response["Upload-Expires"] = http_date((now() + limits().unfinished_for).timestamp())
    return response


@router.delete(
    "/videos/{video_id}", response={204: None}, summary="Give a video up", openapi_extra=SCOPE
)
def give_up(request: HttpRequest, video_id: str) -> HttpResponse:
    """Remove an own video that no note holds, arrived or not."""
    arrivals.give_up_video(public_id=video_id, owner_id=_person_id(request))
    return _answer(204)


def _receive(
    request: HttpRequest, piece: "IO[bytes] | tempfile.SpooledTemporaryFile[bytes]"
) -> int:
    """Copy the body as it comes; a connection that breaks ends it early. Raises PieceTooLarge."""
    most = limits().piece_bytes
    if int(request.META.get("CONTENT_LENGTH") or 0) > most:
        raise PieceTooLarge(most_mib=limits().piece_mib)
    length = 0
    while True:
        try:
            part = request.read(IN_MEMORY // 4)
        except OSError:
            # The sender is gone; what came is worth keeping.
            return length
        if not part:
            return length
        length += len(part)
        piece.write(part)


def _answer(status: int) -> HttpResponse:
    response = HttpResponse(status=status)
    response["Tus-Resumable"] = VERSION
    return response


def _check_version(request: HttpRequest) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise WrongTusVersion


def _read_number(request: HttpRequest, header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdecimal()) or len(text) > LARGEST_NUMBER:
        raise BadTusRequest(header=header)
    return int(text)


def _read_name(request: HttpRequest) -> str:
    """Return the file's name from Upload-Metadata: `key base64,key base64`; empty without one."""
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "filename":
            name = _decode(value, "Upload-Metadata").decode("utf-8", "replace")
            return "".join(letter for letter in name if letter.isprintable())
    return ""


def _read_checksum(request: HttpRequest) -> bytes | None:
    given = request.headers.get("Upload-Checksum")
    if given is None:
        return None
    algorithm, _, value = given.partition(" ")
    if algorithm != "sha256":
        raise BadTusRequest(header="Upload-Checksum")
    return _decode(value, "Upload-Checksum")


def _decode(value: str, header: str) -> bytes:
    try:
        return base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise BadTusRequest(header=header) from wrong


def _person_id(request: HttpRequest) -> int:
    if not request.user.is_authenticated:
        raise NotSignedIn
    return int(request.user.pk)
