"""The walls: Hot for everybody, Follow and Nearby for whoever is signed in."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from meadow.accounts.permissions import require_person
from meadow.accounts.queries import following_ids, get_people
from meadow.core.clock import now
from meadow.core.limits import check_rate
from meadow.core.masks import form_token
from meadow.core.pagination import InvalidCursor
from meadow.core.problems import wants_fragment
from meadow.feed.errors import WallExpired
from meadow.feed.fragments import Reader, known_looks, render_cards, render_frame, render_more
from meadow.feed.queries import FOR_ALL, UNCHOSEN, get_standing, standing_of, suggest_people
from meadow.feed.reading import (
    FeedPage,
    forget_passed,
    read_again,
    read_follow,
    read_hot,
    read_nearby,
)
from meadow.feed.services import start_over
from meadow.feed.slots import slot_reader
from meadow.notifications.bell import unread_of

THEMES = ("light", "dark")
NAV = {"hot": "home", "follow": "follow", "nearby": "home"}
SUGGESTIONS = 6
AGAIN = "20/minute"


@require_safe
@cache_control(private=True, no_cache=True)
def hot(request: HttpRequest) -> HttpResponse:
    """Show what the community likes most just now."""
    try:
        page = read_hot(
            viewer_id=request.user.pk,
            cursor=request.GET.get("after", ""),
            now=now(),
            personal=max(_standing(request) or 0, 0),
            looks=known_looks(_language()),
            reader=slot_reader(request),
        )
    except (WallExpired, InvalidCursor):
        return _restart(request)
    if not page.cards and page.at_top:
        if page.all_seen and request.user.pk is not None:
            return _seen(request, request.user.pk)
        return render(request, "feed/hot_empty.html", {"nav": NAV["hot"]})
    return _answer(request, page, surface="hot")


@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Begin Hot from its top, with notes that were shown already."""
    person = require_person(request.user)
    check_rate(name="feed.again", rate=AGAIN, subject=f"person:{person.pk}", now=now())
    start_over(person_id=person.pk)
    forget_passed(viewer_id=person.pk)
    return redirect("hot")


@require_safe
@login_required
@cache_control(private=True, no_cache=True)
def follow(request: HttpRequest) -> HttpResponse:
    """Show the notes of people one follows, newest first."""
    viewer_id: int = request.user.pk  # type: ignore[assignment]
    try:
        page = read_follow(viewer_id=viewer_id, cursor=request.GET.get("after", ""))
    except InvalidCursor:
        return _restart(request)
    if not page.cards and page.at_top:
        suggested = suggest_people(viewer_id=viewer_id, size=SUGGESTIONS)
        context = {
            "people": list(get_people(suggested, viewer_id).values()),
            "follows_somebody": bool(following_ids(viewer_id)),
            "nav": NAV["follow"],
        }
        return render(request, "feed/follow_empty.html", context)
    return _answer(request, page, surface="follow")


@require_safe
@login_required
@cache_control(private=True, no_cache=True)
def nearby(request: HttpRequest) -> HttpResponse:
    """Show notes under topics near those one reads."""
    viewer_id: int = request.user.pk  # type: ignore[assignment]
    standing = _standing(request)
    try:
        page = read_nearby(
            viewer_id=viewer_id,
            personal=max(standing or 0, 0),
            cursor=request.GET.get("after", ""),
            now=now(),
            looks=known_looks(_language()),
        )
    except (WallExpired, InvalidCursor):
        return _restart(request)
    if not page.cards and page.at_top:
        context = {
            "standing": get_standing(person_id=viewer_id, now=now()),
            "all_seen": page.all_seen,
            "nav": NAV["nearby"],
        }
        return render(request, "feed/nearby_empty.html", context)
    return _answer(request, page, surface="nearby")


def _seen(request: HttpRequest, viewer_id: int) -> HttpResponse:
    """Say that everything was seen, and show it again below these words: never as new."""
    language, at = _language(), now()
    page = read_again(viewer_id=viewer_id, now=at, looks=known_looks(language))
    html = render_cards(page, language=language, surface="hot", now=at)
    cards = mark_safe(html.decode())  # noqa: S308 - our own rendered fragments
    return render(request, "feed/hot_seen.html", {"nav": NAV["hot"], "cards": cards})


def _standing(request: HttpRequest) -> int | None:
    person: Any = request.user
    return standing_of(person) if person.is_authenticated else FOR_ALL


def _restart(request: HttpRequest) -> HttpResponse:
    """Lead back to the top from a place that is no longer kept."""
    if wants_fragment(request):
        return render(request, "feed/end.html", {"surface": "hot", "expired": True})
    return redirect(request.path)


def _answer(request: HttpRequest, page: FeedPage, *, surface: str) -> HttpResponse:
    language = _language()
    html = render_cards(page, language=language, surface=surface, now=now())
    if page.next_cursor:
        # Of what a cursor is written with, the colon alone is quoted in an address.
        after = page.next_cursor.replace(":", "%3A")
        url = f"{request.path}?after={after}"
        html += render_more(url=url, language=language)
    else:
        html += render_to_string("feed/end.html", {"surface": surface}).encode()
    if wants_fragment(request):
        return HttpResponse(html)
    template, nav = f"feed/{surface}.html", NAV[surface]
    if _is_told_something(request):
        # What is rare and belongs to one reader is in no kept frame: then it is rendered in full.
        cards = mark_safe(html.decode())  # noqa: S308 - our own rendered fragments
        asks = _asks(request, page, surface)
        return render(request, template, {"cards": cards, "nav": nav, "asks": asks})
    user: Any = request.user
    reader = Reader(
        language=language,
        theme=_theme(request),
        handle=user.handle if user.is_authenticated else "",
        name=user.name if user.is_authenticated else "",
        csrf=form_token(request),
        path=request.get_full_path(),
        unread=unread_of(user),
        role=user.role if user.is_authenticated else "",
        asks=_asks(request, page, surface),
    )
    return HttpResponse(render_frame(template, reader, cards=html, nav=nav))


def _is_told_something(request: HttpRequest) -> bool:
    """Whether a page tells its reader something besides: a toast, or how they are restricted."""
    user: Any = request.user
    restricted = user.is_authenticated and (user.suspended_at or user.hidden_at)
    return bool(restricted or len(get_messages(request)))


def _language() -> str:
    return get_language() or "en"


def _asks(request: HttpRequest, page: FeedPage, surface: str) -> bool:
    """Whether this page asks its reader if they want a feed of their own."""
    return surface == "hot" and page.at_top and _standing(request) is UNCHOSEN


def _theme(request: HttpRequest) -> str:
    theme = getattr(request, "theme", None) or request.COOKIES.get("meadow_theme")
    return theme if theme in THEMES else "auto"
