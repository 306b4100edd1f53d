"""The search page, what it offers while somebody types, and a person's own searches."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from meadow.accounts.errors import PersonMissing
from meadow.accounts.queries import get_person_by_handle
from meadow.core.clock import now
from meadow.core.errors import MeadowError
from meadow.core.limits import caller, check_rate
from meadow.core.pagination import InvalidCursor
from meadow.core.problems import wants_fragment
from meadow.notes.errors import TopicMissing
from meadow.notes.queries import get_topic, rising_topics
from meadow.search.asking import (
    KINDS,
    LONGEST_QUESTION,
    SORTS,
    TIMES,
    Filters,
    check_filters,
    clean_question,
)
from meadow.search.errors import QuestionTooLong
from meadow.search.queries.names import find_mentionable, find_people, find_topics
from meadow.search.queries.notes import topics_among
from meadow.search.queries.suggestions import keeps_recent, list_popular, list_recent, suggest
from meadow.search.results import make_results
from meadow.search.searching import SEARCH_RATE, SUGGEST_RATE, note_down, search_notes
from meadow.search.services import habits

TABS: Final = ("notes", "people", "topics")
MOST_TOPIC_FILTERS: Final = 8


@require_safe
@cache_control(private=True, no_cache=True)
def search(request: HttpRequest) -> HttpResponse:
    """Show what is found for `q`, or where to begin when nothing was asked."""
    asked = request.GET.get("q", "")
    try:
        text = clean_question(asked)
    except QuestionTooLong as refused:
        return _begin(request, refusal=refused, text=asked[:200])
    if not text:
        return _begin(request)
    check_rate(name="search", rate=SEARCH_RATE, subject=caller(request), now=now())
    if (place := _named_place(text, viewer_id=request.user.pk)) and "tab" not in request.GET:
        return redirect(place)
    tab = request.GET.get("tab", TABS[0])
    if tab == "people":
        return _people(request, text)
    if tab == "topics":
        return _topics(request, text)
    return _notes(request, text)


@require_safe
@cache_control(private=True, no_store=True)
def suggestions(request: HttpRequest) -> HttpResponse:
    """Answer with what somebody who typed `q` so far may mean, as options of a list."""
    try:
        text = clean_question(request.GET.get("q", ""))
    except QuestionTooLong:
        return render(request, "search/_suggestions.html", {"suggestions": []})
    check_rate(name="search.suggest", rate=SUGGEST_RATE, subject=caller(request), now=now())
    offered = suggest(text=text, viewer_id=request.user.pk)
    return render(request, "search/_suggestions.html", {"suggestions": offered})


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def mentions(request: HttpRequest) -> HttpResponse:
    """Answer with whom somebody may mean who typed `@q` so far, as options of a list."""
    person_id: int = request.user.pk  # type: ignore[assignment]
    check_rate(name="search.mentions", rate=SUGGEST_RATE, subject=caller(request), now=now())
    text = request.GET.get("q", "")[:LONGEST_QUESTION]
    people = find_mentionable(text=clean_question(text), writer_id=person_id)
    return render(request, "search/_mentions.html", {"people": people})


@require_POST
@login_required
def forget(request: HttpRequest) -> HttpResponse:
    """Forget one of one's own searches, or all of them."""
    person_id: int = request.user.pk  # type: ignore[assignment]
    if text := request.POST.get("text", ""):
        habits.forget_search(person_id=person_id, text=text[:200])
    else:
        habits.forget_searches(person_id=person_id)
    return redirect("search")


@require_POST
@login_required
def keep(request: HttpRequest) -> HttpResponse:
    """Have one's searches kept from now on, or kept no longer and forgotten."""
    person_id: int = request.user.pk  # type: ignore[assignment]
    habits.choose_keeping(person_id=person_id, keep=request.POST.get("keep") == "1")
    return redirect("search")


def _begin(
    request: HttpRequest, *, refusal: MeadowError | None = None, text: str = ""
) -> HttpResponse:
    person_id = request.user.pk
    context: dict[str, Any] = {
        "nav": "search",
        "text": text,
        "refusal": refusal,
        "popular": list_popular(),
        "rising": rising_topics(now=now()),
    }
    if person_id is not None:
        context |= {
            "keeps": keeps_recent(person_id=person_id),
            "recent": list_recent(person_id=person_id),
        }
    status = refusal.status if refusal else 200
    return render(request, "search/begin.html", context, status=status)


