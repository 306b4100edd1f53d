"""The video of a note in the editor: added, on its way, its cover and captions; all plain forms."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from meadow.accounts.permissions import require_person
from meadow.core.clock import now
from meadow.core.errors import MeadowError
from meadow.core.problems import wants_fragment
from meadow.media.video import captions
from meadow.media.video.arrivals import receive_video
from meadow.media.video.caption_languages import LANGUAGES
from meadow.media.video.limits import limits
from meadow.notes import queries, services
from meadow.notes.errors import VideoNotInNote
from meadow.notes.keys import has_key
from meadow.notes.records import EditedNote

LONGEST_NUMBER = 12


@require_safe
@login_required
def panel(request: HttpRequest, public_id: str) -> HttpResponse:
    """Return the video of an own note as the editor shows it."""
    person = require_person(request.user)
    return _panel(request, public_id, person.pk)


@require_POST
def add(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a video into a note: the id of one that scripts send in pieces, or a whole small file."""
    person = require_person(request.user)
    if has_key(request.POST.get("key", ""), public_id=public_id, author_id=person.pk):
        services.ensure_draft(public_id=public_id, author_id=person.pk, now=now())
    _note(public_id, person.pk)
    upload_id = request.POST.get("upload", "")
    file = request.FILES.get("video")
    try:
        if not upload_id and file is not None and file.size:
            upload_id = receive_video(owner_id=person.pk, file=file, now=now())
        if upload_id:
            services.attach_video(
                public_id=public_id,
                author_id=person.pk,
                upload_public_id=upload_id,
                now=now(),
            )
        else:
            messages.error(request, _("Choose a video first."))
    except MeadowError as refusal:
        if wants_fragment(request) or refusal.status in (401, 403, 404):
            raise
        messages.error(request, refusal.sentences())
    return _answer(request, public_id, person.pk)


@require_POST
def remove(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take the video out of a note that is not published, wherever it has got to."""
    person = require_person(request.user)
    services.detach_video(public_id=public_id, author_id=person.pk, now=now())
    return _answer(request, public_id, person.pk)


@require_POST
def cover(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make what the video shows at a moment its cover; `at` is in seconds."""
    person = require_person(request.user)
    services.choose_still(
        public_id=public_id,
        author_id=person.pk,
        at_ms=_milliseconds(request.POST.get("at", "")),
        now=now(),
    )
    return _answer(request, public_id, person.pk)


@require_POST
def add_captions(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give the video captions in a language, instead of those it has in it."""
    person = require_person(request.user)
    note = _note(public_id, person.pk)
    file: UploadedFile[bytes] | None = request.FILES.get("captions")
    try:
        if note.video is None:
            raise VideoNotInNote
        content = captions.read_file(file) if file is not None else b""
        captions.set_captions(
            public_id=note.video.public_id,
            owner_id=person.pk,
            language=request.POST.get("language", ""),
            content=content,
            now=now(),
        )
    except MeadowError as refusal:
        if refusal.status in (401, 403, 404):
            raise
        if wants_fragment(request):
            return _panel(request, public_id, person.pk, refusal=refusal)
        messages.error(request, refusal.sentences())
    return _answer(request, public_id, person.pk)


@require_POST
def remove_captions(request: HttpRequest, public_id: str, language: str) -> HttpResponse:
    """Take the captions in a language away."""
    person = require_person(request.user)
    note = _note(public_id, person.pk)
    if note.video is None:
        raise VideoNotInNote
    captions.remove_captions(public_id=note.video.public_id, owner_id=person.pk, language=language)
    return _answer(request, public_id, person.pk)


def video_context(note: EditedNote) -> dict[str, object]:
    """Return what the video's part of the editor needs."""
    return {
        "languages": LANGUAGES,
        "most_mib": limits().most_mib,
        "most_minutes": limits().most_minutes,
        "most_video_bytes": limits().most_bytes,
        "own_still": bool(
            note.video and note.photos and note.photos[0].upload.id == note.video.upload.id
        ),
    }


def _note(public_id: str, author_id: int) -> EditedNote:
    return queries.get_edited_note(public_id=public_id, author_id=author_id)


def _milliseconds(text: str) -> int:
    """Read seconds such as 3.5; what is no number is the beginning."""
    try:
        return max(0, round(float(text[:LONGEST_NUMBER].replace(",", ".")) * 1000))
    except (ValueError, OverflowError):
        return 0


def _answer(request: HttpRequest, public_id: str, author_id: int) -> HttpResponse:
    if wants_fragment(request) or request.headers.get("X-Uploader"):
        response = _panel(request, public_id, author_id)
        response["X-Editor-Url"] = f"/n/{public_id}/edit"
        return response
    return redirect(f"/n/{public_id}/edit#video-panel")


def _panel(
    request: HttpRequest, public_id: str, author_id: int, refusal: MeadowError | None = None
) -> HttpResponse:
    note = _note(public_id, author_id)
    context = {"note": note, "refusal": refusal, **video_context(note)}
    return render(request, "notes/_editor_video.html", context)
