"""The editor: works as one plain form; with scripts it saves itself and adds photos one by one."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meadow.accounts.permissions import require_person
from meadow.core.clock import now
from meadow.core.errors import MeadowError
from meadow.core.ids import new_id
from meadow.media.services import receive_upload
from meadow.notes import limits, queries, services
from meadow.notes.errors import (
    BodyTooLong,
    NoteAlreadyPublished,
    NoteMissing,
    TimeMissing,
    TitleMissing,
    TitleTooLong,
    TooManyPhotos,
    WordsChanged,
)
from meadow.notes.forms import NoteForm
from meadow.notes.keys import has_key, make_key
from meadow.notes.models import Note
from meadow.notes.moments import read_local
from meadow.notes.records import EditedNote
from meadow.notes.services.concurrency import Editor
from meadow.notes.text import clean_line, clean_text, mark_words
from meadow.notes.views.video import video_context

ARRIVED_COOKIE = "meadow_arrived"
DESCRIPTION_PREFIX = "about-"
_FIELD_OF = {
    TitleMissing.code: "title",
    TitleTooLong.code: "title",
    BodyTooLong.code: "body",
}


@require_GET
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Open an empty editor. Nothing is written yet: its key lets the first save make the draft."""
    person = require_person(request.user)
    public_id = new_id("n")
    note = EditedNote(
        id=None,
        public_id=public_id,
        state=Note.State.DRAFT,
        title="",
        body="",
        photos=[],
        edited_at=None,
    )
    key = make_key(public_id=public_id, author_id=person.pk)
    return _editor(request, note, form=_form(note), key=key)


@require_http_methods(["GET", "POST"])
@login_required
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the editor of an own note; a post keeps its words, and publishes a draft if asked to."""
    person = require_person(request.user)
    if request.method == "GET":
        note = queries.get_edited_note(public_id=public_id, author_id=person.pk)
        return _editor(request, note, form=_form(note))
    response = _keep(request, public_id, person)
    if response.status_code == 302:
        _tell_browser(request, response)
    return response


def _keep(request: HttpRequest, public_id: str, person: Any) -> HttpResponse:
    try:
        note = _keep_words(request, public_id, person.pk)
        act = request.POST.get("act")
        if act == "publish" and not note.is_published:
            services.publish_note(public_id=public_id, author_id=person.pk, now=now())
        elif act == "schedule":
            return _plan(request, public_id, person.pk)
        elif act == "unschedule":
            services.cancel_schedule(public_id=public_id, author_id=person.pk, now=now())
            messages.success(request, _("It is a draft again, and comes out only when you say so."))
            return redirect(f"/n/{public_id}/edit")
    except MeadowError as refusal:
        if refusal.status in (401, 404):
            raise
        return _refused(request, public_id, person.pk, refusal)
    if request.POST.get("act") == "publish":
        messages.success(request, _said_of_publication(note.visibility))
        return redirect(f"/n/{public_id}")
    if note.is_published:
        messages.success(request, _("Your changes are saved."))
        return redirect(f"/n/{public_id}")
    if note.is_scheduled:
        messages.success(request, _("Saved. It comes out at the time you chose."))
        return redirect(f"/n/{public_id}/edit")
    messages.success(request, _("The draft is saved."))
    return redirect(f"/n/{public_id}/edit")


@require_POST
def autosave(request: HttpRequest, public_id: str) -> HttpResponse:
    """Keep a draft as it is being typed; answers with one line that says so."""
    person = require_person(request.user)
    try:
        _keep_words(request, public_id, person.pk)
    except WordsChanged:
        # The script asks whose words are to stay; it says so with this mark.
        response = render(request, "notes/_saved.html", {"changed": True})
        newer = queries.get_edited_note(public_id=public_id, author_id=person.pk)
        response["X-Newer-Words"] = newer.words_mark
        return response
    except (TitleTooLong, BodyTooLong, TitleMissing) as refusal:
        return render(request, "notes/_saved.html", {"refusal": refusal})
    note = queries.get_edited_note(public_id=public_id, author_id=person.pk)
    if note.is_published and note.words_mark != _typed_mark(request):
        # It came out while somebody wrote on: the script keeps the words until a button sends them.
        return render(request, "notes/_saved.html", {"is_out": True})
    response = render(
        request, "notes/_saved.html", {"saved_at": now(), "words_mark": note.words_mark}
    )
    response["HX-Replace-Url"] = f"/n/{public_id}/edit"
    return response


@require_POST
def add_photos(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take in the chosen files; with scripts one file comes at a time and its tile goes back."""
    person = require_person(request.user)
    note = _keep_words(request, public_id, person.pk)
    refused: list[tuple[str, MeadowError]] = []
    files = list(_files(request))
    for file in files:
        try:
            _check_room(public_id, person.pk)
            upload = receive_upload(owner_id=person.pk, purpose="note_photo", file=file, now=now())
            services.attach_photo(
                public_id=public_id,
                author_id=person.pk,
                upload_public_id=upload.public_id,
                now=now(),
            )
        except MeadowError as error:
            refused.append((file.name or "", error))
    if request.headers.get("X-Uploader"):
        if refused:
            raise refused[0][1]
        note = queries.get_edited_note(public_id=public_id, author_id=person.pk)
        response = render(
            request, "notes/_photo_tile.html", {"photo": note.photos[-1], "note": note}
        )
        response["X-Editor-Url"] = f"/n/{public_id}/edit"
        return response
    for name, refusal in refused:
        messages.error(request, f"{name}: {refusal.sentences()}".removeprefix(": "))
    if not files:
        messages.error(request, _("Choose one or more photos first."))
    return redirect(f"/n/{public_id}/edit#photos")