def _named_place(text: str, *, viewer_id: int | None) -> str:
    """Return where `@handle` or `#topic` leads, when there is such a person or topic."""
    name = text[1:].removesuffix("#")
    try:
        if text.startswith("@"):
            return f"/@{get_person_by_handle(name, viewer_id).handle}"
        if text.startswith("#") and name:
            return get_topic(slug=name, viewer_id=viewer_id).card.url
    except (PersonMissing, TopicMissing):
        pass
    return ""


def _notes(request: HttpRequest, text: str) -> HttpResponse:
    given = {name: request.GET.get(name, "") for name in ("time", "topic", "sort", "kind")}
    filters, cursor, at = check_filters(**given), request.GET.get("after", ""), now()
    viewer_id = request.user.pk
    exactly = request.GET.get("exactly") == "1"
    try:
        found = search_notes(
            text, filters=filters, viewer_id=viewer_id, now=at, cursor=cursor, exactly=exactly
        )
    except InvalidCursor:
        return redirect(_address(text, filters))
    more = {"after": found.notes.next_cursor} if found.notes.next_cursor else None
    context = {
        "results": make_results(found, viewer_id=viewer_id, now=at),
        "next_url": _address(text, filters, more, exactly=exactly) if more else "",
        "first": not cursor,
    }
    if wants_fragment(request) and cursor:
        return render(request, "search/_cards.html", context)
    if not cursor:
        note_down(request, text=text, found=found.notes.total, now=at)
    topics = topics_among(found.notes.candidates, most=MOST_TOPIC_FILTERS)
    context |= _frame(text, "notes") | {
        "found": found,
        "filters": filters,
        "choices": _choices(text, filters, topics),
        "offered_url": _address(found.offered, filters) if found.offered else "",
        "exact_url": _address(text, filters, exactly=True),
        "unfiltered_url": _address(text, Filters(sort=filters.sort)),
    }
    if not context["results"] and not filters.chosen:
        context |= {"popular": list_popular(), "rising": rising_topics(now=at)}
    return render(request, "search/results.html", context)


def _people(request: HttpRequest, text: str) -> HttpResponse:
    context = _frame(text, "people") | {"people": find_people(text=text, viewer_id=request.user.pk)}
    return render(request, "search/people.html", context)


def _topics(request: HttpRequest, text: str) -> HttpResponse:
    context = _frame(text, "topics") | {"topics": find_topics(text=text)}
    return render(request, "search/topics.html", context)


def _frame(text: str, tab: str) -> dict[str, Any]:
    return {
        "nav": "search",
        "text": text,
        "tab": tab,
        "tabs": [(one, f"/search?{urlencode({'q': text, 'tab': one})}") for one in TABS],
    }


def _choices(
    text: str, filters: Filters, topics: list[tuple[str, str]]
) -> dict[str, list[tuple[str, str, bool]]]:
    """Return the filters to choose from: value, address and whether it is chosen."""
    values = {"time": filters.time, "sort": filters.sort, "kind": filters.kind}

    def options(name: str, choices: tuple[str, ...]) -> list[tuple[str, str, bool]]:
        return [(one, _address(text, filters, {name: one}), one == values[name]) for one in choices]

    shown = [
        (name, _address(text, filters, {"topic": slug}), False)
        for slug, name in topics
        if slug != filters.topic
    ]
    if filters.topic:
        shown.insert(0, (filters.topic, _address(text, filters, {"topic": ""}), True))
    return {
        "kind": options("kind", KINDS),
        "sort": options("sort", SORTS),
        "time": options("time", tuple(TIMES)),
        "topic": shown,
    }


def _address(
    text: str, filters: Filters, changes: Mapping[str, str] | None = None, *, exactly: bool = False
) -> str:
    """Return the address of these results; what is not chosen is not in it."""
    chosen = {
        "time": filters.time,
        "topic": filters.topic,
        "sort": filters.sort,
        "kind": filters.kind,
        **(changes or {}),
    }
    defaults = {"time": "any", "topic": "", "sort": "best", "kind": "any"}
    kept = {name: value for name, value in chosen.items() if value != defaults.get(name)}
    if exactly:
        kept["exactly"] = "1"
    return f"/search?{urlencode({'q': text} | kept)}"
