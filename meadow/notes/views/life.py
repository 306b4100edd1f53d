"""The life of a note in pages: what it said before, recently deleted, what stands first."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from meadow.accounts.permissions import require_person
from meadow.core.clock import now
from meadow.core.errors import MeadowError
from meadow.notes import limits, queries, services
from meadow.notes.errors import NoteMissing


@require_safe
@cache_control(private=True, no_cache=True)
def history(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show how a note read before, to whoever may see it."""
    versions = queries.list_versions(public_id=public_id, viewer_id=request.user.pk)
    return render(
        request, "notes/history.html", {"versions": versions, "note_url": f"/n/{public_id}"}
    )


@require_GET
@login_required
def deleted(request: HttpRequest) -> HttpResponse:
    """List what a person deleted and can bring back."""
    person = require_person(request.user)
    found = queries.list_deleted(author_id=person.pk, now=now())
    context = {
        "notes": [(note, _last_day(note)) for note in found],
        "days": limits.RESTORE_WITHIN.days,
        "nav": "me",
    }
    return render(request, "notes/deleted.html", context)


@require_POST
def restore(request: HttpRequest, public_id: str) -> HttpResponse:
    """Bring a deleted note back, as it was."""
    person = require_person(request.user)
    note = services.bring_back_note(public_id=public_id, author_id=person.pk, now=now())
    if note.published_at:
        messages.success(request, _("The note is back, with its likes and comments."))
        return redirect(f"/n/{public_id}")
    messages.success(request, _("The draft is back."))
    return redirect(f"/n/{public_id}/edit")


@require_http_methods(["GET", "POST"])
@login_required
@cache_control(private=True, no_cache=True)
def purge(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask once more, then remove a deleted note for good."""
    person = require_person(request.user)
    if request.method == "POST":
        services.delete_for_good(public_id=public_id, author_id=person.pk, now=now())
        messages.success(request, _("It is gone for good."))
        return redirect("note_deleted")
    found = queries.list_deleted(author_id=person.pk, now=now())
    note = next((one for one in found if one.public_id == public_id), None)
    if note is None:
        raise NoteMissing
    return render(request, "notes/purge.html", {"note": note, "nav": "me"})


@require_POST
def pin(request: HttpRequest, public_id: str, pinning: str) -> HttpResponse:
    """Put an own note first on the profile, or take it from there."""
    person = require_person(request.user)
    change = services.pin_note if pinning == "pin" else services.unpin_note
    try:
        change(public_id=public_id, person_id=person.pk, now=now())
    except MeadowError as refusal:
        if refusal.status != 422:
            raise
        messages.error(request, refusal.sentences())
    else:
        if pinning == "pin":
            messages.success(request, _("It stands first on your profile."))
        else:
            messages.success(request, _("It stands in its usual place again."))
    return redirect(f"/n/{public_id}")


def _last_day(note: queries.DraftCard) -> object:
    return note.deleted_at + limits.RESTORE_WITHIN if note.deleted_at else None
