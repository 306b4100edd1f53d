"""Comments: pages of them, their replies, writing and removing."""

import hashlib
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meadow.accounts.permissions import is_moderator, require_person
from meadow.core.clock import now
from meadow.core.errors import MeadowError
from meadow.core.idempotency import StoredAnswer, run_once
from meadow.core.limits import check_rate
from meadow.notes import limits, queries, services
from meadow.notes.errors import NotYourComment
from meadow.notes.forms import CommentForm


def comments_context(request: HttpRequest, public_id: str) -> dict[str, Any]:
    """Return what the comments of a note need to be drawn: a page of them, who may write, the mark."""
    viewer_id = request.user.pk
    sort = "new" if request.GET.get("sort") == "new" else "best"
    linked = request.GET.get("comment", "")[:24]
    page = queries.list_comments(
        note_public_id=public_id,
        viewer_id=viewer_id,
        cursor=request.GET.get("cursor"),
        is_moderator=is_moderator(request.user),
        sort=sort,
        linked=linked,
    )
    pinned = [place for place, one in enumerate(page.items) if one.is_pinned]
    goes_on = bool(request.GET.get("cursor")) and bool(request.headers.get("HX-Request"))
    there = {one.public_id for top in page.items for one in (top, *top.replies)}
    return {
        "page": page,
        "sort": sort,
        # What is written while the page is open comes after these.
        "begin": None if goes_on else (pinned[-1] + 1 if pinned else 0),
        "linked_is_gone": bool(linked) and linked not in there,
        "rules": queries.get_comment_rules(note_public_id=public_id, viewer_id=viewer_id),
        "since": queries.mark_newest(public_id),
        "comment_form": CommentForm(auto_id="comment_%s"),
    }


@require_safe
def listing(request: HttpRequest, public_id: str) -> HttpResponse:
    """Return a page of comments: a fragment for htmx, a page of its own without."""
    context = comments_context(request, public_id) | {"note_public_id": public_id}
    if request.headers.get("HX-Request"):
        return render(request, "notes/_comment_items.html", context)
    context["note"] = queries.get_note(public_id=public_id, viewer_id=request.user.pk)
    return render(request, "notes/comments.html", context)


@require_safe
def replies(request: HttpRequest, public_id: str) -> HttpResponse:
    """Return a page of the replies under one comment."""
    moderates = is_moderator(request.user)
    page = queries.list_replies(
        comment_public_id=public_id,
        viewer_id=request.user.pk,
        cursor=request.GET.get("cursor"),
        is_moderator=moderates,
    )
    comment = queries.get_comment(
        public_id=public_id, viewer_id=request.user.pk, is_moderator=moderates
    )
    context = {
        "comment": comment,
        "comment_public_id": public_id,
        "note_url": f"/n/{comment.note_public_id}",
        "page": page,
    }
    if not request.headers.get("HX-Request"):
        return render(request, "notes/replies.html", context)
    shown = [one.public_id for one in page.items]
    news = queries.read_comment_news(
        note_public_id=comment.note_public_id,
        viewer_id=request.user.pk,
        since=queries.mark_newest(comment.note_public_id),
        shown=[public_id, *shown],
        is_moderator=moderates,
    )
    thread = next((one for one in news.threads if one.comment.public_id == public_id), None)
    return render(request, "notes/_reply_items.html", context | {"more": thread})


@require_POST
def news(request: HttpRequest, public_id: str) -> HttpResponse:
    """Return what changed for an open page, and keep telling it for a while."""
    person = require_person(request.user)
    moment = now()
    check_rate(name="notes.news", rate=limits.NEWS_RATE, subject=f"person:{person.pk}", now=moment)
    since = request.POST.get("since", "")
    found = queries.read_comment_news(
        note_public_id=public_id,
        viewer_id=person.pk,
        since=since,
        shown=request.POST.get("shown", "")[:9000].split(","),
        is_moderator=is_moderator(person),
    )
    services.watch_note(note_id=found.note_id, person_id=person.pk, now=moment)
    context = {"news": found, "note_public_id": public_id, "since": since}
    return render(request, "notes/_comment_news.html", context)


@require_safe
def fresh(request: HttpRequest, public_id: str) -> HttpResponse:
    """Return the comments that came since a page was drawn, for the top of its list."""
    comments, since = queries.list_fresh_comments(
        note_public_id=public_id,
        viewer_id=request.user.pk,
        since=request.GET.get("since", ""),
        is_moderator=is_moderator(request.user),
    )
    return render(request, "notes/_comments_fresh.html", {"comments": comments, "since": since})


@require_POST
def act(request: HttpRequest, public_id: str, act: str) -> HttpResponse:
    """Like, unlike, pin, unpin or release a comment; answers with it as it now is."""
    person = require_person(request.user)
    if act in ("like", "unlike"):
        like = services.like_comment if act == "like" else services.unlike_comment
        like(public_id=public_id, person_id=person.pk, now=now())
    elif act == "unpin":
        services.unpin_comment(public_id=public_id, actor_id=person.pk)
    else:
        owned = services.pin_comment if act == "pin" else services.release_comment
        owned(public_id=public_id, actor_id=person.pk, now=now())
    comment = queries.get_comment(
        public_id=public_id, viewer_id=person.pk, is_moderator=is_moderator(person)
    )
    if not request.headers.get("HX-Request"):
        return redirect(comment.url)
    template = "notes/_comment_like.html" if "like" in act else "notes/_comment.html"
    return render(request, template, {"comment": comment})


