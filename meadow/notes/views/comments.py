"""Comments: pages of them, their replies, writing and removing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from meadow.accounts.permissions import is_moderator, require_person
from meadow.core.clock import now
from meadow.core.errors import MeadowError
from meadow.notes import queries, services
from meadow.notes.forms import CommentForm


@require_safe
def listing(request: HttpRequest, public_id: str) -> HttpResponse:
    """Return a page of comments: a fragment for htmx, a page of its own without."""
    page = queries.list_comments(
        note_public_id=public_id,
        viewer_id=request.user.pk,
        cursor=request.GET.get("cursor"),
        is_moderator=is_moderator(request.user),
    )
    if request.headers.get("HX-Request"):
        return render(
            request, "notes/_comment_items.html", {"page": page, "note_public_id": public_id}
        )
    note = queries.get_note(public_id=public_id, viewer_id=request.user.pk)
    context = {"note": note, "page": page, "comment_form": CommentForm(auto_id="comment_%s")}
    return render(request, "notes/comments.html", context)


@require_safe
def replies(request: HttpRequest, public_id: str) -> HttpResponse:
    """Return a page of the replies under one comment."""
    page = queries.list_replies(
        comment_public_id=public_id,
        viewer_id=request.user.pk,
        cursor=request.GET.get("cursor"),
        is_moderator=is_moderator(request.user),
    )
    if request.headers.get("HX-Request"):
        opens = "cursor" not in request.GET
        context = {"page": page, "comment_public_id": public_id, "opens": opens}
        return render(request, "notes/_reply_items.html", context)
    comment = queries.get_comment(public_id=public_id, viewer_id=request.user.pk)
    context = {
        "comment": comment,
        "comment_public_id": public_id,
        "note_url": f"/n/{comment.note_public_id}",
        "page": page,
    }
    return render(request, "notes/replies.html", context)


@require_POST
def add(request: HttpRequest, public_id: str) -> HttpResponse:
    """Write a comment or a reply; answers with it, the new count and an empty form."""
    person = require_person(request.user)
    parent = request.POST.get("parent", "")
    htmx = bool(request.headers.get("HX-Request"))
    try:
        written = services.add_comment(
            public_id=public_id,
            author_id=person.pk,
            body=request.POST.get("body", ""),
            parent_public_id=parent or None,
            now=now(),
        )
    except MeadowError as refusal:
        if htmx or refusal.status in (401, 404):
            raise
        form = CommentForm(request.POST, auto_id="comment_%s")
        form.is_valid()
        form.errors.clear()
        form.add_error("body", refusal.sentences())
        note = queries.get_note(public_id=public_id, viewer_id=person.pk)
        page = queries.list_comments(note_public_id=public_id, viewer_id=person.pk)
        context = {"note": note, "page": page, "comment_form": form, "parent": parent}
        return render(request, "notes/comments.html", context, status=refusal.status)
    if not htmx:
        return redirect(f"/n/{public_id}#{written.public_id}")
    comment = queries.get_comment(
        public_id=written.public_id, viewer_id=person.pk, is_moderator=is_moderator(person)
    )
    note = queries.get_note(public_id=public_id, viewer_id=person.pk)
    return render(request, "notes/_comment_added.html", {"comment": comment, "note": note})


@require_POST
def delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a comment from view; answers with what stands in its place and the new count."""
    person = require_person(request.user)
    moderates = is_moderator(person)
    services.delete_comment(
        public_id=public_id, actor_id=person.pk, is_moderator=moderates, now=now()
    )
    comment = queries.get_comment(public_id=public_id, viewer_id=person.pk, is_moderator=moderates)
    if not request.headers.get("HX-Request"):
        return redirect(f"/n/{comment.note_public_id}#comments")
    note = queries.get_note(public_id=comment.note_public_id, viewer_id=person.pk)
    return render(request, "notes/_comment_removed.html", {"comment": comment, "note": note})
