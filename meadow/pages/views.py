"""The note page and the profile, composed of what notes, accounts and analytics know."""

from dataclasses import replace
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from meadow.accounts.errors import PersonMissing
from meadow.accounts.permissions import is_operator
from meadow.accounts.queries import Profile, get_people, get_profile
from meadow.analytics.queries import get_note_reads
from meadow.analytics.tokens import seal_token
from meadow.core.clock import now
from meadow.core.pagination import Page
from meadow.notes.queries import (
    NoteCard,
    count_notes,
    count_unpublished,
    get_note,
    has_boards,
    notes_of,
    pinned_of,
    pinned_place,
    saved_by,
)
from meadow.notes.views.comments import comments_context
from meadow.pages.embeds import embed_code
from meadow.pages.meta import note_meta, profile_meta
from meadow.pages.paid import paid_place
from meadow.pages.walls import answer_wall


@require_safe
@cache_control(private=True, no_cache=True)
def note(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a note with its photos, words and comments; its author also sees the live figures."""
    viewer_id = request.user.pk
    shown = get_note(public_id=public_id, viewer_id=viewer_id)
    published = shown.state == "published"
    author = get_people([shown.author.id], viewer_id)[shown.author.id]
    context = {
        "note": shown,
        "author": author,
        "nav": "me" if shown.is_own else "",
        "show_figures": published and (shown.is_own or is_operator(request.user)),
    }
    if published:
        paid = paid_place(request, note_id=shown.id)
        sealed = seal_token(note_id=shown.id, author_id=shown.author.id, surface="note", now=now())
        context |= {
            # What is read of a note opened from a paid place was paid for: it keeps the token of that place.
            "token": paid[0] if paid else sealed,
            "sponsored": paid is not None,
            **comments_context(request, public_id),
        }
    if published and shown.is_own:
        context["pinned_at"] = pinned_place(shown.id)
    if context["show_figures"]:
        context["reads"] = get_note_reads([shown.id])[shown.id]
    context["meta"] = note_meta(request, shown)
    context["embed_code"] = embed_code(request, shown) if context["meta"] else ""
    return render(request, "pages/note.html", context)


@require_safe
@cache_control(private=True, no_cache=True)
def profile(request: HttpRequest, handle: str) -> HttpResponse:
    """Show a person and the notes they published, newest first."""
    person = get_profile(handle, viewer_id=request.user.pk)
    # Somebody you blocked stays visible to you, so that you can change your mind; their notes do not.
    notes: Page[NoteCard] = (
        Page(items=[], next_cursor=None)
        if person.is_blocked
        else notes_of(
            author_id=person.card.id,
            viewer_id=request.user.pk,
            cursor=request.GET.get("cursor"),
            without_pinned=True,
        )
    )
    if not person.is_blocked and not request.GET.get("cursor"):
        pinned = pinned_of(author_id=person.card.id, viewer_id=request.user.pk)
        notes = replace(notes, items=[*pinned, *notes.items])
    context = profile_context(person, tab="notes", viewer_id=request.user.pk)
    context["meta"] = profile_meta(request, person)
    address = reverse("profile", kwargs={"handle": person.card.handle})
    return _wall(request, context, notes, address)


@require_safe
@login_required
@cache_control(private=True, no_cache=True)
def saved(request: HttpRequest, handle: str) -> HttpResponse:
    """Show the notes a person keeps; only they themselves may look."""
    person = get_profile(handle, viewer_id=request.user.pk)
    if not person.card.is_me:
        raise PersonMissing
    context = profile_context(person, tab="saved", viewer_id=request.user.pk)
    notes = saved_by(person_id=person.card.id, cursor=request.GET.get("cursor"))
    return _wall(request, context, notes, reverse("saved", kwargs={"handle": person.card.handle}))


def profile_context(person: Profile, *, tab: str, viewer_id: int | None) -> dict[str, object]:
    """Return what every tab of a profile shows around its own."""
    author_id = person.card.id
    return {
        "profile": person,
        "tab": tab,
        "meta": None,
        "nav": "me" if person.card.is_me else "",
        "note_count": count_notes(author_id=author_id, viewer_id=viewer_id),
        "draft_count": count_unpublished(author_id=author_id) if person.card.is_me else 0,
        "has_boards": not person.is_blocked and has_boards(owner_id=author_id, viewer_id=viewer_id),
    }


def _wall(
    request: HttpRequest, context: dict[str, object], notes: Page[NoteCard], address: str
) -> HttpResponse:
    more = urlencode({"cursor": notes.next_cursor}) if notes.next_cursor else ""
    return answer_wall(
        request,
        notes.items,
        template="pages/profile.html",
        context=context,
        surface="profile",
        next_url=f"{address}?{more}" if more else "",
    )
