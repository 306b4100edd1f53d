"""The pages of the Studio: each reads whose figures and which days, asks once, and draws."""

import datetime as dt
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from meadow.accounts.queries import get_people
from meadow.analytics.access import require_figures_of
from meadow.analytics.errors import NoteUnknown
from meadow.analytics.metrics import get_metric
from meadow.analytics.subjects import NoteSubject
from meadow.core.clock import now
from meadow.core.errors import EngineUnavailable
from meadow.core.pagination import InvalidCursor, decode_cursor, encode_cursor
from meadow.core.problems import wants_fragment
from meadow.notes.queries import get_checked_cards
from meadow.studio import boards, services
from meadow.studio.errors import WrongQuestion
from meadow.studio.fact_pages import read_asked, read_facts
from meadow.studio.findings import list_changes
from meadow.studio.opening import explain_closed_door
from meadow.studio.periods import CHOICES, Period, last_days, read_period
from meadow.studio.promoted import list_lines
from meadow.studio.queries import (
    FOLLOWERS,
    FUNNEL,
    HEADLINES,
    LOOK_BACK_DAYS,
    NOTE_COLUMNS,
    NOTE_HEADLINES,
    NOTE_WHOLE,
    TOP_COLUMNS,
    WHOLE,
    follower_days,
    get_last_look,
    read_note_page,
    read_split,
    read_story,
    read_top_notes,
)
from meadow.studio.scopes import Creator, View, find_creator
from meadow.studio.tables import make_headings, make_lines

NOTES_A_PAGE: Final = 25


@require_safe
@login_required
@cache_control(private=True, no_cache=True)
@explain_closed_door
def overview(request: HttpRequest) -> HttpResponse:
    """Show how things went, and what changed since the creator last looked."""
    moment = now()
    view = _view(request, moment)
    # News is told to the creator alone, and only of days that reach up to now.
    own = view.creator.is_me and view.period.until == moment.date()
    look = get_last_look(view.author_id, now=moment) if own else None
    since = moment.date() - dt.timedelta(days=LOOK_BACK_DAYS - 1)
    context = _context(view, page="overview")
    try:
        story = read_story(
            view, metrics=HEADLINES, whole=WHOLE, since_look=look.since if look else None
        )
        context |= {
            "cards": boards.make_cards(view, story.headlines(HEADLINES), story),
            "chart": boards.reads_chart(view, story),
            "bar": boards.provenance_bar(view, story.now),
            "promoted": list_lines(author_id=view.author_id),
            "top": make_lines(view, read_top_notes(view), TOP_COLUMNS),
            "as_of": story.as_of,
            "look": look,
            "changes": list_changes(look.figures, story.looked_at) if look else [],
            "nothing": story.is_empty(HEADLINES),
        }
        if own and not wants_fragment(request):
            services.record_visit(
                person_id=view.author_id,
                seen=story.figures_since(since),
                seen_from=since,
                now=moment,
            )
    except EngineUnavailable:
        context["away"] = True
    return _answer(request, "overview", context)


@require_safe
@login_required
@cache_control(private=True, no_cache=True)
@explain_closed_door
def notes(request: HttpRequest) -> HttpResponse:
    """Show every note with its figures, sorted by any of them."""
    view = _view(request, now())
    sort, ascending = read_order(request)
    after = _read_after(request.GET.get("cursor"))
    context = _context(view, page="notes")
    try:
        page = read_note_page(
            view,
            metrics=NOTE_COLUMNS,
            sort=sort,
            ascending=ascending,
            after=after,
            size=NOTES_A_PAGE,
        )
        order = {"sort": sort, "order": "asc" if ascending else None}
        context |= {
            "headings": make_headings(view, NOTE_COLUMNS, sort=sort, ascending=ascending),
            "lines": make_lines(view, page.rows, NOTE_COLUMNS),
            "count": page.count,
            "first": after is None,
            "more_url": view.address(
                "studio_notes", **order, cursor=encode_cursor({"after": page.after})
            )
            if page.after
            else "",
            "csv_url": view.address("studio_notes_csv", **order),
            "as_of": page.as_of,
        }
    except EngineUnavailable:
        context["away"] = True
    return _answer(request, "notes", context)


