"""Operators' pages of reviews: what waits, oldest first, what was answered, and one order."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from meadow.accounts.permissions import require_operator
from meadow.accounts.queries import get_people
from meadow.core import clock
from meadow.core.errors import InvalidInput, MeadowError
from meadow.core.zones import Dial, reader_dial
from meadow.integrity.moderation.subjects import look_at
from meadow.notes.queries import name_notes
from meadow.promotion.acting import begin
from meadow.promotion.audiences.definition import from_json
from meadow.promotion.operator_forms import APPROVE, ReviewForm, show_faults
from meadow.promotion.operator_showing import say_trouble, show_answers, show_lines
from meadow.promotion.queries.audiences import words_of
from meadow.promotion.queries.health import list_troubles
from meadow.promotion.queries.reviews import (
    ReviewRecord,
    count_waiting,
    find_review,
    list_answered,
    list_waiting,
)
from meadow.promotion.queries.rules import newest_switch
from meadow.promotion.review_words import say_finding
from meadow.promotion.services.reviewing import approve_order, reject_order
from meadow.promotion.showing import show_order
from meadow.promotion.words import has_report, say_hours, say_step


@never_cache
@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show what waits for a review, oldest first, or what people answered, newest first."""
    require_operator(request.user)
    now, cursor = clock.now(), request.GET.get("cursor")
    answered = request.GET.get("which") == "answered"
    context: dict[str, Any] = {"which": "answered" if answered else "waiting"}
    if answered:
        done = list_answered(cursor=cursor)
        context["lines"], more = show_answers(done.items, now), done.next_cursor
    else:
        waiting = list_waiting(cursor=cursor)
        context["lines"], more = show_lines(waiting.items, now), waiting.next_cursor
    asked = urlencode({"which": context["which"], "cursor": more})
    context |= {
        "more": f"/operator/promotion?{asked}" if more else "",
        "waiting": count_waiting(),
        "troubles": [say_trouble(one) for one in list_troubles(now=now)],
        "switch": newest_switch(),
    }
    return render(request, "promotion/operator/queue.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show an order with all that an answer needs, and take the answer."""
    operator, now = begin(request), clock.now()
    form, trouble = ReviewForm(request.POST if request.method == "POST" else None), ""
    if request.method == "POST" and form.is_valid():
        try:
            if form.cleaned_data["verdict"] == APPROVE:
                approve_order(order=public_id, operator_id=operator, now=now)
                messages.success(request, _("Approved. Its buyer is told."))
            else:
                reject_order(
                    order=public_id,
                    why=form.cleaned_data["verdict"],
                    words=form.cleaned_data["words"],
                    operator_id=operator,
                    now=now,
                )
                messages.success(
                    request, _("Not approved. Its buyer is told why, and has all back.")
                )
            return redirect("operator_promotion")
        except InvalidInput as refused:
            show_faults(form, refused)
        except MeadowError as refused:
            trouble = refused.sentences()
    context = _show(find_review(public_id, now=now), operator, dial=reader_dial(request, now)) | {
        "form": form,
        "trouble": trouble,
    }
    status = 422 if form.errors or trouble else 200
    return render(request, "promotion/operator/order.html", context, status=status)


def _show(found: ReviewRecord, operator: int, *, dial: Dial) -> dict[str, Any]:
    now, asked = clock.now(), found.order
    names = name_notes([asked.note_id])
    public_id = names[asked.note_id][0] if asked.note_id in names else ""
    people = get_people(
        {
            one
            for one in (asked.buyer_id, asked.author_id, *(step.by for step in found.steps))
            if one
        }
    )
    return show_order(asked, {}, now) | {
        "buyer": people.get(asked.buyer_id or 0),
        "author": people.get(asked.author_id),
        "subject": look_at(kind="note", public_id=public_id) if public_id else None,
        "audience": words_of(from_json(asked.audience), owner_id=asked.buyer_id, dial=dial),
        "duration": say_hours(round((asked.ends_at - asked.starts_at).total_seconds() / 3600)),
        "found": [say_finding(one.code, one.params) for one in found.found],
        "since": found.since,
        "steps": [
            {
                "at": step.at,
                "by": people.get(step.by or 0),
                "said": say_step(step, asked.unit),
            }
            for step in found.steps
        ],
        "earlier": show_answers(found.earlier, now),
        "own": operator in (asked.buyer_id, asked.author_id),
        "waits": asked.state == "review",
        "has_report": has_report(asked, now),
    }