@require_POST
def change_photo(request: HttpRequest, public_id: str, upload_id: str, act: str) -> HttpResponse:
    """Remove a photo, or move it one place; answers with all photos in their new order."""
    person = require_person(request.user)
    _keep_words(request, public_id, person.pk)
    if act == "remove":
        services.detach_photo(
            public_id=public_id, author_id=person.pk, upload_public_id=upload_id, now=now()
        )
    else:
        services.move_photo(
            public_id=public_id,
            author_id=person.pk,
            upload_public_id=upload_id,
            by=-1 if act == "left" else 1,
            now=now(),
        )
    return _photos(request, public_id, person.pk)


@require_POST
def order_photos(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put the photos into the order they were dragged to."""
    person = require_person(request.user)
    services.reorder_photos(
        public_id=public_id,
        author_id=person.pk,
        upload_public_ids=request.POST.getlist("order"),
        now=now(),
    )
    return _photos(request, public_id, person.pk)


@require_http_methods(["GET", "POST"])
@login_required
def delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask, then take a note from view or throw a draft away."""
    person = require_person(request.user)
    note = queries.get_edited_note(public_id=public_id, author_id=person.pk)
    if request.method == "GET":
        return render(request, "notes/delete.html", {"note": note, "nav": "me"})
    services.delete_note(public_id=public_id, author_id=person.pk, now=now())
    if note.is_published:
        messages.success(
            request,
            _("The note is no longer visible to anybody. You can bring it back for 30 days."),
        )
        return redirect(f"/@{person.handle}")
    messages.success(request, _("The draft is deleted. You can bring it back for 30 days."))
    return redirect("/me/drafts")


@require_GET
@login_required
def drafts(request: HttpRequest) -> HttpResponse:
    """List what a person has begun and not yet published."""
    person = require_person(request.user)
    context = {
        "drafts": queries.list_drafts(author_id=person.pk),
        "planned": queries.list_scheduled(author_id=person.pk),
        "nav": "me",
    }
    return render(request, "notes/drafts.html", context)


def _keep_words(request: HttpRequest, public_id: str, author_id: int) -> EditedNote:
    """Save the words that came along, and make the draft if a key of ours says that it is new."""
    try:
        return _keep_words_once(request, public_id, author_id)
    except NoteAlreadyPublished:
        # It came out between our look at it and our lock: now we know.
        return _keep_words_once(request, public_id, author_id)


def _keep_words_once(request: HttpRequest, public_id: str, author_id: int) -> EditedNote:
    if not has_key(request.POST.get("key", ""), public_id=public_id, author_id=author_id):
        known = queries.get_edited_note(public_id=public_id, author_id=author_id)
    else:
        services.ensure_draft(public_id=public_id, author_id=author_id, now=now())
        known = queries.get_edited_note(public_id=public_id, author_id=author_id)
    if "title" not in request.POST and "body" not in request.POST:
        return known
    # Pressing "remove" on a photo of a published note must not publish half-typed words.
    if known.is_published and request.POST.get("act") not in ("save", "publish"):
        return known
    if request.POST.get("visibility", known.visibility) != known.visibility:
        services.change_visibility(
            public_id=public_id,
            author_id=author_id,
            visibility=request.POST["visibility"],
            now=now(),
        )
    save = services.edit_note if known.is_published else services.save_draft
    save(
        public_id=public_id,
        author_id=author_id,
        title=request.POST.get("title", known.title),
        body=request.POST.get("body", known.body),
        descriptions=_descriptions(request),
        editor=_window(request),
        now=now(),
    )
    return queries.get_edited_note(public_id=public_id, author_id=author_id)


def _tell_browser(request: HttpRequest, response: HttpResponse) -> None:
    """Say which editors' words have arrived, so that js/drafts.js lets go of its copies of them."""
    known = re.findall(r"w\w{14}", request.COOKIES.get(ARRIVED_COOKIE, ""))
    fresh = re.findall(r"^w\w{14}$", request.POST.get("window", ""))
    response.set_cookie(
        ARRIVED_COOKIE,
        ".".join([*known, *fresh][-10:]),
        max_age=30 * 86_400,
        samesite="Lax",
        secure=request.is_secure(),
    )


def _plan(request: HttpRequest, public_id: str, author_id: int) -> HttpResponse:
    if not request.POST.get("publish_at"):
        raise TimeMissing
    at = read_local(text=request.POST["publish_at"], zone=request.POST.get("zone", ""))
    services.schedule_note(public_id=public_id, author_id=author_id, publish_at=at, now=now())
    messages.success(request, _("Planned. Until then only you see it."))
    return redirect("/me/drafts")


def _said_of_publication(visibility: str) -> str:
    return {
        Note.Visibility.PUBLIC.value: _("Published. Everybody can see it now."),
        Note.Visibility.FOLLOWERS.value: _("Published. Your followers can see it now."),
        Note.Visibility.PRIVATE.value: _("Published. Only you can see it."),
    }[visibility]


def _typed_mark(request: HttpRequest) -> str:
    """Return the mark of the words that came along, as they would be stored."""
    return mark_words(
        title=clean_line(request.POST.get("title", "")),
        body=clean_text(request.POST.get("body", "")),
    )


def _window(request: HttpRequest) -> Editor | None:
    """Return which editor the words come from; a form without a mark is not held to any."""
    if "base" not in request.POST:
        return None
    return Editor(window=request.POST.get("window", "")[:24], base=request.POST["base"])


def _descriptions(request: HttpRequest) -> dict[str, str]:
    return {
        name.removeprefix(DESCRIPTION_PREFIX): str(value)
        for name, value in request.POST.items()
        if name.startswith(DESCRIPTION_PREFIX)
    }


def _files(request: HttpRequest) -> "Iterator[UploadedFile[bytes]]":
    """Yield the chosen files; a browser sends one empty nameless file when none was chosen."""
    for file in request.FILES.getlist("photos"):
        if file.name or file.size:
            yield file


def _check_room(public_id: str, author_id: int) -> None:
    """Refuse a photo too many before it is stored; attaching it decides for good."""
    note = queries.get_edited_note(public_id=public_id, author_id=author_id)
    if len(note.photos) >= limits.MOST_PHOTOS:
        raise TooManyPhotos(most=limits.MOST_PHOTOS)


def _refused(
    request: HttpRequest, public_id: str, author_id: int, refusal: MeadowError
) -> HttpResponse:
    """Show the editor again with what was typed and why it was not taken."""
    try:
        note = queries.get_edited_note(public_id=public_id, author_id=author_id)
    except NoteMissing:
        raise refusal from None
    form = NoteForm(request.POST)
    form.is_valid()
    form.errors.clear()
    form.add_error(_FIELD_OF.get(refusal.code), refusal.sentences())
    response = _editor(
        request,
        replace(note, visibility=request.POST.get("visibility", note.visibility)),
        form=form,
        key=request.POST.get("key", ""),
    )
    response.status_code = refusal.status
    return response


def _photos(request: HttpRequest, public_id: str, author_id: int) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return redirect(f"/n/{public_id}/edit#photos")
    note = queries.get_edited_note(public_id=public_id, author_id=author_id)
    return render(request, "notes/_photo_list.html", {"note": note})


def _form(note: EditedNote) -> NoteForm:
    return NoteForm(initial={"title": note.title, "body": note.body})


def _editor(
    request: HttpRequest, note: EditedNote, *, form: NoteForm, key: str = ""
) -> HttpResponse:
    context: dict[str, Any] = {
        "note": note,
        "form": form,
        "key": key,
        "nav": "new",
        **video_context(note),
        "window": new_id("w"),
        "person_id": require_person(request.user).public_id,
        "most_photos": limits.MOST_PHOTOS,
        "typed_at": request.POST.get("publish_at", ""),
        "typed_zone": request.POST.get("zone", ""),
        "soonest": now() + limits.SCHEDULE_SOONEST,
        "furthest": now() + limits.SCHEDULE_FURTHEST,
        "description_length": limits.DESCRIPTION_LENGTH,
    }
    return render(request, "notes/editor.html", context)
