"""Topic pages: what stands under one, and which there are."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from meadow.core.clock import now
from meadow.core.problems import wants_fragment
from meadow.notes import queries
from meadow.notes.errors import TopicOrderGone
from meadow.notes.queries.topics import Order
from meadow.pages.meta import topic_meta
from meadow.pages.walls import answer_wall


@require_safe
@cache_control(private=True, no_cache=True)
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what stands under a topic, best or newest first; another spelling leads to the one kept."""
    viewer_id = request.user.pk
    shown = queries.get_topic(slug=slug, viewer_id=viewer_id)
    if shown.card.slug != slug:
        return redirect(shown.card.url, permanent=True)
    order: Order = "new" if request.GET.get("order") == "new" else "best"
    try:
        notes = queries.notes_under(
            topic_id=shown.card.id,
            viewer_id=viewer_id,
            order=order,
            cursor=request.GET.get("cursor"),
        )
    except TopicOrderGone:
        if wants_fragment(request):
            raise
        return redirect(f"{shown.card.url}?order={order}")
    more = {"order": order, "cursor": notes.next_cursor}
    context = {
        "topic": shown,
        "order": order,
        "meta": topic_meta(request, shown, notes.items),
        "related": queries.related_topics(topic_id=shown.card.id),
    }
    return answer_wall(
        request,
        notes.items,
        template="pages/topic.html",
        context=context,
        surface="topic",
        next_url=f"{shown.card.url}?{urlencode(more)}" if notes.next_cursor else "",
    )


@require_safe
@cache_control(private=True, no_cache=True)
def index(request: HttpRequest) -> HttpResponse:
    """Show the topics one follows, those that rise, and those with most notes."""
    viewer_id = request.user.pk
    context = {
        "followed": queries.followed_topics(viewer_id) if viewer_id else [],
        "rising": queries.rising_topics(now=now()),
        "largest": queries.largest_topics(),
    }
    return render(request, "pages/topics.html", context)