@require_POST
def rules(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say who may write under an own note."""
    person = require_person(request.user)
    services.choose_commenters(
        public_id=public_id,
        author_id=person.pk,
        comments_from=request.POST.get("comments_from", ""),
    )
    return redirect(f"/n/{public_id}#comments")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def words(request: HttpRequest) -> HttpResponse:
    """Show and change the words that somebody keeps out from under their notes."""
    person = require_person(request.user)
    if request.method != "POST":
        kept = "\n".join(queries.list_kept_out_words(person.pk))
        return render(request, "notes/comment_words.html", {"words": kept, "refusal": ""})
    given = request.POST.get("words", "")
    try:
        services.keep_words_out(person_id=person.pk, words=given.splitlines(), now=now())
    except MeadowError as refusal:
        context = {"words": given, "refusal": refusal.sentences()}
        return render(request, "notes/comment_words.html", context, status=refusal.status)
    messages.success(request, _("Saved."))
    return redirect("/settings/comments")


@require_POST
def add(request: HttpRequest, public_id: str) -> HttpResponse:
    """Write a comment or a reply; answers with it, the new count and an empty form."""
    person = require_person(request.user)
    parent = request.POST.get("parent", "")
    htmx = bool(request.headers.get("HX-Request"))
    try:
        written = _add_once(request, public_id, person_id=person.pk)
    except MeadowError as refusal:
        if htmx or refusal.status in (401, 404):
            raise
        form = CommentForm(request.POST, auto_id="comment_%s")
        form.is_valid()
        form.errors.clear()
        form.add_error("body", refusal.sentences())
        note = queries.get_note(public_id=public_id, viewer_id=person.pk)
        context = comments_context(request, public_id)
        context |= {"note": note, "comment_form": form, "parent": parent}
        return render(request, "notes/comments.html", context, status=refusal.status)
    if not htmx:
        return redirect(f"/n/{public_id}?comment={written}#{written}")
    comment = queries.get_comment(
        public_id=written, viewer_id=person.pk, is_moderator=is_moderator(person)
    )
    note = queries.get_note(public_id=public_id, viewer_id=person.pk)
    return render(
        request, "notes/_comment_added.html", {"comment": comment, "note": note, "answered": parent}
    )


def _add_once(request: HttpRequest, public_id: str, *, person_id: int) -> str:
    """Write what a form says and return its public id: the same one when the same form comes again.

    Whoever changed the words before they pressed again wrote another comment. A form without a key
    is written as often as it comes. Raises as services.add_comment.
    """
    given = request.POST
    key, body, parent = given.get("key", ""), given.get("body", ""), given.get("parent", "")

    def write() -> StoredAnswer:
        written = services.add_comment(
            public_id=public_id,
            author_id=person_id,
            body=body,
            parent_public_id=parent or None,
            now=now(),
        )
        return StoredAnswer(status=201, body=written.public_id)

    if not key:
        return str(write().body)
    digest = hashlib.sha256("\n".join((key, public_id, parent, body)).encode()).hexdigest()
    answer = run_once(
        person_id=person_id, key=f"comment-{digest}", fingerprint=digest, action=write
    )
    return str(answer.body)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change an own comment; answers with it as it now is, to a browser without JavaScript by its page."""
    person = require_person(request.user)
    comment = queries.get_comment(public_id=public_id, viewer_id=person.pk)
    if comment.author.id != person.pk:
        raise NotYourComment
    form = CommentForm(request.POST or None, initial={"body": comment.body}, auto_id="comment_%s")
    if request.method == "POST":
        try:
            services.edit_comment(
                public_id=public_id,
                author_id=person.pk,
                body=request.POST.get("body", ""),
                now=now(),
            )
        except MeadowError as refusal:
            if request.headers.get("HX-Request") or refusal.status in (401, 404):
                raise
            form.is_valid()
            form.errors.clear()
            form.add_error("body", refusal.sentences())
            context = {"comment": comment, "form": form}
            return render(request, "notes/comment_edit.html", context, status=refusal.status)
        if not request.headers.get("HX-Request"):
            return redirect(comment.url)
        comment = queries.get_comment(
            public_id=public_id, viewer_id=person.pk, is_moderator=is_moderator(person)
        )
        return render(request, "notes/_comment.html", {"comment": comment})
    return render(request, "notes/comment_edit.html", {"comment": comment, "form": form})


@login_required
@require_safe
def earlier(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what a comment said before, to its writer and to those who keep order."""
    person = require_person(request.user)
    moderates = is_moderator(person)
    edits = queries.list_earlier_words(
        comment_public_id=public_id, viewer_id=person.pk, is_moderator=moderates
    )
    comment = queries.get_comment(public_id=public_id, viewer_id=person.pk, is_moderator=moderates)
    return render(request, "notes/comment_edits.html", {"comment": comment, "edits": edits})


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