@require_safe
@login_required
@cache_control(private=True, no_cache=True)
@explain_closed_door
def note(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the figures of one note."""
    subject = require_figures_of(public_id=public_id, reader=request.user)
    view = _view(request, now(), note=subject)
    cards = get_checked_cards([subject.note_id])
    context = _context(view, page="notes") | {"card": cards[0] if cards else None}
    try:
        story = read_story(view, metrics=(*NOTE_HEADLINES, *FUNNEL), whole=NOTE_WHOLE)
        context |= {
            "cards": boards.make_cards(view, story.headlines(NOTE_HEADLINES), story),
            "chart": boards.reads_chart(view, story),
            "hours": boards.hours_chart(
                view, read_split(view, metrics=("reads_valid", "reads_raw"), by="hour")
            ),
            "sources": boards.source_shares(
                view, read_split(view, metrics=("reads_valid", "reads_raw"), by="surface")
            ),
            "funnel": boards.funnel_shares(view, story.now),
            "bar": boards.provenance_bar(view, story.now),
            "promoted": list_lines(author_id=view.author_id, note_id=subject.note_id),
            "as_of": story.as_of,
        }
    except EngineUnavailable:
        context["away"] = True
    return _answer(request, "note", context)


@require_safe
@login_required
@cache_control(private=True, no_cache=True)
@explain_closed_door
def followers(request: HttpRequest) -> HttpResponse:
    """Show who came and who went, up to the number on the profile."""
    view = _view(request, now(), ends_today=True)
    context = _context(view, page="followers")
    try:
        story = read_story(view, metrics=FOLLOWERS, whole=())
        days = follower_days(story.days, today=view.creator.follower_count)
        change = int(story.now["followers_change"] or 0)
        context |= {
            "cards": boards.make_cards(view, story.headlines(FOLLOWERS), story),
            "chart": boards.followers_chart(view, days, change),
            "gains": boards.gains_chart(view, days),
            "as_of": story.as_of,
        }
    except EngineUnavailable:
        context["away"] = True
    return _answer(request, "followers", context)


@require_safe
@login_required
@cache_control(private=True, no_cache=True)
@explain_closed_door
def facts(request: HttpRequest) -> HttpResponse:
    """Show the facts behind a number."""
    asked = read_asked(request.GET.dict())
    subject = note_asked(request)
    view = _view(request, now(), note=subject, shown=False)
    context = _context(view, page="") | {"metric": asked.metric}
    try:
        cards = get_checked_cards([subject.note_id]) if subject else []
        shown = read_facts(view, asked, note_title=cards[0].title if cards else "")
        context |= {
            "shown": shown,
            "as_of": shown.as_of,
            "more_url": view.facts(
                asked.metric.key,
                hour=asked.hour,
                surface=asked.surface,
                provenance=asked.provenance,
                cursor=shown.next_cursor,
            )
            if shown.next_cursor
            else "",
            "first": asked.cursor is None,
        }
    except EngineUnavailable:
        context["away"] = True
    return _answer(request, "facts", context)


def note_asked(request: HttpRequest) -> NoteSubject | None:
    """Return the note that an address narrows figures to. Raises NoteUnknown, FiguresArePrivate."""
    public_id = request.GET.get("note")
    if not public_id:
        return None
    if not public_id.isascii() or not public_id.isalnum():
        raise NoteUnknown
    return require_figures_of(public_id=public_id, reader=request.user)


def creator_asked(request: HttpRequest, note: NoteSubject | None) -> Creator:
    """Return whose figures an address asks for: a note's author, else `author`, else one's own."""
    handle = request.GET.get("author")
    if note is not None and note.author_id != request.user.pk:
        people = get_people([note.author_id])
        handle = people[note.author_id].handle if people else handle
    elif note is not None:
        handle = None
    return find_creator(reader=request.user, handle=handle)


def _view(
    request: HttpRequest,
    moment: dt.datetime,
    *,
    note: NoteSubject | None = None,
    shown: bool = True,
    ends_today: bool = False,
) -> View:
    creator = creator_asked(request, note)
    period = read_period(request.GET.dict(), today=moment.date(), shown=shown)
    if ends_today and period.until != moment.date():
        raise WrongQuestion(fields={"until": [moment.date().isoformat()]})
    return View(creator=creator, period=period, note=note)


def _context(view: View, *, page: str) -> dict[str, Any]:
    return {
        "nav": "me" if view.creator.is_me else "",
        "page": page,
        "view": view,
        "creator": view.creator,
        "period": view.period,
        "links": {
            "overview": view.address("studio"),
            "notes": view.address("studio_notes"),
            "followers": view.address("studio_followers"),
        },
    }


def period_links(request: HttpRequest, period: Period) -> list[dict[str, Any]]:
    """Return the links that choose 7, 28 or 90 days of the page one is on."""
    links = []
    for days in CHOICES:
        kept = request.GET.copy()
        for name in ("since", "until", "period", "cursor"):
            kept.pop(name, None)
        kept.update(last_days(days, today=period.until).address)
        query = kept.urlencode()
        links.append(
            {
                "text": _("%(days)s days") % {"days": days},
                "href": f"{request.path}?{query}" if query else request.path,
                "current": period.choice == days,
            }
        )
    return links


def _answer(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """Answer with the page, or with its live part alone when htmx asks for it."""
    context["periods"] = period_links(request, context["period"])
    context["here"] = request.get_full_path()
    # A list that one reads line by line does not move under one's eyes.
    context["live"] = name != "facts" and "cursor" not in request.GET
    part = wants_fragment(request)
    return render(request, f"studio/{'_' if part else ''}{name}.html", context)


def read_order(request: HttpRequest) -> tuple[str, bool]:
    sort = request.GET.get("sort") or "published"
    order = request.GET.get("order") or "desc"
    if order not in ("asc", "desc") or (sort != "published" and sort not in NOTE_COLUMNS):
        raise WrongQuestion(fields={"sort": [", ".join(("published", *NOTE_COLUMNS))]})
    if sort != "published":
        get_metric(sort)
    return sort, order == "asc"


def _read_after(cursor: str | None) -> int | None:
    if not cursor:
        return None
    try:
        return int(decode_cursor(cursor)["after"])
    except (KeyError, TypeError, ValueError) as other:
        raise InvalidCursor from other
