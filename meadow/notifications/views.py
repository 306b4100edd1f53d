"""The bell, what came, and what of it is sent by e-mail: parse, call once, show."""

import datetime as dt
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meadow.accounts.permissions import is_moderator, require_person
from meadow.accounts.queries import get_mailboxes
from meadow.core import clock
from meadow.core.problems import wants_fragment
from meadow.notifications import queries, services
from meadow.notifications.bell import render_bell, unread_of
from meadow.notifications.forms import MailForm
from meadow.notifications.keeping import get_keep_days
from meadow.notifications.queries import NotificationRecord


@never_cache
@login_required
@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    """Show what came, newest first."""
    person = require_person(request.user)
    unread_only = request.GET.get("unread") == "1"
    page = queries.list_notifications(
        person_id=person.pk, unread_only=unread_only, cursor=request.GET.get("cursor")
    )
    more = ({"unread": "1"} if unread_only else {}) | {"cursor": page.next_cursor}
    context: dict[str, Any] = {
        "days": by_day(page.items),
        "more": f"/notifications?{urlencode(more)}" if page.next_cursor else "",
    }
    if wants_fragment(request):
        return render(request, "notifications/_page.html", context)
    context |= {
        "unread_only": unread_only,
        "newest": page.items[0].public_id if page.items else "",
        "has_unread": unread_of(request.user) > 0,
        "nav": "notifications",
    }
    return render(request, "notifications/list.html", context)


def by_day(items: list[NotificationRecord]) -> list[dict[str, Any]]:
    """Return the notifications under the days (UTC) on which they came; a browser knows its own."""

    def day_of(news: NotificationRecord) -> dt.date:
        return news.created_at.date()

    return [{"day": day, "items": list(news)} for day, news in groupby(items, key=day_of)]


@never_cache
@require_safe
def bell(request: HttpRequest) -> HttpResponse:
    """Return the bell as it stands now, or 204 where it already shows that. It asks nothing more
    than the session.
    """
    require_person(request.user)
    unread = unread_of(request.user)
    if request.GET.get("shown") == str(unread):
        return HttpResponse(status=204)
    return HttpResponse(render_bell(unread))


@login_required
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one notification read (`id`), or all up to the newest that was shown (`up_to`)."""
    person, now = require_person(request.user), clock.now()
    chosen = request.POST.get("id", "")
    if not chosen:
        up_to = request.POST.get("up_to", "")
        services.mark_all_read(person_id=person.pk, up_to=up_to, now=now)
        return redirect("notifications")
    queries.get_notification(person_id=person.pk, public_id=chosen)
    services.mark_read(person_id=person.pk, public_ids=[chosen], now=now)
    if not wants_fragment(request):
        return redirect("notifications")
    news = queries.get_notification(person_id=person.pk, public_id=chosen)
    answer = render(request, "notifications/_item.html", {"news": news})
    # Also where nothing is heard over realtime, this page's own bell falls.
    answer["HX-Trigger"] = "meadow:notifications.read"
    return answer


@never_cache
@login_required
@require_safe
def open_one(request: HttpRequest, public_id: str) -> HttpResponse:
    """Lead to what a notification is about; whoever follows the link has read it."""
    person = require_person(request.user)
    news = queries.get_notification(person_id=person.pk, public_id=public_id)
    if request.method == "GET":
        services.mark_read(person_id=person.pk, public_ids=[public_id], now=clock.now())
    return redirect(news.url)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mail_settings(request: HttpRequest) -> HttpResponse:
    """Show and change what comes by e-mail."""
    person = require_person(request.user)
    choices = queries.list_mail_choices(person_id=person.pk, keeps_order=is_moderator(person))
    form = MailForm(request.POST if request.method == "POST" else None, choices=choices)
    if request.method == "POST" and form.is_valid():
        services.change_preferences(person_id=person.pk, email=form.cleaned_data)
        messages.success(request, _("Your choice is saved."))
        return redirect("settings_notifications")
    mailbox = get_mailboxes([person.pk]).get(person.pk)
    context = {
        "form": form,
        "address": mailbox.address if mailbox else "",
        "keep_days": get_keep_days(),
    }
    return render(request, "notifications/settings.html", context)
