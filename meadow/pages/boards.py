"""Boards: one with its wall, and a person's boards on their profile."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from meadow.accounts.queries import get_profile
from meadow.notes import queries
from meadow.pages.meta import board_meta
from meadow.pages.views import profile_context
from meadow.pages.walls import answer_wall


@require_safe
@cache_control(private=True, no_cache=True)
def board(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a board with those of its notes that the viewer may see."""
    viewer_id = request.user.pk
    shown = queries.get_board(public_id=public_id, viewer_id=viewer_id)
    notes = queries.notes_on_board(
        board_id=shown.card.id, viewer_id=viewer_id, cursor=request.GET.get("cursor")
    )
    more = urlencode({"cursor": notes.next_cursor}) if notes.next_cursor else ""
    return answer_wall(
        request,
        notes.items,
        template="pages/board.html",
        context={
            "board": shown,
            "nav": "me" if shown.is_own else "",
            "meta": board_meta(request, shown),
        },
        surface="board",
        next_url=f"{shown.card.url}?{more}" if more else "",
    )


@require_safe
@cache_control(private=True, no_cache=True)
def boards(request: HttpRequest, handle: str) -> HttpResponse:
    """Show the boards of a person that the viewer may see."""
    viewer_id = request.user.pk
    person = get_profile(handle, viewer_id=viewer_id)
    page = queries.boards_of(
        owner_id=person.card.id, viewer_id=viewer_id, cursor=request.GET.get("cursor")
    )
    address = reverse("boards", kwargs={"handle": person.card.handle})
    more = urlencode({"cursor": page.next_cursor}) if page.next_cursor else ""
    context = {
        **profile_context(person, tab="boards", viewer_id=viewer_id),
        "boards": [] if person.is_blocked else page.items,
        "next_url": f"{address}?{more}" if more else "",
    }
    return render(request, "pages/profile.html", context)
